// SPDX-License-Identifier: MIT
//
// Rule 6, in newfsidmap: what the shim does about a logic that lies, and calls it in any order.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Namespace, Scene } from "../newfsidmap/scene.js";
import type { Rule } from "./newfsidmap-rules.js";
import { alice, failed, namespaceOf, openScene, Programs, start } from "./newfsidmap-scene.js";
import { obstacle } from "./scene.js";

let scene: Scene;
let programs: Programs;
let inside: Namespace;
let paths: { tree: string; here: string };
beforeAll(async () => {
  if (obstacle) return;
  scene = await openScene();
  programs = await Programs.install(scene);
  inside = await namespaceOf(scene, alice, "0 100000 65536");
  paths = await scene.shared();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/** Has the logic do these acts, each of which is a letter in the rules' obey(). */
const act = (acts: string, out: Rule[] = [], source = paths.tree, pid = inside.pid) =>
  programs.run(["obeys", ...out], [acts, source, paths.here, `${pid}`]);
const answers = (...all: number[]) => failed(`answers ${all.join(" ")}`);
const ended = (text: string) => failed(`internal error: ${text}`);

/** Pins, records, makes the mapping, opens the source, clones, maps, locks and attaches. */
const whole = "pnrmscila";

describe("a logic that lies", () => {
  it("mounts if it does everything in its turn", async () => {
    expect(await act(whole)).toEqual(answers(0, 0, 0, 0, 0, 0, 0, 0, 0));
    expect(await inside.options(paths.here)).toEqual(["rw,nosuid,nodev,relatime,idmapped"]);
    await inside.sh(`umount ${paths.here}`);
  });

  const turn = "a mount out of turn";
  const extent = "an extent that cannot be granted";
  it.each([
    ["disk id 0", `pnd${whole.slice(3)}`, "disk id 0"],
    ["kernel id 0", "pnk", extent],
    ["ids beyond the last", "pno", extent],
    ["no ids", "pnz", extent],
    ["a 341st line", "pnM", extent],
    ["a map that is too long", "pnrLm", extent],
    ["an extent once the mapping is made", "pnrmr", extent],
    ["a second mapping", "pnrmm", "a second mapping"],
    ["a second target", "pp", "a second target"],
    ["a second look", "pnn", "a second look at the namespaces"],
    ["a clone without a source", "pnrmc", turn],
    ["a second source", "pnrmss", turn],
    ["a second clone", "pnrmscc", turn],
    ["a map without a clone", "pnrmsi", turn],
    ["a map without a mapping", "pnrsci", "no mapping"],
    ["a second map", "pnrmscii", turn],
    ["a lock without a map", "pnrmscl", turn],
    ["a second lock", "pnrmscill", turn],
    ["a mount without a lock", "pnrmscia", turn],
    ["a mount without a clone", "pna", turn],
    ["a second mount", `${whole}a`, turn],
    ["a mount that was sent", "pnrmscilS", ""],
    ["a mount without a target", "rmscila", "a target that was not looked at"],
    ["a sent one without a target", "rmscilS", "a target that was not looked at"],
  ])("is ended when it wants %s", async (_what, acts, text) => {
    const outcome = await act(acts);
    if (text === "") expect(outcome).toEqual(answers(0, 0, 0, 0, 0, 0, 0, 0, -88));
    else expect(outcome).toEqual(ended(text));
    if (acts.includes("a")) await inside.run(`umount ${paths.here}`);
    expect(await inside.options(paths.here)).toEqual([]);
  });

  it("attaches nothing without a lock, which it would", async () => {
    expect(await act("pnrmscia", ["inTurn"])).toEqual(answers(0, 0, 0, 0, 0, 0, 0, 0));
    await inside.sh(`mount -o remount,bind,suid,dev ${paths.here}`);
    expect(await inside.options(paths.here)).toEqual(["rw,relatime,idmapped"]);
    await inside.sh(`umount ${paths.here}`);
  });

  it("attaches nothing after a step that failed", async () => {
    // Of the file system proc, which cannot be mapped.
    const source = `/proc/${await start(scene, "exec")}`;
    for (const [acts, of, text] of [
      ["pnrmscil", "/proc/1", "a source of another user's"],
      ["pnrmsc", `${paths.tree}/nothing`, turn],
      ["pnrmscil", source, turn],
    ] as const) {
      expect(await act(acts, [], of)).toEqual(ended(text));
    }
  });

  it("looks at no namespace without a target", async () => {
    expect(await act("n")).toEqual(answers(-9));
  });

  it("attaches nothing for a target that is not the caller's", async () => {
    const host = (await namespaceOf(scene, alice, "0 100000 65536", "")).pid;
    expect(await act(whole, [], paths.tree, host)).toEqual(ended("a target that was not looked at"));
    expect(await act(whole, ["judged"], paths.tree, host)).toEqual(answers(0, 4, 0, 0, 0, 0, 0, 0, 4097));
  });
});
