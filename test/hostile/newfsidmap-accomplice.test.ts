// SPDX-License-Identifier: MIT
//
// Rule 8, in newfsidmap: what its caller can do to the program and its processes while they run.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { installs, type Namespace, onDisk, type Scene } from "../newfsidmap/scene.js";
import { compile } from "../nss/scene.js";
import type { Rule } from "./newfsidmap-rules.js";
import { alice, done, failed, namespaceOf, openScene, Programs, run, since } from "./newfsidmap-scene.js";
import { obstacle } from "./scene.js";

let scene: Scene;
let watcher: string;
let looker: string;
let finder: string;
let inside: Namespace;
let paths: { tree: string; here: string };
beforeAll(async () => {
  if (obstacle) return;
  scene = await openScene();
  const helper = (name: string) =>
    scene.stage.install(compile(`test/hostile/${name}.c`, `hostile-${name}`), name);
  watcher = await helper("userns-accomplice");
  looker = await helper("accomplice");
  finder = await helper("newfsidmap-accomplice");
  inside = await namespaceOf(scene, alice, "0 100000 65536");
  paths = await scene.shared();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));
/** Takes down what a test has mounted. */
const clean = () => inside.run(`while umount ${paths.here}; do :; done`);

const denied = ["ptrace", "process_vm_writev", "pidfd_getfd"].map(
  (what) => `${what}: Operation not permitted\n`,
);
const files = ["mem", "environ", "maps", "fd/0", "fd", "root", "ns/user"];
const shut = [...denied, ...files.map((what) => `${what}: Permission denied\n`)].join("");
const places = [
  "stopped",
  "stoppedInside",
  "stoppedMapping",
  "stoppedLater",
  "stoppedLocking",
  "stoppedAttaching",
] as const;

describe.each(Object.entries(installs))("newfsidmap, %s,", (_how, install) => {
  let programs: Programs;
  beforeAll(async () => {
    if (!obstacle) programs = await Programs.install(scene, install);
  });
  const attack = (out: Rule[], script: string) =>
    programs.stopped(out, [paths.tree, paths.here, inside.pid], script);

  it("cannot be looked into, wherever it and its processes are", async () => {
    for (const place of places) {
      const outcome = await attack([place], `for one in $main $child; do ${looker} look $one; done`);
      const processes = place === "stopped" || place === "stoppedLater" ? 1 : 2;
      expect({ place, ...outcome }).toEqual({ place, ...done, stdout: shut.repeat(processes) });
    }
    await clean();
  });

  it("could be, if it were dumpable", async () => {
    for (const place of ["stoppedLocking", "stoppedAttaching", "stoppedInside"] as const) {
      const { stdout } = await attack([place, "undumpable"], `${looker} look $child; true`);
      expect({ place, stdout }).not.toEqual({ place, stdout: shut });
    }
    await clean();
  });

  it("is never open, however fast one is", async () => {
    const watch = (name: string, tries: number) => {
      const words = ["--bind", paths.tree, "/nonexistent", `${inside.pid}`, onDisk];
      return run(scene, [watcher, "watch", `${tries}`, name, ...words]);
    };
    expect(await watch(programs.whole, 100)).toMatchObject({ stdout: "never caught\n" });
  });

  it("makes a mapping that nobody can join", async (context) => {
    context.skip(since(6, 18) !== undefined, since(6, 18));
    const find = `${finder} 300000`;
    const on = (out: Rule[]) => attack(["stoppedLater", ...out], find);
    expect((await on([])).stdout).toBe("found none\n");
    expect((await on(["rootsMapping"])).stdout).toBe("became uid 300000\n");
    await clean();
  });

  it("ends when a process of it is killed, and mounts nothing", async () => {
    const killed = (place: Rule, text: string) =>
      attack([place], "kill -KILL $child").then((outcome) => expect(outcome).toEqual(failed(text)));
    await killed("stoppedInside", "the look at the namespaces was interrupted");
    await killed("stoppedLocking", "the lock was interrupted");
    await killed("stoppedAttaching", "the mount was interrupted");
    expect(await inside.options(paths.here)).toEqual([]);
  });

  it("has one process of root's, whose limits are not its caller's and which he can continue", async () => {
    const script =
      "stat -c %u /proc/$child; prlimit --pid $child --nofile=0:0; kill -STOP $child; kill -CONT $child";
    const { stdout, stderr, status } = await attack(["stoppedMapping"], script);
    expect({ stdout, status }).toEqual({ stdout: "0\n", status: 0 });
    expect(stderr).toBe("prlimit: failed to set the NOFILE resource limit: Operation not permitted\n");
    await clean();
  });

  it("leaves no process of root's behind that is stopped when it is killed", async () => {
    const script = `kill -STOP $child; kill -KILL $main; wait $main 2>/dev/null
      for i in $(seq 1000); do grep -qs '^State:.[^Z]' /proc/$child/status || exec echo gone; done
      kill -KILL $child`;
    const left = async (out: Rule[]) => (await attack(["stoppedMapping", ...out], script)).stdout;
    expect(await left([])).toBe("gone\n");
    expect(await left(["killed"])).toBe("");
  });

  it.each<[Rule, string, string]>([
    ["stoppedLocking", "$child", `cannot lock the mount of 'TREE': Too many open files`],
    ["stopped", "$main", "cannot start a process: a limit of processes is reached"],
  ])("fails closed where a limit falls while it is %s", async (place, which, text) => {
    const limit = place === "stopped" ? "nproc=0:0" : "nofile=0:0";
    const outcome = await attack([place], `prlimit --pid ${which} --${limit}`);
    expect(outcome).toEqual(failed(text.replace("TREE", paths.tree)));
    expect(await inside.options(paths.here)).toEqual([]);
  });

  it("does not run where the kernel would leave it open to its caller", async () => {
    const other = await openScene({ "/tmp/dumpable": "1\n" });
    const { tree, here } = await other.shared();
    const own = await Programs.install(other, install);
    const { pid } = await namespaceOf(other, alice, "0 100000 65536");
    await other.stage.bind("/tmp/dumpable", "/proc/sys/fs/suid_dumpable");
    const outcomes = [await own.bind([], [tree, here, pid]), await own.bind(["sysctl"], [tree, here, pid])];
    await other.stage.close();
    expect(outcomes).toEqual([failed("does not run while the sysctl fs.suid_dumpable is 1"), done]);
  });
});
