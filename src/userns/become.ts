// SPDX-License-Identifier: MIT
//
// From a mapped namespace to the user's program. The order is not free:
// - propagation comes before anything is mounted, and before the fork, of which both sides share the mounts;
// - what --bind binds comes before the fork, whose child may be in another pid namespace than newfsidmap, and before
//   the root directory changes: the targets are named as the caller sees them;
// - the fork comes before everything that is the program's alone, and puts it into the new pid namespace, whose
//   proc file system can then be mounted;
// - the root directory comes before the working directory, both and the mount before the ids, with which the
//   capabilities may go;
// - the filter needs one too, and holds for the parent that waits as well, whom the namespace's root may trace;
// - whether the groups stay is read before the root directory changes, under which there may be no /proc;
// - groups before ids and the gid before the uid, each of which takes a capability that the last one may end;
// - the signal at the parent's end after the ids, whose change makes the kernel forget it;
// - no_new_privs last: nothing of ours depends on it, and the descriptors as late as can be.
import {
  changeDirectory,
  changeRoot,
  closeFrom,
  dieWithParent,
  dropGroups,
  filterUserNamespaces,
  fork,
  groupsDenied,
  keepCapabilities,
  mountProc,
  passCapabilities,
  setNoNewPrivileges,
  setPropagation,
  takeGid,
  takeUid,
} from "../host";
import { complain, Message } from "../text/message";
import { bindByMaps, keepForBinds } from "./binder";
import { causeText, EINVAL, ENOSYS, EOPNOTSUPP, EPERM } from "./cause";
import { explainMount } from "./namespaces";
import { CLONE_NEWNS, CLONE_NEWPID, Options, Propagation } from "./options";
import { run } from "./run";
import { Word } from "./word";

const FIRST_DESCRIPTOR: u32 = 3;
const CANNOT_CHANGE = "cannot change the working directory to ";

/**
 * Becomes the program, once the maps are written; never returns.
 *
 * @param uid the uid of the namespace's to take, -1 to leave it; -S goes before it
 * @param gid the same of the gid
 */
export function become(options: Options, uid: i64, gid: i64): void {
  propagate(options);
  if (options.binds.given && !options.disableUserns) {
    keepForBinds();
    bindByMaps(options.binds);
  }
  if (options.disableUserns) filter();
  if (options.fork) succeed(fork((options.namespaces & CLONE_NEWPID) != 0), "cannot fork");
  const keepsGroups = groupsDenied() == 1;
  changeDirectories(options);
  if (options.mountProc) mountProcAt(options);
  // With setgroups denied they stay, which is what the denial is for.
  if (!keepsGroups) succeed(dropGroups(), "cannot give up the supplementary groups");
  takeIds(options, options.setuid >= 0 ? options.setuid : uid, options.setgid >= 0 ? options.setgid : gid);
  if (options.killChild != 0) {
    succeed(dieWithParent(options.killChild), "--kill-child: cannot ask for the signal");
  }
  if (options.noNewPrivs) succeed(setNoNewPrivileges(), "--no-new-privs: cannot set no_new_privs");
  closeDescriptors(options.preserveFds);
  run(options);
}

/** Ends with what failed and the cause unless `answer` is 0. */
function succeed(answer: i32, what: string): void {
  if (answer != 0) failure(answer, what).end();
}

/** Begins the message about a step that answered -errno. */
function failure(answer: i32, what: string): Message {
  return complain("userns").line(what).text(": ").text(causeText(-answer));
}

function propagate(options: Options): void {
  if ((options.namespaces & CLONE_NEWNS) == 0 || options.propagation == Propagation.Unchanged) return;
  const answer = setPropagation(options.propagation);
  if (answer == 0) return;
  const complaint = failure(answer, "cannot set the propagation of the mounts");
  explainMount(complaint, answer);
  complaint.end();
}

/** A new root becomes the working directory too, or that would still lie outside of it. */
function changeDirectories(options: Options): void {
  const root = options.root;
  if (root.given) {
    directoryChanged(changeRoot(root.index, root.offset), "cannot change the root directory to ", root);
    directoryChanged(changeDirectory(0, 0), CANNOT_CHANGE, new Word());
  }
  const directory = options.directory;
  if (directory.given) {
    directoryChanged(changeDirectory(directory.index, directory.offset), CANNOT_CHANGE, directory);
  }
}

function directoryChanged(answer: i32, what: string, directory: Word): void {
  if (answer == 0) return;
  named(complain("userns").line(what), directory, "'/'").text(": ").text(causeText(-answer)).end();
}

/** Appends a directory as the user wrote it, or the usual one. */
function named(message: Message, directory: Word, usual: string): Message {
  return directory.given ? directory.quote(message) : message.text(usual);
}

function mountProcAt(options: Options): void {
  const directory = options.procDirectory;
  const answer = mountProc(directory.index, directory.offset);
  if (answer == 0) return;
  const complaint = named(complain("userns").line("cannot mount proc on "), directory, "'/proc'");
  complaint.text(": ").text(causeText(-answer));
  if (answer == -EPERM) {
    if ((options.namespaces & CLONE_NEWPID) == 0 || !options.fork)
      complaint.line("it takes a pid namespace of the caller's own and a process in it: -p and -f");
    else complaint.line("it takes a /proc that nothing is mounted over: in a container there often is");
    explainMount(complaint, answer);
  }
  complaint.end();
}

/** The filter comes besides the namespace's limit, which a process of the caller's outside could lift. */
function filter(): void {
  const answer = filterUserNamespaces();
  if (answer == -EOPNOTSUPP)
    complain("userns").line("--disable-userns is not supported on this architecture").end();
  succeed(answer, "--disable-userns: cannot install the seccomp filter");
}

function takeIds(options: Options, uid: i64, gid: i64): void {
  if (options.keepCaps) succeed(keepCapabilities(), "--keep-caps: cannot keep the capabilities");
  if (gid >= 0) idTaken(takeGid(gid as u32), "gid ", gid);
  if (uid >= 0) idTaken(takeUid(uid as u32), "uid ", uid);
  if (options.keepCaps) succeed(passCapabilities(), "--keep-caps: cannot pass the capabilities on");
}

function idTaken(answer: i32, kind: string, id: i64): void {
  if (answer == 0) return;
  const complaint = complain("userns")
    .line("cannot take on ")
    .text(kind)
    .number(id as u64);
  complaint.text(": ").text(causeText(-answer));
  if (answer == -EINVAL)
    complaint
      .line(kind)
      .number(id as u64)
      .text(" is not mapped into the namespace");
  complaint.end();
}

/** Only standard input, output and error go on to the program, and the `preserved` descriptors after them. */
function closeDescriptors(preserved: u32): void {
  const answer = closeFrom(FIRST_DESCRIPTOR + preserved);
  if (answer == 0) return;
  const complaint = failure(answer, "cannot close the descriptors");
  if (answer == -ENOSYS) complaint.line("it takes Linux 5.9 or later");
  complaint.end();
}
