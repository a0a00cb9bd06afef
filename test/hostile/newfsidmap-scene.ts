// SPDX-License-Identifier: MIT
//
// What the hostile tests of newfsidmap share: a stage with alice, bob and their ranges, builds without one of its
// rules, processes to mount for, and what became of a run.

import { release } from "node:os";
import { expect } from "vitest";
import { installs, Namespace, onDisk, Scene, alice as usual } from "../newfsidmap/scene.js";
import { compile } from "../nss/scene.js";
import type { Caller, Install, Outcome } from "../stage/stage.js";
import { type Rule, weakened, without } from "./newfsidmap-rules.js";

/** Alice with no group but her own. */
export const alice = { uid: usual.uid, gid: usual.gid };
export const bob = { uid: 1001, gid: 1001 };
export const root = { uid: 0, gid: 0 };

/** What a caller sees of a run. */
export type Run = Pick<Outcome, "status" | "signal" | "stdout" | "stderr">;

/** A run that mounted and said nothing. */
export const done: Run = { status: 0, signal: 0, stdout: "", stderr: "" };

/** A run in which newfsidmap failed with these lines. */
export const failed = (...lines: string[]): Run => ({
  ...{ status: 1, signal: 0, stdout: "" },
  stderr: lines.map((line) => `newfsidmap: ${line}\n`).join(""),
});

/** Alice has three ranges and bob has one. */
const subids = `alice:100000:65536\nalice:200000:65536\nalice:300000:65536\nbob:400000:65536\n`;

/** A stage with alice's and bob's ranges; `files` are there besides. */
export async function openScene(files: Record<string, string> = {}): Promise<Scene> {
  const scene = await Scene.open();
  await scene.stage.files({ "/etc/subuid": subids, "/etc/subgid": subids, ...files });
  return scene;
}

/** newfsidmap as it is and as it is without rules, installed in one way. */
export class Programs {
  private constructor(
    private readonly scene: Scene,
    readonly whole: string,
    readonly weak: string,
  ) {}

  static async install(scene: Scene, how: Install = installs["file capabilities"]): Promise<Programs> {
    const name = how.setuid ? "setuid" : "capable";
    return new Programs(
      scene,
      await scene.stage.install("build/newfsidmap", `newfsidmap-${name}`, how),
      await scene.stage.install(weakened(), `newfsidmap-${name}-weak`, how),
    );
  }

  /** Runs newfsidmap, without some rules if there are any to leave out. */
  async run(out: Rule[], words: string[], caller: Partial<Caller> = {}): Promise<Run> {
    const program = out.length > 0 ? this.weak : this.whole;
    const argv = [without(out), ...words];
    return seen(
      await this.scene.stage.exec({ program, argv, caller: { ...alice, ...caller }, timeout: 20_000 }),
    );
  }

  /** The words that run newfsidmap by way of a program that runs others. */
  words(out: Rule[], of: string[]): string[] {
    const program = out.length > 0 ? this.weak : this.whole;
    return ["/bin/bash", "-c", 'exec -a "$0" "$@"', without(out), program, ...of];
  }

  /** Binds a tree for a process. */
  bind(out: Rule[], [source, target, pid, ...maps]: Bind, caller: Partial<Caller> = {}): Promise<Run> {
    return this.run(
      out,
      ["--bind", source, target, `${pid}`, ...(maps.length > 0 ? maps : [onDisk])],
      caller,
    );
  }

  /**
   * Binds a tree with a program that its caller stops where `out` says, or a process of it, and continues once he has
   * done something, in the words of a shell script; what is read is the script's as well. In it $main is the
   * program, $child its process if there is one, and $stopped that of both which is stopped.
   */
  stopped(
    out: Rule[],
    [source, target, pid, ...maps]: Bind,
    script: string,
    caller: Partial<Caller> = {},
  ): Promise<Run> {
    const words = ["--bind", source, target, `${pid}`, ...(maps.length > 0 ? maps : [onDisk])];
    const around = `(exec -a "$0" "$@") & main=$!
      children() { read child rest </proc/$main/task/$main/children; }
      until [ "$stopped" ]; do
        [ -d /proc/$main ] || exit
        children
        for one in $main $child; do
          grep -qs '^State:.T' /proc/$one/status && stopped=$one
        done
      done
      children
      ${script}
      kill -CONT $stopped 2>/dev/null; wait $main`;
    // On one processor: the numbers of namespaces follow one another only there.
    const bash = ["/usr/bin/taskset", "-c", "0", "/bin/bash", "-c", around];
    return run(this.scene, [...bash, without(out), this.weak, ...words], caller);
  }
}

/** SOURCE, TARGET, PID and the maps; the third range on disk by default. */
export type Bind = [source: string, target: string, pid: number | string, ...maps: string[]];

/** Installs newfsidmap-inside.c; returns its path. */
export function installHelper(scene: Scene): Promise<string> {
  const built = compile("test/hostile/newfsidmap-inside.c", "hostile-newfsidmap-inside");
  return scene.stage.install(built, "inside");
}

/** Runs a program and says what its caller sees. */
export async function run(scene: Scene, argv: string[], caller: Partial<Caller> = {}): Promise<Run> {
  return seen(await scene.stage.exec({ argv, caller: { ...alice, ...caller }, timeout: 20_000 }));
}

function seen({ status, signal, stdout, stderr }: Outcome): Run {
  return { status, signal, stdout, stderr };
}

/**
 * Starts a process that lives as long as the stage, by way of a command that executes it, in a namespace of alice's
 * if one is given; returns its number.
 */
export async function start(
  scene: Scene,
  command: string,
  caller: Partial<Caller> = {},
  namespace?: Namespace,
): Promise<number> {
  const script = `cd $(mktemp -d); mkfifo up
    ${command} sh -c 'echo up; exec sleep 100000' >up & read line <up; [ "$line" = up ] && echo $!`;
  const enter = namespace ? ["/usr/bin/nsenter", "-t", `${namespace.pid}`, "-U", "-m"] : [];
  const { status, stdout, stderr } = await run(scene, [...enter, "/bin/bash", "-c", script], caller);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return Number(stdout);
}

/** A namespace of somebody's, with a mount namespace unless `options` say otherwise. */
export async function namespaceOf(
  scene: Scene,
  caller: Partial<Caller>,
  map: string,
  options = "-m",
): Promise<Namespace> {
  const maps = `--uid-map '${map}' --gid-map '${map}'`;
  return new Namespace(scene.stage, await start(scene, `/mnt/programs/userns ${options} ${maps}`, caller));
}

/** Another mount namespace of a namespace's. The kernel shows one inside another only if that is younger, per processor. */
export async function mountsOf(scene: Scene, namespace: Namespace): Promise<Namespace> {
  return new Namespace(scene.stage, await start(scene, "taskset -c 0 unshare -m", {}, namespace));
}

/** Why something of the kernel's cannot be tested here that came with this version; undefined if it can. */
export function since(major: number, minor: number): string | undefined {
  const [own = 0, less = 0] = release().split(".").map(Number);
  return own > major || (own === major && less >= minor) ? undefined : `it takes Linux ${major}.${minor}`;
}

/** Which directories are mounted at a path in the stage's own mount namespace, which plays the host's. */
export async function hostMounts(scene: Scene, path: string): Promise<string[]> {
  const lines = (await scene.root("cat /proc/self/mountinfo")).split("\n").map((line) => line.split(" "));
  return lines.filter((fields) => fields[4] === path).map((fields) => fields[3] as string);
}
