// SPDX-License-Identifier: MIT
//
// CVE-2018-7169: a gid map that no grant has a part in is written only after setgroups was denied.
import { describe, expect, it } from "vitest";
import type { World } from "../model/world.js";
import type { Options } from "./fake-host.js";
import { asking, refusal, run } from "./run.js";

const target = (setgroups: "allow" | "deny") => ({ uid: 1000, gid: 1000, setgroups, mapped: false });
const gids = (map: string, changes: Partial<World> = {}): Partial<World> => ({
  tool: "newgidmap",
  args: asking(map),
  ...changes,
});

describe("setgroups", () => {
  it("is denied before the own gid alone is mapped", () => {
    const { calls, setgroups, map } = run(gids("0 1000 1"));
    expect({ setgroups, map }).toEqual({ setgroups: "deny", map: "0 1000 1\n" });
    expect(calls.indexOf("denySetgroups")).toBeLessThan(calls.indexOf("writeMap"));
  });

  it("is left alone where it is denied already", () => {
    const { calls, setgroups } = run(gids("0 1000 1", { target: target("deny") }));
    expect(setgroups).toBe("deny");
    expect(calls).not.toContain("denySetgroups");
  });

  it.each([
    ["a grant is all of the map", "0 100000 10"],
    ["a grant is some of the map", "0 1000 1 1 100000 10"],
    ["a grant is some of the map, and first", "0 100000 10 10 1000 1"],
  ])("is not looked at where %s", (_name, map) => {
    const { calls, setgroups } = run(gids(map));
    expect(setgroups).toBe("allow");
    expect(calls).not.toContain("setgroupsDenied");
  });

  it("is left alone where a line grants the own gid", () => {
    expect(run(gids("0 1000 1", { table: "alice:1000:1\n" })).setgroups).toBe("allow");
    expect(run(gids("0 1000 1", { table: "1000:1000:1\n" })).setgroups).toBe("allow");
  });

  it("is denied where the own gid's line is another user's, does not count, or has no part in the map", () => {
    for (const table of [
      "bob:1000:1\n",
      "alice:1000:0\n",
      "alice:1000:1:\n",
      "alice:0x3e8:1\n",
      "alice:100000:10\n",
    ])
      expect([table, run(gids("0 1000 1", { table })).setgroups]).toEqual([table, "deny"]);
  });

  it("is none of newuidmap's business", () => {
    const { calls, setgroups } = run({ args: asking("0 1000 1") });
    expect(setgroups).toBe("allow");
    expect(calls).not.toContain("setgroupsDenied");
  });
});

describe("setgroups that cannot be denied", () => {
  const without = "newgidmap: without a grant a group is mapped only where setgroups can be denied";
  const said = (options: Options) => refusal(gids("0 1000 1"), options);

  it("is an error, and no map is written", () => {
    expect(said({ faults: { setgroupsDenied: -2 } })).toEqual([
      "newgidmap: kernel doesn't support setgroups restrictions",
      without,
    ]);
    expect(said({ faults: { setgroupsDenied: -5 } })).toEqual([
      "newgidmap: couldn't open process setgroups: Input/output error",
      without,
    ]);
    expect(said({ faults: { denySetgroups: -22 } })).toEqual([
      "newgidmap: failed to setgroups deny policy: Invalid argument",
      without,
    ]);
  });

  it("because something is mounted over it says so", () => {
    expect(said({ faults: { setgroupsDenied: -1006 } })).toEqual([
      "newgidmap: couldn't open process setgroups: something is mounted over it",
      without,
    ]);
  });

  it("because the gid map is there already says so", () => {
    expect(said({ faults: { denySetgroups: -1 }, circumstances: { mapWritten: 1 } })).toEqual([
      "newgidmap: failed to setgroups deny policy: Operation not permitted",
      "newgidmap: the target's gid_map is already written: a namespace is mapped once",
    ]);
  });

  it("keeps neither map nor setgroups back where a grant is part of the map", () => {
    const faults = { setgroupsDenied: -5, denySetgroups: -5 };
    expect(run(gids("0 100000 1"), { faults })).toMatchObject({ status: 0, setgroups: "allow" });
  });
});
