// SPDX-License-Identifier: MIT
//
// The wasm that ships against the reference model, in random worlds. FC_SEED repeats a run, FC_COUNT sets
// its length.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { predict, type Reason } from "../model/model.js";
import { countOf, seedOf } from "../model/seed.js";
import { PID, type World, world } from "../model/world.js";
import { hostileWorlds, ordinaryWorlds } from "../model/worlds.js";
import { type Faults, runProgram } from "./fake-host.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 4000);

/** What model and program have to agree on. */
function compare(world: World): void {
  const { reason, ...expected } = predict(world);
  const { status, map, setgroups, stderr, stdout, trapped } = runProgram(world);
  const complaint = (stderr.split("\n")[0] as string).slice(0, expected.complaint.length || undefined);
  expect({ status, map, setgroups, complaint, trapped }).toEqual({ ...expected, trapped: false });
  expect(stdout !== "").toBe(reason === "help");
}

describe("the program decides as the model does", () => {
  it("where root keeps the files in order", () => {
    fc.assert(fc.property(ordinaryWorlds, compare), { seed, numRuns });
  });

  it("whatever stands in the files, the arguments and the name service's answers", () => {
    fc.assert(fc.property(hostileWorlds, compare), { seed, numRuns });
  });
});

describe("the program", () => {
  it("does the same however the files are cut as they are read", () => {
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));
    const property = fc.property(hostileWorlds, sizes, (world, stream) => {
      expect(runProgram(world, { chunk: () => stream.next().value as number })).toEqual(runProgram(world));
    });
    fc.assert(property, { seed, numRuns: Math.ceil(numRuns / 4) });
  });

  it("finds the caller's lines wherever the buffer ends, and takes no part of a long line for one", () => {
    const near = (size: number) => fc.integer({ min: size - 300, max: size + 20 });
    const length = fc.oneof(fc.nat(60), ...[1030, 3057, 4080, 31_729, 32_752].map(near));
    const line = fc.tuple(length, fc.boolean(), fc.nat(3)).map(([long, own, step]) => {
      const range = `alice:${100000 + 10 * step}:10`;
      return own ? `${range}\n` : `${range};`.repeat(long / range.length + 1).slice(-long);
    });
    const ends = fc.constantFrom("", "\n");
    const chunks = fc.integer({ min: 1, max: 70_000 });
    const tables = fc.array(line, { maxLength: 12 });
    const property = fc.property(tables, ends, chunks, fc.nat(3), (lines, end, chunk, step) => {
      const asked = world({
        table: lines.join("\n") + end,
        args: [PID, "0", String(100000 + 10 * step), "10"],
      });
      expect(runProgram(asked, { chunk: () => chunk }).map).toBe(predict(asked).map);
    });
    fc.assert(property, { seed, numRuns: Math.ceil(numRuns / 4) });
  });

  it("writes no map after a file could not be read to its end", () => {
    const property = fc.property(ordinaryWorlds, fc.boolean(), fc.nat(400), (world, users, at) => {
      const table = users ? "passwd" : world.tool === "newuidmap" ? "subuid" : "subgid";
      const text = String(users ? world.passwd : world.table);
      fc.pre(predict(world).status === 0 && typeof world.table === "string" && at <= text.length);
      fc.pre(users || !/subid:[ \t]*nonesuch/i.test(String(world.nsswitch)));
      const run = runProgram(world, { faults: { read: { table, at, code: -5 } } });
      const path = users ? "/etc/passwd" : `/etc/${table}`;
      expect(run).toMatchObject({ status: 1, map: "", setgroups: world.target.setgroups });
      expect(run.stderr).toBe(`${world.tool}: cannot open ${path}: Input/output error\n`);
    });
    fc.assert(property, { seed, numRuns: Math.ceil(numRuns / 4) });
  });

  it("exits 1 without a map and says why, whatever call fails", () => {
    const calls = [
      "openTarget",
      "statTarget",
      "setgroupsDenied",
      "denySetgroups",
      "openMap",
      "writeMap",
    ] as const;
    const code = fc.constantFrom(-1, -2, -5, -13, -22, -38, -1006, -1007, -1008, -9999);
    const property = fc.property(ordinaryWorlds, fc.constantFrom(...calls), code, (world, call, failure) => {
      const faults: Faults = { [call]: failure };
      const run = runProgram(world, { faults });
      fc.pre(run.calls.some((name) => name.startsWith(call)));
      expect(run).toMatchObject({ status: 1, map: "", trapped: false });
      expect(run.stderr).toMatch(/^(newuidmap|newgidmap|usage): .*[^ ]\n/);
    });
    fc.assert(property, { seed, numRuns: Math.ceil(numRuns / 4) });
  });
});

describe("the worlds", () => {
  it("are allowed about half the time and refused for every reason", () => {
    const counts = new Map<Reason | "", number>();
    for (const world of fc.sample(ordinaryWorlds, { seed: 1, numRuns: 10_000 })) {
      const { reason } = predict(world);
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    const reasons: Reason[] = ["usage", "number", "range", "target", "owner", "words", "not granted"];
    reasons.push("outside root", "inside overlap", "outside overlap", "too many extents", "too long");
    reasons.push("setgroups", "write");
    expect(reasons.filter((reason) => !counts.has(reason))).toEqual([]);
    expect(counts.get("")).toBeGreaterThan(3500);
    expect(counts.get("")).toBeLessThan(6500);
  });
});
