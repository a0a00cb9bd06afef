// SPDX-License-Identifier: MIT
//
// Ids that two lines claim. Claims are swept by their start, so that each is compared with the two that reach
// farthest and not with all.
import { bit, Kind } from "../../policy/kind.js";
import { type Claim, sliceOf } from "../claims.js";
import { placeOf } from "../lines.js";
import { spanText } from "../spans.js";
import { andMore, type Findings } from "./findings.js";

/** The claims behind the sweep that reach farthest, of two different owners. */
class Farthest {
  #first: Claim | undefined;
  #second: Claim | undefined;

  /** Of those of other owners, the one that reaches farthest. */
  otherThan({ owner }: Claim): Claim | undefined {
    return this.#first?.owner === owner ? this.#second : this.#first;
  }

  /** The same owner's, if it reaches farthest. */
  sameAs({ owner }: Claim): Claim | undefined {
    if (this.#first?.owner === owner) return this.#first;
    return this.#second?.owner === owner ? this.#second : undefined;
  }

  add(claim: Claim): void {
    if (this.#first?.owner === claim.owner) {
      if (claim.end > this.#first.end) this.#first = claim;
    } else if (!this.#first || claim.end > this.#first.end) {
      this.#second = this.#first;
      this.#first = claim;
    } else if (!this.#second || claim.end > this.#second.end) this.#second = claim;
  }
}

/** A claim whose ids another has too, and how many more do. */
interface Clash {
  other: Claim;
  more: number;
}

/** The claims that overlap one that begins earlier, each counted at the line of the two that is read later. */
class Clashes {
  readonly #found = new Map<Claim, Clash>();

  add(one: Claim, other: Claim): void {
    const [earlier, later] = one.order < other.order ? [one, other] : [other, one];
    const clash = this.#found.get(later);
    if (clash) clash.more++;
    else this.#found.set(later, { other: earlier, more: 0 });
  }

  report(say: (claim: Claim, clash: Clash) => void): void {
    for (const [claim, clash] of this.#found) say(claim, clash);
  }
}

/** Notes overlaps among the claims, which are given in the order of reading. */
export function checkOverlaps(claims: readonly Claim[], findings: Findings): void {
  const sorted = claims.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  for (const kind of [Kind.Uid, Kind.Gid]) {
    const kinds = bit(kind) | bit(Kind.Fsid);
    const grants = sorted.filter((claim) => (claim.grants & kinds) !== 0 && claim.keeps === 0);
    checkGrants(grants, kind, new Clashes(), new Clashes(), findings);
  }
  for (const kind of [Kind.Uid, Kind.Gid, Kind.Fsid]) {
    const keepers = sorted.filter((claim) => (claim.keeps & bit(kind)) !== 0);
    if (keepers.length === 0) continue;
    checkKeepers(keepers, new Clashes(), findings);
    const grants = sorted.filter((claim) => (claim.grants & bit(kind)) !== 0 && claim.keeps === 0);
    checkKept(grants, keepers, findings);
  }
}

/** Notes ids that are granted to several. */
function checkGrants(grants: Claim[], kind: Kind, clashes: Clashes, own: Clashes, findings: Findings): void {
  const plain = new Farthest();
  // Several may have a group of the system's, if none of them can leave another by it.
  const denied = new Farthest();
  for (const claim of grants) {
    const isDenied = kind === Kind.Gid && claim.line.entry?.denySetgroups === true;
    const others = isDenied ? [plain] : [plain, denied];
    for (const farthest of others) {
      const other = farthest.otherThan(claim);
      if (other && other.end > claim.start) clashes.add(claim, other);
      const same = farthest.sameAs(claim);
      if (same && same.end > claim.start && same.line.table === claim.line.table) own.add(claim, same);
    }
    (isDenied ? denied : plain).add(claim);
  }
  clashes.report((claim, { other, more }) => {
    const severity = (claim.grants & other.grants & bit(kind)) !== 0 ? "error" : "warning";
    add(
      findings,
      severity,
      claim,
      `${shared(claim, other)} is granted to ${other.owner.who} too (${placeOf(other.line)})${andMore(more)}`,
    );
  });
  own.report((claim, { other, more }) => {
    const same = claim.start === other.start && claim.end === other.end && sayTheSame(claim, other);
    if (same) add(findings, "warning", claim, `the same as line ${other.line.number}${andMore(more)}`);
    else if (claim.grants & other.grants & bit(kind))
      add(
        findings,
        "warning",
        claim,
        `${shared(claim, other)} is granted to ${other.owner.who} twice (${placeOf(other.line)})${andMore(more)}`,
      );
  });
}

function sayTheSame(one: Claim, other: Claim): boolean {
  const flags = ({ line }: Claim) => line.text.slice(line.flagsAt || line.text.length);
  return flags(one) === flags(other);
}

/** Notes ids that several lines keep for somebody: nobody gets these. */
function checkKeepers(keepers: Claim[], clashes: Clashes, findings: Findings): void {
  const farthest = new Farthest();
  for (const keeper of keepers) {
    // Slices clash with slices, whoever is named.
    const claim = keeper.line.entry?.each ? { ...keeper, owner: { ...keeper.owner } } : keeper;
    const other = farthest.otherThan(claim);
    if (other && other.end > claim.start) clashes.add(claim, other);
    farthest.add(claim);
  }
  clashes.report((claim, { other, more }) => {
    const what = other.line.entry?.each ? "divides it in slices" : "reserves it";
    add(
      findings,
      "error",
      claim,
      `nobody gets ${shared(claim, other)}: ${placeOf(other.line)} ${what} too${andMore(more)}`,
    );
  });
}

/** Notes grants of ids that are kept for somebody else. */
function checkKept(grants: Claim[], keepers: Claim[], findings: Findings): void {
  // How far the keepers up to each reach at most: where the search backwards can end.
  let most = 0;
  const reach = keepers.map(({ end }) => (most = Math.max(most, end)));
  for (const claim of grants) {
    let at = countBelow(keepers, claim.end) - 1;
    for (; at >= 0 && (reach[at] as number) > claim.start; at--) {
      const keeper = keepers[at] as Claim;
      if (keeper.end <= claim.start || isOwn(claim, keeper)) continue;
      const why = keeper.line.entry?.each ? "is divided in slices" : `is reserved for ${keeper.owner.who}`;
      add(
        findings,
        "warning",
        claim,
        `${shared(claim, keeper)} ${why} and refused (${placeOf(keeper.line)})`,
      );
      break;
    }
  }
}

/** Whether the ids that a line keeps are kept for the one to whom the claim grants them. */
function isOwn(claim: Claim, keeper: Claim): boolean {
  if (keeper.line.entry?.reserved) return keeper.owner === claim.owner && keeper.line.entry.owner === "user";
  const slice = sliceOf(keeper.line, claim.owner.uid);
  if (!slice) return false;
  const start = Math.max(claim.start, keeper.start);
  const end = Math.min(claim.end, keeper.end);
  return start >= slice.start && end <= slice.end;
}

/** How many of the claims, sorted by their start, start below `id`. */
function countBelow(claims: readonly Claim[], id: number): number {
  let low = 0;
  let high = claims.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((claims[middle] as Claim).start < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shared(one: Claim, other: Claim): string {
  return spanText(Math.max(one.start, other.start), Math.min(one.end, other.end));
}

function add(findings: Findings, severity: "error" | "warning", claim: Claim, text: string): void {
  findings.add(severity, claim.line, claim.line.startAt, text);
}
