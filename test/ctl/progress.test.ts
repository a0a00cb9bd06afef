// SPDX-License-Identifier: MIT
//
// The bar of long work: on a terminal, and gone at the end. The tables are so large that no machine reads them before
// its time has come.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, Root, unavailable } from "./tables.js";

const lines = 300_000;
const small = { "etc/subuid": ["alice:100000:65536"], "etc/subgid": ["alice:100000:65536"] };
const CLEAR = "\r\x1b[K";

const missing = spawnSync("script", ["--version"]).error && "script is not installed";
const reason = unavailable || missing || "";

/** What is seen on a terminal while a command line runs, in whose words $usernsctl is the program. */
function seen(root: Root, line: string): string {
  const { status, stdout } = spawnSync("script", ["-qefc", line, "/dev/null"], {
    cwd: root.path,
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      TERM: "xterm",
      NO_COLOR: "1",
      usernsctl: `${process.execPath} ${program}`,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(status).toBe(0);
  return stdout.replaceAll("\r\n", "\n");
}

describe.skipIf(reason)(`the bar${reason && `: ${reason}`}`, () => {
  let large: Root;
  beforeAll(() => {
    const table = Array.from({ length: lines }, (_, i) => `alice:${100_000 + 1000 * i}:1000`);
    large = new Root({ "etc/subuid": table, "etc/subgid": table });
  });
  afterAll(() => large.remove());

  it("is shown and gone at the end", () => {
    const shown = seen(large, "$usernsctl lint --root .").split(CLEAR);
    expect([shown[0], shown.at(-1)]).toEqual(["", ""]);
    const bars = shown.slice(1, -1).filter((each) => each !== "");
    expect(bars.length).toBeGreaterThan(1);
    expect(bars.filter((each) => !/^(reading|checking) \[#* *\] \d+ %$/.test(each))).toEqual([]);
  });

  it("is shown beside JSON for people alone", () => {
    expect(seen(large, "$usernsctl lint --root . --json | cat >output")).toBe("");
    expect(readFileSync(join(large.path, "output"), "utf8")).toBe("[]\n");
  });

  it("is not shown for what is done soon", () => {
    const root = new Root(small);
    expect(seen(root, "$usernsctl lint --root .")).toBe("");
    root.remove();
  });

  it("is not written into a file", () => {
    expect(large.run("lint")).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
