// SPDX-License-Identifier: MIT
//
// What the caller may map and which lines say so, in words; and which lines of his do not count.
import { callerUid } from "../host";
import { Authority } from "../policy/authority";
import { Named } from "../policy/entry";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { NO_ID } from "../policy/request";
import { Fault } from "../tables/fault";
import { SubidLines } from "../tables/subids";
import { Message } from "../text/message";
import { ENTRIES, MOST_LISTED } from "./entries";
import { Grants } from "./grants";
import { Side } from "./side";
import { Tool } from "./tool";

/** The lists under construction. */
class Listing {
  /** The caller's ranges, each with its place. */
  readonly may: Message = new Message(1024);
  /** Lines of the message: what does not count, and whom slices do not reach. */
  readonly notes: Message;
  /** What is kept from the caller. */
  readonly barred: Ranges;
  /** What is kept from him of what is granted for the disk alone. */
  readonly barredOnDisk: Ranges;
  /** What is left of one line: nothing that is allocated is ever freed. */
  private readonly left: Ranges = new Ranges();
  pieces: i32 = 0;
  faults: i32 = 0;
  /** Lines whose slices do not reach the caller. */
  misses: i32 = 0;
  /** Whether some line is a grant of his, even if all of it is barred. */
  granted: bool = false;

  constructor(
    readonly tool: Tool,
    readonly grants: Grants,
    readonly side: Side,
  ) {
    this.notes = new Message(1536, tool.name);
    const authority = new Authority(tool.kind, grants.user.uid);
    grants.entries.read(authority, null);
    this.barred = authority.barred;
    const fsids = new Authority(Kind.Fsid, grants.user.uid);
    if (side == Side.Disk) grants.entries.read(fsids, null);
    this.barredOnDisk = fsids.barred;
    this.barred.addAll(fsids.barred);
  }

  /** Whether the own id may be had without a grant. */
  get hasOwn(): bool {
    const own: u64 = this.tool.own;
    return this.barredOnDisk.firstPresent(own, own + 1) != own;
  }

  /** Lists the ids [start, end), less what is barred; of line 0 if the plugin grants them. */
  add(start: u64, end: u64, path: string, line: u32, barred: Ranges = this.barred): void {
    // Whatever a line says, outside uid 0 is root's alone, and newfsidmap maps no id 0.
    const zero = this.side == Side.Outside && (this.tool.kind != Kind.Uid || callerUid() == 0);
    const first: u64 = zero ? start : max(start, 1 as u64);
    const last = min(end, NO_ID);
    this.granted = this.granted || first < last;
    const left = this.left;
    left.clear();
    left.addLess(first, last, barred);
    for (let i = 0; i < left.length; i++) {
      if (this.pieces++ >= MOST_LISTED) continue;
      this.may.text(this.pieces > 1 ? ", " : "").span(left.start(i), left.end(i));
      const plugin = this.grants.plugin;
      if (line > 0) this.may.text(" (").text(path).text(":").number(line);
      else this.may.text(" (").escaped(plugin, 0, plugin.length);
      this.may.text(")");
    }
  }

  /** Notes a line that does not count; `form` is what it has to look like. */
  fault(path: string, line: u32, fault: Fault, form: string): void {
    if (this.faults++ >= MOST_LISTED) return;
    this.notes.line(path).text(":").number(line).text(faultText(fault));
    if (fault == Fault.Fields) this.notes.text(form);
  }
}

/** Says what the caller may map, or have on disk. */
export function listGrants(complaint: Message, tool: Tool, grants: Grants, side: Side): void {
  const listing = new Listing(tool, grants, side);
  if (grants.plugin.length > 0) listPlugin(complaint, listing);
  else listSubids(listing);
  listEntries(listing);
  conclude(complaint, listing);
  if (listing.notes.length > 0) complaint.newline().raw(listing.notes.bytes, 0, listing.notes.length);
}

/** What the plugin grants: it names no lines. */
function listPlugin(complaint: Message, listing: Listing): void {
  const grants = listing.grants;
  if (grants.failure.length > 0) {
    complaint.line("the sub-id source ").quoted(grants.plugin, 0, grants.plugin.length);
    complaint.text(" of /etc/nsswitch.conf could not be asked: ").text(grants.failure);
  }
  const ranges = grants.fromPlugin;
  for (let i = 0; i < ranges.length; i++) listing.add(ranges.start(i), ranges.end(i), "", 0);
}

