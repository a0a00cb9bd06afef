// SPDX-License-Identifier: MIT
//
// The process in whose namespaces the mount is to be: pinned first, then judged by these.
import { callerUid, Joinable, log, openTarget, pinNamespaces, Refusal } from "../host";
import { TargetName } from "../steps/command";
import { causeText } from "../steps/explain";
import { EACCES, ENOENT } from "../text/errno";
import { complain, Message } from "../text/message";
import { Options } from "./options";

/** The program's name, for messages. */
export const NAME = "newfsidmap";

/** Pins the target by a descriptor of its /proc directory; ends if there is no such process. */
export function pinProcess(options: Options): void {
  const target = options.pid;
  const result = openTarget(target.byDescriptor, target.number);
  if (result == 0) return;
  const complaint = named(complain(NAME).line("cannot open the /proc directory of "), target);
  if (target.byDescriptor && result == Refusal.NotProc)
    complaint.text(": it is not open on the directory of a process in this /proc");
  else if (result == Refusal.NotProc) complaint.text(": /proc is no proc file system");
  else complaint.text(": ").text(causeText(result));
  if (result == -ENOENT) complaint.line("no such process can be seen in /proc");
  complaint.end();
}

function named(into: Message, target: TargetName): Message {
  return into.text(target.byDescriptor ? "descriptor " : "process ").number(target.number);
}

/** Opens the target's namespaces; ends unless they are the caller's, and mounts in them appear in them alone. */
export function pinNamespacesOf(options: Options): void {
  const result = pinNamespaces();
  if (result == Joinable.Yes) return;
  if (result < 0) unseen(options.pid, result);
  const note = new Message(128).text("uid ").number(callerUid()).text(": ");
  named(note, options.pid).text(": not the caller's namespaces");
  log(note.bytes, note.length);
  const complaint = complain(NAME).line("cannot mount for ");
  named(complaint, options.pid);
  switch (result) {
    case Joinable.Own:
      complaint.text(": it has no user namespace of its own: it is in the caller's");
      break;
    case Joinable.NoChild:
      complaint.text(": its user namespace is not a child of the caller's");
      break;
    case Joinable.Others:
      complaint.text(": its user namespace belongs to another user");
      break;
    default:
      complaint.text(": its mount namespace does not belong to its user namespace");
      complaint.line(
        "the mount would appear outside: start the process with a mount namespace too, as unshare -U -m does",
      );
  }
  complaint.end();
}

function unseen(target: TargetName, code: i32): void {
  const complaint = named(complain(NAME).line("cannot look at the namespaces of "), target);
  complaint.text(": ").text(causeText(code));
  if (code == -EACCES) {
    complaint.line("they are another user's, or the process is not dumpable (prctl(2), PR_SET_DUMPABLE)");
  }
  complaint.end();
}
