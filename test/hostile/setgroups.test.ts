// SPDX-License-Identifier: MIT
//
// CVE-2018-7169: who maps his own group alone must not be able to leave a group that denies him access.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Stage, Target } from "../stage/stage.js";
import { alice, end, mapped, obstacle, privileges, refused, request, startStage, tables } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

/** Group 44 may not read it, everybody else may; alice is in group 44. */
const denied = { "/tmp/denied": { content: "secret\n", mode: 0o604, gid: 44 } };
const inVideo = { ...alice, groups: [44] };

/** Alice's target is mapped by $1 and leaves her groups, to read what group 44 may not. */
const leaveGroup = `
  unshare -U sh -c 'until [ -e /tmp/go ]; do sleep 0.002; done; exec setpriv --clear-groups cat /tmp/denied' &
  target=$!
  until [ "$(readlink /proc/$target/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.002; done
  "$1" $target 0 1000 1 && "$2" $target 0 1000 1 && : >/tmp/go || kill $target
  wait $target
`;

const neverDenies: Change = {
  file: "native/host.c",
  from: "return (u32)target_setgroups_denied();",
  to: "return 1;",
};
const deniesNothing: Change = {
  file: "native/target.c",
  from: `write(fd, "deny", 4)`,
  to: `(fd < 0 ? write(fd, "deny", 4) : 4)`,
};

let stage: Stage;
let launch: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  launch = await stage.install(compile("test/hostile/launch.c", "hostile-launch"), "launch");
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only({ ...tables, ...denied, "/tmp/go": "" });
  await stage.files({ "/tmp/go": null });
});

describe.each(privileges)("newgidmap %s", (_how, installs) => {
  let newgidmap: string;

  const attack = async (build: string) => {
    const newuidmap = await stage.install("build/newuidmap", "newuidmap", installs.newuidmap);
    const program = await stage.install(build, "newgidmap", installs.newgidmap);
    const argv = ["/bin/sh", "-c", leaveGroup, "sh", newuidmap, program];
    const { status, stdout, stderr } = await stage.exec({ argv, caller: inVideo });
    return { status, stdout, stderr };
  };

  it.each([
    ["did not look whether setgroups is denied", neverDenies],
    ["only seemed to deny it", deniesNothing],
  ])("would let alice leave a group, if it %s", async (_what, change) => {
    const weak = weaken("newgidmap", change);
    expect(await attack(weak)).toEqual({ status: 0, stdout: "secret\n", stderr: "" });
  });

  it("does not let her leave a group", async () => {
    expect(await attack("build/newgidmap")).toEqual({
      status: 127,
      stdout: "",
      stderr: "setpriv: setgroups failed: Operation not permitted\n",
    });
  });

  const ask = async (map: string, target: Target = {}, caller = inVideo) => {
    newgidmap = await stage.install("build/newgidmap", "newgidmap", installs.newgidmap);
    return request(stage, { argv: [newgidmap, "$PID", ...map.split(" ")], caller, target });
  };
  const ends = (gidMap: string, setgroups: string) => mapped({ gidMap, setgroups });

  it.each([
    ["the own group alone", "", "0 1000 1", "deny"],
    ["the own group under another id", "", "4294967294 1000 1", "deny"],
    ["a line of count 0", "alice:1000:0\nalice:100000:0\n", "0 1000 1", "deny"],
    ["lines beside the own group", "alice:999:1\nalice:1001:1\n", "0 1000 1", "deny"],
    ["somebody else's lines", "bob:1000:1\n1001:1000:1\n#alice:1000:1\n", "0 1000 1", "deny"],
    ["a line that does not count", "alice:1000:1:\nalice:01000:1\nalice:1000:-1\n", "0 1000 1", "deny"],
    ["a grant beside the own group", "alice:100000:2\n", "0 1000 1 1 100000 1", "allow"],
    ["a grant before the own group", "alice:100000:2\n", "1 100000 1 0 1000 1", "allow"],
    ["a grant of the own group", "alice:1000:1\n", "0 1000 1", "allow"],
    ["a grant by the uid", "1000:100000:1\n", "0 100000 1", "allow"],
  ])("with %s", async (_what, subgid, map, setgroups) => {
    await stage.files({ "/etc/subgid": subgid });
    const lines = (map.match(/\S+ \S+ \S+/g) ?? []).join("\n");
    expect(await ask(map)).toEqual(ends(lines, setgroups));
  });

  it("refuses a supplementary group, and an empty map", async () => {
    expect((await ask("0 44 1")).stderr).toMatch(/^newgidmap: gid range \[0-1\) -> \[44-45\) not allowed\n/);
    expect(await stage.run({ argv: [newgidmap, "$PID"], caller: inVideo })).toMatchObject({
      status: 1,
      gidMap: "",
      setgroups: "allow",
    });
  });

  it("leaves setgroups alone when it refuses", async () => {
    expect(await ask("0 1000 1 1 1001 1")).toMatchObject({ status: 1, gidMap: "", setgroups: "allow" });
    expect(await ask("0 1000 1", { uid: 1001 })).toMatchObject({ status: 1, gidMap: "", setgroups: "allow" });
  });

  it("maps where setgroups is denied already", async () => {
    expect(await ask("0 1000 1", { denySetgroups: true })).toEqual(ends("0 1000 1", "deny"));
  });

  it("denies it through a descriptor of a thread as well", async () => {
    const fds = { 9: { path: "/proc/$PID/task/$PID" } };
    const argv = [newgidmap, "fd:9", "0", "1000", "1"];
    expect(await request(stage, { argv, caller: { ...inVideo, fds } })).toEqual(ends("0 1000 1", "deny"));
  });

  it("maps nothing where setgroups can no longer be denied", async () => {
    expect(await ask("0 1000 1", { gidMap: "0 100000 1" })).toEqual({
      ...refused(
        "newgidmap: failed to setgroups deny policy: Operation not permitted",
        "newgidmap: the target's gid_map is already written: a namespace is mapped once",
      ),
      gidMap: "0 100000 1",
    });
  });

  it("does not map what a filter of hers made it believe to be denied", async () => {
    for (const filter of ["fail=read:0", "fail=openat2:38"]) {
      const argv = [launch, filter, "--", newgidmap, "$PID", "0", "1000", "1"];
      const outcome = await request(stage, { argv, caller: inVideo });
      expect([":allow", ":deny", "0 1000 1:deny"]).toContain(`${outcome.gidMap}:${outcome.setgroups}`);
    }
  });

  it("leaves no map without its denial, whenever it is killed", async () => {
    const ended = new Set<string>();
    for (let after = 20; after < 1020; after += 10) {
      const argv = [launch, `alarm=${after}`, "--", newgidmap, "$PID", "0", "1000", "1"];
      const { gidMap, setgroups } = end(await stage.run({ argv, caller: inVideo }));
      ended.add(`${gidMap}:${setgroups}`);
    }
    for (const state of ended) expect([":allow", ":deny", "0 1000 1:deny"]).toContain(state);
  });
});
