// SPDX-License-Identifier: MIT
//
// The lines of the tables as the helpers' own readers understand them: build/tables.wasm reports them.
/// <reference path="./assembly.d.ts" />
import type * as calls from "../ctl-host.js";
import type { Table } from "../host.js";
import { Row } from "../report/row.js";
import { Fault } from "../tables/fault.js";
import type { TableFile } from "./lint/files.js";
import { Memory } from "./memory.js";
import { withProgress } from "./progress.js";
import { Rows } from "./rows.js";
import { tableModule, unheard } from "./walk.js";

/** The tables of ranges. */
export type RangeTable = Table.Subuid | Table.Subgid | Table.Usernamespaces;

/** What a line of /etc/usernamespaces says besides its ids; kinds are bits of Kind. */
export interface Entry {
  owner: "user" | "group" | "everyone";
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
    readonly of: Rows,
    readonly index: number,
  ) {}

  get file(): string {
    return this.of.file.path;
  }
  get table(): RangeTable {
    return this.of.file.table;
  }
  get number(): number {
    return this.of.at(this.index, Row.Number);
  }
  /** Its bytes, one character each; only the beginning of one that is too long. */
  get text(): string {
    return this.of.textOf(this.index);
  }
  /** Its last byte; undefined if it is empty. */
  get lastByte(): number | undefined {
    const length = this.of.at(this.index, Row.Length);
    return length === 0 ? undefined : this.of.file.bytes[this.of.startOf(this.index) + length - 1];
  }
  /** The first field. */
  get owner(): string {
    return this.of.ownerOf(this.index);
  }
  get fault(): Fault {
    return this.of.at(this.index, Row.Fault);
  }
  get faultAt(): number {
    return this.of.at(this.index, Row.FaultAt);
  }
  /** Where the fields behind the first begin; 0 for one that it has not. */
  get startAt(): number {
    return this.of.at(this.index, Row.StartAt);
  }
  get countAt(): number {
    return this.of.at(this.index, Row.CountAt);
  }
  get flagsAt(): number {
    return this.of.at(this.index, Row.FlagsAt);
  }
  /** Its ids [start, end), if they can be read. */
  get start(): number {
    return this.of.at(this.index, Row.Start);
  }
  get end(): number {
    return this.start + this.of.at(this.index, Row.Count);
  }
  get entry(): Entry | undefined {
    return this.of.entryOf(this.index);
  }
}

/** The lines of a table that holds `bytes`, those that are empty or comments of /etc/usernamespaces left out. */
export function readLines(path: string, table: RangeTable, bytes: Buffer): Line[] {
  return linesOf(new Rows({ path, table, bytes }));
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
  return readAllRows(files, shown).flatMap(linesOf);
}

/** Likewise as numbers. */
export function readAllRows(files: readonly TableFile[], shown: boolean): Rows[] {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return withProgress("reading", total, shown, (step) => {
    let before = 0;
    return files.map((file) => {
      const rows = new Rows(file, (read) => step(before + read));
      before += file.bytes.length;
      return rows;
    });
  });
}

function linesOf(rows: Rows): Line[] {
  return Array.from({ length: rows.count }, (_, index) => new Line(rows, index));
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
