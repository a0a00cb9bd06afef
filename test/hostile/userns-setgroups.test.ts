// SPDX-License-Identifier: MIT
//
// CVE-2018-7169, in userns: who maps his own group alone must not be able to leave a group that denies him access,
// nor must anybody where a line of /etc/usernamespaces wants setgroups denied.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stage } from "../stage/stage.js";
import { alice, obstacle, startStage, tables } from "./scene.js";
import { failed, installs, ran, run } from "./userns-scene.js";
import { type Change, weaken } from "./weaken.js";

/** Group 44 may not read it, everybody else may; alice is in group 44. */
const denied = { "/tmp/denied": { content: "secret\n", mode: 0o604, gid: 44 } };
const inVideo = { ...alice, groups: [44] };

const deniesNothing: Change = {
  file: "src/userns/helper.ts",
  from: "  if (!denies && wish != Setgroups.Deny) return;\n",
  to: "  return;\n",
};
const onlySeemsToDeny: Change = {
  file: "native/target.c",
  from: `write(fd, "deny", 4)`,
  to: `(fd < 0 ? write(fd, "deny", 4) : 4)`,
};
const forgetsTheOuterMap: Change = {
  file: "src/userns/helper.ts",
  from: "lines).denies) verdict.denies = true;",
  to: "lines).denies) verdict.denies = verdict.denies;",
};

let stage: Stage;
beforeAll(async () => {
  if (!obstacle) stage = await startStage();
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only({ ...tables, ...denied });
});

const clear = ["setpriv", "--clear-groups", "cat", "/tmp/denied"];
const kept = {
  status: 127,
  signal: 0,
  stdout: "",
  stderr: "setpriv: setgroups failed: Operation not permitted\n",
};
const closed = {
  status: 1,
  signal: 0,
  stdout: "",
  stderr: "cat: /tmp/denied: Permission denied\n",
};

describe.each(installs)("userns %s", (_how, install) => {
  let userns: string;
  beforeAll(async () => {
    if (!obstacle) userns = await stage.install("build/userns", "userns", install);
  });
  const weakened = (change: Change) => stage.install(weaken("userns", change), "weakened", install);
  const as = (program: string, options: string[], argv: string[]) =>
    run(stage, [program, ...options, "--", ...argv], inVideo);

  const ways = [
    ["-r"],
    ["-c", "--keep-caps"],
    ["-r", "--disable-userns"],
    ["-r", "-f", "-p"],
    ["-r", "--setgroups=deny"],
    ["--uid-map=0 100000 10\n10 1000 1", "--gid-map=4294967294 1000 1"],
  ];

  it.each(ways)("with %s %s lets nobody leave a group with the own gid alone", async (...options) => {
    const given = options.filter((option) => option !== undefined);
    expect(await as(userns, given, clear)).toEqual(kept);
    expect(await as(userns, given, ["cat", "/tmp/denied"])).toEqual(closed);
  });

  it.each([
    ["denied nothing", deniesNothing],
    ["only seemed to", onlySeemsToDeny],
  ])("would, if it %s", async (_what, change) => {
    expect(await as(await weakened(change), ["-r"], ["cat", "/tmp/denied"])).toEqual(ran("secret\n"));
  });

  it("does not allow it because she asks", async () => {
    for (const options of [
      ["-r"],
      ["-r", "--disable-userns"],
      ["--uid-map=0 1000 1", "--gid-map=5 1000 1"],
    ]) {
      expect(await as(userns, [...options, "--setgroups=allow"], ["cat", "/tmp/denied"])).toEqual(
        failed(
          "userns: --setgroups allow: setgroups has to be denied",
          "userns: it can be allowed only with groups that an administrator granted",
        ),
      );
    }
  });

  it("does not allow it because a uid is granted", async () => {
    await stage.files({ "/etc/subgid": "" });
    const options = ["--uid-map=0 100000 10", "--gid-map=0 1000 1"];
    expect(await as(userns, options, ["cat", "/proc/self/setgroups"])).toEqual(ran("deny\n"));
  });

  const setgroups = async (entries: string, gidMap: string, options: string[] = [], program = userns) => {
    await stage.files({ "/etc/usernamespaces": entries });
    const maps = ["--uid-map=0 100000 10", `--gid-map=${gidMap}`];
    return as(program, [...maps, ...options], ["cat", "/proc/self/setgroups"]);
  };
  const hers = "0 100000 10";

  it.each<[string, string, string]>([
    ["a grant alone", "alice:44:1:gid\n", "allow"],
    ["a grant under deny-setgroups", "alice:44:1:gid,deny-setgroups\n", "deny"],
    ["a line of another kind over it", "alice:44:1:gid\n*:40:10:fsid,deny-setgroups\n", "deny"],
    ["a line of bob's over it", "alice:44:1:gid\nbob:44:1:gid,deny-setgroups\n", "allow"],
    ["a group's line that is hers by the database", "@video:44:1:gid,deny-setgroups\n", "deny"],
    ["a group that is not known", "alice:44:1:gid\n@nobody-knows:44:1:deny-setgroups\n", "deny"],
  ])("with %s for group 44", async (_what, entries, state) => {
    await stage.files({ "/etc/group": "root:x:0:\nvideo:x:44:alice\nalice:x:1000:\n" });
    expect(await setgroups(entries, `${hers}\n44 44 1`)).toEqual(ran(`${state}\n`));
    expect(await setgroups(entries, `${hers}\n44 44 1`, ["--disable-userns"])).toEqual(ran(`${state}\n`));
  });

  it.each([
    ["deny-setgroups", "alice:1000:1:deny-setgroups\n"],
    ["flags that cannot be read", "alice:1000:1:deny-setgroup\n"],
  ])("denies it where the own gid is under %s, also in the outer namespace alone", async (_what, entries) => {
    expect(await setgroups(entries, hers)).toEqual(ran("allow\n"));
    expect(await setgroups(entries, `${hers}\n10 1000 1`)).toEqual(ran("deny\n"));
    expect(await setgroups(entries, hers, ["--disable-userns"])).toEqual(ran("deny\n"));
    expect(await setgroups(entries, hers, ["--disable-userns"], await weakened(forgetsTheOuterMap))).toEqual(
      ran("allow\n"),
    );
  });

  it("says which line wants it denied, if she asks to allow it", async () => {
    const outcome = await setgroups("alice:44:1:gid,deny-setgroups\n", `${hers}\n44 44 1`, [
      "--setgroups=allow",
    ]);
    expect(outcome).toEqual(
      failed(
        "userns: --setgroups allow: setgroups has to be denied",
        "userns: a line of /etc/usernamespaces wants it for a group of this map",
      ),
    );
  });
});
