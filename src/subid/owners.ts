// SPDX-License-Identifier: MIT
//
// Whose an id is. The lines that hold it name users, or it lies in somebody's slice; of these it is whose share has
// it. What is granted to a group or to everybody without `each=` is nobody's own.
import { Owner } from "../policy/entry";
import { Ranges } from "../policy/ranges";
import { NO_ID } from "../policy/request";
import { Tool } from "../steps/tool";
import { EntryLines } from "../tables/entries";
import { Fault } from "../tables/fault";
import { find } from "../tables/fields";
import { Keys } from "../tables/keys";
import { Lines } from "../tables/lines";
import { SubidLines } from "../tables/subids";
import { Message } from "../text/message";
import { giveOwner, Status } from "./host";
import { findOwner } from "./person";
import { Share } from "./share";

const COLON: u8 = 0x3a;
/** The most lines that may hold one id. */
const MOST_CANDIDATES: i32 = 128;

/** Names and uids of who may have the id. */
class Candidates {
  readonly names: StaticArray<StaticArray<u8>> = new StaticArray<StaticArray<u8>>(MOST_CANDIDATES);
  length: i32 = 0;
  full: bool = false;

  /** Takes on the name bytes [from, to). */
  add(bytes: StaticArray<u8>, from: u32, to: u32): void {
    this.full = this.full || this.length == MOST_CANDIDATES;
    if (this.full) return;
    const name = new StaticArray<u8>(to - from);
    for (let i = from; i < to; i++) name[i - from] = bytes[i];
    this.names[this.length++] = name;
  }
}

/** Gives the users who have `id` under no restriction. */
export function giveOwners(tool: Tool, id: u64, lines: Lines): Status {
  const candidates = new Candidates();
  if (!readSubids(tool, id, lines, candidates) || !readEntries(tool, id, lines, candidates))
    return Status.Failed;
  const wanted = new Ranges();
  const given = new Ranges();
  wanted.add(id, id + 1);
  for (let i = 0; i < candidates.length; i++) {
    const person = findOwner(candidates.names[i], lines);
    if (person.status == Status.UnknownUser) continue;
    if (person.status != Status.Success) return person.status;
    const uid: u64 = person.user.uid;
    if (given.firstPresent(uid, uid + 1) == uid) continue;
    const share = new Share(tool, person.user, lines);
    if (!share.read(wanted)) return Status.Failed;
    if (!share.has(id, id + 1)) continue;
    giveOwner(person.user.uid);
    given.add(uid, uid + 1);
  }
  return Status.Success;
}

function readSubids(tool: Tool, id: u64, lines: Lines, into: Candidates): bool {
  const subids = new SubidLines(lines, new Keys());
  if (subids.open(tool.table) != 0) return false;
  while (subids.advanceAny()) {
    if (subids.fault != Fault.None || id < subids.start || id >= subids.start + subids.count) continue;
    into.add(lines.bytes, lines.start, find(lines.bytes, COLON, lines.start, lines.end));
  }
  return lines.error == 0 && !into.full;
}

function readEntries(tool: Tool, id: u64, lines: Lines, into: Candidates): bool {
  const table = new EntryLines(lines);
  if (table.open() != 0) return false;
  while (table.advance()) {
    const entry = table.entry;
    if (table.fault != Fault.None || id < entry.start || id >= entry.end || !entry.grants(tool.kind))
      continue;
    if (entry.owner == Owner.User) into.add(lines.bytes, lines.start, table.ownerEnd);
    else if (entry.each > 0) {
      const number = (id - entry.start) / entry.each;
      const uid = new Message(20).number(entry.first + number);
      if (number < NO_ID) into.add(uid.bytes, 0, uid.length);
    }
  }
  return lines.error == 0 && !into.full;
}
