// SPDX-License-Identifier: MIT
//
// Ids that two have, found by one sweep over the edges of all holdings.
import { bit, Kind as PolicyKind } from "../../policy/kind.js";
import type { Owner } from "../claims.js";
import type { Kind } from "../maps.js";
import type { Span } from "../spans.js";
import type { Holding, Space } from "./space.js";

/** One of those who have the same ids, and what says that they do. */
export interface Party {
  owner: Owner;
  sources: string[];
}

/** Ids [start, end) each of which several have. */
export interface Collision extends Span {
  kinds: Kind[];
  parties: Party[];
}

/** Why an owner has the ids that the sweep has come to. */
type Standing = "plain" | "harmless" | "keeper" | "fixed";

/** Those who have the ids that the sweep has come to. */
class Active {
  readonly holdings = new Set<Holding>();
  readonly #owners: Record<Standing, Map<Owner, number>> = {
    plain: new Map(),
    harmless: new Map(),
    keeper: new Map(),
    fixed: new Map(),
  };
  #slices = 0;

  add(holding: Holding): void {
    const owners = this.#owners[standingOf(holding)];
    owners.set(holding.owner, (owners.get(holding.owner) ?? 0) + 1);
    this.holdings.add(holding);
    if (holding.isSlice) this.#slices++;
  }

  remove(holding: Holding): void {
    const owners = this.#owners[standingOf(holding)];
    const count = owners.get(holding.owner) ?? 0;
    if (count > 1) owners.set(holding.owner, count - 1);
    else owners.delete(holding.owner);
    this.holdings.delete(holding);
    if (holding.isSlice) this.#slices--;
  }

  /** Whether two have the ids and one of them should not. */
  collides(): boolean {
    const { plain, harmless, keeper, fixed } = this.#owners;
    // Two lines that divide the same ids give them to nobody, whomever they name.
    if (this.#slices > 1) return true;
    if (plain.size + keeper.size === 0) return false;
    return areSeveral(plain, harmless, keeper) || (plain.size > 0 && areSeveral(plain, fixed));
  }
}

function standingOf({ use, keeps, harmless }: Holding): Standing {
  if (use === "account" || use === "convention") return "fixed";
  if (keeps !== 0) return "keeper";
  return harmless ? "harmless" : "plain";
}

function areSeveral(...sets: ReadonlyMap<Owner, number>[]): boolean {
  let first: Owner | undefined;
  for (const set of sets) {
    if (set.size > 1) return true;
    for (const owner of set.keys()) {
      if (first && owner !== first) return true;
      first = owner;
    }
  }
  return false;
}

interface Stretch extends Span {
  end: number;
  holdings: Set<Holding>;
}

/** The ids that several have, in their order. */
export function collisionsOf({ kind, holdings }: Space): Collision[] {
  const own = bit(kind === "uid" ? PolicyKind.Uid : PolicyKind.Gid);
  const isFixed = ({ use }: Holding) => use === "account" || use === "convention";
  const found = sweep(holdings.filter((each) => isFixed(each) || (each.keeps === 0 && each.grants !== 0)));
  // A reservation of files' ids alone is none of processes', and the other way round.
  for (const bits of [own, bit(PolicyKind.Fsid)])
    if (holdings.some(({ keeps }) => (keeps & bits) !== 0))
      found.push(...sweep(holdings.filter(({ grants, keeps }) => ((grants | keeps) & bits) !== 0)));
  const live = holdings.filter(({ use }) => use === "live");
  found.push(...sweep(live.map((each) => ({ ...each, harmless: false }))));
  return joined(found).map((stretch) => ({
    kinds: [kind],
    start: stretch.start,
    end: stretch.end,
    parties: partiesOf(stretch),
  }));
}

function sweep(holdings: readonly Holding[]): Stretch[] {
  const starts = [...holdings].sort((a, b) => a.start - b.start);
  const ends = [...holdings].sort((a, b) => a.end - b.end);
  const active = new Active();
  const found: Stretch[] = [];
  let current: Stretch | undefined;
  let begun = 0;
  for (let ended = 0; ended < ends.length; ) {
    const at = Math.min(starts[begun]?.start ?? Infinity, (ends[ended] as Holding).end);
    for (; ends[ended]?.end === at; ended++) active.remove(ends[ended] as Holding);
    const before = active.holdings.size;
    const first = begun;
    for (; starts[begun]?.start === at; begun++) active.add(starts[begun] as Holding);
    const collides = active.collides();
    // Where no two are left of those who collided, what collides from here on is another matter.
    if (current && !(collides && before > 1)) {
      found.push({ ...current, end: at });
      current = undefined;
    }
    if (current) for (let i = first; i < begun; i++) current.holdings.add(starts[i] as Holding);
    else if (collides) current = { start: at, end: at, holdings: new Set(active.holdings) };
  }
  return found;
}

/** Stretches of several sweeps, those that share ids as one. */
function joined(stretches: Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const { start, end, holdings } of stretches.sort((a, b) => a.start - b.start)) {
    const last = result[result.length - 1];
    if (last && start < last.end) {
      last.end = Math.max(last.end, end);
      for (const each of holdings) last.holdings.add(each);
    } else result.push({ start, end, holdings });
  }
  return result;
}

function partiesOf({ start, end, holdings }: Stretch): Party[] {
  const parties = new Map<Owner, Set<string>>();
  const sorted = [...holdings].sort((a, b) => rank(a) - rank(b) || a.start - b.start);
  for (const holding of sorted) {
    if (holding.start >= end || holding.end <= start) continue;
    const sources = parties.get(holding.owner) ?? new Set();
    parties.set(holding.owner, sources);
    if (holding.source !== "") sources.add(holding.source);
  }
  return [...parties].map(([owner, sources]) => ({ owner, sources: [...sources] }));
}

/** Who is named first: whom a line names, then who runs, then who has always been there. */
function rank({ use }: Holding): number {
  return ["live", "account", "convention"].indexOf(use);
}
