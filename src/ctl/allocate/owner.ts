// SPDX-License-Identifier: MIT
//
// Whom a line is for, and how lines name him.
import { Table } from "../../host.js";
import { findAccount } from "../account.js";
import { isUid } from "../claims.js";
import { Failure } from "../failure.js";
import { fieldAt, type Line } from "../lines.js";
import { OF_PODMAN } from "../lint/owners.js";
import { peopleOf } from "../people.js";

/** Who gets a range: the first field of his lines, and his uid. */
export interface Owner {
  field: string;
  uid: number | undefined;
}

/** The user as a line names him. */
export function ownerOf(root: string, user: string): Owner {
  if (user === OF_PODMAN) return { field: user, uid: undefined };
  const { name, uid } = findAccount(root, user);
  if (name === undefined) throw new Failure(`there is no user with uid ${uid}`);
  // Digits in a line are a uid, whatever somebody's name is, and shadow passes over lines with + or - in front.
  return { field: isUid(name) || /^[+-]/.test(name) ? `${uid}` : name, uid };
}

/** How lines may name the user: he need not exist any more. */
export function spellingsOf(root: string, user: string): ReadonlySet<string> {
  const { users } = peopleOf(root);
  const person = isUid(user) ? users.withId(Number(user)) : users.named(user);
  if (!person) return new Set([user]);
  const namesakes = users.listed.filter(({ id }) => id === person.id).map(({ name }) => name);
  return new Set([user, person.name, `${person.id}`, ...namesakes.filter((name) => !isUid(name))]);
}

/** Whether a line keeps ids for whom it names and says nothing else. */
export function isReservation(line: Line): boolean {
  return line.table === Table.Usernamespaces && fieldAt(line, line.flagsAt) === "reserved";
}
