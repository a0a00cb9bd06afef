// SPDX-License-Identifier: MIT
//
// What a failure to open or to write the map means.
import { describe, expect, it } from "vitest";
import type { World } from "../model/world.js";
import type { Circumstances } from "./fake-host.js";
import { asking, refusal } from "./run.js";

const written = (code: number, circumstances: Partial<Circumstances> = {}, changes: Partial<World> = {}) =>
  refusal(changes, { faults: { writeMap: code }, circumstances });
const opened = (code: number, circumstances: Partial<Circumstances> = {}) =>
  refusal({}, { faults: { openMap: code }, circumstances });

const held = 1;
const [noNewPrivs, nosuid, bare, foreign, mapsRoot] = [2, 4, 8, 16, 32];
const unknownRelation = -1;

describe("a map that cannot be written", () => {
  it.each<[number, ...string[]]>([
    [-22, "Invalid argument", "before Linux 4.15 a map has at most 5 lines"],
    [-5, "Input/output error"],
    [-3, "No such process"],
    [-12, "Cannot allocate memory"],
    [-27, "File too large"],
    [-4095, "Unknown error"],
  ])("for %i says what the kernel says", (code, ...texts) => {
    const lines = (tool: string) => texts.map((text) => `${tool}: ${text}`);
    const [first, ...more] = lines("newuidmap");
    expect(written(code)).toEqual([first?.replace(":", ": write to uid_map failed:"), ...more]);
    const [other, ...others] = lines("newgidmap");
    expect(written(code, {}, { tool: "newgidmap" })).toEqual([
      other?.replace(":", ": write to gid_map failed:"),
      ...others,
    ]);
  });

  const first = "newuidmap: write to uid_map failed: Operation not permitted";

  it.each<[string, Partial<Circumstances>]>([
    ["the target has no user namespace of its own: it is in the caller's", { relation: 0, mapWritten: 1 }],
    ["the target's uid_map is already written: a namespace is mapped once", { mapWritten: 1, relation: 2 }],
    [
      "the target's user namespace is not a child of the caller's: only its direct parent can map it",
      { relation: 2, namespaceOwner: 5, privilege: 0 },
    ],
    ["the target's user namespace belongs to uid 5", { namespaceOwner: 5, privilege: 0 }],
    [
      "this program was started without CAP_SETUID: the caller runs with no_new_privs, under which neither setuid nor file capabilities count",
      { privilege: noNewPrivs | nosuid | bare },
    ],
    [
      "this program was started without CAP_SETUID: it lies on a file system mounted with nosuid",
      { privilege: nosuid | bare },
    ],
    [
      "this program was started without CAP_SETUID: it is installed with neither file capabilities nor setuid root, as make install would do",
      { privilege: bare | foreign },
    ],
    [
      "this program was started without CAP_SETUID: it is setuid, but its file does not belong to root of this user namespace",
      { privilege: foreign },
    ],
    [
      "this program was started without CAP_SETUID: its file capabilities do not hold it, it is outside of the bounding set, or a tracer started it",
      { privilege: 0 },
    ],
    [
      "an outside id does not exist in this user namespace, see /proc/self/uid_map",
      { privilege: held | noNewPrivs },
    ],
    [
      "the target's user namespace cannot be looked at: it belongs to another user",
      { relation: unknownRelation, privilege: 0 },
    ],
    ["an outside id does not exist in this user namespace, see /proc/self/uid_map", { namespaceOwner: -13 }],
  ])("says: %s", (text, circumstances) => {
    expect(written(-1, circumstances)).toEqual([first, `newuidmap: ${text}`]);
  });

  it("for want of CAP_SETFCAP says so, where outside uid 0 is mapped", () => {
    const root = { uid: 0, passwd: "root:x:0:0::/:\n", args: asking("0 0 1") };
    expect(written(-1, { privilege: held }, root)[1]).toBe(
      "newuidmap: a map of outside uid 0 takes CAP_SETFCAP (Linux 5.12), which is outside of the bounding set",
    );
    const missing = "an outside id does not exist in this user namespace, see /proc/self/";
    expect(written(-1, { privilege: held | mapsRoot }, root)[1]).toBe(`newuidmap: ${missing}uid_map`);
    const gid = { tool: "newgidmap" as const, table: "alice:0:1\n", args: asking("0 0 1") };
    expect(written(-1, { privilege: held }, gid)[1]).toBe(`newgidmap: ${missing}gid_map`);
  });

  it("for want of CAP_SETGID says so", () => {
    expect(written(-1, { privilege: nosuid }, { tool: "newgidmap" })).toEqual([
      "newgidmap: write to gid_map failed: Operation not permitted",
      "newgidmap: this program was started without CAP_SETGID: it lies on a file system mounted with nosuid",
    ]);
  });
});

describe("a map that cannot be opened", () => {
  const first = "newuidmap: open of uid_map failed:";

  it("says why", () => {
    expect(opened(-2)).toEqual([`${first} No such file or directory`]);
    expect(opened(-24)).toEqual([`${first} Too many open files`]);
    expect(opened(-1006)).toEqual([`${first} something is mounted over it`]);
    expect(opened(-1007)).toEqual([`${first} fd:N needs Linux 5.6 or later`]);
    expect(opened(-1008)).toEqual([`${first} the target changed its owner`]);
  });

  it("because the target is not dumpable says so", () => {
    expect(opened(-13, { relation: unknownRelation, mapWritten: -13 })).toEqual([
      `${first} Permission denied`,
      "newuidmap: the target is not dumpable, so that its files in /proc belong to root: it changed its ids or runs a program that its user cannot read (prctl(2), PR_SET_DUMPABLE)",
    ]);
  });

  it("because the target has ended, or has no namespace of its own, says so", () => {
    expect(opened(-13)[1]).toBe("newuidmap: the process has ended");
    expect(opened(-13, { relation: 0 })[1]).toBe(
      "newuidmap: the target has no user namespace of its own: it is in the caller's",
    );
  });
});
