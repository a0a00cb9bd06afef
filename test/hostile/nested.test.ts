// SPDX-License-Identifier: MIT
//
// Inside a user namespace of the caller's. There he is root, mounts what he likes over the tables, and installs
// system call filters without no_new_privs; but no id is to come out that the namespace does not have, and what
// a user in it may have is still its tables' to say.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Stage } from "../stage/stage.js";
import { alice, obstacle, privileges, startStage } from "./scene.js";
import { weaken } from "./weaken.js";

/**
 * Runs the script $3 as root of a container of alice's, mapped by $1 and $2: 0 in it is she, 1-65536 are hers. In
 * the script `target` makes a process with a namespace of its own and `maps` shows what became of it.
 */
const container = `
  export newuidmap=$1 newgidmap=$2 launch=$4
  other() { [ "$(readlink /proc/$1/ns/$2)" != "$(readlink /proc/self/ns/$2)" ]; }
  unshare -Um sh -c 'until [ -e /tmp/go ]; do sleep 0.002; done
    exec setpriv --reuid 0 --regid 0 --clear-groups sh -c "$0"' "$3" &
  container=$!
  until other $container user; do sleep 0.002; done
  if $newuidmap $container 0 1000 1 1 100000 65536 && $newgidmap $container 0 1000 1 1 100000 65536
  then : >/tmp/go; else kill $container; fi
  wait $container
`;
const functions = `
  target() {
    unshare -U sleep 60 & target=$!
    until [ "$(readlink /proc/$target/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.002; done
  }
  maps() { echo $?: $(cat /proc/$target/uid_map), $(cat /proc/$target/gid_map), $(cat /proc/$target/setgroups); kill $target; }
  over() { echo "$2" >/tmp/over; mount --bind /tmp/over $1; }
  as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "$functions$1"; }
`;

let stage: Stage;
let launch: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  launch = await stage.install(compile("test/hostile/launch.c", "hostile-launch"), "launch");
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

describe.each(privileges)("inside a container of alice's, programs %s", (_how, installs) => {
  const setuid = installs.newuidmap.setuid === true;

  const inside = async (script: string, build = "build/newuidmap") => {
    await stage.files({ "/tmp/go": "", "/tmp/over": "" });
    await stage.files({ "/tmp/go": null, "/tmp/over": null });
    const newuidmap = await stage.install(build, "newuidmap", installs.newuidmap);
    const newgidmap = await stage.install("build/newgidmap", "newgidmap", installs.newgidmap);
    const whole = `functions='${functions.replaceAll("'", "'\\''")}'; eval "$functions"; ${script}`;
    const { stdout, stderr } = await stage.exec({
      argv: ["/bin/sh", "-c", container, "sh", newuidmap, newgidmap, whole, launch],
      caller: alice,
    });
    return { stdout, stderr };
  };
  const missing = (kind: string) =>
    `new${kind}map: write to ${kind}_map failed: Operation not permitted\n` +
    `new${kind}map: an outside id does not exist in this user namespace, see /proc/self/${kind}_map\n`;

  it("maps for its root what is in it, the host's alice among it", async () => {
    expect(await inside("target; $newuidmap $target 0 0 1; maps")).toEqual({
      stdout: "0: 0 0 1, , allow\n",
      stderr: "",
    });
  });

  it("maps for its root, who grants himself everything, nothing that is not in it", async () => {
    const all = "over /etc/subuid root:0:4294967295; over /etc/subgid root:0:4294967295;";
    expect(await inside(`${all} target; $newuidmap $target 0 200000 1; maps`)).toEqual({
      stdout: "1: , , allow\n",
      stderr: missing("uid"),
    });
    expect(await inside(`${all} target; $newgidmap $target 0 0 65538; maps`)).toEqual({
      stdout: "1: , , allow\n",
      stderr: missing("gid"),
    });
  });

  it("maps for a user what the tables in it give him, and his own id", async () => {
    const tables = "over /etc/subuid alice:30000:10;";
    const ask = (map: string) => inside(`${tables} as_user 'target; $newuidmap $target ${map}; maps'`);
    expect(await ask("0 1000 1")).toEqual({ stdout: "0: 0 1000 1, , allow\n", stderr: "" });
    expect((await ask("0 30000 10")).stdout).toBe(setuid ? "1: , , allow\n" : "0: 0 30000 10, , allow\n");
    for (const map of ["0 0 1", "0 29999 1", "0 30000 11", "0 100000 1"]) {
      const { stdout, stderr } = await ask(map);
      expect(stdout).toBe("1: , , allow\n");
      expect(stderr).toMatch(/^newuidmap: uid range .* not allowed\n/);
    }
  });

  it("does not map for root what a user of it granted", async () => {
    const users = "over /etc/subuid root:1:10; chown 1000 /etc/subuid;";
    expect(await inside(`${users} target; $newuidmap $target 0 1 10; maps`)).toEqual({
      stdout: "1: , , allow\n",
      stderr:
        "newuidmap: cannot open /etc/subuid: Not owned by root\n" +
        "newuidmap: it would work after: chown root /etc/subuid\n",
    });
  });

  it("would take a user's table for the host's root's, if every owner were", async () => {
    const weak = weaken("newuidmap", {
      file: "native/table.c",
      from: "st->st_uid == OVERFLOW_ID && ",
      to: "",
    });
    const users = "over /etc/subuid root:1:10; chown 1000 /etc/subuid;";
    expect(await inside(`${users} target; $newuidmap $target 0 1 10; maps`, weak)).toEqual({
      stdout: "0: 0 1 10, , allow\n",
      stderr: "",
    });
  });

  it.each(["4", "c", "10", "30"])(
    "drops what it has to whatever secure bits are locked: %s",
    async (bits) => {
      const script = `target; $launch securebits=${bits} -- $newuidmap $target 0 0 1; maps`;
      expect((await inside(script)).stdout).toBe("0: 0 0 1, , allow\n");
    },
  );

  it("has no capability for a root who is none", async () => {
    const script = "target; $launch securebits=2f -- $newuidmap $target 0 0 1; maps";
    expect((await inside(script)).stdout).toBe("1: , , allow\n");
  });

  it.each(["openat2:38", "prctl:0", "capset:0", "read:0"])(
    "maps the own group only with setgroups denied, under a filter of its root's: %s",
    async (filter) => {
      const script = `target; $launch fail=${filter} -- $newgidmap $target 0 0 1; maps`;
      expect(["0: , 0 0 1, deny\n", "1: , , allow\n"]).toContain((await inside(script)).stdout);
    },
  );
});
