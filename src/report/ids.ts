// SPDX-License-Identifier: MIT
//
// What the tables come to for one user, by the very steps of the helpers.
import { Ids, reportIds } from "../ctl-host";
import { Authority } from "../policy/authority";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { identify } from "../steps/caller";
import { Entries } from "../steps/entries";
import { addEntries, Grants, grantsOf, requireRoom } from "../steps/grants";
import { Membership } from "../steps/membership";
import { Tool } from "../steps/tool";
import { Lines } from "../tables/lines";

/** The name that messages begin with. */
const PROGRAM = "usernsctl";

/** Reports what the caller may have of one kind of ids; ends if it cannot be known. */
export function reportUser(kind: Kind): void {
  const lines = new Lines();
  // What files may have on disk has no table of its own.
  const tool = new Tool(kind == Kind.Gid ? Kind.Gid : Kind.Uid, PROGRAM);
  const user = identify(tool, lines);
  const entries = new Entries(user, lines, new Membership(user));
  const authority = new Authority(kind, user.uid);
  const grants = kind == Kind.Fsid ? new Grants(authority, entries) : grantsOf(tool, authority, entries);
  addEntries(tool, grants, null);
  const allowed = authority.grants.less(authority.barred);
  requireRoom(tool, allowed.full);
  report(Ids.Granted, authority.grants);
  report(Ids.Allowed, allowed);
  report(Ids.Barred, authority.barred);
  report(Ids.Denied, authority.denied);
}

function report(set: Ids, ranges: Ranges): void {
  for (let i = 0; i < ranges.length; i++) reportIds(set, ranges.start(i) as f64, ranges.end(i) as f64);
}
