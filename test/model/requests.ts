// SPDX-License-Identifier: MIT
//
// Generators of maps to ask for: parts of what a table's lines grant, several lines at once, other ids.
import * as fc from "fast-check";
import type { Piece } from "./entries.js";
import { count, often, type Shape, shape, start, WIDE } from "./ids.js";

/** One extent of a request: what it takes on the outside and where it lies inside. */
export interface Wish {
  from: "line" | "part" | "several" | "own" | "any";
  line: number;
  start: number;
  length: (from: number) => number;
  inside: "next" | "any";
  shapes: Shape[];
}

export const wish: fc.Arbitrary<Wish> = fc.record({
  from: fc.oneof(
    { arbitrary: fc.constantFrom("part", "part", "part", "part", "line", "several", "own"), weight: 12 },
    { arbitrary: fc.constantFrom("any"), weight: 1 },
  ) as fc.Arbitrary<Wish["from"]>,
  line: fc.nat(23),
  start,
  length: count(60),
  inside: often<Wish["inside"]>(12, "next", "any"),
  shapes: fc.array(shape(150), { minLength: 3, maxLength: 3 }),
});

/** An extent's numbers; a wish for what is not there becomes one for the own id. */
function grant(
  { from, line, start: at, length }: Wish,
  index: number,
  pieces: Piece[],
  own: number,
): [number, number] {
  const chosen = pieces[line % Math.max(1, pieces.length)];
  if (from === "any") return [at, length(at)];
  if ((from === "own" && index === 0) || !chosen) return [own, 1];
  const size = chosen.count(chosen.start);
  if (from === "line") return [chosen.start, size];
  if (from === "several") return [chosen.start, Math.max(size, length(chosen.start))];
  const quarter = Math.max(1, Math.floor(size / 4));
  return [chosen.start + index * quarter, quarter];
}

export function words(wishes: Wish[], pieces: Piece[], own: number): string[] {
  let next = 0;
  return wishes.flatMap((wanted, index) => {
    const [outside, size] = grant(wanted, index, pieces, own);
    const inside = wanted.inside === "next" ? next : wanted.start;
    next = inside + size;
    return [inside, outside, size].map((value, i) => (wanted.shapes[i] as Shape)(value));
  });
}

/** As many extents as the kernel takes, or about as many, in few bytes or in many. */
export interface Crowd {
  extents: number;
  inside: number;
}

export const crowd: fc.Arbitrary<Crowd> = fc.record({
  extents: fc.constantFrom(227, 228, 339, 340, 341),
  inside: fc.constantFrom(0, 4e9),
});

export function crowdWords({ extents, inside }: Crowd): string[] {
  return Array.from({ length: extents }, (_, i) => [inside + i, WIDE + 2 * i, 1].map(String)).flat();
}
