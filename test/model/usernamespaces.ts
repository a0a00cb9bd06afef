// SPDX-License-Identifier: MIT
//
// /etc/usernamespaces as the model reads it, and what its lines say about one id.
import { NO_ID, plain, short } from "./numbers.js";
import { LONGEST_LINE, lines } from "./tables.js";

export type Kind = "uid" | "gid" | "fsid";

/** What stands in the fourth field. */
export interface Flags {
  /** The kinds that are named; none if none is. */
  kinds: Kind[];
  denySetgroups: boolean;
  reserved: boolean;
  /** The size of the slices, where the line has any. */
  each: bigint | undefined;
  /** The uid of the first slice. */
  first: bigint;
}

/** A line whose owner and ids, from `first` to `last`, can be read. */
export interface Entry {
  owner: string;
  first: bigint;
  last: bigint;
  /** "broken" where the flags cannot be read. */
  flags: Flags | "broken";
}

/** Whether a line names the caller, as far as that can be known. */
export type Named = "yes" | "no" | "unknown";

/** Who asks, for ids of which kind. */
export interface Asker {
  uid: bigint;
  kind: Kind;
  named(owner: string): Named;
}

/** The lines that count. */
export function entries(content: string): Entry[] {
  return lines(content).flatMap((line) => entry(line) ?? []);
}

function entry(line: string): Entry | undefined {
  if (line === "" || line.startsWith("#")) return undefined;
  if (line.length > LONGEST_LINE || line.includes("\0")) return undefined;
  const fields = line.split(":");
  if (fields.length !== 4) return undefined;
  const [owner, startText, lengthText, flags] = fields as [string, string, string, string];
  if (owner === "" || owner === "@") return undefined;
  const start = plain(startText);
  const length = plain(lengthText);
  if (start === undefined || length === undefined || length === 0n) return undefined;
  if (start >= 2n ** 32n || start + length > 2n ** 32n) return undefined;
  return { owner, first: start, last: start + length - 1n, flags: flagsOf(flags, owner) };
}

function flagsOf(text: string, owner: string): Flags | "broken" {
  const seen = new Set<string>();
  let each: bigint | undefined;
  let first: bigint | undefined;
  for (const word of text === "" ? [] : text.split(",")) {
    const name = word.replace(/=.*/s, "=");
    if (seen.has(name)) return "broken";
    seen.add(name);
    if (name === "each=") {
      each = short(word.slice(name.length));
      if (each === undefined || each === 0n) return "broken";
    } else if (name === "first=") {
      first = short(word.slice(name.length));
      if (first === undefined || first >= NO_ID) return "broken";
    } else if (!["uid", "gid", "fsid", "deny-setgroups", "reserved"].includes(word)) return "broken";
  }
  const reserved = seen.has("reserved");
  if (each !== undefined && (isUser(owner) || reserved)) return "broken";
  if (each === undefined && first !== undefined) return "broken";
  const kinds = (["uid", "gid", "fsid"] as const).filter((kind) => seen.has(kind));
  return { kinds, denySetgroups: seen.has("deny-setgroups"), reserved, each, first: first ?? 1000n };
}

function isUser(owner: string): boolean {
  return owner !== "*" && !owner.startsWith("@");
}

function holds({ first, last }: { first: bigint; last: bigint }, id: bigint): boolean {
  return first <= id && id <= last;
}

/** Without a kind named a line grants uids and gids. */
function grantsKind({ kinds }: Flags, kind: Kind): boolean {
  return kinds.length > 0 ? kinds.includes(kind) : kind !== "fsid";
}

/** Without a kind named a line restricts every kind. */
function restrictsKind({ kinds }: Flags, kind: Kind): boolean {
  return kinds.length === 0 || kinds.includes(kind);
}

/** The slice of the uid, whether the line names its user or not. */
export function sliceOf(
  { first, last, flags }: Entry,
  uid: bigint,
): { first: bigint; last: bigint } | undefined {
  if (flags === "broken" || flags.each === undefined || uid < flags.first) return undefined;
  const number = uid - flags.first;
  if (number >= (last - first + 1n) / flags.each) return undefined;
  return { first: first + number * flags.each, last: first + (number + 1n) * flags.each - 1n };
}

function inOwnSlice(entry: Entry, asker: Asker, id: bigint): boolean {
  const slice = sliceOf(entry, asker.uid);
  return slice !== undefined && holds(slice, id) && asker.named(entry.owner) === "yes";
}

/** Whether a line grants an id to the asker. */
export function grants(entry: Entry, asker: Asker, id: bigint): boolean {
  const { owner, flags } = entry;
  if (!holds(entry, id) || flags === "broken" || flags.reserved || !grantsKind(flags, asker.kind))
    return false;
  if (flags.each !== undefined) return inOwnSlice(entry, asker, id);
  if (!isUser(owner) && asker.kind === "uid") return false;
  return asker.named(owner) === "yes";
}

/** Whether a line keeps an id from the asker. */
function bars(entry: Entry, asker: Asker, id: bigint): boolean {
  const { owner, flags } = entry;
  if (!holds(entry, id)) return false;
  if (flags === "broken") return asker.named(owner) !== "no";
  if (!restrictsKind(flags, asker.kind)) return false;
  if (flags.reserved) return !isUser(owner) || asker.named(owner) !== "yes";
  return flags.each !== undefined && !inOwnSlice(entry, asker, id);
}

/** Whether an id lies in the ranges of two lines with slices. */
function contested(all: Entry[], { kind }: Asker, id: bigint): boolean {
  const slicing = all.filter(
    ({ flags }) => flags !== "broken" && flags.each !== undefined && restrictsKind(flags, kind),
  );
  return slicing.filter((entry) => holds(entry, id)).length > 1;
}

/** Whether the lines keep an id from the asker. */
export function barred(all: Entry[], asker: Asker, id: bigint): boolean {
  return all.some((entry) => bars(entry, asker, id)) || contested(all, asker, id);
}

/**
 * Whether a gid map of the asker's with this id is written only after setgroups was denied. A flag that cannot
 * be read may be the one that says so.
 */
export function deniesSetgroups(all: Entry[], asker: Asker, id: bigint): boolean {
  return all.some(
    (entry) =>
      (entry.flags === "broken" || entry.flags.denySetgroups) &&
      holds(entry, id) &&
      asker.named(entry.owner) !== "no",
  );
}
