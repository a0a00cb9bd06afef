// SPDX-License-Identifier: MIT
//
// What newuidmap, newgidmap and getsubids are run on.
import type { File, Stage } from "../stage/stage.js";
import type { End, Run } from "./injector.js";
import { alice, map, plugin, restricted, type Scenario, subgid, subuid, unknown } from "./scenarios.js";

type More = Partial<Omit<Scenario, "run">> & { run?: Partial<Run> };

const range: [number, number, number] = [0, 100000, 65536];
const whole = "$PID 0 100000 65536";
const refused: Partial<End> = { status: 1, uidMap: "", gidMap: "" };

function runs(name: string, program: string) {
  return (
    what: string,
    files: Record<string, File>,
    words: string,
    end: Partial<End>,
    more: More = {},
  ): Scenario => {
    const { run, ...rest } = more;
    const argv = [name, ...words.split(" ")];
    return {
      name,
      what,
      files,
      run: { program, programs: [name, "nss"], argv, caller: alice, ...run },
      end,
      ...rest,
    };
  };
}

/** The runs of newuidmap. */
export async function newuidmap(stage: Stage): Promise<Scenario[]> {
  const run = runs(
    "newuidmap",
    await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] }),
  );
  const mapped = (...extents: Parameters<typeof map>): Partial<End> => ({
    ...{ status: 0, stderr: "", gidMap: "", setgroups: "allow\n" },
    uidMap: map(...extents),
  });

  const setuid = await stage.install("build/newuidmap", "/mnt/setuid/newuidmap", { setuid: true });
  const bare = await stage.install("build/newuidmap", "/mnt/bare/newuidmap");
  const root = { uid: 0, gid: 0 };
  return [
    run("a grant of /etc/subuid", subuid, whole, mapped(range)),
    run("setuid root", subuid, whole, mapped(range), { run: { program: setuid } }),
    run(
      "grants of /etc/usernamespaces",
      {
        "/etc/usernamespaces":
          "*:300000:65536:each=10,first=1000\nbob:300020:5:reserved\n1000:400000:5:uid\n",
      },
      "$PID 0 1000 1 1 300000 10 11 400000 5",
      mapped([0, 1000, 1], [1, 300000, 10], [11, 400000, 5]),
    ),
    run("a user of another source", { ...subuid, ...unknown }, whole, mapped(range)),
    run("a plugin's range", plugin, whole, mapped(range)),
    run("the host's root by root", {}, "$PID 0 0 1", mapped([0, 0, 1]), {
      run: { caller: root, target: { uid: 0, gid: 0 } },
    }),
    run("a target by descriptor", subuid, "fd:7 0 100000 65536", mapped(range), {
      run: { caller: { ...alice, fds: { 7: { path: "/proc/$PID" } } } },
    }),
    run("no standard input", subuid, whole, mapped(range), { run: { caller: { ...alice, close: [0] } } }),
    run("a group that is not the primary one", subuid, whole, refused, {
      run: { caller: { ...alice, gid: 44 } },
    }),
    run("nothing granted", {}, whole, refused),
    ...Object.entries(restricted).map(([what, lines]) =>
      run(what, { ...subuid, "/etc/usernamespaces": lines }, whole, refused),
    ),
    run(
      "a map that is written",
      subuid,
      whole,
      { status: 1, uidMap: map([0, 1000, 1]), gidMap: "" },
      {
        run: { target: { uidMap: "0 1000 1" } },
      },
    ),
    run("a target without a namespace", subuid, whole, { status: 1 }, { run: { target: { namespaces: 0 } } }),
    run("a namespace in another", subuid, whole, refused, { run: { target: { namespaces: 2 } } }),
    run("another user's target", subuid, whole, refused, { run: { target: { uid: 1001, gid: 1001 } } }),
    run("no privilege", subuid, whole, refused, { run: { program: bare } }),
  ];
}

/** The runs of newgidmap. */
export async function newgidmap(stage: Stage): Promise<Scenario[]> {
  const run = runs(
    "newgidmap",
    await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] }),
  );
  const mapped = (setgroups: string, ...extents: Parameters<typeof map>): Partial<End> => ({
    ...{ status: 0, stderr: "", uidMap: "", setgroups: `${setgroups}\n` },
    gidMap: map(...extents),
  });
  const aux = { "/etc/login.defs": "GRANT_AUX_GROUP_SUBIDS yes\n" };
  const video = { ...alice, gid: 44, groups: [1000] };
  return [
    run("a grant of /etc/subgid", subgid, whole, mapped("allow", range)),
    run("the own group", {}, "$PID 0 1000 1", mapped("deny", [0, 1000, 1])),
    run("the own group where setgroups is denied", {}, "$PID 0 1000 1", mapped("deny", [0, 1000, 1]), {
      run: { target: { denySetgroups: true } },
    }),
    run(
      "deny-setgroups for a group's members",
      { ...subgid, "/etc/usernamespaces": "@video:100000:10:gid,deny-setgroups\n" },
      whole,
      mapped("deny", range),
    ),
    run(
      "deny-setgroups for a user",
      { ...subgid, "/etc/usernamespaces": "alice:100000:10:gid,deny-setgroups\n" },
      whole,
      mapped("deny", range),
    ),
    run(
      "a group granted to its members",
      { "/etc/usernamespaces": "@video:44:1:gid\n" },
      "$PID 0 44 1",
      mapped("allow", [0, 44, 1]),
    ),
    run("a group that is not the primary one", { ...subgid, ...aux }, whole, mapped("allow", range), {
      run: { caller: video },
    }),
    run("nothing granted", {}, whole, refused),
    ...Object.entries(restricted).map(([what, lines]) =>
      run(what, { ...subgid, "/etc/usernamespaces": lines }, whole, refused),
    ),
  ];
}

/** The runs of getsubids. */
export async function getsubids(stage: Stage): Promise<Scenario[]> {
  const run = runs("getsubids", await stage.install("build/getsubids", "getsubids"));
  const entries = {
    "/etc/usernamespaces": "@video:300000:10:gid\nalice:400000:10:\nbob:100000:5:reserved\n",
  };
  const more: More = { prints: true, run: { target: null } };
  const printed = (...lines: string[]): Partial<End> => ({
    ...{ status: 0, stderr: "" },
    stdout: lines.map((line, i) => `${i}: alice ${line}\n`).join(""),
  });
  return [
    run("a grant of /etc/subuid", subuid, "alice", printed("100000 65536"), more),
    run(
      "grants of /etc/usernamespaces",
      { ...subgid, ...entries },
      "-g alice",
      printed("100000 65536", "300000 10", "400000 10"),
      more,
    ),
    run("a user of another source", { ...subuid, ...unknown }, "alice", printed("100000 65536"), more),
    run("a plugin's range", plugin, "alice", printed("100000 65536"), more),
    run("nothing granted", {}, "alice", { status: 1, stdout: "" }, more),
    run("nobody", {}, "nobody-at-all", { status: 1, stdout: "" }, more),
  ];
}
