// SPDX-License-Identifier: MIT
//
// Which lines of /etc/usernamespaces keep ids from the caller, in words.
import { Bar, barOf } from "../policy/authority";
import { Entry, Named, Owner } from "../policy/entry";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { Message } from "../text/message";
import { ENTRIES, Entries, MOST_LISTED } from "./entries";
import { Grants } from "./grants";

/** Says why each part of the ids [start, end) that a line bars is barred, of one kind or of the other. */
export function explainBars(
  complaint: Message,
  start: u64,
  end: u64,
  grants: Grants,
  first: Kind,
  second: Kind,
): void {
  const entries = grants.entries;
  const table = entries.table;
  let listed = 0;
  if (table.open() != 0) return;
  while (listed < MOST_LISTED && table.advance()) {
    if (!table.counts) continue;
    const entry = table.entry;
    const from = max(start, entry.start);
    const to = min(end, entry.end);
    if (from >= to) continue;
    const uid = grants.authority.uid;
    const matters = entry.matters(first, uid) || entry.matters(second, uid);
    const named = matters ? entries.named() : Named.No;
    let why = barOf(entry, named, first);
    if (why == Bar.None) why = barOf(entry, named, second);
    if (why == Bar.None) continue;
    listed++;
    complaint.line("").span(from, to);
    explainBar(complaint, why, named, entries, hasSlicePart(entry, named, from, to, uid));
  }
}

/** Whether some of the ids [from, to) are in the user's slice, so that only another line can bar them. */
function hasSlicePart(entry: Entry, named: Named, from: u64, to: u64, uid: u64): bool {
  if (named != Named.Yes || !entry.hasSlice(uid)) return false;
  const slice = entry.sliceStart(uid);
  return from < slice + entry.each && to > slice;
}

function explainBar(complaint: Message, why: Bar, named: Named, entries: Entries, inSlice: bool): void {
  const table = entries.table;
  const bytes = table.lines.bytes;
  const start = table.lines.start;
  if (why == Bar.Broken) complaint.text(" is refused because of a flag that cannot be read (");
  else if (why == Bar.Slices && inSlice)
    complaint.text(" is divided by another line too, so no slice counts (");
  else if (why == Bar.Slices) complaint.text(" is kept for the slices of other users (");
  else if (table.entry.owner != Owner.User) complaint.text(" is reserved (");
  else complaint.text(" is reserved for ").escaped(bytes, start, table.ownerEnd).text(" (");
  explainPlace(complaint, named, entries);
}

/** Ends a line of a message with where the current line stands, and what is not known of it. */
function explainPlace(complaint: Message, named: Named, entries: Entries): void {
  const table = entries.table;
  complaint.text(ENTRIES).text(":").number(table.number).text(")");
  if (named != Named.Unknown) return;
  entries.user.nameIn(complaint.text(": whether ")).text(" is a member of ");
  complaint.escaped(table.lines.bytes, table.lines.start, table.ownerEnd).text(" cannot be known");
}

/** Says which lines want setgroups denied for some of the gids. */
export function explainDenials(complaint: Message, gids: Ranges, entries: Entries): void {
  const table = entries.table;
  let listed = 0;
  if (table.open() != 0) return;
  while (listed < MOST_LISTED && table.advance()) {
    const entry = table.entry;
    if (!table.counts || (!entry.denySetgroups && !entry.broken)) continue;
    const from = gids.firstPresent(entry.start, entry.end);
    const named = from < entry.end ? entries.named() : Named.No;
    if (named == Named.No) continue;
    listed++;
    complaint.line("gid ").span(from, gids.firstMissing(from, entry.end));
    if (entry.broken) complaint.text(" may be under deny-setgroups, because a flag cannot be read (");
    else complaint.text(" is under deny-setgroups (");
    explainPlace(complaint, named, entries);
  }
}
