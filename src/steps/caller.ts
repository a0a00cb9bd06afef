// SPDX-License-Identifier: MIT
//
// Who calls: by the real uid alone. getlogin() is not asked: utmp is not to be trusted (CVE-2016-6251).
import { askNss, callerGid, callerUid, log, Refusal } from "../host";
import { decimal, find, NO_NUMBER } from "../tables/fields";
import { Lines } from "../tables/lines";
import { isOthersName, readUser, User } from "../tables/passwd";
import { readGrantAuxGroups } from "../tables/settings";
import { complain, Message } from "../text/message";
import { tableFailed } from "./tables";
import { Tool } from "./tool";

const COLON: u8 = 0x3a;
const NUL: u8 = 0;
/** A name and two numbers: more is no answer. */
const LONGEST_ANSWER: i32 = 320;

/** Finds the caller in /etc/passwd, else through the name service; ends if neither knows him. */
export function identify(tool: Tool, lines: Lines): User {
  const user = new User(callerUid());
  const reason = lookUp(tool, user, lines);
  if (reason.length > 0) unknown(tool, user, reason);
  return user;
}

/** Finds a user by his uid as `identify` does: why he is not known, or the empty text. */
export function lookUp(tool: Tool, user: User, lines: Lines): string {
  const failed = readUser(user, lines);
  if (failed != 0) tableFailed(tool.name, "/etc/passwd", failed);
  const reason = user.known ? "" : askForUser(user, lines);
  const uid = new Message(10).number(user.uid);
  user.owners.add(uid.bytes, 0, uid.length);
  return reason;
}

function askForUser(user: User, lines: Lines): string {
  const question = new Message(32).text("user").byte(NUL).number(user.uid).byte(NUL);
  const answer = new StaticArray<u8>(LONGEST_ANSWER);
  const length = askNss(question.bytes, question.length, answer);
  if (length < 0) return nssText(length);
  if (!accept(user, answer, length)) return "the name service's answer is no user's";
  // A directory server must not be able to hand one local user's lines to another.
  if (isOthersName(user.name, 0, user.name.length, user.uid, lines))
    return "the name service gives him the name of another user of /etc/passwd";
  return "";
}

/** Takes on the answer NAME:UID:GID if it is for the uid that was asked and well formed. */
function accept(user: User, answer: StaticArray<u8>, length: u32): bool {
  const end = length > 0 && answer[length - 1] == 0x0a ? length - 1 : 0;
  const name = find(answer, COLON, 0, end);
  const uid = find(answer, COLON, name + 1, end);
  if (name == 0 || uid >= end || decimal(answer, name + 1, uid) != user.uid) return false;
  for (let i: u32 = 0; i < name; i++) if (answer[i] < 0x20 || answer[i] == 0x7f) return false;
  user.gid = decimal(answer, uid + 1, end);
  if (user.gid == NO_NUMBER) return false;
  user.known = true;
  user.addName(answer, 0, name);
  return true;
}

/** Why the name service gave no answer. */
export function nssText(code: i32): string {
  switch (code) {
    case Refusal.NssUnknown:
      return "the name service does not know this user";
    case Refusal.NssMissing:
      return "the name-service program cannot be started, see FILES in newuidmap(1)";
    case Refusal.NssTimeout:
      return "the name service did not answer in time";
    case Refusal.NssPlugin:
      return "the plugin cannot be loaded";
    case Refusal.NssTraceable:
      return "the name service is not asked while the sysctl fs.suid_dumpable is 1";
    default:
      return "the name service failed";
  }
}

function unknown(tool: Tool, user: User, reason: string): void {
  const note = new Message(256).text("uid ").number(user.uid).text(" has no user name: ").text(reason);
  log(note.bytes, note.length);
  complain(tool.name)
    .line("Cannot determine your user name.")
    .line("uid ")
    .number(user.uid)
    .text(" is not in /etc/passwd, and ")
    .text(reason)
    .end();
}

/** Whether the caller's group is his primary one, the only one whose lines count without GRANT_AUX_GROUP_SUBIDS. */
export function inPrimaryGroup(user: User): bool {
  return user.gid == callerGid();
}

/** The caller as one to whom ranges can be granted: known, and in his primary group as newgidmap wants it; else ends. */
export function grantee(tool: Tool, lines: Lines): User {
  const user = identify(tool, lines);
  if (inPrimaryGroup(user)) return user;
  const granted = readGrantAuxGroups(lines);
  if (granted < 0) tableFailed(tool.name, "/etc/login.defs", granted);
  if (granted != 1) {
    complain(tool.name)
      .line("ranges are granted to a user in his primary group, ")
      .number(user.gid)
      .text(", and the caller's is ")
      .number(tool.own)
      .line("it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs")
      .end();
  }
  return user;
}
