// SPDX-License-Identifier: MIT
//
// Whom a line is for, and how lines name him.
import { Table } from "../../host.js";
import { findAccount } from "../account.js";
import { isNobody, isUid } from "../claims.js";
import { Failure } from "../failure.js";
import { counts, fieldAt, type Line } from "../lines.js";
import { OF_PODMAN } from "../lint/owners.js";
import { plain } from "../output.js";
import { peopleOf } from "../people.js";

/** Who gets a range: the first field of his lines, and his uid. */
export interface Owner {
  field: string;
  uid: number | undefined;
}

/** In bytes; a line has room for more. */
const LONGEST_NAME = 256;

/** The user as a line names him. */
export function ownerOf(root: string, user: string): Owner {
  if (user === OF_PODMAN) return { field: user, uid: undefined };
  checkText(user);
  const { name, uid } = findAccount(root, user);
  if (name === undefined) throw new Failure(`there is no user with uid ${uid}`);
  return { field: canName(name) ? name : `${uid}`, uid };
}

/**
 * Whether a line names the user by this name, whatever the database that has it allows: digits in a line are a uid, and
 * shadow passes over lines with + or - in front.
 */
function canName(name: string): boolean {
  return isField(name) && !isUid(name) && !/^[+-]/.test(name);
}

/** Whether it is one field of one line in each of the tables. */
export function isField(name: string): boolean {
  return /^[^\s:#\p{Cc}\ufffd][^\s:\p{Cc}\ufffd]*$/u.test(name) && Buffer.byteLength(name) <= LONGEST_NAME;
}

/** What is no UTF-8 comes with the same letter for each wrong byte: several users may seem to have that name. */
function checkText(user: string): void {
  if (user.includes("\ufffd")) throw new Failure(`'${plain(user)}' is not UTF-8: name the user by uid`);
}

/** How lines may name the user: he need not exist any more. */
export function spellingsOf(root: string, user: string): ReadonlySet<string> {
  checkText(user);
  const { users } = peopleOf(root);
  if (isNobody(user)) return new Set([user]);
  const person = isUid(user) ? users.withId(Number(user)) : users.named(user);
  if (!person) return new Set([user]);
  const namesakes = users.listed.filter(({ id }) => id === person.id).map(({ name }) => name);
  const names = [person.name, ...namesakes].filter((name) => !isUid(name));
  return new Set([user, `${person.id}`, ...names]);
}

/** Whether a line that has an effect names one of these. */
export function isOf(line: Line, owners: ReadonlySet<string>): boolean {
  return counts(line) && owners.has(fieldAt(line, 0));
}

/** Whether a line keeps ids for whom it names and says nothing else. */
export function isReservation(line: Line): boolean {
  return line.table === Table.Usernamespaces && fieldAt(line, line.flagsAt) === "reserved";
}
