// SPDX-License-Identifier: MIT
//
// What the caller is granted: by /etc/subuid and /etc/subgid, or by the plugin that replaces them.
import { askNss, Refusal } from "../host";
import { Authority } from "../policy/authority";
import { Ranges } from "../policy/ranges";
import { Request } from "../policy/request";
import { decimal, find, isDigits, NO_NUMBER } from "../tables/fields";
import { LONGEST_KEY } from "../tables/keys";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { readSubidSource, Word } from "../tables/settings";
import { END_OF_IDS, readSubids, SubidLines } from "../tables/subids";
import { complain, Message } from "../text/message";
import { nssText } from "./caller";
import { ENTRIES, Entries } from "./entries";
import { Membership } from "./membership";
import { tableFailed } from "./tables";
import { Tool } from "./tool";

const NEWLINE: u8 = 0x0a;
const BLANK: u8 = 0x20;
const NUL: u8 = 0;
/** Some hundred ranges: the plugins give one or two. */
const LONGEST_ANSWER: i32 = 8192;
/** The longest name of a plugin that shadow takes. */
const LONGEST_PLUGIN: u32 = 50;

/** What the caller is granted and where it comes from. */
export class Grants {
  constructor(
    readonly authority: Authority,
    readonly entries: Entries,
  ) {}

  get user(): User {
    return this.entries.user;
  }

  get lines(): Lines {
    return this.entries.lines;
  }

  /** The name of the plugin, empty if the source is the table. */
  plugin: StaticArray<u8> = new StaticArray<u8>(0);
  /** What it grants. */
  readonly fromPlugin: Ranges = new Ranges();
  /** Why the plugin gave no answer; empty if it did. Neither it nor the tables in its place grant anything then. */
  failure: string = "";
}

/** Reads what the tables of sub-ids grant to the caller; ends if it cannot be known. */
export function readGrants(tool: Tool, user: User, lines: Lines): Grants {
  const entries = new Entries(user, lines, new Membership(user));
  return grantsOf(tool, new Authority(tool.kind, user.uid), entries);
}

/** The same, added to an authority of the caller's. */
export function grantsOf(tool: Tool, authority: Authority, entries: Entries): Grants {
  const lines = entries.lines;
  const grants = new Grants(authority, entries);
  const source = new Word();
  const failed = readSubidSource(lines, source);
  if (failed != 0) tableFailed(tool.name, "/etc/nsswitch.conf", failed);
  if (source.length > 0) {
    grants.plugin = new StaticArray<u8>(source.length);
    for (let i: u32 = 0; i < source.length; i++) grants.plugin[i] = lines.bytes[source.start + i];
    askPlugin(tool, entries.user, grants);
  } else {
    const unread = readSubids(
      new SubidLines(lines, entries.user.owners),
      tool.table,
      grants.authority.grants,
    );
    if (unread != 0) tableFailed(tool.name, tool.path, unread);
  }
  requireRoom(tool, grants.authority.full);
  return grants;
}

/** Takes on what /etc/usernamespaces says of the outside ids of `request`; ends if it cannot be known. */
export function readEntries(tool: Tool, grants: Grants, request: Request): void {
  addEntries(tool, grants, outsideIds(request));
}

/** The outside ids of a request. */
export function outsideIds(request: Request): Ranges {
  const ids = new Ranges();
  for (let i = 0; i < request.length; i++) ids.add(request.outside[i], request.outsideEnd(i));
  return ids;
}

/** Takes on what /etc/usernamespaces says of the ids `wanted`, of all where that is null; ends if it cannot be known. */
export function addEntries(tool: Tool, grants: Grants, wanted: Ranges | null): void {
  const unread = grants.entries.read(grants.authority, wanted);
  if (unread != 0) tableFailed(tool.name, ENTRIES, unread);
  requireRoom(tool, grants.authority.full);
}

/** Ends if a set of the caller's ids could not hold all of them: nothing may be decided then. */
export function requireRoom(tool: Tool, full: bool): void {
  if (!full) return;
  complain(tool.name).line("too many separate ranges concern the caller").end();
}

/** Letters, digits, `_` and `-`: it becomes part of a file's name. */
function isPluginName(name: StaticArray<u8>): bool {
  for (let i = 0; i < name.length; i++) {
    const byte: u32 = name[i];
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    const digit = byte >= 0x30 && byte <= 0x39;
    if (!letter && !digit && byte != 0x5f && byte != 0x2d) return false;
  }
  return (name.length as u32) <= LONGEST_PLUGIN;
}

/** There is no way back to the files: the caller could bring a failure about and have them count again. */
function askPlugin(tool: Tool, user: User, grants: Grants): void {
  if (!isPluginName(grants.plugin)) {
    grants.failure = "that is no plugin's name";
    return;
  }
  if ((user.name.length as u32) >= LONGEST_KEY) {
    grants.failure = "the user's name is too long";
    return;
  }
  if (isDigits(user.name, 0, user.name.length)) {
    grants.failure = "a user name of digits would be taken for a uid";
    return;
  }
  const question = new Message(512)
    .text("ranges")
    .byte(NUL)
    .raw(grants.plugin, 0, grants.plugin.length)
    .byte(NUL)
    .raw(user.name, 0, user.name.length)
    .byte(NUL)
    .text(tool.noun)
    .byte(NUL);
  const answer = new StaticArray<u8>(LONGEST_ANSWER);
  const length = askNss(question.bytes, question.length, answer);
  if (length == Refusal.NssUnknown) return;
  if (length < 0) grants.failure = nssText(length);
  else if (isList(answer, length)) take(grants, answer, length);
  else grants.failure = "its answer is no list of ranges";
}

/** Whether the answer is lines `START COUNT` and nothing else. */
function isList(answer: StaticArray<u8>, length: u32): bool {
  for (let at: u32 = 0; at < length; ) {
    const end = find(answer, NEWLINE, at, length);
    const blank = find(answer, BLANK, at, end);
    if (end == length || blank == end) return false;
    const start = decimal(answer, at, blank);
    const count = decimal(answer, blank + 1, end);
    if (start == NO_NUMBER || count == NO_NUMBER || start + count > END_OF_IDS) return false;
    at = end + 1;
  }
  return true;
}

/** Takes on the lines of a list. */
function take(grants: Grants, answer: StaticArray<u8>, length: u32): void {
  for (let at: u32 = 0; at < length; ) {
    const end = find(answer, NEWLINE, at, length);
    const blank = find(answer, BLANK, at, end);
    const start = decimal(answer, at, blank);
    const count = decimal(answer, blank + 1, end);
    grants.fromPlugin.add(start, start + count);
    grants.authority.grants.add(start, start + count);
    at = end + 1;
  }
}
