// SPDX-License-Identifier: MIT
//
// The ids that the lines of a table have, and nothing else of them: to make texts of 100,000 lines takes longer than all
// the rest. The table is walked by build/tables.wasm, as in ../lines.ts.
import { Row } from "../../report/row.js";
import { Fault } from "../../tables/fault.js";
import { type Line, readLines } from "../lines.js";
import type { TableFile } from "../lint/files.js";
import { Rows } from "../rows.js";
import type { Span } from "../spans.js";

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
}

/** The lines of ranges, which are in their order; all in one walk, for there may be many that hold the same. */
export function linesOf(ranges: readonly LineRange[]): Line[] {
  const files = [...new Set(ranges.map(({ file }) => file))];
  return files.flatMap((file) => {
    const starts = startsOf(file.bytes);
    const pieces = ranges.flatMap(({ file: of, number }) =>
      of === file ? [file.bytes.subarray(starts[number - 1], starts[number])] : [],
    );
    return readLines(file.path, file.table, Buffer.concat(pieces));
  });
}

const indexed = new WeakMap<Buffer, number[]>();

/** Where the lines begin, and the end. */
function startsOf(bytes: Buffer): number[] {
  const known = indexed.get(bytes);
  if (known) return known;
  const starts = [0];
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) starts.push(at + 1);
  starts.push(bytes.length);
  indexed.set(bytes, starts);
  return starts;
}

const END_OF_IDS = 2 ** 32;

const walked = new WeakMap<TableFile, LineRange[]>();

/** The ids of a table's lines, also of lines that do not count as they are: somebody meant them for somebody. */
export function rangesOf(file: TableFile): LineRange[] {
  const ranges = walked.get(file) ?? walk(file);
  walked.set(file, ranges);
  return ranges;
}

function walk(file: TableFile): LineRange[] {
  const ranges: LineRange[] = [];
  const rows = new Rows(file);
  for (let i = 0; i < rows.count; i++) {
    const isBroken = broken.has(rows.at(i, Row.Fault));
    const [start, count] = isBroken ? idsOf(rows.textOf(i)) : [rows.at(i, Row.Start), rows.at(i, Row.Count)];
    if (count > 0) ranges.push(new LineRange(file, rows.at(i, Row.Number), start, start + count));
  }
  return ranges;
}

/** Where our readers see no ids and shadow's may: they have strtoul(3) read other bases and blanks, and Debian 12's more fields. */
const broken = new Set([Fault.Fields, Fault.Start, Fault.Count, Fault.Beyond]);

/** The start and the count of a broken line, as many as it may mean; 0 ids if they are no numbers. */
function idsOf(text: string): [number, number] {
  const [, start = Number.NaN, count = Number.NaN] = text.split(":").map(numberIn);
  return start + count > start ? [start, Math.min(count, END_OF_IDS - start)] : [0, 0];
}

function numberIn(field: string): number {
  const [, hex, octal, decimal] = /^\s*\+?(?:0x([0-9a-f]+)|0([0-7]+)|([0-9]+))/i.exec(field) ?? [];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  return octal !== undefined ? Number.parseInt(octal, 8) : Number(decimal ?? Number.NaN);
}

/** Whether two have the same ids. */
export function isExactly(one: Span, other: Span): boolean {
  return one.start === other.start && one.end === other.end;
}
