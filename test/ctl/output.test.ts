// SPDX-License-Identifier: MIT
//
// What becomes of the output of usernsctl.
import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { program, Root, unavailable } from "./tables.js";

describe.skipIf(unavailable)(`usernsctl${unavailable && `: ${unavailable}`}`, () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `user${i}:${100_000 + i * 10}:10`);
  const root = new Root({ "etc/subuid": lines, "etc/subgid": lines });
  afterAll(() => root.remove());

  /** Runs a command of a shell in which "$@" is usernsctl list on these tables. */
  const shell = (command: string) => {
    const words = ["-c", command, "sh", process.execPath, program, "list", "--root", root.path];
    const { stdout, stderr, status } = spawnSync("bash", words, { encoding: "utf8" });
    return { stdout, stderr, status };
  };

  it("says nothing to who reads no more", () => {
    const { stdout, stderr } = shell('"$@" | head -n 1');
    expect({ lines: stdout.split("\n").length, stderr }).toEqual({ lines: 2, stderr: "" });
  });

  it("says that there is no room for it", () => {
    expect(shell('"$@" >/dev/full')).toEqual({
      stdout: "",
      stderr: "usernsctl: cannot write the output: ENOSPC: no space left on device, write\n",
      status: 2,
    });
  });
});
