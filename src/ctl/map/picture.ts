// SPDX-License-Identifier: MIT
//
// What is drawn: a lane for each owner, and what is the same for all of them.
import type { Owner } from "../claims.js";
import { type Kind, kinds } from "../maps.js";
import { merged, type Span } from "../spans.js";
import { type Collision, collisionsOf } from "./collisions.js";
import type { Holding, Space, Use } from "./space.js";

/** Ids in a lane. */
export interface Block extends Span {
  use: Use;
  /** How many ranges it is made of. */
  ranges: number;
  /** Where that is said, of a single range. */
  sources: string[];
}

/** The ids of an owner, or of all those who have no lane of their own. */
export interface Lane {
  who: string;
  blocks: Block[];
  /** What collides in it. */
  collisions: Span[];
  /** What there is to say of many owners; empty for a single one. */
  summary: string;
}

/** Ids of accounts that lie close together. */
export interface Cluster extends Span {
  end: number;
  count: number;
}

/** The picture of one kind of ids, or of both if they are the same. */
export interface Picture {
  kinds: Kind[];
  collisions: Collision[];
  conventions: (Span & { what: string })[];
  accounts: Cluster[];
  lanes: Lane[];
  pool: Span;
  /** What useradd can take. */
  free: Span[];
  containers: Space["containers"];
}

/** Lanes that can be told apart. */
const MOST_LANES = 24;
const MOST_COLLIDING = 16;
const MOST_BLOCKS = 48;
/** Accounts that are farther from each other are drawn apart. */
const CLUSTER_GAP = 1000;

/** The pictures of the spaces: a single one if all that lines and namespaces say is the same of them. */
export function picturesOf(spaces: readonly Space[]): Picture[] {
  const pictures = spaces.map(pictureOf);
  const [first, ...others] = pictures;
  if (!first || others.some((other) => essence(other) !== essence(first))) return pictures;
  return [others.reduce(united, first)];
}

/** All that has to be the same for two pictures to be one. */
function essence({ collisions, conventions, lanes, pool, free }: Picture): string {
  const spans = (list: readonly Span[]) => list.map(({ start, end }) => [start, end]);
  return JSON.stringify([
    collisions.map((each) => [each.start, each.end, each.parties.map(({ owner }) => owner.who)]),
    spans(conventions),
    lanes.map(({ who, blocks }) => [who, blocks.map(({ start, end, use }) => [start, end, use])]),
    spans([pool, ...free]),
  ]);
}

function united(one: Picture, other: Picture): Picture {
  const both = (a: readonly string[], b: readonly string[] = []) => [...new Set([...a, ...b])];
  return {
    ...one,
    kinds: [...one.kinds, ...other.kinds],
    collisions: one.collisions.map((collision, i) => ({
      ...collision,
      kinds: [...collision.kinds, ...(other.collisions[i]?.kinds ?? [])],
      parties: collision.parties.map((party, j) => ({
        ...party,
        sources: both(party.sources, other.collisions[i]?.parties[j]?.sources),
      })),
    })),
    lanes: one.lanes.map((lane, i) => ({
      ...lane,
      blocks: lane.blocks.map((block, j) => ({
        ...block,
        sources: both(block.sources, other.lanes[i]?.blocks[j]?.sources),
      })),
    })),
  };
}

function pictureOf(space: Space): Picture {
  const { holdings, pool } = space;
  const used = (use: Use) => holdings.filter((each) => each.use === use);
  const conventions = used("convention").map(({ start, end, owner }) => ({ start, end, what: owner.who }));
  const collisions = collisionsOf(space);
  return {
    kinds: [space.kind],
    collisions,
    conventions,
    accounts: clustersOf(used("account"), conventions),
    lanes: lanesOf(
      holdings.filter(({ use }) => use !== "account" && use !== "convention"),
      collisions,
    ),
    pool,
    free: without(pool, merged(holdings)),
    containers: space.containers,
  };
}

/** The accounts, cut where they are far from each other and at the edges of the conventions. */
function clustersOf(accounts: readonly Span[], conventions: readonly Span[]): Cluster[] {
  const edges = conventions.flatMap(({ start, end }) => [start, end]);
  const clusters: Cluster[] = [];
  for (const { start, end } of accounts) {
    const last = clusters[clusters.length - 1];
    const apart =
      !last || start - last.end > CLUSTER_GAP || edges.some((edge) => last.end <= edge && edge <= start);
    if (apart) clusters.push({ start, end, count: 1 });
    else {
      last.end = end;
      last.count++;
    }
  }
  return clusters;
}

