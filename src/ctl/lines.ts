// SPDX-License-Identifier: MIT
//
// The lines of the tables as the helpers' own readers understand them: build/tables.wasm reports them.
/// <reference path="./assembly.d.ts" />
import type * as calls from "../ctl-host.js";
import { Table } from "../host.js";
import { Fault } from "../tables/fault.js";
import { Columns } from "./columns.js";
import type { TableFile } from "./lint/files.js";
import { Memory } from "./memory.js";
import { type Step, withProgress } from "./progress.js";
import { tableModule, unheard } from "./walk.js";

/** The tables of ranges. */
export type RangeTable = Table.Subuid | Table.Subgid | Table.Usernamespaces;

/** Whom a line of /etc/usernamespaces names, in the order of Owner in src/policy/entry.ts. */
const owners = ["user", "group", "everyone"] as const;

/** What a line of /etc/usernamespaces says besides its ids; kinds are bits of Kind. */
export interface Entry {
  owner: (typeof owners)[number];
  kinds: number;
  grants: number;
  keeps: number;
  denySetgroups: boolean;
  reserved: boolean;
  /** The size of its slices; 0 if it is not divided. */
  each: number;
  /** The uid of the first slice. */
  first: number;
}

/** A line of a table; columns are bytes from 0. Its texts are made when they are asked for: a table has many lines. */
export class Line {
  constructor(
    private readonly of: Columns,
    private readonly index: number,
  ) {}

  get file(): string {
    return this.of.file.path;
  }
  get table(): RangeTable {
    return this.of.file.table;
  }
  get number(): number {
    return this.of.number[this.index] as number;
  }
  /** Its bytes, one character each; only the beginning of one that is too long. */
  get text(): string {
    const start = this.of.starts[this.number - 1] as number;
    return this.of.file.bytes.toString("latin1", start, start + (this.of.length[this.index] as number));
  }
  /** Its last byte; undefined if it is empty. */
  get lastByte(): number | undefined {
    const length = this.of.length[this.index] as number;
    return length === 0
      ? undefined
      : this.of.file.bytes[(this.of.starts[this.number - 1] as number) + length - 1];
  }
  /** The first field. */
  get owner(): string {
    return this.of.owners.names[this.of.owner[this.index] as number] as string;
  }
  get fault(): Fault {
    return this.of.fault[this.index] as Fault;
  }
  get faultAt(): number {
    return this.of.faultAt[this.index] as number;
  }
  /** Where the fields behind the first begin; 0 for one that it has not. */
  get startAt(): number {
    return this.of.startAt[this.index] as number;
  }
  get countAt(): number {
    return this.of.countAt[this.index] as number;
  }
  get flagsAt(): number {
    return this.of.flagsAt[this.index] as number;
  }
  /** Its ids [start, end), if they can be read. */
  get start(): number {
    return this.of.start[this.index] as number;
  }
  get end(): number {
    return this.start + (this.of.count[this.index] as number);
  }
  get entry(): Entry | undefined {
    return this.of.entries[this.index];
  }
}

/** The lines of a table that holds `bytes`, those that are empty or comments of /etc/usernamespaces left out. */
export function readLines(path: string, table: RangeTable, bytes: Buffer): Line[] {
  const lines: Line[] = [];
  walk({ path, table, bytes }, lines);
  return lines;
}

/** What is read in place of the tables of sub-ids, by an nsswitch.conf that holds `bytes`; "" for nothing else. */
export function subidSource(bytes: Buffer): string {
  const memory = new Memory();
  let source = "";
  const reportSource: typeof calls.reportSource = (at, start, end) => {
    source = memory.text(at, start, end);
  };
  tableModule(bytes, memory, { ...unheard, reportSource }).source();
  return source;
}

/** The lines of several tables, with a bar if that takes long. */
export function readAllLines(files: readonly TableFile[], shown: boolean): Line[] {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return withProgress("reading", total, shown, (step) => {
    const lines: Line[] = [];
    let before = 0;
    for (const file of files) {
      walk(file, lines, (read) => step(before + read));
      before += file.bytes.length;
    }
    return lines;
  });
}

/** Adds the lines of a table. */
function walk(table: TableFile, lines: Line[], step?: Step): void {
  const columns = new Columns(table);
  let index = -1;
  const reports: typeof calls = {
    ...unheard,
    reportLine: (_bytes, start, end, number, fault, faultAt) => {
      index++;
      columns.number[index] = number;
      columns.length[index] = end - start;
      columns.owner[index] = columns.owners.at(columns.starts[number - 1] as number, end - start);
      columns.fault[index] = fault;
      columns.faultAt[index] = faultAt;
      lines.push(new Line(columns, index));
    },
    reportFields: (second, third, fourth) => {
      columns.startAt[index] = second;
      columns.countAt[index] = third;
      columns.flagsAt[index] = fourth;
    },
    reportRange: (start, count) => {
      columns.start[index] = start;
      columns.count[index] = count;
    },
    reportEntry: (owner, kinds, grants, keeps, denySetgroups, reserved, each, first) => {
      columns.entries[index] = {
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
  tableModule(table.bytes, new Memory(), reports, step).walk(table.table);
}

/** The field that begins at byte `at` of a line: all of them end with a colon or the line. */
export function fieldAt({ text }: Line, at: number): string {
  const colon = text.indexOf(":", at);
  return decoded(text.slice(at, colon < 0 ? text.length : colon));
}

/** Text of one character a byte as what it says in UTF-8. */
function decoded(bytes: string): string {
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString() : bytes;
}

/** Whether a line has an effect, if only to refuse its ids to those that it names. */
export function counts({ fault }: Line): boolean {
  return fault === Fault.None || fault === Fault.Flags;
}

/** Where a line stands. */
export function placeOf({ file, number }: Line): string {
  return `${file}:${number}`;
}
