// SPDX-License-Identifier: MIT
//
// What the sound lines of the tables say, and of whom.
import { Row } from "../report/row.js";
import { Fault } from "../tables/fault.js";
import { Line } from "./lines.js";
import { plain } from "./output.js";
import type { People } from "./people.js";
import { PerOwner, type Rows } from "./rows.js";
import type { Span } from "./spans.js";

const LARGEST_UID = 2 ** 32 - 2;

/** The ids that a line grants, or keeps from others. */
export class Claim implements Span {
  constructor(
    private readonly of: Rows,
    private readonly index: number,
    /** How many claims were read before it. */
    readonly order: number,
    /** Whom it names, the same object in all claims of a user however the lines spell him. */
    readonly owner: Owner,
  ) {}

  /** The line itself, made anew each time: to keep one for each claim would take as much as the claims. */
  get line(): Line {
    return new Line(this.of, this.index);
  }
  /** Its ids [start, end). */
  get start(): number {
    return this.of.at(this.index, Row.Start);
  }
  get end(): number {
    return this.start + this.of.at(this.index, Row.Count);
  }
  /** Bits of the kinds that it may grant. */
  get grants(): number {
    return this.of.entryOf(this.index)?.grants ?? this.of.grants;
  }
  /** Bits of the kinds that it keeps from others. */
  get keeps(): number {
    return this.of.entryOf(this.index)?.keeps ?? 0;
  }
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
  readonly #byField = new Map<string, Owner | null>();
  readonly #byUid = new Map<number, Owner>();
  readonly #ofLines = new PerOwner((field) => this.#of(field));
  #claims = 0;

  constructor(private readonly users: People) {}

  /** What a line says that counts; undefined if that is nothing, or for nobody. */
  claim(line: Line): Claim | undefined {
    if (line.fault !== Fault.None) return undefined;
    const owner = this.#ofLines.of(line.of, line.index);
    return owner ? new Claim(line.of, line.index, this.#claims++, owner) : undefined;
  }

  #of(field: string): Owner | null {
    const known = this.#byField.get(field);
    if (known !== undefined) return known;
    const made = this.#make(field);
    this.#byField.set(field, made);
    return made;
  }

  #make(field: string): Owner | null {
    if (isNobody(field)) return null;
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
  // Most owners are told by their first letter, and a table has many.
  return name < ":" && /^[0-9]+$/.test(name);
}

/** The slice of a line that is the user's; undefined if none is. */
export function sliceOf({ entry, start, end }: Line, uid: number | undefined): Span | undefined {
  if (!entry || entry.each === 0 || uid === undefined || uid < entry.first) return undefined;
  const slice = start + (uid - entry.first) * entry.each;
  return slice + entry.each <= end ? { start: slice, end: slice + entry.each } : undefined;
}
