// SPDX-License-Identifier: MIT
//
// How the ranges of several lines combine.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import { asking, refusal, run } from "./run.js";

const table = (...ranges: [number, number][]) =>
  ranges.map(([start, count]) => `alice:${start}:${count}\n`).join("");
const allowed = (lines: string, first: number, count: number) =>
  run({ table: lines, args: asking(`0 ${first} ${count}`) }).status === 0;

describe("ranges", () => {
  it.each([
    ["that touch", table([10, 5], [15, 5])],
    ["that touch, the later first", table([15, 5], [10, 5])],
    ["that overlap", table([10, 7], [13, 7])],
    ["that are the same", table([10, 10], [10, 10])],
    ["one inside the other", table([10, 10], [12, 3])],
    ["one around the other", table([12, 3], [10, 10])],
    ["one around several", table([11, 1], [13, 1], [15, 1], [10, 10])],
    ["with the gap between them filled last", table([10, 4], [16, 4], [14, 2])],
    [
      "of one id each, backwards",
      table(...Array.from({ length: 10 }, (_, i): [number, number] => [19 - i, 1])),
    ],
    ["among those of others", `bob:5:20\n${table([10, 5])}bob:15:5\n${table([15, 5])}`],
  ])("combine %s", (_name, lines) => {
    expect(allowed(lines, 10, 10)).toBe(true);
    expect(allowed(lines, 9, 11)).toBe(false);
    expect(allowed(lines, 10, 11)).toBe(false);
    expect(allowed(lines, 9, 1)).toBe(false);
    expect(allowed(lines, 20, 1)).toBe(false);
    expect(allowed(lines, 19, 1)).toBe(true);
  });

  it("with a gap of one id do not", () => {
    const lines = table([10, 5], [16, 4]);
    expect(allowed(lines, 10, 10)).toBe(false);
    expect(allowed(lines, 15, 1)).toBe(false);
    expect(allowed(lines, 10, 5) && allowed(lines, 16, 4)).toBe(true);
  });

  it("reach to the ends of the ids", () => {
    const lines = table([1, 2147483647], [2147483648, 2147483648]);
    expect(allowed(lines, 1, 4294967294)).toBe(true);
    expect(
      run({
        uid: 0,
        passwd: "root:x:0:0::/:\n",
        table: "root:0:4294967296\n",
        args: asking("0 0 4294967295"),
      }).map,
    ).toBe("0 0 4294967295\n");
  });

  it("name what is missing of a request", () => {
    const missing = (lines: string) => refusal({ table: lines, args: asking("0 10 10") })[1];
    const words = (ids: string) => `newuidmap: ${ids} is what is not granted of it`;
    expect(missing(table([10, 5], [16, 4]))).toBe(words("15"));
    expect(missing(table([10, 5], [18, 4]))).toBe(words("15-17"));
    expect(missing(table([10, 5]))).toBe(words("15-19"));
    expect(missing(table([15, 5]))).toBe(words("10-14"));
    expect(missing(table([11, 1], [13, 1]))).toBe(words("10"));
    expect(missing(table([30, 1]))).toBe("newuidmap: alice may map 30 (/etc/subuid:1) and the own uid 1000");
  });

  it("are a set: any lines allow what their union holds", () => {
    const range = fc.tuple(fc.integer({ min: 2000, max: 2030 }), fc.integer({ min: 0, max: 6 }));
    const lines = fc.array(range, { maxLength: 12 });
    const property = fc.property(
      lines,
      fc.integer({ min: 1998, max: 2032 }),
      fc.integer({ min: 1, max: 12 }),
      (ranges, first, count) => {
        const ids = new Set(ranges.flatMap(([start, length]) => Array.from({ length }, (_, i) => start + i)));
        const wanted = Array.from({ length: count }, (_, i) => first + i).every((id) => ids.has(id));
        expect(allowed(table(...ranges), first, count)).toBe(wanted);
      },
    );
    fc.assert(property, { seed: seedOf("FC_SEED"), numRuns: countOf("FC_COUNT", 2000) });
  });
});

describe("separate ranges", () => {
  const many = (count: number) =>
    table(...Array.from({ length: count }, (_, i): [number, number] => [100000 + 2 * i, 1]));

  it("are held up to 8192", () => {
    expect(allowed(many(8192), 100000 + 2 * 8191, 1)).toBe(true);
    expect(allowed(many(8192), 100001, 1)).toBe(false);
  });

  it.each([7, 8, 9, 16, 17, 32])("are merged where there are %i of them", (count) => {
    const last = 100000 + 2 * (count - 1);
    const lines = many(count) + table([last - 1, 1], [100001, 1]);
    expect(allowed(lines, 100000, 3)).toBe(true);
    expect(allowed(lines, 100000, 4)).toBe(false);
    expect(allowed(lines, last - 2, 3)).toBe(true);
    expect(allowed(lines, last - 3, 4)).toBe(false);
    expect(allowed(lines, last, 2)).toBe(false);
    const middle = 100000 + 2 * Math.floor(count / 2);
    expect([middle - 1, middle, middle + 1].map((id) => allowed(lines, id, 1))).toEqual([false, true, false]);
  });

  it("are an error beyond, and no wrong answer", () => {
    const lines = refusal({ table: many(8193), args: asking("0 100000 1") });
    expect(lines).toEqual(["newuidmap: too many separate ranges concern the caller"]);
  });

  it("that touch are none: 100000 lines may be one range", () => {
    const lines = table(...Array.from({ length: 100_000 }, (_, i): [number, number] => [100000 + i, 1]));
    expect(allowed(lines, 100000, 100_000)).toBe(true);
    expect(run({ table: lines, args: asking("0 100000 100000") }).pages).toBeLessThanOrEqual(16);
  });
});
