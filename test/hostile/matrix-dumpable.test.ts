// SPDX-License-Identifier: MIT
//
// Looks and core dumps where the kernel dumps privileged programs' cores for root alone (2). With 1 it opens all of
// them to their callers, before they can do anything about it: two of ours then do not run. The sysctl is the whole machine's, where other programs become open to their users: it is set only
// where HOSTILE_DUMPABLE says to which values, and put back whatever becomes of this process.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fault } from "./matrix-expect.js";
import { Matrix, modes, type Program, programs, type Run } from "./matrix-scene.js";
import { obstacle } from "./scene.js";

const sysctl = "/proc/sys/fs/suid_dumpable";
const values = (process.env.HOSTILE_DUMPABLE ?? "").split(",").filter((value) => value !== "");

describe("the sysctl fs.suid_dumpable", () => {
  let matrix: Matrix;
  let before: string;
  let guard: ChildProcess | undefined;
  beforeAll(async () => {
    if (obstacle) return;
    matrix = await Matrix.open();
    before = readFileSync(sysctl, "utf8");
    if (values.length === 0) return;
    const restore = `cat; printf '${before.trim()}' >${sysctl}`;
    guard = spawn("/bin/sh", ["-c", restore], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  });
  afterAll(async () => {
    guard?.stdin?.end();
    await matrix?.stage.close();
  });
  beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

  it("is as it has to be for the matrix to say anything", () => {
    expect(before).not.toBe("1\n");
  });

  afterEach(() => {
    if (guard) writeFileSync(sysctl, before);
  });

  const run = async (value: string, program: Program) => {
    writeFileSync(sysctl, value);
    const runs: Run[] = [];
    for (const mode of modes) runs.push(...(await matrix.run(program, mode, ["look", "held", "core"])));
    return runs;
  };
  const at = (wanted: string, which: readonly Program[]) => which.filter(() => values.includes(wanted));

  it.each(at("2", programs))(
    "2: nobody looks into %s",
    async (program) => {
      expect((await run("2", program)).flatMap((one) => fault(program, one) ?? [])).toEqual([]);
    },
    300_000,
  );

  it.each(at("1", ["userns", "newfsidmap"]))(
    "1: %s does not run",
    async (program) => {
      const runs = (await run("1", program)).filter(({ name }) => name !== "files");
      expect(runs.length).toBeGreaterThan(0);
      expect(runs.filter(({ outcome }) => outcome === "mapped")).toEqual([]);
    },
    300_000,
  );
});
