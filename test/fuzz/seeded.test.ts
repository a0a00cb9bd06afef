// SPDX-License-Identifier: MIT
//
// That bugs are found: one of the shim's by the sanitizers, one of the policy by the reference model.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compare, spread } from "../exhaustive/compare.js";
import { spaces } from "../exhaustive/spaces.js";
import { buildFuzzers, missingCompiler } from "./build.js";
import { fuzz } from "./fuzz.js";
import { Copy } from "./seeded.js";

const timeout = 300_000;
let copy: Copy;

beforeEach((context) => context.skip(missingCompiler !== "", missingCompiler));

beforeAll(() => {
  if (missingCompiler !== "") return;
  buildFuzzers(["newgidmap"]);
  copy = new Copy("bugs", ["newgidmap.wasm", "obj/newgidmap", "fuzz"]);
}, timeout);

afterAll(() => copy?.remove());

describe("a bug is found", () => {
  it("in the shim: a word more than there is room for", { timeout }, async () => {
    const bug = {
      file: "native/names.c",
      from: "char *words[MOST_WORDS + 2];",
      to: "char *words[MOST_WORDS];",
    };
    copy.build(bug, "build/fuzz/newgidmap/fuzz");
    const { finding } = await fuzz("newgidmap", {
      build: join(copy.directory, "build/fuzz"),
      seed: 1,
      limit: { seconds: 120 },
    });
    expect(finding).toMatch(
      /names\.c:\d+.*(index 4 out of bounds|stack-buffer-overflow)|stack-buffer-overflow/,
    );
  });

  it("in the policy: two ids from the own one on are allowed as the own one is", { timeout }, async () => {
    const bug = {
      file: "src/policy/decide.ts",
      from: "outside == own && request.count[index] == 1",
      to: "outside == own && request.count[index] <= 2",
    };
    copy.build(bug, "build/fuzz/newgidmap/fuzz");
    const build = join(copy.directory, "build/fuzz");
    const { finding } = await fuzz("newgidmap", { build, seed: 1, limit: { seconds: 120 } });
    expect(finding).toMatch(/it did .*\nand not .*"reason":"not granted"/);
  });

  it("in the policy: ids in the slices of two lines are left to their users", { timeout }, () => {
    const bug = { file: "src/policy/authority.ts", from: "      this.barred.add(at, stop);\n", to: "" };
    copy.build(bug, ...["newuidmap", "newgidmap"].map((tool) => `build/exhaustive/${tool}.so`));
    const pairs = spaces.find(({ name }) => name.startsWith("pairs")) as (typeof spaces)[0];
    const { told } = compare(pairs, spread(pairs, 800, 1), join(copy.directory, "build/exhaustive"));
    expect(told[0]).toMatch(/^new[ug]idmap of .*: allowed; the model says: .*each=.*each=/);
  });
});
