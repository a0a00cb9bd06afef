// SPDX-License-Identifier: MIT
//
// What a user has of one kind of ids under no restriction: who asks a plugin knows of none.
import { Authority } from "../policy/authority";
import { Entry } from "../policy/entry";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { NO_ID } from "../policy/request";
import { Entries } from "../steps/entries";
import { Membership } from "../steps/membership";
import { Tool } from "../steps/tool";
import { Fault } from "../tables/fault";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { END_OF_IDS, readSubids, SubidLines } from "../tables/subids";

/** The ids that are granted to one user, and those that are kept from him. */
export class Share {
  readonly entries: Entries;
  /** What the entry that was looked at last could grant to him: the ids [start, end). */
  start: u64 = 0;
  end: u64 = 0;
  private readonly authority: Authority;

  constructor(
    readonly tool: Tool,
    readonly user: User,
    readonly lines: Lines,
  ) {
    this.authority = new Authority(tool.kind, user.uid);
    this.entries = new Entries(user, lines, new Membership(user));
  }

  get granted(): Ranges {
    return this.authority.grants;
  }

  /** What he may not have, or not without being denied setgroups. */
  get kept(): Ranges {
    return this.authority.barred;
  }

  /** Reads what the tables say of the ids `wanted`, of all of his where that is null; false if it cannot be known. */
  read(wanted: Ranges | null): bool {
    const subids = new SubidLines(this.lines, this.user.owners);
    if (readSubids(subids, this.tool.table, this.granted) != 0) return false;
    const ids = wanted ? wanted : this.within();
    if (!ids || this.entries.read(this.authority, ids) != 0) return false;
    this.kept.addAll(this.authority.denied);
    // Whatever a line says, outside uid 0 is root's alone, and the last id is nobody's.
    if (this.tool.kind == Kind.Uid && this.user.uid != 0) this.kept.add(0, 1);
    this.kept.add(NO_ID, END_OF_IDS);
    return !this.authority.full;
  }

  /** Whether he has all ids [start, end). */
  has(start: u64, end: u64): bool {
    return this.granted.firstMissing(start, end) == end && this.kept.firstPresent(start, end) == end;
  }

  /** Whether an entry could grant ids to him, if it names him: [start, end). */
  offers(entry: Entry): bool {
    const uid = this.user.uid;
    if (!entry.grants(this.tool.kind) || (entry.each > 0 && !entry.hasSlice(uid))) return false;
    this.start = entry.each > 0 ? entry.sliceStart(uid) : entry.start;
    this.end = entry.each > 0 ? this.start + entry.each : entry.end;
    return true;
  }

  /**
   * The ids that some line could grant to him, so that no line about others is looked at and none of their groups
   * is asked about; null if they cannot be known.
   */
  private within(): Ranges | null {
    const ids = new Ranges();
    const table = this.entries.table;
    ids.addAll(this.granted);
    if (table.open() != 0) return null;
    while (table.advance())
      if (table.fault == Fault.None && this.offers(table.entry)) ids.add(this.start, this.end);
    return this.lines.error != 0 || ids.full ? null : ids;
  }
}
