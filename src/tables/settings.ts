// SPDX-License-Identifier: MIT
import { Table } from "../host";
import { equals, equalsFolded, find, isBlank } from "./fields";
import { Lines } from "./lines";

const COLON: u8 = 0x3a;
const QUOTE: u8 = 0x22;

/** A part of a line: bytes [start, end) of the reader's buffer. */
export class Word {
  start: u32 = 0;
  end: u32 = 0;

  get length(): u32 {
    return this.end - this.start;
  }

  /** Takes on the word that begins at `from` or after blanks behind it, within [from, to). */
  take(bytes: StaticArray<u8>, from: u32, to: u32): void {
    this.start = from;
    while (this.start < to && isBlank(bytes[this.start])) this.start++;
    this.end = this.start;
    while (this.end < to && !isBlank(bytes[this.end])) this.end++;
  }
}

/**
 * The source of sub-ids that /etc/nsswitch.conf names: the first word of the first line that starts with
 * `subid:`, in any case, and has one, as shadow reads it. Left empty where the files /etc/subuid and
 * /etc/subgid are the source: to all programs, or through our plugin, which reads the same files, to those that do
 * not read /etc/usernamespaces themselves. 0, or -errno or a Refusal.
 */
export function readSubidSource(lines: Lines, source: Word): i32 {
  source.start = 0;
  source.end = 0;
  const opened = lines.open(Table.Nsswitch);
  if (opened != 0) return opened;
  while (lines.advance()) {
    const colon = find(lines.bytes, COLON, lines.start, lines.end);
    if (colon == lines.end || !equalsFolded(lines.bytes, lines.start, colon, "subid")) continue;
    source.take(lines.bytes, colon + 1, lines.end);
    if (source.length == 0) continue;
    const files = equals(lines.bytes, source.start, source.end, "files");
    if (files || equals(lines.bytes, source.start, source.end, "usernamespaces")) source.end = source.start;
    break;
  }
  return lines.error;
}

/** What login.defs(5) says of GRANT_AUX_GROUP_SUBIDS: 1 yes, 0 no or nothing, or -errno or a Refusal. */
export function readGrantAuxGroups(lines: Lines): i32 {
  const opened = lines.open(Table.LoginDefs);
  if (opened != 0) return opened;
  let granted: bool = false;
  const name = new Word();
  while (lines.advance()) {
    name.take(lines.bytes, lines.start, lines.end);
    if (!equals(lines.bytes, name.start, name.end, "GRANT_AUX_GROUP_SUBIDS")) continue;
    granted = isYes(lines.bytes, name.end, lines.end);
  }
  return lines.error != 0 ? lines.error : granted ? 1 : 0;
}

/** Whether the value in bytes [from, to) is "yes" in any case, alone or between double quotes. */
function isYes(bytes: StaticArray<u8>, from: u32, to: u32): bool {
  while (from < to && (isBlank(bytes[from]) || bytes[from] == QUOTE)) from++;
  let end = find(bytes, QUOTE, from, to);
  while (end > from && isBlank(bytes[end - 1])) end--;
  return equalsFolded(bytes, from, end, "yes");
}
