// SPDX-License-Identifier: MIT
//
// The ids that the lines of a table have, and nothing else of them: to make texts of 100,000 lines takes longer than all
// the rest. The table is walked by build/tables.wasm, as in ../lines.ts.
/// <reference path="../assembly.d.ts" />
import type * as calls from "../../ctl-host.js";
import { type Line, readLines } from "../lines.js";
import type { TableFile } from "../lint/files.js";
import { Memory } from "../memory.js";
import type { Span } from "../spans.js";
import { tableModule, unheard } from "../walk.js";

/** The ids of a line. */
export class LineRange implements Span {
  constructor(
    readonly file: TableFile,
    readonly number: number,
    readonly start: number,
    readonly end: number,
  ) {}

  /** Where the line stands. */
  get what(): string {
    return `${this.file.path}:${this.number}`;
  }

  /** The line itself; its number counts from itself. */
  read(): Line {
    const { path, table, bytes } = this.file;
    let start = 0;
    for (let number = 1; number < this.number; number++) start = bytes.indexOf(0x0a, start) + 1;
    const end = bytes.indexOf(0x0a, start);
    const [line] = readLines(path, table, bytes.subarray(start, end < 0 ? bytes.length : end + 1));
    if (!line) throw new Error(`no line at ${this.what}`);
    return line;
  }
}

const walked = new WeakMap<TableFile, LineRange[]>();

/** The ids of a table's lines, also of lines that do not count as they are: somebody meant them for somebody. */
export function rangesOf(file: TableFile): LineRange[] {
  const ranges = walked.get(file) ?? walk(file);
  walked.set(file, ranges);
  return ranges;
}

function walk(file: TableFile): LineRange[] {
  const ranges: LineRange[] = [];
  let number = 0;
  const reports: typeof calls = {
    ...unheard,
    reportLine: (_bytes, _start, _end, of) => {
      number = of;
    },
    reportRange: (start, count) => {
      if (count > 0) ranges.push(new LineRange(file, number, start, start + count));
    },
  };
  tableModule(file.bytes, new Memory(), reports).walk(file.table);
  return ranges;
}

/** Whether two have the same ids. */
export function isExactly(one: Span, other: Span): boolean {
  return one.start === other.start && one.end === other.end;
}