function lanesOf(holdings: readonly Holding[], collisions: readonly Collision[]): Lane[] {
  const byOwner = new Map<Owner, Holding[]>();
  for (const holding of holdings) {
    const list = byOwner.get(holding.owner);
    if (list) list.push(holding);
    else byOwner.set(holding.owner, [holding]);
  }
  const colliding = new Map<Owner, Span[]>();
  for (const { start, end, parties } of collisions)
    for (const { owner } of parties) {
      const spans = colliding.get(owner);
      if (spans) spans.push({ start, end });
      else colliding.set(owner, [{ start, end }]);
    }
  const shown = chosen(byOwner, colliding);
  const lanes = [...shown].map((owner) =>
    laneOf(owner.who, byOwner.get(owner) ?? [], colliding.get(owner) ?? []),
  );
  lanes.sort((one, other) => firstOf(one) - firstOf(other));
  const hidden = [...byOwner.keys()].filter((owner) => !shown.has(owner));
  if (hidden.length > 0) {
    const all = hidden.flatMap((owner) => byOwner.get(owner) ?? []);
    const spans = merged(hidden.flatMap((owner) => colliding.get(owner) ?? []));
    const who = `${count(hidden.length)} ${lanes.length > 0 ? "others" : "users"}`;
    lanes.push({ ...laneOf(who, all, spans), summary: summaryOf(hidden, byOwner) });
  }
  return lanes;
}

/** The owners who get a lane of their own: all, or else some who collide, and those who are no users of their own. */
function chosen(byOwner: ReadonlyMap<Owner, Holding[]>, colliding: ReadonlyMap<Owner, Span[]>): Set<Owner> {
  const owners = [...byOwner.keys()];
  if (owners.length <= MOST_LANES) return new Set(owners);
  const first = [...colliding.keys()].filter((owner) => byOwner.has(owner)).slice(0, MOST_COLLIDING);
  const special = owners.filter((owner) => byOwner.get(owner)?.some(({ use }) => use !== "granted"));
  return new Set([...first, ...special].slice(0, MOST_LANES - 1));
}

/** Where the lane stands among others: by the first range, which the own id is not. */
function firstOf({ blocks }: Lane): number {
  return (blocks.find(({ use }) => use !== "live") ?? blocks[0])?.start ?? 0;
}

function laneOf(who: string, holdings: readonly Holding[], colliding: readonly Span[]): Lane {
  return {
    who,
    blocks: blocksOf(holdings),
    collisions: common(merged(holdings), merged(colliding)),
    summary: "",
  };
}

/** What the owners have, as blocks: one for each holding, or else those side by side as one. */
function blocksOf(holdings: readonly Holding[]): Block[] {
  const sorted = [...holdings].sort((a, b) => a.start - b.start);
  if (sorted.length <= MOST_BLOCKS)
    return sorted.map(({ start, end, use, source }) => ({ start, end, use, ranges: 1, sources: [source] }));
  const uses = [...new Set(sorted.map(({ use }) => use))];
  return uses.flatMap((use) => {
    const ofUse = sorted.filter((each) => each.use === use);
    let next = 0;
    return merged(ofUse).map(({ start, end }) => {
      const from = next;
      while (next < ofUse.length && (ofUse[next] as Holding).start < end) next++;
      return { start, end, use, ranges: next - from, sources: [] };
    });
  });
}

function summaryOf(owners: readonly Owner[], byOwner: ReadonlyMap<Owner, Holding[]>): string {
  const ranges = owners.reduce((sum, owner) => sum + (byOwner.get(owner)?.length ?? 0), 0);
  return `${count(ranges)} ranges of ${count(owners.length)} users`;
}

/** A number as people read it. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** The ids that separate, sorted spans of both lists hold. */
function common(one: readonly Span[], other: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const [a, b] = [one[i] as Span, other[j] as Span];
    const start = Math.max(a.start, b.start);
    const end = Math.min(a.end, b.end);
    if (start < end) result.push({ start, end });
    if (a.end < b.end) i++;
    else j++;
  }
  return result;
}

/** What of the ids no span holds. */
function without({ start, end }: Span, spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  let at = start;
  for (const span of spans) {
    if (span.end <= at || span.start >= end) continue;
    if (span.start > at) result.push({ start: at, end: span.start });
    at = Math.max(at, span.end);
  }
  if (at < end) result.push({ start: at, end });
  return result;
}

/** What the ids of a picture are called. */
export function nounOf({ kinds: shown }: { kinds: readonly Kind[] }): string {
  return kinds
    .filter((kind) => shown.includes(kind))
    .map((kind) => `${kind}s`)
    .join(" and ");
}
