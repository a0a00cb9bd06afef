// SPDX-License-Identifier: MIT
import { Table } from "../host";
import { Message } from "../text/message";
import { decimal, find, isDigits, NO_NUMBER } from "./fields";
import { Keys } from "./keys";
import { Lines } from "./lines";

const COLON: u8 = 0x3a;

/** A user as the user database knows him. */
export class User {
  /** His login name: the first that /etc/passwd gives to his uid, else the name service's. */
  name: StaticArray<u8> = new StaticArray<u8>(0);
  /** His primary group. */
  gid: u64 = 0;
  known: bool = false;
  /** First fields of the lines that are his: all his names, and his uid in decimal. */
  readonly owners: Keys = new Keys();

  constructor(readonly uid: u32) {}

  /** Appends his name to a message. */
  nameIn(into: Message): Message {
    return into.escaped(this.name, 0, this.name.length);
  }

  /** Takes on a name. One of digits only owns nothing: such a field of a table is a uid (shadow granted it). */
  addName(bytes: StaticArray<u8>, from: u32, to: u32): void {
    if (!isDigits(bytes, from, to)) this.owners.add(bytes, from, to);
    if (this.name.length > 0) return;
    this.name = new StaticArray<u8>(to - from);
    for (let i = from; i < to; i++) this.name[i - from] = bytes[i];
  }
}

/** Whether bytes [from, to) can be a login name: no NUL, which would end it early in a question. */
function isName(bytes: StaticArray<u8>, from: u32, to: u32): bool {
  return from < to && find(bytes, 0, from, to) == to;
}

/** One line of passwd(5), as far as it is needed here: name, uid and gid. */
class PasswdLine {
  nameEnd: u32 = 0;
  uid: u64 = 0;
  gid: u64 = 0;

  /** Reads the current line; false if it is none of a user's (compat lines, comments, broken ones). */
  read(lines: Lines): bool {
    const first = lines.start < lines.end ? lines.bytes[lines.start] : 0;
    if (first == 0x2b || first == 0x2d || first == 0x23) return false;
    const bytes = lines.bytes;
    this.nameEnd = find(bytes, COLON, lines.start, lines.end);
    const password = find(bytes, COLON, this.nameEnd + 1, lines.end);
    const uid = find(bytes, COLON, password + 1, lines.end);
    const gid = find(bytes, COLON, uid + 1, lines.end);
    if (uid >= lines.end || !isName(bytes, lines.start, this.nameEnd)) return false;
    // A long line is that of a user all the same, if what is looked for stands in its beginning.
    if (lines.tooLong && gid >= lines.end) return false;
    this.uid = decimal(bytes, password + 1, uid);
    this.gid = decimal(bytes, uid + 1, gid);
    return this.uid != NO_NUMBER && this.gid != NO_NUMBER;
  }
}

/**
 * Looks `user` up in /etc/passwd by his uid: the first line decides on name and primary group, every line
 * of the uid adds a name. 0, or -errno or a Refusal; an absent file is an empty one.
 */
export function readUser(user: User, lines: Lines): i32 {
  const opened = lines.open(Table.Passwd);
  if (opened != 0) return opened;
  const line = new PasswdLine();
  while (lines.advance()) {
    if (!line.read(lines) || line.uid != user.uid) continue;
    if (!user.known) user.gid = line.gid;
    user.known = true;
    user.addName(lines.bytes, lines.start, line.nameEnd);
  }
  return lines.error;
}

/** Whether /etc/passwd gives the name bytes [from, to) to another uid than `uid`; true too if it cannot be read. */
export function isOthersName(bytes: StaticArray<u8>, from: u32, to: u32, uid: u32, lines: Lines): bool {
  const keys = new Keys();
  keys.add(bytes, from, to);
  if (keys.length == 0) return true;
  if (lines.open(Table.Passwd) != 0) return true;
  const line = new PasswdLine();
  while (lines.advanceTo(keys)) if (!line.read(lines) || line.uid != uid) return true;
  return lines.error != 0;
}
