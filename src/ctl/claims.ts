// SPDX-License-Identifier: MIT
//
// What the sound lines of the tables say, and of whom.
import { Table } from "../host.js";
import { bit, Kind } from "../policy/kind.js";
import { Fault } from "../tables/fault.js";
import { fieldOf, type Line } from "./lines.js";
import { plain } from "./output.js";
import type { People } from "./people.js";
import type { Span } from "./spans.js";

const LARGEST_UID = 2 ** 32 - 2;

/** The ids that a line grants, or keeps from others: [start, end). */
export interface Claim {
  line: Line;
  start: number;
  end: number;
  /** Bits of the kinds that it may grant. */
  grants: number;
  /** Bits of the kinds that it keeps from others. */
  keeps: number;
  /** Whom it names, the same for all lines of a user however they spell him. */
  owner: string;
  /** The same for people. */
  who: string;
  /** His uid, if it names a single user who is known. */
  uid: number | undefined;
}

/** What a line says that counts; undefined if it is nothing, or for nobody. */
export function claimOf(line: Line, users: People): Claim | undefined {
  if (line.fault !== Fault.None || isNobody(fieldOf(line, 0))) return undefined;
  const { start, end, entry } = line;
  const grants = entry?.grants ?? bit(line.table === Table.Subuid ? Kind.Uid : Kind.Gid);
  return { line, start, end, grants, keeps: entry?.keeps ?? 0, ...ownerOf(line, users) };
}

/** Whether the owner is digits that are no uid, which nobody can have. */
export function isNobody(name: string): boolean {
  return isUid(name) && (name !== String(Number(name)) || Number(name) > LARGEST_UID);
}

function ownerOf(line: Line, users: People): Pick<Claim, "owner" | "who" | "uid"> {
  const name = fieldOf(line, 0);
  const named = line.entry?.owner ?? "user";
  if (named === "everyone") return { owner: "*", who: "everybody", uid: undefined };
  if (named === "group") return { owner: name, who: plain(name), uid: undefined };
  const uid = uidOf(name, users);
  const known = uid === undefined ? undefined : users.withId(uid);
  const who = plain(known?.name ?? (isUid(name) ? `uid ${name}` : name));
  return { owner: uid === undefined ? `name ${name}` : `uid ${uid}`, who, uid };
}

/** Whether an owner is a uid: digits only. */
export function isUid(name: string): boolean {
  return /^[0-9]+$/.test(name);
}

/** The uid that an owner stands for. */
export function uidOf(name: string, users: People): number | undefined {
  return isUid(name) ? Number(name) : users.named(name)?.id;
}

/** The slice of a line that is the user's; undefined if none is. */
export function sliceOf({ line }: Claim, uid: number | undefined): Span | undefined {
  const { entry, start, end } = line;
  if (!entry || entry.each === 0 || uid === undefined || uid < entry.first) return undefined;
  const slice = start + (uid - entry.first) * entry.each;
  return slice + entry.each <= end ? { start: slice, end: slice + entry.each } : undefined;
}
