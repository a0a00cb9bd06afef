// SPDX-License-Identifier: MIT
//
// Why the kernel answered EACCES or EPERM: each of the reasons that it does not tell apart in words of its own.
import {
  callerUid,
  mapWritten,
  Privilege,
  privilege,
  Refusal,
  Relation,
  targetNamespaceOwner,
  targetRelation,
} from "../host";
import { Kind } from "../policy/kind";
import { Request } from "../policy/request";
import { EACCES, EPERM, errnoText } from "../text/errno";
import { Message } from "../text/message";
import { Tool } from "./tool";

/** The cause of a failure at one of the target's files: -errno or a Refusal, in words. */
export function causeText(code: i32): string {
  switch (code) {
    case Refusal.Changed:
      return "the target changed its owner";
    case Refusal.NotProc:
      return "something is mounted over it";
    case Refusal.NoOpenat2:
      return "fd:N needs Linux 5.6 or later";
    default:
      return errnoText(-code);
  }
}

/** Says why a file of the target's could not be opened or written with `code`, -errno, if that is known. */
export function explain(complaint: Message, tool: Tool, request: Request, code: i32): void {
  if (code != -EACCES && code != -EPERM) return;
  const relation = targetRelation();
  if (relation == Relation.Own) {
    complaint.line("the target has no user namespace of its own: it is in the caller's");
  } else if (mapWritten() == 1) {
    complaint.line("the target's ").text(tool.map).text(" is already written: a namespace is mapped once");
  } else if (code == -EACCES) {
    explainAccess(complaint, relation);
  } else {
    explainPermission(complaint, tool, request, relation);
  }
}

/** The files of a process belong to root where it is not dumpable, its namespaces' too, or where it has no memory any more. */
function explainAccess(complaint: Message, relation: i32): void {
  if (relation != Relation.Unknown) {
    complaint.line("the process has ended");
    return;
  }
  complaint.line("the target is not dumpable, so that its files in /proc belong to root:");
  complaint.text(
    " it changed its ids or runs a program that its user cannot read (prctl(2), PR_SET_DUMPABLE)",
  );
}

function explainPermission(complaint: Message, tool: Tool, request: Request, relation: i32): void {
  const owner = targetNamespaceOwner();
  const facts = privilege();
  if (relation == Relation.Unknown) {
    complaint.line("the target's user namespace cannot be looked at: it belongs to another user");
  } else if (relation == Relation.Other) {
    complaint.line(
      "the target's user namespace is not a child of the caller's: only its direct parent can map it",
    );
  } else if (owner >= 0 && owner != callerUid()) {
    complaint.line("the target's user namespace belongs to uid ").number(owner);
  } else if ((facts & Privilege.Held) == 0) {
    explainPrivilege(complaint, tool, facts);
  } else if ((facts & Privilege.MapsRoot) == 0 && mapsRoot(request)) {
    complaint.line(
      "a map of outside uid 0 takes CAP_SETFCAP (Linux 5.12), which is outside of the bounding set",
    );
  } else {
    complaint.line("an outside id does not exist in this user namespace, see /proc/self/").text(tool.map);
  }
}

function mapsRoot(request: Request): bool {
  if (request.kind != Kind.Uid) return false;
  for (let i = 0; i < request.length; i++) if (request.outside[i] == 0) return true;
  return false;
}

/** Says why the program has no capability. */
export function explainPrivilege(complaint: Message, tool: Tool, facts: i32): void {
  if ((facts & Privilege.Rootless) != 0) {
    complaint.line("in a user namespace without uid 0 only the own ids can be mapped");
    return;
  }
  complaint.line("this program was started without ");
  complaint.text(tool.kind == Kind.Uid ? "CAP_SETUID: " : "CAP_SETGID: ");
  explainLoss(
    complaint,
    facts,
    "it is installed with neither file capabilities nor setuid root, as make install would do",
    "its file capabilities do not hold it, it is outside of the bounding set, or a tracer started it",
  );
}

/** Appends why a program has no capabilities: `bare` where it was installed without, `otherwise` where it is not known. */
export function explainLoss(complaint: Message, facts: i32, bare: string, otherwise: string): void {
  if ((facts & Privilege.NoNewPrivs) != 0) {
    complaint.text(
      "the caller runs with no_new_privs, under which neither setuid nor file capabilities count",
    );
  } else if ((facts & Privilege.Nosuid) != 0) complaint.text("it lies on a file system mounted with nosuid");
  else if ((facts & Privilege.Bare) != 0) complaint.text(bare);
  else if ((facts & Privilege.Foreign) != 0) {
    complaint.text("it is setuid, but its file does not belong to root of this user namespace");
  } else complaint.text(otherwise);
}
