// SPDX-License-Identifier: MIT
//
// The wasm that ships against the reference model, in random worlds. FC_SEED repeats a run, FC_COUNT sets
// its length.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { predict, type Reason } from "../model/model.js";
import { countOf, seedOf } from "../model/seed.js";
import { hostileWorlds, scenes } from "../model/worlds.js";
import type { World } from "../model/world.js";
import { runProgram } from "./fake-host.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 4000);
const ordinary = scenes(1).map(({ worlds }) => worlds[0] as World);

/** What model and program have to agree on. */
function compare(world: World): void {
  const wanted = predict(world);
  const { status, map, setgroups, stderr, stdout, trapped } = runProgram(world);
  const { reason, ...expected } = wanted;
  const complaint = (stderr.split("\n")[0] as string).slice(0, wanted.complaint.length || undefined);
  expect({ status, map, setgroups, complaint, trapped }).toEqual({ ...expected, trapped: false });
  expect(stdout !== "").toBe(reason === "help");
}

describe("the program decides as the model does", () => {
  it("where root keeps the files in order", () => {
    fc.assert(fc.property(ordinary, compare), { seed, numRuns });
  });

  it("whatever stands in the files, the arguments and the name service's answers", () => {
    fc.assert(fc.property(hostileWorlds, compare), { seed, numRuns });
  });
});

describe("the worlds", () => {
  it("are allowed about half the time and refused for every reason", () => {
    const counts: Partial<Record<Reason | "", number>> = {};
    for (const world of fc.sample(ordinary, { seed, numRuns })) {
      const { reason } = predict(world);
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    console.log(counts);
  });
});
