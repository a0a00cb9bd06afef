// SPDX-License-Identifier: MIT
//
// The lines of a table as numbers in an array: 100,000 of them as objects with texts would keep the collector of garbage
// busy for longer than all that is asked of them takes.
/// <reference path="./assembly.d.ts" />
import type * as calls from "../ctl-host.js";
import { Table } from "../host.js";
import { bit, Kind } from "../policy/kind.js";
import { Row } from "../report/row.js";
import { Failure } from "./failure.js";
import type { Entry, RangeTable } from "./lines.js";
import type { TableFile } from "./lint/files.js";
import { Memory } from "./memory.js";
import type { Step } from "./progress.js";
import { tableModule, unheard } from "./walk.js";

/** What is known of so many takes 300 MB. */
const MOST_LINES = 1 << 22;
/** Of more names with one hash, which only somebody makes who means to hold us up, some are made again. */
const MOST_COMPARED = 64;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/** Whom a line of /etc/usernamespaces names, in the order of Owner in src/policy/entry.ts. */
const owners = ["user", "group", "everyone"] as const;

const granted: Readonly<Record<RangeTable, number>> = {
  [Table.Subuid]: bit(Kind.Uid),
  [Table.Subgid]: bit(Kind.Gid),
  [Table.Usernamespaces]: 0,
};

/** What is known of the lines of a table, in their order, those left out that are empty or comments of /etc/usernamespaces. */
export class Rows {
  /** How many there are. */
  count = 0;
  /** Bits of the kinds that a line of a table of sub-ids grants; 0 in /etc/usernamespaces. */
  readonly grants: number;
  /** What the lines of /etc/usernamespaces say that count, by their number. */
  readonly #entries: Entry[] = [];
  /** Where the lines of the file begin, those too that are left out, and what would follow them. */
  readonly #starts: Uint32Array;
  readonly #numbers: Float64Array;
  readonly #names: Names;
  /** The number of the first field of each in #names, from 1; 0 before somebody asked for it. */
  readonly #owners: Uint32Array;

  /** Reads them as the helpers' own readers do; `step` is told how many bytes have been read. */
  constructor(
    readonly file: TableFile,
    step?: Step,
  ) {
    this.grants = granted[file.table];
    this.#starts = startsOf(file.bytes);
    if (this.#starts.length > MOST_LINES)
      throw new Failure(`cannot read ${file.path}: it has more than ${MOST_LINES} lines`);
    this.#numbers = new Float64Array(this.#starts.length * Row.Width);
    this.#names = new Names(file.bytes);
    this.#owners = new Uint32Array(this.#starts.length);
    this.#read(step);
  }

  /** A number of the line `index`, from 0. */
  at(index: number, row: Row): number {
    return this.#numbers[index * Row.Width + row] as number;
  }

  /** What a line of /etc/usernamespaces says, if it counts. */
  entryOf(index: number): Entry | undefined {
    return this.grants === 0 ? this.#entries[this.at(index, Row.Number)] : undefined;
  }

  /** Where a line begins in the file. */
  startOf(index: number): number {
    return this.#starts[this.at(index, Row.Number) - 1] as number;
  }

  /** The bytes of a line, one character each; only the beginning of one that is too long. */
  textOf(index: number): string {
    const start = this.startOf(index);
    return this.file.bytes.toString("latin1", start, start + this.at(index, Row.Length));
  }

  /** The first field of a line. */
  ownerOf(index: number): string {
    return this.#names.names[this.ownerNumber(index)] as string;
  }

  /** The number of the first field of a line, from 0: hardly ever another of a line that begins with the same. */
  ownerNumber(index: number): number {
    if (this.#owners[index] === 0)
      this.#owners[index] = this.#names.find(this.startOf(index), this.at(index, Row.Length)) + 1;
    return (this.#owners[index] as number) - 1;
  }

  #read(step?: Step): void {
    const { bytes, table } = this.file;
    const memory = new Memory();
    const reports: typeof calls = {
      ...unheard,
      reportRows: (rows, count) => {
        this.#numbers.set(memory.numbers(rows, count * Row.Width), this.count * Row.Width);
        this.count += count;
      },
      reportEntry: (number, owner, kinds, grants, keeps, denySetgroups, reserved, each, first) => {
        this.#entries[number] = {
          owner: owners[owner] ?? "user",
          kinds,
          grants,
          keeps,
          denySetgroups: denySetgroups !== 0,
          reserved: reserved !== 0,
          each,
          first,
        };
      },
    };
    tableModule(bytes, memory, reports, step).walk(table);
  }
}

/** What is found out of the first fields of lines, once for each: few owners have many lines. */
export class PerOwner<T extends object | null> {
  /** The table that was asked about last, and what is known by the number of the field. */
  #rows: Rows | undefined;
  #known: T[] = [];

  constructor(private readonly find: (field: string) => T) {}

  /** What is known of the first field of a line. */
  of(rows: Rows, index: number): T {
    if (rows !== this.#rows) [this.#rows, this.#known] = [rows, []];
    const number = rows.ownerNumber(index);
    const known = this.#known[number];
    if (known !== undefined) return known;
    const found = this.find(rows.ownerOf(index));
    this.#known[number] = found;
    return found;
  }
}

/** The first fields of lines, hardly ever one made twice: few owners have many lines. */
class Names {
  readonly names: string[] = [];
  /** Where the first field of each begins, and its length. */
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  /** By the hash of its bytes the number of the last name of that hash, from 1, and of that the one before. */
  readonly #last = new Int32Array(1 << 16);
  readonly #before: number[] = [];

  constructor(private readonly bytes: Buffer) {}

  /** The place in `names` of the field that begins at byte `start` and ends with a colon, or after `most` bytes. */
  find(start: number, most: number): number {
    let hash = 0;
    let end = start;
    for (; end < start + most && this.bytes[end] !== COLON; end++)
      hash = (Math.imul(hash, 31) + (this.bytes[end] as number)) | 0;
    const bucket = (hash ^ (hash >>> 16)) & 0xffff;
    let left = MOST_COMPARED;
    for (let i = this.#last[bucket] as number; i > 0 && left-- > 0; i = this.#before[i - 1] as number)
      if (this.#is(i - 1, start, end)) return i - 1;
    this.#starts.push(start);
    this.#lengths.push(end - start);
    this.#before.push(this.#last[bucket] as number);
    this.#last[bucket] = this.names.push(this.bytes.toString("utf8", start, end));
    return this.names.length - 1;
  }

  #is(name: number, start: number, end: number): boolean {
    if (this.#lengths[name] !== end - start) return false;
    const offset = (this.#starts[name] as number) - start;
    for (let at = start; at < end; at++) if (this.bytes[at] !== this.bytes[at + offset]) return false;
    return true;
  }
}

/** Where the lines of a text begin. */
function startsOf(bytes: Buffer): Uint32Array {
  // Memory that is not written to is none.
  const starts = new Uint32Array(bytes.length + 1);
  let count = 1;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) starts[count++] = at + 1;
  return starts.subarray(0, count);
}
