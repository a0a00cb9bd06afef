// SPDX-License-Identifier: MIT
//
// Ids that are somebody's already, or that nobody should be granted.
import { bit, Kind } from "../../policy/kind.js";
import { type Claim } from "../claims.js";
import { type Convention, conventionsOf, type LoginDefs, type Side } from "../conventions.js";
import { plain } from "../output.js";
import type { People, Person } from "../people.js";
import { holdsSome, merged, type Span, spanText } from "../spans.js";
import { andMore, type Findings } from "./findings.js";

const NOBODY = 65534;

/** One kind of ids, with all that is known of it. */
interface IdSpace {
  noun: string;
  /** Bits of the kinds whose grants are of these ids. */
  kinds: number;
  conventions: Convention[];
  /** The accounts of the files, by id. */
  people: Person[];
  /** The ids of all of these: most claims hold none. */
  spans: readonly Span[];
}

/** Looks for ids of others in what is granted. */
export class IdCheck {
  readonly #spaces: IdSpace[];

  constructor(
    users: People,
    groups: People,
    defs: LoginDefs,
    private readonly containers: Convention | undefined,
    private readonly findings: Findings,
  ) {
    const space = (noun: string, kind: Kind, side: Side, { listed }: People): IdSpace => {
      const conventions = conventionsOf(side, defs);
      const people = listed.filter(({ id }) => id !== 0 && id !== NOBODY).sort((a, b) => a.id - b.id);
      const spans = merged([...conventions, ...people.map(({ id }) => ({ start: id, end: id + 1 }))]);
      return { noun, kinds: bit(kind) | bit(Kind.Fsid), conventions, people, spans };
    };
    this.#spaces = [space("uid", Kind.Uid, "UID", users), space("gid", Kind.Gid, "GID", groups)];
  }

  /** Notes what a claim that grants holds of others' ids. */
  check(claim: Claim): void {
    if (claim.grants === 0 || claim.start >= claim.end) return;
    if (claim.start === 0) this.#add("error", claim, "holds id 0, which is root's");
    for (const space of this.#spaces) if ((claim.grants & space.kinds) !== 0) this.#checkSpace(claim, space);
  }

  /** Notes once for each file how many of its claims hold ids that systemd gives to containers. */
  checkContainers(claims: readonly Claim[]): void {
    const { containers } = this;
    if (!containers) return;
    const files = new Map<string, Claim[]>();
    for (const claim of claims) {
      if (claim.start >= containers.end || claim.end <= containers.start) continue;
      files.set(claim.line.file, [...(files.get(claim.line.file) ?? []), claim]);
    }
    for (const [first, ...others] of files.values()) {
      if (!first) continue;
      const more = andMore(others.length);
      this.#add(
        "warning",
        first,
        `holds some of ${spanText(containers.start, containers.end)}, ${containers.what}${more && `;${more}`}`,
      );
    }
  }

  #checkSpace(claim: Claim, space: IdSpace): void {
    if (!holdsSome(space.spans, claim.start, claim.end)) return;
    // A single group with setgroups denied is what the flag is for, and one's own id is mapped without a grant.
    if (space.noun === "gid" && claim.line.entry?.denySetgroups) return;
    if (space.noun === "uid" && claim.start === claim.owner.uid && claim.end === claim.start + 1) return;
    // Of a single id it is enough to say whose it is.
    if (this.#checkPeople(claim, space) && claim.end === claim.start + 1) return;
    for (const { start, end, what } of space.conventions) {
      if (claim.start >= end || start >= claim.end) continue;
      const ids = spanText(Math.max(start, claim.start), Math.min(end, claim.end));
      this.#add("warning", claim, `holds ${ids}, ${what}`);
    }
  }

  /** Notes the accounts that the claim holds; whether there are any. */
  #checkPeople(claim: Claim, { people, noun }: IdSpace): boolean {
    const first = firstFrom(people, claim.start);
    const person = people[first];
    if (!person || person.id >= claim.end) return false;
    const after = firstFrom(people, claim.end);
    const others = after - first > 1 ? `, and ${after - first - 1} more of existing accounts` : "";
    this.#add("error", claim, `holds ${person.id}, the ${noun} of ${plain(person.name)}${others}`);
    return true;
  }

  #add(severity: "error" | "warning", claim: Claim, text: string): void {
    this.findings.add(severity, claim.line, claim.line.startAt, text);
  }
}

/** The index of the first of `people`, sorted by id, whose id is `id` or more. */
function firstFrom(people: readonly Person[], id: number): number {
  let low = 0;
  let high = people.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((people[middle] as Person).id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
