// SPDX-License-Identifier: MIT
//
// The lines of the tables as the helpers' own readers understand them: build/tables.wasm reports them.
/// <reference path="./assembly.d.ts" />
import type * as calls from "../ctl-host.js";
import { Table } from "../host.js";
import { Fault } from "../tables/fault.js";
import type { TableFile } from "./lint/files.js";
import { Memory } from "./memory.js";
import { type Step, withProgress } from "./progress.js";
import { type TableModule, tableModule } from "./walk.js";

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

/** A line of a table; columns are bytes from 0. */
export interface Line {
  file: string;
  table: RangeTable;
  number: number;
  /** Its bytes, one character each; only the beginning of one that is too long. */
  text: string;
  /** The first field. */
  owner: string;
  fault: Fault;
  faultAt: number;
  /** Where the fields behind the first begin; 0 for one that it has not. */
  startAt: number;
  countAt: number;
  flagsAt: number;
  /** Its ids [start, end), if they can be read. */
  start: number;
  end: number;
  entry?: Entry | undefined;
}

/** The lines of a table that holds `bytes`, those that are empty or comments of /etc/usernamespaces left out. */
export function readLines(file: string, table: RangeTable, bytes: Buffer, step: Step = () => {}): Line[] {
  const reader = new Reader(file, table, bytes, step);
  reader.module().walk(table);
  return reader.lines;
}

/** What is read in place of the tables of sub-ids, by an nsswitch.conf that holds `bytes`; "" for nothing else. */
export function subidSource(bytes: Buffer): string {
  const reader = new Reader("", Table.Subuid, bytes);
  reader.module().source();
  return reader.source;
}

/** 0 as a floating-point number: with an integer V8 would make all lines anew when it meets the first larger id. */
const UNREAD = -0;

/** The lines of several tables, with a bar if that takes long. */
export function readAllLines(files: readonly TableFile[], shown: boolean): Line[] {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return withProgress("reading", total, shown, (step) => {
    let before = 0;
    return files.flatMap(({ path, table, bytes }) => {
      const lines = readLines(path, table, bytes, (read) => step(before + read));
      before += bytes.length;
      return lines;
    });
  });
}

class Reader {
  readonly memory = new Memory();
  readonly lines: Line[] = [];
  source = "";

  constructor(
    readonly file: string,
    readonly table: RangeTable,
    readonly bytes: Buffer,
    readonly step: Step = () => {},
  ) {}

  module(): TableModule {
    return tableModule(this.bytes, this.memory, this.#reports(), this.step);
  }

  #reports(): typeof calls {
    return {
      reportLine: (bytes, start, end, number, fault, faultAt) => {
        const text = this.memory.text(bytes, start, end);
        const { file, table } = this;
        this.lines.push({
          file,
          table,
          number,
          text,
          owner: field(text, 0),
          fault,
          faultAt,
          startAt: 0,
          countAt: 0,
          flagsAt: 0,
          start: UNREAD,
          end: UNREAD,
          entry: undefined,
        });
      },
      reportSource: (bytes, start, end) => {
        this.source = this.memory.text(bytes, start, end);
      },
      reportFields: (second, third, fourth) => {
        this.#last.startAt = second;
        this.#last.countAt = third;
        this.#last.flagsAt = fourth;
      },
      reportRange: (start, count) => {
        this.#last.start = start;
        this.#last.end = start + count;
      },
      reportEntry: (owner, kinds, grants, keeps, denySetgroups, reserved, each, first) => {
        this.#last.entry = {
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
  }

  get #last(): Line {
    return this.lines[this.lines.length - 1] as Line;
  }
}

/** The field that begins at byte `at` of a line: all of them end with a colon or the line. */
export function fieldAt({ text }: Line, at: number): string {
  return field(text, at);
}

function field(text: string, at: number): string {
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