function listSubids(listing: Listing): void {
  const tool = listing.tool;
  const subids = new SubidLines(listing.grants.lines, listing.grants.user.owners);
  if (subids.open(tool.table) != 0) return;
  while (subids.advance()) {
    if (subids.fault == Fault.None)
      listing.add(subids.start, subids.start + subids.count, tool.path, subids.number);
    else listing.fault(tool.path, subids.number, subids.fault, "USER:START:COUNT");
  }
}

function listEntries(listing: Listing): void {
  const entries = listing.grants.entries;
  const table = entries.table;
  if (table.open() != 0) return;
  while (table.advance()) {
    if (table.fault != Fault.None) {
      if (concerns(listing)) listing.fault(ENTRIES, table.number, table.fault, "USER:START:LENGTH:FLAGS");
    } else listEntry(listing);
  }
}

/** Whether the current line, which does not count, is meant for the caller; one without an owner may be anybody's. */
function concerns(listing: Listing): bool {
  const entries = listing.grants.entries;
  const lines = listing.grants.lines;
  if (entries.table.ownerEnd == lines.end || entries.table.ownerEnd <= lines.start + 1) return true;
  return entries.named() != Named.No;
}

function listEntry(listing: Listing): void {
  const entries = listing.grants.entries;
  const entry = entries.table.entry;
  const uid = listing.grants.user.uid;
  const onDisk = listing.side == Side.Disk && entry.grants(Kind.Fsid);
  if ((!onDisk && !entry.grants(listing.tool.kind)) || entries.named() != Named.Yes) return;
  const barred = onDisk ? listing.barredOnDisk : listing.barred;
  if (entry.each == 0) listing.add(entry.start, entry.end, ENTRIES, entries.table.number, barred);
  else if (entry.hasSlice(uid)) {
    const start = entry.sliceStart(uid);
    listing.add(start, start + entry.each, ENTRIES, entries.table.number, barred);
  } else {
    const slices = (entry.end - entry.start) / entry.each;
    if (slices == 0 || listing.misses++ >= MOST_LISTED) return;
    listing.notes.line("uid ").number(uid).text(" is outside of the slices of ").text(ENTRIES).text(":");
    listing.notes.number(entries.table.number).text(", which are for uid ");
    listing.notes.span(entry.first, min(entry.first + slices, NO_ID));
    listing.notes.text(": it would take another line with first=").number(uid);
  }
}

function conclude(complaint: Message, listing: Listing): void {
  const tool = listing.tool;
  const grants = listing.grants;
  const found = listing.granted || grants.plugin.length > 0;
  grants.user.nameIn(complaint.line(""));
  if (listing.pieces == 0 && !found) complaint.text(" has no range in ").text(tool.path).text(" and");
  if (listing.pieces == 0 && !listing.hasOwn) complaint.text(" may have nothing on disk");
  else complaint.text(listing.side == Side.Disk ? " may have on disk" : " may map");
  if (listing.pieces > 0) {
    complaint.text(" ").raw(listing.may.bytes, 0, listing.may.length);
    if (listing.pieces > MOST_LISTED)
      complaint
        .text(" and ")
        .number(listing.pieces - MOST_LISTED)
        .text(" more");
  }
  if (listing.hasOwn) {
    complaint.text(listing.pieces > 0 ? " and the own " : " only the own ");
    complaint.text(tool.noun).text(" ").number(tool.own);
  }
  if (listing.pieces > 0 || found) return;
  complaint.line("an administrator can add one: usermod --add-sub").text(tool.noun).text("s FIRST-LAST ");
  grants.user.nameIn(complaint);
}

function faultText(fault: Fault): string {
  switch (fault) {
    case Fault.TooLong:
      return " does not count: it is longer than 1023 bytes";
    case Fault.Nul:
      return " does not count: it holds a NUL byte";
    case Fault.Fields:
      return " does not count: it has to be ";
    case Fault.Start:
      return " does not count: its start is no plain decimal number";
    case Fault.Count:
      return " does not count: its count is no plain decimal number";
    case Fault.Flags:
      return " grants nothing: its flags cannot be read";
    default:
      return " does not count: its range goes beyond the last id";
  }
}
