// SPDX-License-Identifier: MIT
//
// Whose ranges are asked for. A login name is looked up, so that all lines of its user are found. A uid is not: it
// lists the lines that it owns itself, as with shadow 4.13, because clients ask by name and by uid and add up the two.
import { askNss, Refusal, Table } from "../host";
import { NO_ID } from "../policy/request";
import { nssText } from "../steps/caller";
import { tableFailed } from "../steps/tables";
import { decimal, find, isDigits } from "../tables/fields";
import { Keys, LONGEST_KEY } from "../tables/keys";
import { Lines } from "../tables/lines";
import { readUser, User } from "../tables/passwd";
import { Message } from "../text/message";
import { PROGRAM } from "./command";
import { failing } from "./failure";

const COLON: u8 = 0x3a;
const NEWLINE: u8 = 0x0a;
const NUL: u8 = 0;
const PLUS: u8 = 0x2b;
const MINUS: u8 = 0x2d;
/** A name and two numbers: more is no answer. */
const LONGEST_ANSWER: i32 = 320;

/** Whose ranges are asked for, and what is known of him. */
export class Account {
  /** The user; null for a uid, and for a name that is nobody's. */
  user: User | null = null;
  /** First fields of the lines that are his. */
  owners: Keys = new Keys();
  /** Why the user database gave no answer; empty if it did. */
  failure: string = "";

  constructor(readonly name: StaticArray<u8>) {}

  get isUid(): bool {
    return isDigits(this.name, 0, this.name.length);
  }

  /** Whether it can be the first field of a line, and one of a question; lines with `+` and `-` are compat ones. */
  get isOwner(): bool {
    const name = this.name;
    if (name.length == 0 || (name.length as u32) >= LONGEST_KEY || name[0] == PLUS || name[0] == MINUS)
      return false;
    const length = name.length as u32;
    return find(name, COLON, 0, length) == length && find(name, NEWLINE, 0, length) == length;
  }
}

/** Looks `name` up in /etc/passwd, else through the name service. */
export function findAccount(name: StaticArray<u8>, lines: Lines): Account {
  const account = new Account(name);
  if (!account.isOwner) return account;
  account.owners.add(name, 0, name.length);
  if (account.isUid) return account;
  let uid = readUid(account.owners, lines);
  if (uid >= NO_ID) uid = askForUid(account);
  if (uid >= NO_ID) return account;
  const user = new User(uid as u32);
  const failed = readUser(user, lines);
  if (failed != 0) passwdFailed(failed);
  // To /etc/passwd, which the name service need not read, he may be nobody or have other names alone.
  user.addName(name, 0, name.length);
  const digits = new Message(10).number(uid);
  user.owners.add(digits.bytes, 0, digits.length);
  account.user = user;
  account.owners = user.owners;
  return account;
}

function passwdFailed(code: i32): void {
  failing();
  tableFailed(PROGRAM, "/etc/passwd", code);
}

/** The uid that /etc/passwd gives to a name; NO_ID or more if it gives none. */
function readUid(name: Keys, lines: Lines): u64 {
  const failed = lines.open(Table.Passwd);
  if (failed != 0) passwdFailed(failed);
  const found = lines.advanceTo(name);
  if (lines.error != 0) passwdFailed(lines.error);
  if (!found) return NO_ID;
  const password = find(lines.bytes, COLON, lines.start, lines.end) + 1;
  const uid = find(lines.bytes, COLON, password, lines.end) + 1;
  const end = find(lines.bytes, COLON, uid, lines.end);
  return uid < end && end < lines.end ? decimal(lines.bytes, uid, end) : NO_ID;
}

/** The uid that the name service gives to the account's name; NO_ID or more if it gives none. */
function askForUid(account: Account): u64 {
  const name = account.name;
  const question = new Message(512).text("name").byte(NUL).raw(name, 0, name.length).byte(NUL);
  const answer = new StaticArray<u8>(LONGEST_ANSWER);
  const length = askNss(question.bytes, question.length, answer);
  if (length == Refusal.NssUnknown) return NO_ID;
  if (length < 0) {
    account.failure = nssText(length);
    return NO_ID;
  }
  const uid = find(answer, COLON, 0, length) + 1;
  return uid < (length as u32) ? decimal(answer, uid, find(answer, COLON, uid, length)) : NO_ID;
}
