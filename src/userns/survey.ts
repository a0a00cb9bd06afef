// SPDX-License-Identifier: MIT
//
// The caller's ranges, one after the other in the order of the files, for maps that he does not spell out.
import { callerUid } from "../host";
import { Authority } from "../policy/authority";
import { Named, Owner } from "../policy/entry";
import { bit, Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { NO_ID } from "../policy/request";
import { inPrimaryGroup, lookUp } from "../steps/caller";
import { ENTRIES, Entries } from "../steps/entries";
import { addEntries, Grants, grantsOf } from "../steps/grants";
import { Membership } from "../steps/membership";
import { tableFailed } from "../steps/tables";
import { Tool } from "../steps/tool";
import { Fault } from "../tables/fault";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { readGrantAuxGroups } from "../tables/settings";
import { SubidLines } from "../tables/subids";
import { Message } from "../text/message";
import { Extents } from "./mapwish";

/** More notes are not of use to anybody. */
const MOST_NOTES: i32 = 16;

/** What the caller may map of one kind, as it is laid out. */
class Layout {
  /** Maximal ranges; each is placed where a line of the caller's first touches it. */
  readonly allowed: Ranges;
  /** What is kept from him. */
  readonly barred: Ranges;
  /** What besides would have setgroups denied: it can be asked for, and is not mapped unasked. */
  readonly denying: Ranges;
  private readonly placed: StaticArray<bool>;
  private next: u64;
  /** Ids for which the map had no line left. */
  beyond: u64 = 0;

  /**
   * @param taken the caller's own id, which is not placed again
   * @param hole whether inside id `at` is taken already
   */
  constructor(
    authority: Authority,
    private readonly extents: Extents,
    taken: u64,
    private readonly hole: bool,
    private readonly at: u64,
  ) {
    this.barred = authority.barred;
    this.denying = authority.denied.less(authority.barred);
    const kept = new Ranges();
    kept.addAll(authority.barred);
    kept.addAll(authority.denied);
    kept.add(taken, taken + 1);
    kept.add(0, 1);
    kept.add(NO_ID, NO_ID + 1);
    const allowed = authority.grants.less(kept);
    this.placed = new StaticArray<bool>(allowed.length);
    this.allowed = allowed;
    this.next = 0;
  }

  /** Places the ranges that share an id with [start, end). */
  touch(start: u64, end: u64): void {
    const allowed = this.allowed;
    for (let i = allowed.search(start + 1); i < allowed.length && allowed.start(i) < end; i++) {
      if (this.placed[i]) continue;
      this.placed[i] = true;
      this.append(allowed.start(i), allowed.end(i) - allowed.start(i));
    }
  }

  private append(outside: u64, count: u64): void {
    let from = outside;
    let left = count;
    while (left > 0) {
      if (this.hole && this.next == this.at) this.next++;
      const limit = this.hole && this.next < this.at ? this.at : NO_ID;
      const length = min(left, limit - this.next);
      if (length == 0 || !this.extents.fits(this.next, from, length)) {
        this.beyond += left;
        return;
      }
      this.extents.add(this.next, from, length);
      this.next += length;
      from += length;
      left -= length;
    }
  }
}

/** Looks for the caller's ranges, and notes what is not placed. */
export class Survey {
  /** Lines for stderr. */
  readonly notes: Message = new Message(4096, "userns");
  private count: i32 = 0;
  private readonly lines: Lines = new Lines();
  private readonly user: User = new User(callerUid());
  private readonly groups: Membership = new Membership(this.user);
  private looked: bool = false;
  private entitled: bool = false;
  /** How notes call the ids that are being placed. */
  private noun: string = "";

  /**
   * Adds the caller's ranges of one kind to a map, from the first free inside id on.
   *
   * @param hole whether inside id `at` is taken already
   */
  place(tool: Tool, extents: Extents, hole: bool, at: u64): void {
    if (!this.isEntitled(tool)) return;
    this.noun = tool.noun;
    const entries = new Entries(this.user, this.lines, this.groups);
    const grants = grantsOf(tool, new Authority(tool.kind, this.user.uid, false), entries);
    addEntries(tool, grants, null);
    const layout = new Layout(grants.authority, extents, tool.own, hole, at);
    if (grants.plugin.length > 0) this.placePlugins(grants, layout);
    else this.placeSubids(tool, layout);
    this.placeEntries(tool, entries, layout);
    if (layout.beyond > 0)
      this.note()
        .number(layout.beyond)
        .text(" ")
        .text(tool.noun)
        .text("s: the map has no room for more lines");
  }

  /** Whether ranges may be granted to the caller at all: he is known, and in his primary group. */
  private isEntitled(tool: Tool): bool {
    if (this.looked) return this.entitled;
    this.looked = true;
    const reason = lookUp(tool, this.user, this.lines);
    if (reason.length > 0) {
      this.notes.line("no ranges are looked for: ").text(reason);
      return false;
    }
    const granted = inPrimaryGroup(this.user) ? 1 : readGrantAuxGroups(this.lines);
    if (granted < 0) tableFailed(tool.name, "/etc/login.defs", granted);
    if (granted == 0) {
      this.notes.line("no ranges are looked for: they are granted to a user in his primary group, ");
      this.notes.number(this.user.gid);
    }
    this.entitled = granted == 1;
    return this.entitled;
  }

  private placePlugins(grants: Grants, layout: Layout): void {
    const ranges = grants.fromPlugin;
    const name = grants.plugin;
    if (grants.failure.length > 0) {
      this.notes.line("the sub-id source ").quoted(name, 0, name.length).text(" could not be asked for ");
      this.notes.text(this.noun).text("s: ").text(grants.failure);
    }
    for (let i = 0; i < ranges.length; i++) {
      layout.touch(ranges.start(i), ranges.end(i));
      this.noteRestricted(layout, ranges.start(i), ranges.end(i), "", 0);
    }
  }

  private placeSubids(tool: Tool, layout: Layout): void {
    const subids = new SubidLines(this.lines, this.user.owners);
    let failed = subids.open(tool.table);
    while (failed == 0 && subids.advance()) {
      if (subids.fault != Fault.None) continue;
      const end = subids.start + subids.count;
      layout.touch(subids.start, end);
      this.noteRestricted(layout, subids.start, end, tool.path, subids.number);
    }
    if (failed == 0) failed = this.lines.error;
    if (failed != 0) tableFailed(tool.name, tool.path, failed);
  }

  private placeEntries(tool: Tool, entries: Entries, layout: Layout): void {
    const table = entries.table;
    let failed = table.open();
    while (failed == 0 && table.advance()) {
      const entry = table.entry;
      if (table.fault != Fault.None || entry.reserved) continue;
      const fsids = entry.kinds == bit(Kind.Fsid);
      const named = fsids || entry.grants(tool.kind) ? entries.named() : Named.No;
      if (named == Named.No) continue;
      if (named == Named.Unknown)
        this.noteLine(
          table.number,
          entry.start,
          entry.end,
          "whether the user is in the group cannot be known",
        );
      else if (fsids) this.noteLine(table.number, entry.start, entry.end, "for file-system ids alone");
      else if (entry.each == 0 && entry.owner != Owner.User)
        this.noteLine(table.number, entry.start, entry.end, "granted to several users, without each=");
      else if (entry.each == 0) this.placeGrant(layout, entry.start, entry.end, table.number);
      else if (entry.hasSlice(this.user.uid)) {
        const start = entry.sliceStart(this.user.uid);
        this.placeGrant(layout, start, start + entry.each, table.number);
      }
    }
    if (failed == 0) failed = this.lines.error;
    if (failed != 0) tableFailed(tool.name, ENTRIES, failed);
  }

  private placeGrant(layout: Layout, start: u64, end: u64, line: u32): void {
    layout.touch(start, end);
    this.noteRestricted(layout, start, end, ENTRIES, line);
  }

  /** Notes the parts of a line's ids [start, end) that are not mapped unasked. */
  private noteRestricted(layout: Layout, start: u64, end: u64, path: string, line: u32): void {
    this.noteThose(layout.barred, start, end, path, line, "restricted by /etc/usernamespaces");
    this.noteThose(layout.denying, start, end, path, line, "mapped only with setgroups denied");
  }

  /** Notes the parts of a line's ids [start, end) that are in `ids`; line 0 is none. */
  private noteThose(ids: Ranges, start: u64, end: u64, path: string, line: u32, reason: string): void {
    let at = ids.firstPresent(start, end);
    while (at < end) {
      const stop = ids.firstMissing(at, end);
      const note = this.note().text(this.noun).text(" ").span(at, stop);
      if (line > 0) note.text(" (").text(path).text(":").number(line).text(")");
      note.text(": ").text(reason);
      at = ids.firstPresent(stop, end);
    }
  }

  private noteLine(line: u32, start: u64, end: u64, reason: string): void {
    const note = this.note().text(this.noun).text(" ").span(start, end);
    note.text(" (").text(ENTRIES).text(":").number(line).text("): ").text(reason);
  }

  /** Begins a note; beyond the last one that counts it goes nowhere. */
  private note(): Message {
    this.count++;
    return this.count > MOST_NOTES ? new Message(0) : this.notes.line("left out: ");
  }
}
