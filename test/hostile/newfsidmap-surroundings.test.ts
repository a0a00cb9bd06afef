// SPDX-License-Identifier: MIT
//
// Rule 1, in newfsidmap: whatever it is started with, it mounts what was asked for where that was asked for, or nothing.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { installs, type Namespace, onDisk, type Scene } from "../newfsidmap/scene.js";
import { compile } from "../nss/scene.js";
import type { Caller } from "../stage/stage.js";
import type { Rule } from "./newfsidmap-rules.js";
import {
  alice,
  done,
  failed,
  installHelper,
  namespaceOf,
  openScene,
  Programs,
  root,
  run,
} from "./newfsidmap-scene.js";
import { obstacle } from "./scene.js";

let scene: Scene;
let helper: string;
let launch: string;
let inside: Namespace;
let tree: string;
let here: string;
beforeAll(async () => {
  if (obstacle) return;
  scene = await openScene();
  helper = await installHelper(scene);
  launch = await scene.stage.install(compile("test/hostile/launch.c", "hostile-launch"), "launch");
  inside = await namespaceOf(scene, alice, "0 100000 65536");
  ({ tree, here } = await scene.shared());
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

const flags = "rw,nosuid,nodev,relatime,idmapped";
const mounted = async () => {
  const all = await inside.options(here);
  if (all.length > 0) await inside.sh(`umount ${here}`);
  return all;
};

describe.each(Object.entries(installs))("newfsidmap, %s,", (_how, install) => {
  let programs: Programs;
  beforeAll(async () => {
    if (!obstacle) programs = await Programs.install(scene, install);
  });
  const bind = (caller: Partial<Caller> = {}) => programs.bind([], [tree, here, inside.pid], caller);

  const signals = ["SIGHUP", "SIGINT", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGCHLD", "SIGCONT"] as const;
  it.each<[string, Partial<Caller>]>([
    [
      "a large environment",
      { env: { PATH: "/nowhere", LD_PRELOAD: "/tmp/x.so", LARGE: "x".repeat(100_000) } },
    ],
    ["all signals ignored", { ignore: [...signals] }],
    ["all signals blocked", { block: [...signals] }],
    ["nothing to read from", { close: [0] }],
    ["nothing open", { close: [0, 1, 2] }],
    ["files of its own open", { fds: { 3: { path: "/proc/self/uid_map" }, 9: { path: "/proc/self" } } }],
    ["files of no size", { limits: { fsize: 0 } }],
    ["files of a byte", { limits: { fsize: 1 } }],
    ["no locked memory", { limits: { memlock: 0 } }],
    ["no pending signal", { limits: { sigpending: 0 } }],
  ])("mounts with %s", async (_what, caller) => {
    expect(await bind(caller)).toEqual(done);
    expect(await mounted()).toEqual([flags]);
  });

  it.each<[string, Partial<Caller>]>([
    ["no memory", { limits: { as: 0 } }],
    ["a byte of memory", { limits: { as: 1 } }],
    ["no data", { limits: { data: 0 } }],
    ["no stack", { limits: { stack: 0 } }],
    ...[0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((nofile): [string, Partial<Caller>] => [
      `${nofile} descriptors`,
      { limits: { nofile } },
    ]),
  ])("mounts all or nothing with %s", async (_what, caller) => {
    const { status, stdout } = await bind(caller);
    expect({ stdout, mounts: await mounted() }).toEqual({ stdout: "", mounts: status === 0 ? [flags] : [] });
  });

  it("says that it may start no process", async () => {
    for (const nproc of [0, 1])
      expect(await bind({ limits: { nproc } })).toEqual(
        failed("cannot start a process: a limit of processes is reached"),
      );
    expect(await mounted()).toEqual([]);
  });

  it("takes no more words than it can map", async () => {
    const many = `exec "$@" $(yes u:0:1:1 | head -n 100000)`;
    const argv = [programs.whole, "--bind", tree, here, `${inside.pid}`];
    expect((await run(scene, ["/bin/sh", "-c", many, "sh", ...argv])).stderr.split("\n")[0]).toBe(
      "newfsidmap: 100000 uid extents: the kernel takes at most 340",
    );
  });

  it.each([
    ["traced"],
    ["shared"],
    ["fail=openat2:38"],
    ["fail=prctl:0"],
    ["fail=capset:0"],
    ["fail=setresuid:0"],
    ["fail=write:0"],
  ])("has no privilege when it is started %s", async (circumstance) => {
    const argv = [launch, circumstance, "--", programs.whole, "--bind", tree, here, `${inside.pid}`, onDisk];
    expect((await run(scene, argv)).status).toBe(1);
    expect(await mounted()).toEqual([]);
  });

  it("sends the mount over no descriptor but a connected unix socket", async () => {
    const send = (fd: number) => ["--fd", `${fd}`, tree, `${inside.pid}`, onDisk];
    for (let fd = 0; fd < 24; fd++) {
      const { stderr, status } = await programs.run([], send(fd));
      expect(status).toBe(1);
      expect(stderr).toMatch(
        new RegExp(
          `^newfsidmap: cannot send the mount over descriptor ${fd}: (it is no unix socket|Bad file descriptor)\n$`,
        ),
      );
    }
    const over = (kind: string, out: Rule[] = []) =>
      run(scene, [helper, "socket", kind, ...programs.words(out, send(3))]);
    for (const kind of ["unconnected", "listening", "closed", "port"]) {
      const { status, stderr } = await over(kind);
      expect({ kind, status, stderr: stderr.split(":").slice(0, 2) }).toEqual({
        ...{ kind, status: 1 },
        stderr: ["newfsidmap", " cannot send the mount over descriptor 3"],
      });
    }
    // The kernel sends the byte to a port, and no descriptor.
    expect(await over("port", ["unixSocket"])).toEqual(done);
  });

  it("finds TARGET as its caller would", async () => {
    const there = await inside.sh(
      `cd $(mktemp -d); chmod 755 .; mkdir -m 700 closed; mkdir closed/dir; ln -s ${here} link; pwd`,
    );
    const directory = there.trim();
    const to = (target: string, ...out: Rule[]) => programs.bind(out, [tree, target, inside.pid]);
    expect(await to(`${directory}/link`)).toEqual(done);
    expect(await mounted()).toEqual([flags]);
    expect(await to(`${directory}/closed/dir`)).toEqual(
      failed(
        `cannot open '${directory}/closed/dir': Permission denied`,
        "TARGET is a directory in the mount namespace of the process, found there with the caller's own ids",
      ),
    );
    expect(await to(`${directory}/closed/dir`, "powerless")).toEqual(done);
    const magic = `/proc/self/root${here}`;
    expect(await to(magic)).toEqual(failed(`cannot open '${magic}': Too many levels of symbolic links`));
    expect(await mounted()).toEqual([]);
    expect(await to(magic, "plainTarget")).toEqual(done);
    await mounted();
  });

  it("mounts nothing in a chroot, where the kernel makes no user namespace", async () => {
    await scene.stage.files({ "/tmp/jail": { directory: true } });
    await scene.stage.install("build/newfsidmap", "/tmp/jail/newfsidmap", install);
    await scene.root(
      `cd /tmp/jail; mkdir -p proc etc; mount -t proc proc proc; mount --bind /etc etc; rm -rf tree; cp -a ${tree} .`,
    );
    const words = `--bind /tree ${here} ${inside.pid} ${onDisk}`;
    for (const before of ["", "mount --rbind /tmp/jail /tmp/jail && "]) {
      const script = `${before} exec chroot --userspec=1000:1000 /tmp/jail /newfsidmap ${words}`;
      const { status, stderr } = await scene.stage.exec({
        argv: ["/bin/sh", "-c", script],
        caller: { ...root, env: { PATH: "/usr/sbin:/usr/bin" } },
      });
      expect({ status, stderr: stderr.split("\n")[0] }).toEqual({
        status: 1,
        stderr: "newfsidmap: cannot make the mapping: Operation not permitted",
      });
      expect(await mounted()).toEqual([]);
    }
    await scene.root("umount -l /tmp/jail; umount /tmp/jail/proc /tmp/jail/etc");
  });

  it("works where /proc hides processes, and says where it shows none", async () => {
    await scene.root("mount -o remount,hidepid=2 /proc");
    expect(await bind()).toEqual(done);
    expect(await mounted()).toEqual([flags]);
    const hidden = await programs.bind([], [tree, here, 1]);
    await scene.root("mount -o remount,hidepid=0 /proc");
    expect(hidden).toEqual(failed("cannot look at the namespaces of process 1: No such file or directory"));
    const words = `--bind ${tree} ${here} ${inside.pid} ${onDisk}`;
    const script = `mount -t tmpfs tmpfs /proc; exec setpriv --reuid 1000 --regid 1000 --clear-groups ${programs.whole} ${words}`;
    const without = await scene.stage.exec({
      argv: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script],
      caller: root,
    });
    expect(without).toMatchObject(
      failed(
        `cannot open the /proc directory of process ${inside.pid}: No such file or directory`,
        "no such process can be seen in /proc",
      ),
    );
  });
});
