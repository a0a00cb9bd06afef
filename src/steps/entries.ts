// SPDX-License-Identifier: MIT
//
// What /etc/usernamespaces says of the caller.
import { Authority } from "../policy/authority";
import { Named, Owner } from "../policy/entry";
import { Ranges } from "../policy/ranges";
import { EntryLines } from "../tables/entries";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { Membership } from "./membership";

/** The path of the table, for messages. */
export const ENTRIES = "/etc/usernamespaces";
/** A user with more lines learns of the first ones. */
export const MOST_LISTED: i32 = 8;

/** The lines of /etc/usernamespaces as they concern one user. */
export class Entries {
  readonly table: EntryLines;

  constructor(
    readonly user: User,
    readonly lines: Lines,
    private readonly groups: Membership,
  ) {
    this.table = new EntryLines(lines);
  }

  /**
   * Adds to `authority` what the sound lines say, and those whose flags alone are broken. A line that touches none
   * of `wanted` is passed over, and with it the question who is in its group: 0, or -errno or a Refusal.
   *
   * @param wanted the ids that are asked for; null for all
   */
  read(authority: Authority, wanted: Ranges | null): i32 {
    const table = this.table;
    const opened = table.open();
    if (opened != 0) return opened;
    while (table.advance()) {
      if (!table.counts) continue;
      const entry = table.entry;
      if (wanted && wanted.firstPresent(entry.start, entry.end) == entry.end) continue;
      const matters = entry.matters(authority.kind, authority.uid);
      authority.add(entry, matters ? this.named() : Named.No);
    }
    return this.lines.error;
  }

  /** Whether the current line names the user. */
  named(): Named {
    const table = this.table;
    if (table.entry.owner == Owner.Everyone) return Named.Yes;
    if (table.entry.owner == Owner.User) return this.lines.isOneOf(this.user.owners) ? Named.Yes : Named.No;
    return this.groups.of(this.lines.bytes, this.lines.start + 1, table.ownerEnd);
  }
}
