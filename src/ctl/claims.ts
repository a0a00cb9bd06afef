// SPDX-License-Identifier: MIT
//
// What the sound lines of the tables say, and of whom.
import { Table } from "../host.js";
import { bit, Kind } from "../policy/kind.js";
import { Fault } from "../tables/fault.js";
import type { Line } from "./lines.js";
import { plain } from "./output.js";
import type { People } from "./people.js";
import type { Span } from "./spans.js";

const LARGEST_UID = 2 ** 32 - 2;

/** The ids that a line grants, or keeps from others: [start, end). */
export interface Claim {
  line: Line;
  /** How many claims were read before it. */
  order: number;
  start: number;
  end: number;
  /** Bits of the kinds that it may grant. */
  grants: number;
  /** Bits of the kinds that it keeps from others. */
  keeps: number;
  /** Whom it names, the same object in all claims of a user however the lines spell him. */
  owner: Owner;
}

/** Whom lines name. */
export interface Owner {
  /** As messages call him. */
  who: string;
  /** His uid, if he is a single user and known. */
  uid: number | undefined;
}

/** The owners of lines, each made once. */
export class Owners {
  readonly #byField = new Map<string, Owner>();
  readonly #byUid = new Map<number, Owner>();
  #claims = 0;

  constructor(private readonly users: People) {}

  /** What a line says that counts; undefined if that is nothing, or for nobody. */
  claim(line: Line): Claim | undefined {
    if (line.fault !== Fault.None) return undefined;
    const { start, end, entry } = line;
    const owner = this.#of(line.owner);
    const grants = entry ? entry.grants : bit(line.table === Table.Subuid ? Kind.Uid : Kind.Gid);
    return (
      owner && { line, order: this.#claims++, start, end, grants, keeps: entry ? entry.keeps : 0, owner }
    );
  }

  #of(field: string): Owner | undefined {
    const found = this.#byField.get(field) ?? this.#make(field);
    if (found) this.#byField.set(field, found);
    return found;
  }

  #make(field: string): Owner | undefined {
    if (isNobody(field)) return undefined;
    const uid = isUid(field) ? Number(field) : this.users.named(field)?.id;
    if (uid === undefined) return { who: field === "*" ? "everybody" : plain(field), uid };
    const name = this.users.withId(uid)?.name;
    const owner = this.#byUid.get(uid) ?? { who: name === undefined ? `uid ${uid}` : plain(name), uid };
    this.#byUid.set(uid, owner);
    return owner;
  }
}

/** Whether the owner is digits that are no uid, which nobody can have. */
export function isNobody(name: string): boolean {
  return isUid(name) && (name !== String(Number(name)) || Number(name) > LARGEST_UID);
}

/** Whether an owner is a uid: digits only. */
export function isUid(name: string): boolean {
  return /^[0-9]+$/.test(name);
}

/** The slice of a line that is the user's; undefined if none is. */
export function sliceOf({ entry, start, end }: Line, uid: number | undefined): Span | undefined {
  if (!entry || entry.each === 0 || uid === undefined || uid < entry.first) return undefined;
  const slice = start + (uid - entry.first) * entry.each;
  return slice + entry.each <= end ? { start: slice, end: slice + entry.each } : undefined;
}
