// SPDX-License-Identifier: MIT
//
// The mount: the source with its ids mapped and its flags locked, not yet anywhere.
import {
  callerUid,
  cloneSource,
  lockClone,
  log,
  makeMapping,
  mapClone,
  openSource,
  sourceType,
  sourceUid,
} from "../host";
import { Request } from "../policy/request";
import { complain, Message } from "../text/message";
import { causeText, EINVAL, ENOSYS, EPERM } from "../userns/cause";
import { Word } from "../userns/word";
import { putType } from "./filesystem";
import { Options } from "./options";
import { explainLack } from "./privilege";
import { NAME } from "./target";

const ENOTDIR: i32 = 20;
const ELOOP: i32 = 40;
const ENOTEMPTY: i32 = 39;

/** Makes the user namespace that maps the ids; ends with why it cannot be had. */
export function makeIdMapping(): void {
  const unmade = makeMapping();
  if (unmade == 0) return;
  const complaint = complain(NAME).line("cannot make the mapping: ").text(causeText(-unmade));
  if (unmade == -EPERM && !explainLack(complaint)) {
    complaint.line("an id of the namespace's does not exist here, see /proc/self/uid_map,");
    complaint.line("or the caller is in a chroot, where the kernel makes no user namespaces");
  }
  if (unmade == -EINVAL) complaint.line("it takes a uid 0, and this user namespace has none");
  complaint.end();
}

/**
 * Opens SOURCE; ends unless the caller can reach it, and it is his own or belongs to an id that the mount maps.
 *
 * @param uids disk -> kernel
 */
export function openSourceOf(options: Options, uids: Request): void {
  const result = openSource(options.source);
  if (result != 0) {
    const complaint = source(complain(NAME).line("cannot open "), options);
    complaint.text(": ").text(causeText(-result));
    if (result == -ENOTDIR || result == -ELOOP)
      complaint.line("SOURCE is a directory, and neither a symbolic link nor reached through /proc/PID/fd");
    if (result == -EINVAL)
      complaint.line("in a chroot it takes a root directory that something is mounted on");
    if (result == -ENOSYS) complaint.line("it takes Linux 5.12 or later");
    complaint.end();
  }
  const owner: u64 = sourceUid();
  if (owner == callerUid() || isMapped(owner, uids)) return;
  const note = new Message(128).text("uid ").number(callerUid()).text(": source of uid ").number(owner);
  log(note.bytes, note.length);
  source(complain(NAME).line("may not mount "), options)
    .text(": it belongs to uid ")
    .number(owner)
    .line(
      "the directory has to be the caller's own or belong to a disk uid that shows as one of the namespace's",
    )
    .end();
}

/** Whether the id is one on disk that is mapped. */
function isMapped(id: u64, map: Request): bool {
  for (let i = 0; i < map.length; i++) if (id >= map.inside[i] && id < map.insideEnd(i)) return true;
  return false;
}

/** Makes the mount; ends with the step that failed and why. */
export function makeMount(options: Options): void {
  const uncloned = cloneSource();
  if (uncloned != 0) {
    const complaint = source(complain(NAME).line("cannot clone the mount of "), options);
    complaint.text(": ").text(causeText(-uncloned));
    if (uncloned == -EINVAL)
      complaint.line("it is in another mount namespace than the caller, or unbindable");
    complaint.end();
  }
  const unmapped = mapClone(options.readOnly, options.noExec);
  if (unmapped != 0) notMapped(options, unmapped);
  const unlocked = lockClone();
  if (unlocked == 0) return;
  const complaint = source(complain(NAME).line("cannot lock the mount of "), options).text(": ");
  if (unlocked == -ENOTEMPTY)
    complaint
      .text("there are mounts below it")
      .line("they might be unmounted inside, and what they hide be seen");
  else complaint.text(causeText(-unlocked));
  complaint.end();
}

function notMapped(options: Options, code: i32): void {
  const complaint = source(complain(NAME).line("cannot map the ids of "), options).text(": ");
  if (code == -EINVAL) {
    putType(complaint.text("the file system, "), sourceType());
    complaint.text(", cannot be mounted with other ids");
  } else if (code == -EPERM) {
    complaint.text("its mount maps ids already, or its file system belongs to another user namespace");
  } else {
    complaint.text(causeText(-code));
    if (code == -ENOSYS) complaint.line("it takes Linux 5.12 or later");
  }
  complaint.end();
}

/** Appends SOURCE as the caller wrote it. */
function source(into: Message, options: Options): Message {
  return new Word(options.source, 0).quote(into);
}
