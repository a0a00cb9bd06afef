// SPDX-License-Identifier: MIT
//
// What the tables come to for one user, by the very steps of the helpers.
import { print } from "../host";
import { Authority } from "../policy/authority";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { NO_ID } from "../policy/request";
import { Entries } from "../steps/entries";
import { addEntries, Grants, grantsOf, requireRoom } from "../steps/grants";
import { Membership } from "../steps/membership";
import { Tool } from "../steps/tool";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { Message } from "../text/message";

/** The name that messages begin with. */
export const PROGRAM = "usernsctl";

/** Prints what a user may have of one kind of ids; ends if it cannot be known. */
export function printIds(kind: Kind, user: User, lines: Lines): void {
  // What files may have on disk has no table of its own.
  const tool = new Tool(kind == Kind.Gid ? Kind.Gid : Kind.Uid, PROGRAM);
  const entries = new Entries(user, lines, new Membership(user));
  const authority = new Authority(kind, user.uid);
  const grants = kind == Kind.Fsid ? new Grants(authority, entries) : grantsOf(tool, authority, entries);
  addEntries(tool, grants, null);
  const allowed = authority.grants.less(authority.barred);
  requireRoom(tool, allowed.full);
  // Outside uid 0 is root's alone, and disk id 0 is nobody's.
  const zero = kind == Kind.Gid || (kind == Kind.Uid && user.uid == 0);
  printRanges(kind, "allowed", allowed, zero ? 0 : 1);
  printRanges(kind, "refused", authority.grants.less(allowed), zero ? 0 : 1);
  printRanges(kind, "denied", allowed.less(allowed.less(authority.denied)), 0);
  if (grants.failure.length > 0) warn(grants);
}

/** Prints a set, `KIND SET FIRST END` a range. */
function printRanges(kind: Kind, set: string, ranges: Ranges, least: u64): void {
  for (let i = 0; i < ranges.length; i++) {
    const start = max(ranges.start(i), least);
    const end = min(ranges.end(i), NO_ID);
    if (start >= end) continue;
    const line = new Message(64).text(kind == Kind.Uid ? "uid " : kind == Kind.Gid ? "gid " : "fsid ");
    line.text(set).text(" ").number(start).text(" ").number(end).newline();
    print(1, line.bytes, line.length);
  }
}

function warn(grants: Grants): void {
  const note = new Message(512, PROGRAM).line("the sub-id source ");
  note.quoted(grants.plugin, 0, grants.plugin.length);
  note.text(" of /etc/nsswitch.conf could not be asked: ").text(grants.failure).newline();
  print(2, note.bytes, note.length);
}
