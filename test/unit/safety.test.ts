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

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 4000);

/** Ids as [first, end). */
type Span = [number, number];

function text(file: World["table"]): string {
  return typeof file === "string" ? file : "";
}

/** Every name and number under which lines could be the caller's. */
function owners({ uid, passwd, nss }: World): Set<string> {
  const lines = text(passwd).split("\n");
  const names = lines.map((line) => line.split(":")).filter((fields) => fields[2] === String(uid));
  return new Set([
    String(uid),
    ...names.map((fields) => fields[0] as string),
    String(nss.user).split(":")[0] as string,
  ]);
}

/** The ids that some line, of the plugin or of the table, gives to the caller if it is read as kindly as can be. */
function grants(world: World, plugin: boolean): Span[] {
  const own = owners(world);
  const fields = text(world.table)
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([owner]) => own.has(owner as string));
  const answers = String(world.nss.ranges)
    .split("\n")
    .map((line) => ["", ...line.split(" ")]);
  return (plugin ? answers : fields).map(([, start, count]) => [
    Number(start),
    Number(start) + Number(count),
  ]);
}

/** Whether each id from the span's first to its last lies in some span of `spans`. */
function within([first, end]: Span, spans: Span[]): boolean {
  let at = first;
  while (at < end) {
    const span = spans.find(([from, to]) => from <= at && at < to);
    if (!span) return false;
    at = span[1];
  }
  return true;
}

function overlap(spans: Span[]): boolean {
  const sorted = spans.toSorted((a, b) => a[0] - b[0]);
  return sorted.some(([first], i) => i > 0 && first < (sorted[i - 1] as Span)[1]);
}

function check(world: World): void {
  const { map, setgroups, questions } = runProgram(world);
  fc.pre(map !== "");
  const rows = map
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ").map(Number) as [number, number, number]);
  const inside = rows.map(([first, , count]): Span => [first, first + count]);
  const outside = rows.map(([, first, count]): Span => [first, first + count]);
  const own = world.tool === "newuidmap" ? world.uid : world.gid;
  const plugin = questions.some((question) => question.startsWith("ranges"));
  const granted = outside.map((span) => within(span, grants(world, plugin)));
  const isOwn = ([first, end]: Span) => first === own && end === own + 1;

  expect(outside.every((span, i) => granted[i] || isOwn(span))).toBe(true);
  expect(world.tool === "newuidmap" && world.uid !== 0 && outside.some(([first]) => first === 0)).toBe(false);
  expect(world.tool === "newgidmap" && setgroups === "allow" && !granted.includes(true)).toBe(false);
  expect([...inside, ...outside].every(([first, end]) => first < end && end <= 2 ** 32 - 1)).toBe(true);
  expect(overlap(inside) || overlap(outside) || rows.length > 340 || map.length > 4095).toBe(false);
  expect(world.target).toMatchObject({ uid: world.uid, gid: world.gid });
}

describe("a map that is written", () => {
  it("holds nothing but the caller's grants and his own id, and the kernel takes it", () => {
    fc.assert(fc.property(hostileWorlds, check), { seed, numRuns: numRuns / 2 });
  });
});
