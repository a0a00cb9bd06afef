// SPDX-License-Identifier: MIT
//
// Ids that two lines claim. Claims are swept by their start, so that each is compared with those alone that begin
// before it and have not ended.
import { bit, Kind } from "../../policy/kind.js";
import { type Claim, sliceOf } from "../claims.js";
import { placeOf } from "../lines.js";
import { spanText } from "../spans.js";
import { andMore, type Findings } from "./findings.js";

/** With how many each claim is compared: more overlap only where a table is one great mistake. */
const MOST_COMPARED = 64;

/** Visits the pairs of claims that overlap; the claims are sorted by their start. */
function eachOverlap(claims: readonly Claim[], visit: (claim: Claim, other: Claim) => void): void {
  const running: Claim[] = [];
  claims.forEach((claim) => {
    let compared = 0;
    for (let i = running.length - 1; i >= 0 && compared < MOST_COMPARED; i--) {
      const other = running[i] as Claim;
      if (other.end > claim.start) {
        compared++;
        visit(claim, other);
      } else {
        running[i] = running[running.length - 1] as Claim;
        running.pop();
      }
    }
    running.push(claim);
  });
}

/** A claim whose ids another has too, and how many more do. */
interface Clash {
  other: Claim;
  grave: boolean;
  more: number;
}

/** The claims that overlap one that begins earlier, each counted at the line of the two that is read later. */
class Clashes {
  readonly #found = new Map<Claim, Clash>();

  /** Adds an overlap; of several at a line one that is `grave` is named. */
  add(one: Claim, other: Claim, grave: boolean): void {
    const [earlier, later] = one.order < other.order ? [one, other] : [other, one];
    const clash = this.#found.get(later);
    if (!clash) this.#found.set(later, { other: earlier, grave, more: 0 });
    else {
      clash.more++;
      if (grave && !clash.grave) Object.assign(clash, { other: earlier, grave });
    }
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
    checkGrants(grants, kind, findings);
  }
  const keeping = sorted.filter(({ keeps }) => keeps !== 0);
  for (const kind of [Kind.Uid, Kind.Gid, Kind.Fsid]) {
    const keepers = keeping.filter((claim) => (claim.keeps & bit(kind)) !== 0);
    if (keepers.length === 0) continue;
    checkKeepers(keepers, findings);
    const grants = sorted.filter((claim) => (claim.grants & bit(kind)) !== 0 && claim.keeps === 0);
    checkKept(grants, keepers, findings);
  }
}

/** Notes ids that are granted to several. */
function checkGrants(grants: Claim[], kind: Kind, findings: Findings): void {
  const clashes = new Clashes();
  const own = new Clashes();
  // Several may have a group of the system's, if none of them can leave another by it.
  const isDenied = ({ line }: Claim) => kind === Kind.Gid && line.entry?.denySetgroups === true;
  const areGranted = (one: Claim, other: Claim) => (one.grants & other.grants & bit(kind)) !== 0;
  eachOverlap(grants, (claim, other) => {
    if (isDenied(claim) && isDenied(other)) return;
    if (claim.owner !== other.owner) clashes.add(claim, other, areGranted(claim, other));
    else if (claim.line.table === other.line.table) own.add(claim, other, areSame(claim, other));
  });
  clashes.report((claim, { other, grave, more }) => {
    const severity = grave ? "error" : "warning";
    add(
      findings,
      severity,
      claim,
      `${shared(claim, other)} is granted to ${other.owner.who} too (${placeOf(other.line)})${andMore(more)}`,
    );
  });
  own.report((claim, { other, grave, more }) => {
    if (grave) add(findings, "warning", claim, `the same as line ${other.line.number}`);
    else if (areGranted(claim, other))
      add(
        findings,
        "warning",
        claim,
        `${shared(claim, other)} is granted to ${other.owner.who} twice (${placeOf(other.line)})${andMore(more)}`,
      );
  });
}

/** Whether two lines of an owner say the same. */
function areSame(one: Claim, other: Claim): boolean {
  const flags = ({ line }: Claim) => line.text.slice(line.flagsAt || line.text.length);
  return one.start === other.start && one.end === other.end && flags(one) === flags(other);
}

/** Notes ids that several lines keep for somebody: nobody gets these. */
function checkKeepers(keepers: Claim[], findings: Findings): void {
  const clashes = new Clashes();
  // Whoever has a slice may reserve ids of it.
  const isInSlice = (one: Claim, other: Claim) => one.line.entry?.reserved && isOwn(one, other);
  eachOverlap(keepers, (claim, other) => {
    if (isInSlice(claim, other) || isInSlice(other, claim)) return;
    // Slices clash with slices, whoever is named.
    const sliced = claim.line.entry?.each || other.line.entry?.each;
    if (sliced || claim.owner !== other.owner) clashes.add(claim, other, true);
  });
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
