// SPDX-License-Identifier: MIT
//
// What a user's ranges come to: too few ids, or other gids than uids.
import { Table } from "../../host.js";
import { bit, Kind } from "../../policy/kind.js";
import { type Claim, type Owner, sliceOf } from "../claims.js";
import type { RangeTable } from "../lines.js";
import { merged, type Span, sizeOf, spanText } from "../spans.js";
import type { Findings } from "./findings.js";

/** What the images of podman and others need. */
const ENOUGH = 65536;
const MOST_SAID = 3;

/** Notes users whose ranges are too small or differ; `tables` are those that were read. */
export function checkUsers(
  claims: readonly Claim[],
  tables: ReadonlySet<RangeTable>,
  findings: Findings,
): void {
  const divided = claims.filter(({ line }) => line.entry && line.entry.each > 0);
  for (const claim of divided) checkSlices(claim, findings);
  const owned = new Map<Owner, Claim[]>();
  claims.forEach((claim) => {
    if (claim.start === claim.end)
      findings.add("warning", claim.line, claim.line.countAt, "a count of 0 grants nothing");
    if (!isRange(claim)) return;
    const mine = owned.get(claim.owner);
    if (mine) mine.push(claim);
    else owned.set(claim.owner, [claim]);
  });
  for (const mine of owned.values()) {
    const [uids, gids] = [idsOf(mine, Kind.Uid), idsOf(mine, Kind.Gid)];
    checkSize(mine, Kind.Uid, uids, divided, findings);
    checkSize(mine, Kind.Gid, gids, divided, findings);
    if (tables.has(Table.Subuid) && tables.has(Table.Subgid)) checkSides(mine, uids, gids, findings);
  }
}

/** Whether a claim grants a user ids to run containers with, and not his own id or single groups of the system's. */
function isRange({ line, grants, start, end, owner }: Claim): boolean {
  if (start === owner.uid && end === start + 1) return false;
  if (line.entry && (line.entry.owner !== "user" || line.entry.denySetgroups)) return false;
  return (grants & (bit(Kind.Uid) | bit(Kind.Gid))) !== 0;
}

function idsOf(claims: readonly Claim[], kind: Kind): readonly Span[] {
  return merged(claims.filter(({ grants }) => (grants & bit(kind)) !== 0));
}

function checkSize(
  mine: readonly Claim[],
  kind: Kind,
  ids: readonly Span[],
  divided: readonly Claim[],
  findings: Findings,
): void {
  const first = mine.find(({ grants, start, end }) => (grants & bit(kind)) !== 0 && start < end);
  if (!first) return;
  const count = sizeOf(ids);
  const sliced = divided.some(
    (claim) => (claim.grants & bit(kind)) !== 0 && sliceOf(claim.line, first.owner.uid),
  );
  const noun = kind === Kind.Uid ? "uids" : "gids";
  if (count < ENOUGH && !sliced)
    findings.add(
      "warning",
      first.line,
      first.line.countAt,
      `${first.owner.who} gets ${count} ${noun}; images need ${ENOUGH}`,
    );
}

function checkSides(
  mine: readonly Claim[],
  uids: readonly Span[],
  gids: readonly Span[],
  findings: Findings,
): void {
  const [first] = mine;
  if (!first || areSame(uids, gids)) return;
  findings.add(
    "warning",
    first.line,
    0,
    `${first.owner.who} gets other gids than uids: uids ${listed(uids)}, gids ${listed(gids)}`,
  );
}

function areSame(some: readonly Span[], others: readonly Span[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ start, end }, i) => start === others[i]?.start && end === others[i]?.end)
  );
}

function listed(spans: readonly Span[]): string {
  const said = spans.slice(0, MOST_SAID).map(({ start, end }) => spanText(start, end));
  const more = spans.length - said.length;
  return said.length === 0 ? "none" : said.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function checkSlices({ line, start, end }: Claim, findings: Findings): void {
  const each = line.entry?.each ?? 0;
  const rest = (end - start) % each;
  const { countAt, flagsAt } = line;
  if (end - start < each) findings.add("error", line, countAt, `holds no slice of ${each} ids`);
  else if (rest > 0)
    findings.add("warning", line, countAt, `the last ${spanText(end - rest, end)} is in no slice`);
  if (each < ENOUGH) findings.add("warning", line, flagsAt, `slices of ${each} ids; images need ${ENOUGH}`);
}
