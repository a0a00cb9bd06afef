// SPDX-License-Identifier: MIT
//
// Our programs, Debian's shadow 4.13 and the reference model in the same random worlds. DIFF_SEED repeats a
// run, DIFF_COUNT sets how many requests it makes.
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Difference, differences, shadow413 } from "../model/dialect.js";
import { countOf, seedOf } from "../model/seed.js";
import type { World } from "../model/world.js";
import { governedWorlds, ordinaryWorlds, type Scene, scenes } from "../model/worlds.js";
import { Stage } from "../stage/stage.js";
import { pid, runProgram } from "../unit/fake-host.js";
import { Arena, predicted, type Result, type Seen, seen } from "./differential-run.js";

const reason = await Stage.unavailable();
const seed = seedOf("DIFF_SEED");
const count = countOf("DIFF_COUNT", 20_000);
const requestsPerTable = 4;

/** The differences that change the result, where the model comes to follow shadow in one after the other. */
function kindsOf(world: World): Difference[] {
  const kinds = Object.keys(differences) as Difference[];
  const results = [[], ...kinds.map((_, i) => kinds.slice(0, i + 1))].map((followed) =>
    predicted(world, new Set(followed)),
  );
  return kinds.filter((_, i) => !same(results[i] as Seen, results[i + 1] as Seen));
}

function same(one: Seen, other: Seen): boolean {
  return one.status === other.status && one.map === other.map && one.setgroups === other.setgroups;
}

/** What is wrong with a result, with all that it takes to repeat it; "" if nothing is. */
function fault({ world, ours, shadow }: Result): string {
  const expected = { ours: predicted(world), shadow: predicted(world, shadow413) };
  const found = { ours: seen(world, ours), shadow: seen(world, shadow) };
  if (same(found.ours, expected.ours) && same(found.shadow, expected.shadow)) return "";
  return JSON.stringify(
    { world, expected, found, said: { ours: ours.stderr, shadow: shadow.stderr } },
    null,
    1,
  );
}

describe("the differential", () => {
  const arenas: Arena[] = [];
  beforeAll(async () => {
    if (reason) return;
    arenas.push(await Arena.open(), await Arena.open());
  });
  afterAll(() => Promise.all(arenas.map((arena) => arena.close())));
  beforeEach((context) => context.skip(reason !== undefined, reason));

  it("finds that the built programs do what their wasm does, to the last word", async () => {
    const worlds = [ordinaryWorlds, governedWorlds].flatMap((of) => fc.sample(of, { seed, numRuns: 400 }));
    const arena = arenas[0] as Arena;
    for (const world of worlds) {
      const wanted = runProgram(world);
      // What the name service answers depends on the machine; test/nss is about it.
      if (wanted.questions.length > 0) continue;
      const [{ ours }] = (await arena.play({ worlds: [world] })) as [Result];
      const said = (text: string) => text.replaceAll(String(pid), String(ours.pid));
      expect({ stdout: ours.stdout, stderr: ours.stderr, ...seen(world, ours) }).toEqual({
        stdout: wanted.stdout,
        stderr: said(wanted.stderr),
        ...predicted(world),
      });
    }
  });

  it("finds no difference of an unmarked kind", async () => {
    const marked = Object.fromEntries(Object.keys(differences).map((kind) => [kind, 0])) as Record<
      Difference,
      number
    >;
    const totals = { requests: 0, allowed: 0, "allowed by shadow": 0, different: 0 };
    const faults: string[] = [];
    const tally = (result: Result) => {
      const found = fault(result);
      if (found) faults.push(found);
      const [ours, theirs] = [seen(result.world, result.ours), seen(result.world, result.shadow)];
      totals.requests++;
      totals.allowed += ours.status === 0 ? 1 : 0;
      totals["allowed by shadow"] += theirs.status === 0 ? 1 : 0;
      if (same(ours, theirs)) return;
      totals.different++;
      for (const kind of kindsOf(result.world)) marked[kind]++;
    };
    const all = fc.sample(scenes(requestsPerTable), { seed, numRuns: Math.ceil(count / requestsPerTable) });
    const half = Math.ceil(all.length / 2);
    await Promise.all(arenas.map((arena, i) => playAll(arena, all.slice(i * half, (i + 1) * half), tally)));
    process.stdout.write(`${JSON.stringify({ ...totals, marked }, null, 2)}\n`);
    expect(faults.slice(0, 3).join("\n")).toBe("");
    expect(totals.requests).toBeGreaterThanOrEqual(count);
  }, 600_000);
});

/** Plays the scenes, some at once so that the stage need not wait for us. */
async function playAll(arena: Arena, all: Scene[], tally: (result: Result) => void): Promise<void> {
  const together = 20;
  for (let at = 0; at < all.length; at += together) {
    const played = await Promise.all(all.slice(at, at + together).map((scene) => arena.play(scene)));
    played.flat().forEach(tally);
  }
}
