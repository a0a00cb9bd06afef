// SPDX-License-Identifier: MIT
import {
  callerUid,
  mapWritten,
  openMap,
  Privilege,
  privilege,
  Refusal,
  Relation,
  targetNamespaceOwner,
  targetRelation,
  writeMap,
} from "../host";
import { textLength } from "../policy/decide";
import { Kind } from "../policy/kind";
import { Request } from "../policy/request";
import { EACCES, EPERM, errnoText } from "../text/errno";
import { complain, Message } from "../text/message";
import { Tool } from "./tool";

/** Writes the map, in one write; ends with the kernel's reason and what it means if that fails. */
export function writeRequest(tool: Tool, request: Request): void {
  const text = new Message(textLength(request));
  for (let i = 0; i < request.length; i++) {
    text
      .number(request.inside[i])
      .text(" ")
      .number(request.outside[i])
      .text(" ")
      .number(request.count[i])
      .newline();
  }
  const unopened = openMap();
  if (unopened != 0) openFailed(tool, unopened);
  const unwritten = writeMap(text.bytes, text.length);
  if (unwritten != 0) writeFailed(tool, request, unwritten);
}

function openFailed(tool: Tool, code: i32): void {
  const complaint = complain(tool.name).line("open of ").text(tool.map).text(" failed: ");
  if (code == Refusal.Changed) complaint.text("the target changed its owner");
  else if (code == Refusal.NotProc) complaint.text("something is mounted over it");
  else complaint.text(errnoText(-code));
  if (code == -EACCES) {
    complaint.line("the target is not dumpable, so that its files in /proc belong to root:");
    complaint.text(
      " it changed its ids or runs a program that its user cannot read (prctl(2), PR_SET_DUMPABLE)",
    );
  }
  complaint.end();
}

function writeFailed(tool: Tool, request: Request, code: i32): void {
  const complaint = complain(tool.name)
    .line("write to ")
    .text(tool.map)
    .text(" failed: ")
    .text(errnoText(-code));
  if (code == -EPERM) explainPermission(complaint, tool, request);
  complaint.end();
}

/** The kernel answers EPERM for eight reasons; the first that holds here is the one. */
function explainPermission(complaint: Message, tool: Tool, request: Request): void {
  const relation = targetRelation();
  const owner = targetNamespaceOwner();
  const facts = privilege();
  if (relation == Relation.Own) {
    complaint.line("the target has no user namespace of its own: it is in the caller's");
  } else if (mapWritten() == 1) {
    complaint.line("the target's ").text(tool.map).text(" is already written: a namespace is mapped once");
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

function explainPrivilege(complaint: Message, tool: Tool, facts: i32): void {
  complaint.line("this program was started without ");
  complaint.text(tool.kind == Kind.Uid ? "CAP_SETUID: " : "CAP_SETGID: ");
  if ((facts & Privilege.NoNewPrivs) != 0) {
    complaint.text(
      "the caller runs with no_new_privs, under which neither setuid nor file capabilities count",
    );
  } else if ((facts & Privilege.Nosuid) != 0) {
    complaint.text("it lies on a file system mounted with nosuid");
  } else if ((facts & Privilege.Bare) != 0) {
    complaint.text(
      "it is installed with neither file capabilities nor setuid root, as make install would do",
    );
  } else if ((facts & Privilege.Foreign) != 0) {
    complaint.text("it is setuid, but its file does not belong to root of this user namespace");
  } else {
    complaint.text("the capability is outside of the caller's bounding set");
  }
}
