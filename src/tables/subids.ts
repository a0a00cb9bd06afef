// SPDX-License-Identifier: MIT

import { Table } from "../host";
import { Ranges } from "../policy/ranges";
import { Fault } from "./fault";
import { decimal, find, NO_NUMBER } from "./fields";
import { Keys } from "./keys";
import { Lines } from "./lines";

const COLON: u8 = 0x3a;
const NUL: u8 = 0;
/** The exclusive end of what a line of subuid(5) may name: shadow takes start + count up to 2^32. */
export const END_OF_IDS: u64 = 0x100000000;

/** The caller's lines of /etc/subuid or /etc/subgid, one at a time: see subuid(5). */
export class SubidLines {
  start: u64 = 0;
  count: u64 = 0;
  fault: Fault = Fault.None;

  constructor(
    readonly lines: Lines,
    private readonly owners: Keys,
  ) {}

  get number(): u32 {
    return this.lines.number;
  }

  /** Opens the table: 0, or -errno or a Refusal; an absent one is empty. */
  open(table: Table): i32 {
    return this.lines.open(table);
  }

  /** Goes to the next line of the caller's, sound or not; false at the end or with `lines.error` set. */
  advance(): bool {
    if (!this.lines.advanceTo(this.owners)) return false;
    this.fault = this.read();
    return true;
  }

  /** Goes to the next line, whoever's it is, likewise. */
  advanceAny(): bool {
    if (!this.lines.advance()) return false;
    this.fault = this.read();
    return true;
  }

  private read(): Fault {
    const lines = this.lines;
    const bytes = lines.bytes;
    if (lines.tooLong) return Fault.TooLong;
    if (find(bytes, NUL, lines.start, lines.end) < lines.end) return Fault.Nul;
    const owner = find(bytes, COLON, lines.start, lines.end);
    const start = find(bytes, COLON, owner + 1, lines.end);
    const count = find(bytes, COLON, start + 1, lines.end);
    const empty = owner == lines.start || start == owner + 1;
    if (empty || start + 1 >= lines.end || count != lines.end) return Fault.Fields;
    this.start = decimal(bytes, owner + 1, start);
    this.count = decimal(bytes, start + 1, count);
    if (this.start == NO_NUMBER) return Fault.Start;
    if (this.count == NO_NUMBER) return Fault.Count;
    if (this.start >= END_OF_IDS || this.start + this.count > END_OF_IDS) return Fault.Beyond;
    return Fault.None;
  }
}

/** Adds to `grants` what the sound lines of a table give to the owners: 0, or -errno or a Refusal. */
export function readSubids(subids: SubidLines, table: Table, grants: Ranges): i32 {
  const opened = subids.open(table);
  if (opened != 0) return opened;
  while (subids.advance())
    if (subids.fault == Fault.None) grants.add(subids.start, subids.start + subids.count);
  return subids.lines.error;
}
