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

/** What is wrong with a line, and the byte of the line, from 0, where it is seen. */
export interface Defect {
  severity: Severity;
  at: number;
  text: string;
}

/** The defects that were found, each once. */
export class Findings {
  readonly #byFile = new Map<string, Finding[]>();

  /** Adds a defect at byte `at`, from 0, of a line. */
  add(severity: Severity, line: Line, at: number, text: string): void {
    this.at(severity, line.file, line.number, at + 1, text);
  }

  /** Adds a defect at a place that is no line of a table's. */
  at(severity: Severity, file: string, line: number, column: number, text: string): void {
    const finding = { file, line, column, severity, text };
    const found = this.#byFile.get(file);
    if (found) found.push(finding);
    else this.#byFile.set(file, [finding]);
  }

  /** All of them by the order of `files`, then by line and column. */
  sorted(files: readonly string[]): Finding[] {
    return files.flatMap((path) => {
      const found = (this.#byFile.get(path) ?? []).sort(byPlace);
      return found.filter((each, i) => i === 0 || byPlace(found[i - 1] as Finding, each) !== 0);
    });
  }
}

function byPlace(a: Finding, b: Finding): number {
  return a.line - b.line || a.column - b.column || (a.text === b.text ? 0 : a.text < b.text ? -1 : 1);
}

/** Adds ` and N more lines` where something holds for more lines than the one that is named. */
export function andMore(count: number): string {
  if (count === 0) return "";
  return count === 1 ? " and 1 more line" : ` and ${count} more lines`;
}
