// SPDX-License-Identifier: MIT
//
// What must hold of every map that is written, whatever stands in the tables. It is said here without the
// model, so that a mistake in both the model and the programs is found as well. FC_SEED repeats a run.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import type { World } from "../model/world.js";
import { hostileWorlds } from "../model/worlds.js";
import { runProgram } from "./fake-host.js";
import { type Span, sides, subids, within } from "./kindly.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 4000);

function overlap(spans: Span[]): boolean {
  const sorted = spans.toSorted((a, b) => a[0] - b[0]);
  return sorted.some(([first], i) => i > 0 && first < (sorted[i - 1] as Span)[1]);
}

function check(world: World): void {
  const { map, setgroups, questions } = runProgram(world);
  fc.pre(map !== "");
  const { inside, outside } = sides(map);
  const own = world.tool === "newuidmap" ? world.uid : world.gid;
  const plugin = questions.some((question) => question.startsWith("ranges"));
  const granted = outside.map((span) => within(span, subids(world, plugin)));
  const isOwn = ([first, end]: Span) => first === own && end === own + 1;

  expect(outside.every((span, i) => granted[i] || isOwn(span))).toBe(true);
  expect(world.tool === "newuidmap" && world.uid !== 0 && outside.some(([first]) => first === 0)).toBe(false);
  expect(world.tool === "newgidmap" && setgroups === "allow" && !granted.includes(true)).toBe(false);
  expect([...inside, ...outside].every(([first, end]) => first < end && end <= 2 ** 32 - 1)).toBe(true);
  expect(overlap(inside) || overlap(outside) || outside.length > 340 || map.length > 4095).toBe(false);
  expect(world.target).toMatchObject({ uid: world.uid, gid: world.gid });
}

describe("a map that is written", () => {
  it("holds nothing but the caller's grants and his own id, and the kernel takes it", () => {
    fc.assert(fc.property(hostileWorlds, check), { seed, numRuns: numRuns / 2 });
  });
});
