// SPDX-License-Identifier: MIT
//
// What both pictures say in words.
import { merged, type Span, sizeOf, spanText } from "../spans.js";
import type { Collision, Party } from "./collisions.js";
import { type Block, count, type Lane, nounOf, type Picture } from "./picture.js";

const MOST_PARTIES = 4;
const MOST_SOURCES = 4;
/** Collisions that are named; all of them are in the JSON. */
export const MOST_COLLISIONS = 10;

/** How many collisions there are, and of which ids; who stands behind each comes apart. */
export function headline(pictures: readonly Picture[]): string {
  const total = pictures.reduce((sum, { collisions }) => sum + collisions.length, 0);
  if (total === 0) return "no collisions";
  return total === 1 ? "1 collision" : `${count(total)} collisions`;
}

/** The ids of a collision. */
export function idsOf(collision: Collision): string {
  const { start, end } = collision;
  const noun = end - start === 1 ? nounOf(collision).replaceAll("s", "") : nounOf(collision);
  const size = end - start === 1 ? "" : ` (${count(end - start)} ids)`;
  return `${noun} ${spanText(start, end)}${size}`;
}

/** A collision: its ids, who has them, and where that is said. */
export function collisionText(collision: Collision): string {
  return `${idsOf(collision)}: ${partiesText(collision)}`;
}

/** Those who have the ids of a collision, and where that is said. */
export function partiesText({ parties }: Collision): string {
  const said = parties.slice(0, MOST_PARTIES).map(partyText);
  const more = parties.length - said.length;
  if (more > 0) said.push(`${count(more)} more`);
  return said.length < 2 ? said.join("") : `${said.slice(0, -1).join(", ")} and ${said[said.length - 1]}`;
}

function partyText({ owner, sources }: Party): string {
  const said = sources.slice(0, MOST_SOURCES);
  if (sources.length > said.length) said.push(`${count(sources.length - said.length)} more`);
  return said.length === 0 ? owner.who : `${owner.who} (${said.join(", ")})`;
}

/** What a block is, for who points at it. */
export function blockText({ who }: Lane, { start, end, use, ranges, sources }: Block): string {
  const said =
    sources.length > 0 ? sources.join(", ") : `${count(ranges)} ${ranges === 1 ? "range" : "ranges"}`;
  return `${who}: ${spanText(start, end)}${use === "live" ? "" : `, ${use}`} (${said})`;
}

/** The ids of a lane, where they are said as far as there is room. */
export function laneTexts(lane: Lane): string[] {
  if (lane.summary !== "") return [lane.summary, lane.summary.replace(/ of .*/, "")];
  const granted = lane.blocks.filter(({ use }) => use !== "live");
  const spans = merged(granted.length > 0 ? granted : lane.blocks);
  const [first] = spans;
  if (!first) return [];
  const more = spans.length > 1 ? ` +${count(spans.length - 1)}` : "";
  const ids = `${spanText(first.start, first.end)}${more}`;
  const sources = [...new Set(granted.flatMap((block) => block.sources))];
  const shown = sources.slice(0, 2).join(", ") + (sources.length > 2 ? ", ..." : "");
  return shown === "" ? [ids] : [`${ids} (${shown})`, ids];
}

/** What useradd can take. */
export function freeText({ pool, free }: Picture): string {
  const largest = free.reduce((most, span) => (span.end - span.start > most.end - most.start ? span : most), {
    start: 0,
    end: 0,
  });
  const all = `of useradd's ${spanText(pool.start, pool.end)}, ${count(sizeOf(free))} ids are free`;
  return free.length < 2
    ? all
    : `${all} in ${count(free.length)} gaps, most at ${spanText(largest.start, largest.end)}`;
}

/** How many accounts there are. */
export function accountsText({ kinds, accounts }: Picture): string {
  const total = accounts.reduce((sum, each) => sum + each.count, 0);
  return `${count(total)} ${kinds[0] === "uid" ? "users" : "groups"}`;
}

/** The conventions, and whose the ids between may be besides. */
export function remarks({ conventions, containers }: Picture): (Span & { what: string })[] {
  return containers ? [...conventions, containers] : conventions;
}
