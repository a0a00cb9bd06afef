// SPDX-License-Identifier: MIT
import { Table } from "../host";
import { Entry, Owner } from "../policy/entry";
import { bit, Kind } from "../policy/kind";
import { NO_ID } from "../policy/request";
import { Fault } from "./fault";
import { decimal, equals, find, NO_NUMBER } from "./fields";
import { Lines } from "./lines";
import { END_OF_IDS } from "./subids";

const COLON: u8 = 0x3a;
const COMMA: u8 = 0x2c;
const NUL: u8 = 0;
const HASH: u8 = 0x23;
const AT: u8 = 0x40;
const STAR: u8 = 0x2a;
const EQUALS: u8 = 0x3d;
/** Bits of the flags other than kinds, to see one that is repeated. */
const DENY_SETGROUPS: u32 = 1 << 8;
const RESERVED: u32 = 1 << 9;
const EACH: u32 = 1 << 10;
const FIRST: u32 = 1 << 11;

/** The lines of /etc/usernamespaces, one at a time: USER:START:LENGTH:FLAGS, see usernamespaces(5). */
export class EntryLines {
  /** What the current line says, if `fault` is None or Flags. */
  entry: Entry = new Entry();
  fault: Fault = Fault.None;
  /** The exclusive end of the line's first field, which begins with the line; the line's end if it has but one. */
  ownerEnd: u32 = 0;
  /** Where the flag begins that made the line's fault Flags; the line's end if each can be read, but not all together. */
  flagAt: u32 = 0;
  /** The flags of the current line that were read, as bits. */
  private flags: u32 = 0;

  constructor(readonly lines: Lines) {}

  /** Opens the table: 0, or -errno or a Refusal; an absent one is empty. */
  open(): i32 {
    return this.lines.open(Table.Usernamespaces);
  }

  get number(): u32 {
    return this.lines.number;
  }

  /** Goes to the next line that is neither empty nor a comment; false at the end or with `lines.error` set. */
  advance(): bool {
    const lines = this.lines;
    while (lines.advance()) {
      if (lines.start == lines.end || lines.bytes[lines.start] == HASH) continue;
      this.ownerEnd = find(lines.bytes, COLON, lines.start, lines.end);
      this.fault = this.readOwner() ? this.read() : Fault.Fields;
      return true;
    }
    return false;
  }

  /** Whether the current line has an effect: as what it says, or as one whose flags alone are broken. */
  get counts(): bool {
    return this.fault == Fault.None || this.fault == Fault.Flags;
  }

  private read(): Fault {
    const lines = this.lines;
    const bytes = lines.bytes;
    const entry = this.entry;
    if (lines.tooLong) return Fault.TooLong;
    if (find(bytes, NUL, lines.start, lines.end) < lines.end) return Fault.Nul;
    const start = find(bytes, COLON, this.ownerEnd + 1, lines.end);
    const count = find(bytes, COLON, start + 1, lines.end);
    const more = find(bytes, COLON, count + 1, lines.end);
    const empty = this.ownerEnd == lines.start || start <= this.ownerEnd + 1 || count <= start + 1;
    if (count >= lines.end || more < lines.end || empty) return Fault.Fields;
    const length = decimal(bytes, start + 1, count);
    entry.start = decimal(bytes, this.ownerEnd + 1, start);
    if (entry.start == NO_NUMBER) return Fault.Start;
    if (length == NO_NUMBER || length == 0) return Fault.Count;
    entry.end = entry.start + length;
    if (entry.start >= END_OF_IDS || entry.end > END_OF_IDS) return Fault.Beyond;
    entry.broken = !this.readFlags(count + 1);
    return entry.broken ? Fault.Flags : Fault.None;
  }

  /** Whom the line speaks of, even if it says nothing that can be read; false for a group without a name. */
  private readOwner(): bool {
    const at = this.lines.start;
    const first = this.lines.bytes[at];
    const alone = this.ownerEnd == at + 1;
    this.entry.owner = first == AT ? Owner.Group : first == STAR && alone ? Owner.Everyone : Owner.User;
    return first != AT || !alone;
  }

  /** Reads the flags, from `at` to the line's end; false if one is unknown, repeated or out of place. */
  private readFlags(at: u32): bool {
    const entry = this.entry;
    const bytes = this.lines.bytes;
    const end = this.lines.end;
    entry.each = 0;
    entry.first = 1000;
    entry.denySetgroups = false;
    entry.reserved = false;
    this.flags = 0;
    while (at < end) {
      const comma = find(bytes, COMMA, at, end);
      this.flagAt = at;
      const flag = this.readFlag(at, comma);
      if (flag == 0 || (this.flags & flag) != 0 || comma + 1 == end) return false;
      this.flags |= flag;
      at = comma + 1;
    }
    this.flagAt = end;
    entry.kinds = this.flags & (bit(Kind.Uid) | bit(Kind.Gid) | bit(Kind.Fsid));
    entry.denySetgroups = (this.flags & DENY_SETGROUPS) != 0;
    entry.reserved = (this.flags & RESERVED) != 0;
    if ((this.flags & EACH) == 0) return (this.flags & FIRST) == 0;
    return entry.owner != Owner.User && !entry.reserved;
  }

  /** The bit of the flag in bytes [from, to), its value taken on; 0 if there is no such flag. */
  private readFlag(from: u32, to: u32): u32 {
    const bytes = this.lines.bytes;
    const entry = this.entry;
    if (equals(bytes, from, to, "uid")) return bit(Kind.Uid);
    if (equals(bytes, from, to, "gid")) return bit(Kind.Gid);
    if (equals(bytes, from, to, "fsid")) return bit(Kind.Fsid);
    if (equals(bytes, from, to, "deny-setgroups")) return DENY_SETGROUPS;
    if (equals(bytes, from, to, "reserved")) return RESERVED;
    const value = find(bytes, EQUALS, from, to) + 1;
    const number = value > to ? NO_NUMBER : decimal(bytes, value, to);
    if (number == NO_NUMBER) return 0;
    if (equals(bytes, from, value, "each=") && number > 0) {
      entry.each = number;
      return EACH;
    }
    if (equals(bytes, from, value, "first=") && number < NO_ID) {
      entry.first = number;
      return FIRST;
    }
    return 0;
  }
}
