// SPDX-License-Identifier: MIT
//
// The process whose namespace is mapped: pinned first, then judged by its owner.
import { callerGid, log, openTarget, Refusal, statTarget, targetGid, targetUid } from "../host";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { readGrantAuxGroups } from "../tables/settings";
import { ENOENT, errnoText } from "../text/errno";
import { complain, Message } from "../text/message";
import { inPrimaryGroup } from "./caller";
import { misused, TargetName } from "./command";
import { tableFailed } from "./tables";
import { Tool } from "./tool";

/** Pins the target by a descriptor of its /proc directory; ends if there is no such process. */
export function pinTarget(tool: Tool, target: TargetName): void {
  const result = openTarget(target.byDescriptor, target.number);
  if (result == 0) return;
  if (target.byDescriptor) badDescriptor(tool, target, result);
  const complaint = complain(tool.name)
    .line("Could not open proc directory for target ")
    .number(target.number)
    .text(": ");
  if (result == Refusal.NotProc) complaint.text("/proc is no proc file system");
  else complaint.text(errnoText(-result));
  if (result == -ENOENT) complaint.line("no process ").number(target.number).text(" can be seen in /proc");
  complaint.end();
}

function badDescriptor(tool: Tool, target: TargetName, result: i32): void {
  const complaint = misused(tool).line("descriptor ").number(target.number);
  if (result == Refusal.NoOpenat2) complaint.text(" cannot be used safely: fd:N needs Linux 5.6 or later");
  else complaint.text(" is not open on the directory of a process in this /proc");
  complaint.end();
}

/**
 * Ends unless the target has the caller's uid and gid and the gid is the caller's primary one, or login.defs
 * says GRANT_AUX_GROUP_SUBIDS yes: a subgid line is given to a user in his own group.
 */
export function requireOwnTarget(tool: Tool, user: User, lines: Lines): void {
  const failed = statTarget();
  if (failed != 0)
    complain(tool.name).line("Could not stat directory for target process: ").text(errnoText(-failed)).end();
  const same = targetUid() == user.uid && targetGid() == callerGid();
  if (same && inPrimaryGroup(user)) return;
  const granted = same ? readGrantAuxGroups(lines) : 0;
  if (granted < 0) tableFailed(tool.name, "/etc/login.defs", granted);
  if (granted != 1) notOwned(tool, user);
}

function notOwned(tool: Tool, user: User): void {
  const what = new Message(256);
  owners(what, user);
  log(what.bytes, what.length);
  const complaint = complain(tool.name).line("");
  owners(complaint, user);
  if (targetUid() != user.uid) {
    complaint
      .line("the process runs as uid ")
      .number(targetUid())
      .text(", the caller is uid ")
      .number(user.uid);
  } else if (targetGid() != callerGid()) {
    complaint
      .line("the process runs with gid ")
      .number(targetGid())
      .text(", the caller with gid ")
      .number(callerGid());
  } else {
    complaint
      .line("gid ")
      .number(callerGid())
      .text(" is not the caller's primary group, ")
      .number(user.gid)
      .text("; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs");
  }
  complaint.end();
}

/** Shadow's words for a target that is not the caller's. */
function owners(into: Message, user: User): void {
  into
    .text("Target process is owned by a different user: uid:")
    .number(user.uid)
    .text(" pw_uid:")
    .number(user.uid)
    .text(" st_uid:")
    .number(targetUid())
    .text(", gid:")
    .number(callerGid())
    .text(" pw_gid:")
    .number(user.gid)
    .text(" st_gid:")
    .number(targetGid());
}
