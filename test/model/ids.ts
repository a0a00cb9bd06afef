// SPDX-License-Identifier: MIT
//
// Generators of ids, numbers and names that lie near the decisions: ranges on a grid, so that they meet,
// overlap and leave gaps; names that share their first letters; numbers at the ends.
import * as fc from "fast-check";

/** Where the ranges that meet begin. */
export const GRID = 100000;
/** Where a range for many extents begins: of few digits, so that the kernel's 340 lines fit into its 4,095 bytes. */
export const WIDE = 2001;
export const LAST = 2 ** 32;

/** 7, 8, 9, 15, 16 and 17 bytes with one beginning, others, and two that look like uids. */
export const names = [
  "alice",
  "aliceab",
  "aliceabc",
  "aliceabcd",
  "aliceabcdefghij",
  "aliceabcdefghijk",
  "aliceabcdefghijkl",
  "bob",
  "1000",
  "2000",
];
export const uids = [1000, 1001, 2000, 0, LAST - 2];
export const gids = [1000, 1001, 100, 0, LAST - 2];

export const often = <T>(weight: number, usual: T, ...rare: T[]): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight }, { arbitrary: fc.constantFrom(...rare), weight: 1 });

/** A number, as decimal or as shadow's numbers may look. */
export type Shape = (value: number) => string;
const shapes: Shape[] = [
  (value) => `0x${value.toString(16)}`,
  (value) => `0${value.toString(8)}`,
  (value) => `+${value}`,
  (value) => ` ${value}`,
  (value) => `\t${value}`,
  (value) => `-${value}`,
  (value) => `0${value}`,
  (value) => `${value}x`,
  (value) => `${BigInt(value) - 2n ** 64n}`,
  (value) => `${BigInt(value) + 2n ** 32n}`,
  (value) => `${BigInt(value) + 2n ** 64n}`,
  () => "",
];
export const shape = (weight: number) => often<Shape>(weight, String, ...shapes);

/** Where a range begins: mostly on the grid, else at an end, or at one of the caller's own ids. */
export const start = fc.oneof(
  { arbitrary: fc.nat(20).map((step) => GRID + 10 * step), weight: 40 },
  { arbitrary: fc.constantFrom(0, 1, 99, 65535, 65536, LAST - 20, LAST - 2, LAST - 1, LAST), weight: 2 },
  { arbitrary: fc.constantFrom(...uids, ...gids), weight: 1 },
);

/** How many ids it has: steps of the grid, a few, or as many as reach about the last id. */
export const count = (weight: number) =>
  fc.oneof(
    { arbitrary: fc.nat(3).map((steps) => () => 10 + 10 * steps), weight },
    { arbitrary: fc.constantFrom(0, 1, 2, 9, 11, 65536).map((n) => () => n), weight: 2 },
    {
      arbitrary: fc.integer({ min: -2, max: 2 }).map((n) => (from: number) => Math.max(0, LAST + n - from)),
      weight: 1,
    },
  );
