// SPDX-License-Identifier: MIT
//
// The functions of libsubid_usernamespaces.so, as shadow calls them: native/plugin.c.
import { argument } from "../src/host";
import { Kind } from "../src/policy/kind";
import { Ranges } from "../src/policy/ranges";
import { NO_ID } from "../src/policy/request";
import { Tool } from "../src/steps/tool";
import { giveRange, Status } from "../src/subid/host";
import { list } from "../src/subid/list";
import { giveOwners } from "../src/subid/owners";
import { findPerson } from "../src/subid/person";
import { Share } from "../src/subid/share";
import { LONGEST_KEY } from "../src/tables/keys";
import { Lines } from "../src/tables/lines";

const OWNER: u32 = 0;

function toolFor(gids: bool): Tool {
  return new Tool(gids ? Kind.Gid : Kind.Uid, "");
}

/** The name or uid that is asked about; empty if it is longer than any owner of a line. */
function owner(): StaticArray<u8> {
  const text = new StaticArray<u8>(LONGEST_KEY);
  const length = max(argument(OWNER, text), 0);
  const name = new StaticArray<u8>(length);
  for (let i = 0; i < length; i++) name[i] = text[i];
  return name;
}

/** Gives the ranges of the owner. */
export function listOwnerRanges(gids: bool): Status {
  const lines = new Lines();
  const person = findPerson(owner(), lines);
  if (person.status != Status.Success) return person.status;
  return list(person, new Share(toolFor(gids), person.user, lines)) ? Status.Success : Status.Failed;
}

/** Gives the range back if all of it is the owner's. */
export function hasRange(gids: bool, start: u64, count: u64): Status {
  const lines = new Lines();
  const person = findPerson(owner(), lines);
  if (person.status != Status.Success) return person.status;
  if (count == 0 || start >= NO_ID || count > NO_ID - start) return Status.Success;
  const share = new Share(toolFor(gids), person.user, lines);
  const wanted = new Ranges();
  wanted.add(start, start + count);
  if (!share.read(wanted)) return Status.Failed;
  if (share.has(start, start + count)) giveRange(start, count);
  return Status.Success;
}

/** Gives the users who have the id. */
export function findSubidOwners(gids: bool, id: u64): Status {
  return id < NO_ID ? giveOwners(toolFor(gids), id, new Lines()) : Status.Success;
}
