// SPDX-License-Identifier: MIT
//
// The two lists: what the source of sub-ids grants, as shadow has it, then what /etc/usernamespaces adds.
import { askNss, Refusal } from "../host";
import { Authority } from "../policy/authority";
import { Entry, Named } from "../policy/entry";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { NO_ID } from "../policy/request";
import { nssText } from "../steps/caller";
import { ENTRIES, Entries } from "../steps/entries";
import { Membership } from "../steps/membership";
import { tableFailed } from "../steps/tables";
import { Tool } from "../steps/tool";
import { Fault } from "../tables/fault";
import { decimal, find } from "../tables/fields";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { readSubidSource, Word } from "../tables/settings";
import { SubidLines } from "../tables/subids";
import { complain, Message } from "../text/message";
import { Account } from "./account";
import { PROGRAM } from "./command";
import { failing } from "./failure";
import { Output } from "./output";

const NEWLINE: u8 = 0x0a;
const BLANK: u8 = 0x20;
const NUL: u8 = 0;
/** Some hundred ranges: the plugins give one or two. */
const LONGEST_ANSWER: i32 = 8192;

/** The source of sub-ids. */
export class Source {
  /** The name of the plugin; empty if it is the table. */
  plugin: StaticArray<u8> = new StaticArray<u8>(0);
  /** Why the plugin gave no answer; empty if it did. */
  failure: string = "";
  /** The name service failed where a line of /etc/usernamespaces grants to a group. */
  groupsFailed: bool = false;
}

function unread(path: string, code: i32): void {
  failing();
  tableFailed(PROGRAM, path, code);
}

/** Lists what the source of sub-ids grants, in its own order. */
export function listSubids(tool: Tool, account: Account, lines: Lines, output: Output): Source {
  const source = new Source();
  const word = new Word();
  const failed = readSubidSource(lines, word);
  if (failed != 0) unread("/etc/nsswitch.conf", failed);
  if (word.length > 0) {
    source.plugin = new StaticArray<u8>(word.length);
    for (let i: u32 = 0; i < word.length; i++) source.plugin[i] = lines.bytes[word.start + i];
    listPlugin(tool, account, source, output);
  } else listTable(tool, account, lines, output);
  return source;
}

function listTable(tool: Tool, account: Account, lines: Lines, output: Output): void {
  const subids = new SubidLines(lines, account.owners);
  const failed = subids.open(tool.table);
  if (failed != 0) unread(tool.path, failed);
  while (subids.advance()) if (subids.fault == Fault.None) output.add(subids.start, subids.count);
  if (lines.error != 0) unread(tool.path, lines.error);
}

/** Asks with USER as it was typed, as shadow does. What it answers lets nobody do anything, so it is taken as it is. */
function listPlugin(tool: Tool, account: Account, source: Source, output: Output): void {
  if (!account.isOwner) return;
  const question = new Message(1024).text("ranges").byte(NUL);
  question.raw(source.plugin, 0, source.plugin.length).byte(NUL);
  question.raw(account.name, 0, account.name.length).byte(NUL).text(tool.noun).byte(NUL);
  const answer = new StaticArray<u8>(LONGEST_ANSWER);
  const length = askNss(question.bytes, question.length, answer);
  if (length < 0 && length != Refusal.NssUnknown) source.failure = nssText(length);
  for (let at: u32 = 0; (at as i32) < length; ) {
    const end = find(answer, NEWLINE, at, length);
    const blank = find(answer, BLANK, at, end);
    output.add(decimal(answer, at, blank), decimal(answer, blank + 1, end));
    at = end + 1;
  }
}

/** The lines of /etc/usernamespaces that grant ids to one user, one at a time. */
class Granting {
  /** What the current line grants, ids that nobody can map left out. */
  start: u64 = 0;
  end: u64 = 0;

  constructor(
    private readonly entries: Entries,
    private readonly kind: Kind,
  ) {}

  open(): void {
    const failed = this.entries.table.open();
    if (failed != 0) unread(ENTRIES, failed);
  }

  advance(): bool {
    const table = this.entries.table;
    while (table.advance()) if (table.fault == Fault.None && this.take(table.entry)) return true;
    const failed = this.entries.lines.error;
    if (failed != 0) unread(ENTRIES, failed);
    return false;
  }

  private take(entry: Entry): bool {
    const uid = this.entries.user.uid;
    if (!entry.grants(this.kind) || (entry.each > 0 && !entry.hasSlice(uid))) return false;
    if (this.entries.named() != Named.Yes) return false;
    const start = entry.each > 0 ? entry.sliceStart(uid) : entry.start;
    const end = entry.each > 0 ? start + entry.each : entry.end;
    // Outside uid 0 is root's alone, whatever a line says.
    this.start = this.kind == Kind.Uid && uid != 0 ? max(start, 1 as u64) : start;
    this.end = min(end, NO_ID);
    return this.start < this.end;
  }
}

/** Lists what /etc/usernamespaces grants to the user under no restriction, line by line, but no id a second time. */
export function listEntries(tool: Tool, user: User, lines: Lines, output: Output, source: Source): void {
  const groups = new Membership(user);
  const entries = new Entries(user, lines, groups);
  const granting = new Granting(entries, tool.kind);
  const granted = new Ranges();
  granting.open();
  while (granting.advance()) granted.add(granting.start, granting.end);
  source.groupsFailed = groups.failed;
  if (granted.length == 0) return;
  // Lines that touch none of it are passed over: neither room nor questions about groups are spent on them.
  const authority = new Authority(tool.kind, user.uid);
  const failed = entries.read(authority, granted);
  if (failed != 0) unread(ENTRIES, failed);
  // A map of these would cost him setgroups, which who takes the list does not reckon with.
  const kept = authority.barred;
  kept.addAll(authority.denied);
  requireRoom(granted.full || authority.full || output.listed.full);
  granting.open();
  while (granting.advance()) listPieces(granting, kept, output);
  requireRoom(output.listed.full);
}

function requireRoom(full: bool): void {
  if (!full) return;
  failing();
  complain(PROGRAM).line("too many separate ranges to compare").end();
}

/** Lists the ids of the current line that are neither kept from the user nor listed. */
function listPieces(granting: Granting, kept: Ranges, output: Output): void {
  let at = granting.start;
  while (at < granting.end) {
    at = nextOutside(at, granting.end, kept, output.listed);
    const end = kept.firstPresent(at, output.listed.firstPresent(at, granting.end));
    if (at < end) output.add(at, end - at);
    at = end;
  }
}

/** The first id of [from, end) that is in neither set; `end` if there is none. */
function nextOutside(from: u64, end: u64, one: Ranges, other: Ranges): u64 {
  let at = from;
  while (at < end) {
    const next = other.firstMissing(one.firstMissing(at, end), end);
    if (next == at) break;
    at = next;
  }
  return at;
}
