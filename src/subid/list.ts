// SPDX-License-Identifier: MIT
//
// The list of a user's ranges, in the order of the lines: who makes a map of it gives the first range the first
// ids inside, and the files of a container must not change their owners with the source of sub-ids.
import { Named } from "../policy/entry";
import { Ranges } from "../policy/ranges";
import { Fault } from "../tables/fault";
import { SubidLines } from "../tables/subids";
import { giveRange } from "./host";
import { Person } from "./person";
import { Share } from "./share";

/** The list under construction. */
class List {
  private readonly left: Ranges = new Ranges();

  constructor(private readonly listed: Ranges) {}

  get full(): bool {
    return this.left.full || this.listed.full;
  }

  /** Gives the ids [start, end) less those that were given before, or have not to be. */
  give(start: u64, end: u64): void {
    const left = this.left;
    left.clear();
    left.addLess(start, end, this.listed);
    for (let i = 0; i < left.length; i++) giveRange(left.start(i), left.end(i) - left.start(i));
    this.listed.add(start, end);
  }
}

/** Gives what the lines of a person grant; false if it cannot be known. */
export function list(person: Person, share: Share): bool {
  if (!share.read(null)) return false;
  const giving = new List(share.kept);
  if (!listSubids(person, share, giving)) return false;
  // As in getsubids(1): clients ask for the name and for the uid, and add the answers up.
  return (person.byUid || listEntries(share, giving)) && !giving.full;
}

function listSubids(person: Person, share: Share, giving: List): bool {
  const subids = new SubidLines(share.lines, person.owners);
  if (subids.open(share.tool.table) != 0) return false;
  while (subids.advance())
    if (subids.fault == Fault.None) giving.give(subids.start, subids.start + subids.count);
  return share.lines.error == 0;
}

function listEntries(share: Share, giving: List): bool {
  const table = share.entries.table;
  if (table.open() != 0) return false;
  while (table.advance()) {
    if (table.fault != Fault.None || !share.offers(table.entry)) continue;
    if (share.entries.named() == Named.Yes) giving.give(share.start, share.end);
  }
  return share.lines.error == 0;
}
