// SPDX-License-Identifier: MIT
//
// A broken axis of 2^32 ids: what is used has room by the logarithm of its size, so that ten ranges of 65,536 stand side
// by side, and what is free between is squeezed to a mark.
import { merged, type Span } from "../spans.js";
import type { Picture } from "./picture.js";

const END_OF_IDS = 2 ** 32;
const GAP_WEIGHT = 2;
/** What nobody was given is drawn smaller, unless there is nothing else. */
const CONVENTION_SCALE = 0.5;
/** What collides is never too small to be seen, as long as it is not most of the picture. */
const COLLISION_WEIGHT = 8;
const COLLISIONS_WEIGHT = 60;

/** An owner who has more blocks is not drawn block by block. */
const MOST_BLOCKS = 12;

/** Ids that are drawn to one scale, from `left` to `right`. */
export interface Cell extends Span {
  isGap: boolean;
  left: number;
  right: number;
}

/** The axis of a picture. */
export class Axis {
  readonly cells: Cell[];

  /**
   * @param width of the whole axis
   * @param most how many cells there may be
   * @param whole whether each edge has to be at a whole number
   */
  constructor(
    picture: Picture,
    readonly width: number,
    most: number,
    whole: boolean,
  ) {
    const { edges, used, given } = cut(picture, most);
    const isUsed = new Finder(used);
    const isGiven = new Finder(given);
    const collides = new Finder(merged(picture.collisions));
    const least = Math.min(COLLISION_WEIGHT, COLLISIONS_WEIGHT / picture.collisions.length);
    const cells = edges.slice(0, -1).map((start, i) => {
      const end = edges[i + 1] as number;
      const isGap = !isUsed.touches(start, end);
      const scale = given.length === 0 || isGiven.touches(start, end) ? 1 : CONVENTION_SCALE;
      const usual = isGap ? GAP_WEIGHT : scale * (1 + Math.log2(end - start) / 4);
      const weight = collides.touches(start, end) ? Math.max(usual, least) : usual;
      return { start, end, isGap, weight };
    });
    const right = whole ? wholeEdges(cells, width) : smoothEdges(cells, width);
    this.cells = cells.map(({ start, end, isGap }, i) => ({
      start,
      end,
      isGap,
      left: right[i - 1] ?? 0,
      right: right[i] as number,
    }));
  }

  /** Where an id begins; the axis ends where 2^32 would. */
  at(id: number): number {
    if (id >= END_OF_IDS) return this.width;
    let low = 0;
    let high = this.cells.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.cells[middle] as Cell).end <= id) low = middle + 1;
      else high = middle;
    }
    const { start, end, left, right } = this.cells[low] as Cell;
    return left + ((id - start) / (end - start)) * (right - left);
  }
}

/** Separate spans in their order, asked in theirs. */
class Finder {
  #next = 0;

  constructor(private readonly spans: readonly Span[]) {}

  /** Whether one of the spans has some of these ids, which begin behind those of the question before. */
  touches(start: number, end: number): boolean {
    while (this.#next < this.spans.length && (this.spans[this.#next] as Span).end <= start) this.#next++;
    const span = this.spans[this.#next];
    return span !== undefined && span.start < end;
  }
}

/** Where the axis is cut, most important edges first; what is used, and what of it somebody was given. */
function cut(
  picture: Picture,
  most: number,
): { edges: number[]; used: readonly Span[]; given: readonly Span[] } {
  const { collisions, conventions, accounts, lanes } = picture;
  const blocks = lanes.filter(({ summary }) => summary === "").map((lane) => lane.blocks);
  const rest = lanes.filter(({ summary }) => summary !== "").flatMap((lane) => lane.blocks);
  const given = merged([...collisions, ...blocks.flat(), ...rest]);
  const used = closed(merged([...conventions, ...accounts, ...given]), most / 4);
  const edges = new Set([0, END_OF_IDS]);
  const few = blocks.filter((each) => each.length <= MOST_BLOCKS);
  const tiers: (readonly Span[])[] = [collisions.slice(0, most / 4), used, ...few, conventions, accounts];
  if (2 * rest.length < most - edges.size) tiers.push(rest);
  for (const { start, end } of tiers.flat()) if (edges.size + 2 <= most) edges.add(start).add(end);
  return { edges: [...edges].sort((a, b) => a - b), used, given };
}

/** The spans, the smallest gaps between them closed so that at most so many stay. */
function closed(spans: readonly Span[], most: number): Span[] {
  const gap = (i: number) => (spans[i]?.start ?? 0) - (spans[i - 1]?.end ?? 0);
  const kept = new Set(
    spans
      .map((_, i) => i)
      .sort((a, b) => gap(b) - gap(a))
      .slice(0, Math.max(1, most)),
  );
  const result: { start: number; end: number }[] = [];
  spans.forEach(({ start, end }, i) => {
    const last = result[result.length - 1];
    if (last && !kept.has(i)) last.end = end;
    else result.push({ start, end });
  });
  return result;
}

/** The right edges of cells as wide as they weigh. */
function smoothEdges(cells: readonly { weight: number }[], width: number): number[] {
  const total = cells.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  return cells.map(({ weight }) => {
    sum += weight;
    return (sum / total) * width;
  });
}

/** The right edges of cells of whole widths, of which none is empty: there have to be no more than `width`. */
function wholeEdges(cells: readonly { weight: number }[], width: number): number[] {
  const spare = smoothEdges(cells, width - cells.length);
  return spare.map((edge, i) => i + 1 + Math.round(edge));
}

/** A mark on the axis. */
export interface Tick {
  id: number;
  /** Where its label begins. */
  at: number;
}

/** Ids to name on the axis, the most important first, as far as their labels have room. */
export function ticksOf(picture: Picture, axis: Axis, widthOf: (label: string) => number): Tick[] {
  const starts = (spans: readonly Span[]) => spans.map(({ start }) => start);
  const edges = new Set(axis.cells.map(({ start }) => start));
  const stretches = starts(axis.cells.filter(({ isGap }, i) => !isGap && (axis.cells[i - 1]?.isGap ?? true)));
  const given = new Set(picture.lanes.flatMap(({ blocks }) => starts(blocks)));
  const wanted = [
    ...starts(picture.collisions),
    ...stretches.filter((id) => given.has(id)),
    ...stretches,
    ...starts(picture.conventions),
    ...given,
  ];
  const ticks: (Tick & { end: number })[] = [];
  for (const id of new Set(wanted)) {
    const at = axis.at(id);
    const end = at + widthOf(String(id));
    if (!edges.has(id) || end > axis.width) continue;
    if (ticks.every((tick) => end <= tick.at || at >= tick.end)) ticks.push({ id, at, end });
  }
  return ticks.sort((a, b) => a.at - b.at).map(({ id, at }) => ({ id, at }));
}
