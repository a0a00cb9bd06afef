// SPDX-License-Identifier: MIT
//
// The helper: decides on what the main process asks for as if anybody had asked, and writes the maps.
import {
  awaitRequest,
  denySetgroups,
  exit,
  joinOuter,
  Privilege,
  privilege,
  recordExtent,
  setgroupsDenied,
  writeOwnMap,
} from "../host";
import { Authority } from "../policy/authority";
import { decide } from "../policy/decide";
import { Kind } from "../policy/kind";
import { Request } from "../policy/request";
import { Verdict } from "../policy/verdict";
import { grantee } from "../steps/caller";
import { causeText, explainPrivilege } from "../steps/explain";
import { readEntries, readGrants } from "../steps/grants";
import { refuse } from "../steps/refuse";
import { Tool } from "../steps/tool";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { EACCES, ENOENT, EPERM } from "../text/errno";
import { complain } from "../text/message";
import { Setgroups } from "./options";
import { decode, LONGEST_REQUEST } from "./request";

/** Serves one request and ends. */
export function serve(): void {
  const bytes = new StaticArray<u8>(LONGEST_REQUEST);
  const asked = decode(bytes, awaitRequest(bytes));
  const uids = new Tool(Kind.Uid, "userns");
  const gids = new Tool(Kind.Gid, "userns");
  const lines = new Lines();
  let user: User | null = null;
  if (!isOwn(asked.uids, uids.own) || !isOwn(asked.gids, gids.own)) user = grantee(gids, lines);
  authorise(uids, asked.uids, user, lines);
  const verdict = authorise(gids, asked.gids, user, lines);
  if (asked.disableUserns) {
    authoriseOuter(uids, asked.uids, user, lines);
    // Whoever may join the outer namespace could drop a group there as well.
    if (authoriseOuter(gids, asked.gids, user, lines).denies) verdict.denies = true;
  }
  record(asked.uids);
  record(asked.gids);
  guardSetgroups(gids, asked.setgroups, verdict);
  if (asked.disableUserns) {
    write(uids, true);
    write(gids, true);
    const failed = joinOuter();
    if (failed != 0)
      complain("userns").line("cannot join the outer namespace: ").text(causeText(failed)).end();
  }
  write(uids, false);
  write(gids, false);
  exit(0);
}

/** Whether nothing but the own id is asked for, which takes no grant and no look at the tables. */
function isOwn(request: Request, own: u32): bool {
  return request.length == 1 && request.outside[0] == own && request.count[0] == 1;
}

/** Decides on one map as newuidmap and newgidmap do; ends if it is refused. */
function authorise(tool: Tool, request: Request, user: User | null, lines: Lines): Verdict {
  const own = tool.own;
  if (!user) return decide(request, own, own == 0, new Authority(tool.kind, own));
  const grants = readGrants(tool, user, lines);
  readEntries(tool, grants, request);
  const verdict = decide(request, own, own == 0, grants.authority);
  if (!verdict.allowed) refuse(tool, request, verdict, grants);
  return verdict;
}

/**
 * Decides on the map of the outer namespace: each outside id as itself, and the own id, without which the kernel
 * would not let the main process make the inner one. What is in it besides is authorised already.
 */
function authoriseOuter(tool: Tool, request: Request, user: User | null, lines: Lines): Verdict {
  let known = false;
  for (let i = 0; i < request.length; i++) {
    known = known || (tool.own >= request.outside[i] && tool.own < request.outsideEnd(i));
  }
  const outer = new Request(tool.kind, request.length + (known ? 0 : 1));
  for (let i = 0; i < request.length; i++) {
    outer.set(i, request.outside[i], request.outside[i], request.count[i]);
  }
  if (!known) outer.set(request.length, tool.own, tool.own, 1);
  return authorise(tool, outer, user, lines);
}

function record(request: Request): void {
  for (let i = 0; i < request.length; i++) {
    const inside = request.inside[i] as u32;
    recordExtent(request.kind == Kind.Gid, inside, request.outside[i] as u32, request.count[i] as u32);
  }
}

/** The rule of newgidmap (CVE-2018-7169), and what the user asks for where the rule leaves it to him. */
function guardSetgroups(tool: Tool, wish: Setgroups, verdict: Verdict): void {
  const denies = !verdict.granted || verdict.denies;
  if (denies && wish == Setgroups.Allow) {
    const complaint = complain(tool.name).line("--setgroups allow: setgroups has to be denied");
    if (verdict.granted) complaint.line("a line of /etc/usernamespaces wants it for a group of this map");
    else complaint.line("it can be allowed only with groups that an administrator granted");
    complaint.end();
  }
  if (!denies && wish != Setgroups.Deny) return;
  const denied = setgroupsDenied();
  if (denied == 1) return;
  if (denied < 0) failed(tool, "cannot read setgroups: ", denied);
  const undone = denySetgroups();
  if (undone != 0) failed(tool, "cannot deny setgroups: ", undone);
}

function write(tool: Tool, outer: bool): void {
  const result = writeOwnMap(tool.kind == Kind.Gid, outer);
  if (result == 0) return;
  failed(tool, tool.kind == Kind.Uid ? "write to uid_map failed: " : "write to gid_map failed: ", result);
}

function failed(tool: Tool, what: string, code: i32): void {
  const complaint = complain(tool.name).line(what).text(causeText(code));
  if (code == -ENOENT || code == -EACCES) {
    complaint.line("the files of the own process in /proc cannot be opened");
  } else if (code == -EPERM) {
    const facts = privilege();
    if ((facts & Privilege.Held) == 0) explainPrivilege(complaint, tool, facts);
    else
      complaint.line("an outside id does not exist in this user namespace, see /proc/self/").text(tool.map);
  }
  complaint.end();
}
