// SPDX-License-Identifier: MIT
//
// Looks and core dumps where the kernel leaves privileged programs dumpable at their start, or dumps their cores for
// root alone. The sysctl is the whole machine's, where other programs become open to their users: it is set only
// where HOSTILE_DUMPABLE says to which values, and put back whatever becomes of this process.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fault } from "./matrix-expect.js";
import { Matrix, modes, programs } from "./matrix-scene.js";
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

  it.each(values.flatMap((value) => programs.map((program) => [value, program] as const)))(
    "%s: nobody looks into %s",
    async (value, program) => {
      writeFileSync(sysctl, value);
      for (const mode of modes) {
        const runs = await matrix.run(program, mode, ["look", "held", "core"]);
        const refuses = value === "1" && (program === "userns" || program === "newfsidmap");
        const faults = refuses
          ? runs.filter(({ outcome }) => outcome === "mapped" || outcome.startsWith("FELL"))
          : runs.flatMap((run) => fault(program, run) ?? []);
        expect(faults).toEqual([]);
      }
      writeFileSync(sysctl, before);
    },
    300_000,
  );
});
