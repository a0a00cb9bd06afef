// SPDX-License-Identifier: MIT
//
// A sample of what `make exhaustive` compares in full. EXHAUSTIVE_SEED repeats a run, EXHAUSTIVE_TABLES sets its length.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import { root } from "../stage/build.js";
import { tally } from "../stage/tally.js";
import { compare, spread } from "./compare.js";
import { Reference, verdictText } from "./reference.js";
import { spaces } from "./spaces.js";

const build = join(root, "build/exhaustive");
const seed = seedOf("EXHAUSTIVE_SEED");
const count = countOf("EXHAUSTIVE_TABLES", 200);

beforeAll(() => {
  const libraries = ["newuidmap", "newgidmap"].map((tool) => `build/exhaustive/${tool}.so`);
  execFileSync("make", ["-s", ...libraries], { cwd: root, stdio: "inherit" });
});

describe("the verdicts of the programs that ship are the model's", () => {
  it.each(spaces)("on $name", (space) => {
    const { verdicts, different, told } = compare(space, spread(space, count, seed), build);
    console.log(`${space.name}: ${verdicts} verdicts on ${count} of ${space.size} tables`);
    tally(`exhaustive: ${space.name}`, verdicts, verdicts - different, different);
    expect(told).toEqual([]);
    expect(verdicts).toBeGreaterThan(count * 100);
  });

  it("of which there are all kinds", () => {
    const space = spaces[0] as (typeof spaces)[0];
    const reference = new Reference(space.world);
    const kinds = new Set<number>();
    for (const number of spread(space, 500, 1))
      for (const tool of ["newuidmap", "newgidmap"] as const)
        for (const verdict of reference.verdicts(tool, space.world.people[0], space.tables(number)))
          kinds.add(verdict);
    expect([...kinds].sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 20, 21]);
  });
});

describe("the reference", () => {
  it.each([
    [0, "allowed"],
    [1, "allowed, setgroups denied"],
    [2, "inside overlap"],
    [5, "restricted"],
    [20, "not granted (the second extent)"],
    [254, "a trap"],
    [255, "nothing that the shim would let pass"],
  ])("says verdict %i in words", (code, text) => {
    expect(verdictText(code)).toBe(text);
  });

  it("says of tables what the model says of them without its sets", () => {
    for (const space of spaces) {
      const reference = new Reference(space.world);
      for (const number of spread(space, 10, seed))
        for (const tool of ["newuidmap", "newgidmap"] as const)
          for (const person of space.world.people) {
            const tables = space.tables(number);
            const [sets, plain] = [
              reference.verdicts(tool, person, tables),
              reference.predicted(tool, person, tables),
            ];
            expect([tables, [...sets]]).toEqual([tables, [...plain]]);
          }
    }
  });
});
