// SPDX-License-Identifier: MIT
import { type Line } from "../lines.js";

export type Severity = "error" | "warning";

/** A defect and where it is; line and column count from 1, the column in bytes. */
export interface Finding {
  file: string;
  line: number;
  column: number;
  severity: Severity;
  text: string;
}

/** The defects that were found, each once. */
export class Findings {
  readonly #all = new Map<string, Finding>();

  /** Adds a defect at byte `at`, from 0, of a line. */
  add(severity: Severity, line: Line, at: number, text: string): void {
    this.at(severity, line.file, line.number, at + 1, text);
  }

  /** Adds a defect at a place that is no line of a table's. */
  at(severity: Severity, file: string, line: number, column: number, text: string): void {
    this.#all.set(`${file}:${line}:${column}: ${text}`, { file, line, column, severity, text });
  }

  /** All of them by the order of `files`, then by line and column. */
  sorted(files: readonly string[]): Finding[] {
    const order = new Map(files.map((file, i) => [file, i]));
    const rank = ({ file }: Finding) => order.get(file) ?? files.length;
    return [...this.#all.values()].sort(
      (a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column || (a.text < b.text ? -1 : 1),
    );
  }
}

/** Adds ` and N more lines` where something holds for more lines than the one that is named. */
export function andMore(count: number): string {
  if (count === 0) return "";
  return count === 1 ? " and 1 more line" : ` and ${count} more lines`;
}
