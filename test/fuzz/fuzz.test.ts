// SPDX-License-Identifier: MIT
//
// Some of what `make fuzz` does for an hour. Seed and number of inputs are always the same, so that a change is
// judged by what it changes; FUZZ_SEED and FUZZ_RUNS give others.
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countOf } from "../model/seed.js";
import { root } from "../stage/build.js";
import { tally } from "../stage/tally.js";
import { buildFuzzers, missingCompiler } from "./build.js";
import { fuzz, programs } from "./fuzz.js";

const seed = countOf("FUZZ_SEED", 1);
const runs = countOf("FUZZ_RUNS", 40_000);
const timeout = 300_000;
const build = join(root, "build/fuzz");

beforeEach((context) => context.skip(missingCompiler !== "", missingCompiler));

beforeAll(() => {
  if (missingCompiler === "") buildFuzzers(programs);
}, 600_000);

describe("nothing is found in", () => {
  it.each(programs)("%s", { timeout }, async (program) => {
    const { tried, judged, coverage, finding } = await fuzz(program, { build, seed, limit: { runs } });
    console.log(`${program}: ${tried} inputs, ${judged} judged by the model, ${coverage} edges`);
    tally(`fuzz: inputs of ${program}`, tried, finding === "" ? tried : tried - 1, finding === "" ? 0 : 1);
    expect(finding).toBe("");
    expect(tried).toBeGreaterThanOrEqual(runs);
  });
});
