// SPDX-License-Identifier: MIT
//
// Whom newfsidmap mounts for: a process whose user namespace is the caller's, and whose mounts appear nowhere else.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { installs, type Scene } from "../newfsidmap/scene.js";
import type { Rule } from "./newfsidmap-rules.js";
import {
  alice,
  bob,
  done,
  failed,
  hostMounts,
  installHelper,
  mountsOf,
  namespaceOf,
  openScene,
  Programs,
  start,
} from "./newfsidmap-scene.js";
import { obstacle } from "./scene.js";

const range = "0 100000 65536";
/** Her own id, and a range that has the same numbers inside. */
const upperMap = "0 1000 1\n100000 100000 65536";

/** Of these none is under deny-setgroups. */
const few = ["b:0:300000:10"];

let scene: Scene;
let helper: string;
beforeAll(async () => {
  if (obstacle) return;
  scene = await openScene({
    "/etc/usernamespaces": "alice:300044:1:fsid,gid,deny-setgroups\n0:300000:65536:uid,gid\n",
  });
  helper = await installHelper(scene);
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

const outside = (what: string) =>
  failed(
    `cannot mount for ${what}: its mount namespace does not belong to its user namespace`,
    "the mount would appear outside: start the process with a mount namespace too, as unshare -U -m does",
  );

describe.each(Object.entries(installs))("newfsidmap, %s,", (_how, install) => {
  let programs: Programs;
  beforeAll(async () => {
    if (!obstacle) programs = await Programs.install(scene, install);
  });

  it("mounts nothing over the host's /etc for a process that is in the host's mount namespace", async () => {
    const { tree } = await scene.shared();
    const { pid } = await namespaceOf(scene, alice, range, "");
    const before = await hostMounts(scene, "/etc");
    expect(await programs.bind([], [tree, "/etc", pid, ...few])).toEqual(outside(`process ${pid}`));
    // It takes four more rules: with any of them the kernel does not let the helper join, or mount there.
    const noJoin = failed("cannot join the namespaces of the process: Operation not permitted");
    expect(await programs.bind(["ownMounts"], [tree, "/etc", pid, ...few])).toEqual(noJoin);
    expect(await programs.bind(["ownMounts", "joined"], [tree, "/etc", pid, ...few])).toEqual(noJoin);
    expect(await programs.bind(["ownMounts", "joined", "joinedMounts"], [tree, "/etc", pid, ...few])).toEqual(
      done,
    );
    expect(await hostMounts(scene, "/etc")).toEqual(before);
    const all = ["ownMounts", "joined", "joinedMounts", "copied", "locked"] as const;
    expect(await programs.bind([...all], [tree, "/etc", pid, ...few])).toEqual(done);
    expect(await hostMounts(scene, "/etc")).toEqual([...before, tree.replace("/tmp", "")]);
    await scene.root("umount /etc");
  });

  it("mounts nothing in a namespace below one of hers", async () => {
    const { tree, here } = await scene.shared();
    const upper = await namespaceOf(scene, alice, upperMap);
    const lower = await start(scene, "unshare -U -m", {}, upper);
    await upper.sh(`for map in uid_map gid_map; do echo 0 100000 65536 >/proc/${lower}/$map; done`);
    expect(await programs.bind([], [tree, here, lower, ...few])).toEqual(
      failed(`cannot mount for process ${lower}: its user namespace is not a child of the caller's`),
    );
    expect(await programs.bind(["child"], [tree, here, lower, ...few])).toEqual(done);

    // A process of the upper one's that has joined the mounts of the lower one.
    const between = await start(scene, `nsenter -t ${lower} -m`, {}, upper);
    expect(await programs.bind([], [tree, here, between, "b:100000:300000:10"])).toEqual(
      outside(`process ${between}`),
    );
    expect(await programs.bind(["ownMounts"], [tree, here, between, "b:100000:300000:10"])).toEqual(done);
  });

  it("mounts nothing in another user's namespace: the kernel keeps her out already", async () => {
    const { tree, here } = await scene.shared();
    const { pid } = await namespaceOf(scene, bob, "0 400000 65536");
    const refusal = failed(
      `cannot look at the namespaces of process ${pid}: Permission denied`,
      "they are another user's, or the process is not dumpable (prctl(2), PR_SET_DUMPABLE)",
    );
    expect(await programs.bind([], [tree, here, pid, ...few])).toEqual(refusal);
    expect(await programs.bind(["owned"], [tree, here, pid, ...few])).toEqual(refusal);
  });

  it("mounts nothing in her own namespace", async () => {
    const { tree, here } = await scene.shared();
    const pid = await start(scene, "exec");
    const refusal = failed(
      `cannot mount for process ${pid}: it has no user namespace of its own: it is in the caller's`,
    );
    expect(await programs.bind([], [tree, here, pid, ...few])).toEqual(refusal);
    expect(await programs.bind(["another"], [tree, here, pid, ...few])).toEqual(
      failed(`cannot mount for process ${pid}: its user namespace is not a child of the caller's`),
    );
    expect(await programs.bind(["another", "child", "owned"], [tree, here, pid, ...few])).toEqual(
      failed(`cannot look at the namespaces of process ${pid}: Invalid argument`),
    );
    expect(await hostMounts(scene, here)).toEqual([]);
  });

  const deny = [
    "setgroups is not denied in the target",
    "gid 300044 is under deny-setgroups (/etc/usernamespaces:1)",
    "it would work with a namespace that userns --setgroups deny makes",
  ];

  it("asks the namespace that is joined, and not one whose process shows it as its own", async () => {
    const { tree, here } = await scene.shared();
    const above = await namespaceOf(scene, alice, range);
    const older = await mountsOf(scene, above);
    const younger = await mountsOf(scene, above);
    const shown = await namespaceOf(scene, alice, range, "-m --setgroups deny");
    // Over the links of the one process lie the namespaces of the other.
    const cover = ["user", "mnt"].map(
      (name) => `${helper} cover /proc/${younger.pid}/ns/${name} /proc/${shown.pid}/ns/${name}`,
    );
    expect(await older.sh(cover.join(";"))).toBe("");
    const fds = { 9: { path: `/proc/${older.pid}/root/proc/${shown.pid}` } };
    const given = (out: Rule[]) => programs.bind(out, [tree, here, "fd:9"], { fds });
    expect(await given([])).toEqual(failed(...deny));
    expect(await given(["asked"])).toEqual(done);
    expect(await younger.sh(`cat /proc/self/setgroups ${here}/base`)).toBe("allow\nbase\n");
  });

  it("takes nothing for a namespace that is none", async () => {
    const { tree, here } = await scene.shared();
    const { pid } = await namespaceOf(scene, alice, range);
    await scene.stage.exec({
      argv: [
        "/usr/bin/nsenter",
        "-t",
        `${pid}`,
        "-U",
        "-m",
        helper,
        "cover",
        `${here}/../tree/base`,
        `/proc/${pid}/ns/user`,
      ],
      caller: alice,
    });
    const fds = { 9: { path: `/proc/${pid}/root/proc/${pid}` } };
    expect(await programs.bind([], [tree, here, "fd:9"], { fds })).toEqual(
      failed("cannot mount for descriptor 9: its user namespace belongs to another user"),
    );
  });

  it("asks the namespace that is joined, whatever becomes of the process", async () => {
    const { tree, here } = await scene.shared();
    const attack = async (out: Rule[]) => {
      const go = (await scene.root("mktemp -u")).trim();
      const above = await namespaceOf(scene, alice, range);
      const wait = `sh -c 'echo up; until [ -e ${go} ]; do :; done; exec unshare -U sleep 100000'`;
      const pid = await start(scene, wait, {}, above);
      const deny = `cd /proc/${pid}; echo deny >setgroups; for map in uid_map gid_map; do echo 0 0 65536 >$map; done`;
      const script = `touch ${go}; until [ "$(readlink /proc/${pid}/exe)" = "$(readlink -f /usr/bin/sleep)" ]; do :; done
        nsenter -t ${above.pid} -U -m sh -c '${deny}'; cat /proc/${pid}/setgroups`;
      return [await programs.stopped(out, [tree, here, pid], script), await above.options(here)];
    };
    expect(await attack(["stopped"])).toEqual([{ ...failed(...deny), stdout: "deny\n" }, []]);
    expect(await attack(["stopped", "asked"])).toEqual([
      { ...done, stdout: "deny\n" },
      ["rw,nosuid,nodev,relatime,idmapped"],
    ]);
  });
});
