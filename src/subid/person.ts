// SPDX-License-Identifier: MIT
//
// Who is asked about. A login name stands for its user. Digits are a uid, never a name, as in the tables: shadow
// passes on the name of who calls, and one of digits would give him what is another's.
import { findAccount } from "../getsubids/account";
import { askNss, Refusal } from "../host";
import { Kind } from "../policy/kind";
import { NO_ID } from "../policy/request";
import { lookUp, nssText } from "../steps/caller";
import { Tool } from "../steps/tool";
import { decimal, find } from "../tables/fields";
import { Keys } from "../tables/keys";
import { Lines } from "../tables/lines";
import { isOthersName, User } from "../tables/passwd";
import { Message } from "../text/message";
import { Status } from "./host";

const COLON: u8 = 0x3a;
const NUL: u8 = 0;
/** A name and two numbers: more is no answer. */
const LONGEST_ANSWER: i32 = 320;

/** A user, and how he was asked for. */
export class Person {
  /** Whether there is such a user. */
  status: Status = Status.UnknownUser;
  user: User = new User(0);
  /** He was asked for by his uid. */
  byUid: bool = false;
  /** First fields of the lines of sub-ids that are listed for what was asked. */
  owners: Keys = new Keys();
}

/** Finds the user that the first field of a line names. */
export function findOwner(field: StaticArray<u8>, lines: Lines): Person {
  const person = new Person();
  const account = findAccount(field, lines);
  person.byUid = account.isUid;
  person.owners = account.owners;
  const user = account.user;
  if (account.isUid) findUid(decimal(field, 0, field.length), person, lines);
  else if (account.failure.length > 0) person.status = Status.Unreachable;
  if (!user) return person;
  person.user = user;
  // One name of two users: nobody knows which of them is meant.
  if (!isOthersName(field, 0, field.length, user.uid, lines)) person.status = Status.Success;
  return person;
}

/** Finds the user who is asked about by a login name or by a uid that is not another user's login name. */
export function findPerson(name: StaticArray<u8>, lines: Lines): Person {
  const person = findOwner(name, lines);
  if (!person.byUid || person.status != Status.Success) return person;
  const uid = person.user.uid;
  const question = new Message(512).text("name").byte(NUL).raw(name, 0, name.length).byte(NUL);
  const answer = new StaticArray<u8>(LONGEST_ANSWER);
  const length = askNss(question.bytes, question.length, answer);
  if (length < 0 && length != Refusal.NssUnknown) person.status = Status.Unreachable;
  else if (length > 0 && uidOf(answer, length) != uid) person.status = Status.UnknownUser;
  else if (isOthersName(name, 0, name.length, uid, lines)) person.status = Status.UnknownUser;
  return person;
}

function findUid(uid: u64, person: Person, lines: Lines): void {
  if (uid >= NO_ID) return;
  person.user = new User(uid as u32);
  const reason = lookUp(new Tool(Kind.Uid, ""), person.user, lines);
  if (reason.length == 0) person.status = Status.Success;
  else if (reason != nssText(Refusal.NssUnknown)) person.status = Status.Unreachable;
}

/** The uid in an answer NAME:UID:GID. */
function uidOf(answer: StaticArray<u8>, length: u32): u64 {
  const uid = find(answer, COLON, 0, length) + 1;
  return uid < length ? decimal(answer, uid, find(answer, COLON, uid, length)) : NO_ID;
}
