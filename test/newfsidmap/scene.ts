// SPDX-License-Identifier: MIT
//
// A stage on which newfsidmap is installed, for a user with three ranges: alice, uid 1000. She runs her processes
// in two of them, and in the third are the owners of the files that she shares between them.
import { expect } from "vitest";
import { buildStatic } from "../stage/build.js";
import { type Caller, type Install, type Outcome, Stage } from "../stage/stage.js";

export const alice = { uid: 1000, gid: 1000, groups: [44] };
const root = { uid: 0, gid: 0 };

/** The ways to install newfsidmap. */
export const installs = {
  "file capabilities": { caps: ["cap_sys_admin", "cap_setuid", "cap_setgid"] },
  "setuid root": { setuid: true },
} satisfies Record<string, Install>;

/** As many ids as each of the ranges has. */
export const size = 65536;
const ranges = [100000, 200000, 300000].map((start) => `alice:${start}:${size}\n`).join("");

/** The request for ids of the third range. */
export const onDisk = `b:0:300000:${size}`;

/** A process of alice's that is root in a user namespace and has a mount namespace there. */
export class Namespace {
  constructor(
    private readonly stage: Stage,
    readonly pid: number,
  ) {}

  /** Runs a shell script there, as root or as the user and the group with another id. */
  run(script: string, id = 0): Promise<Outcome> {
    const enter = ["/usr/bin/nsenter", "-t", `${this.pid}`, "-U", "-m", "-S", `${id}`, "-G", `${id}`];
    return this.stage.exec({ argv: [...enter, "/bin/sh", "-c", script], caller: alice });
  }

  /** What a script prints that succeeds. */
  async sh(script: string, id = 0): Promise<string> {
    const outcome = await this.run(script, id);
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    return outcome.stdout;
  }

  /** The options of each mount at a path, the last one on top. */
  async options(path: string): Promise<string[]> {
    const mounts = (await this.mounts()).split("\n").map((line) => line.split(" "));
    return mounts.filter((fields) => fields[4] === path).map((fields) => fields[5] as string);
  }

  mounts(): Promise<string> {
    return this.sh("cat /proc/self/mountinfo");
  }

  /** Ends it and waits until its namespaces are left. */
  async end(): Promise<void> {
    const script = `kill ${this.pid}; while readlink /proc/${this.pid}/ns/mnt; do :; done`;
    await this.stage.exec({ argv: ["/bin/sh", "-c", script], caller: alice });
  }
}

export class Scene {
  private constructor(
    readonly stage: Stage,
    /** newfsidmap with file capabilities. */
    readonly newfsidmap: string,
    private readonly userns: string,
    /** mount-fd.c */
    readonly mountFd: string,
  ) {}

  static async open(): Promise<Scene> {
    const stage = await Stage.start({ etc: "hermetic", overlays: ["/usr/local"] });
    await stage.install("build/nss", "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
    await stage.files({ "/etc/subuid": ranges, "/etc/subgid": ranges });
    const mountFd = buildStatic("newfsidmap-mount-fd", ["test/newfsidmap/mount-fd.c"]);
    return new Scene(
      stage,
      await stage.install("build/newfsidmap", "newfsidmap", installs["file capabilities"]),
      await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] }),
      await stage.install(mountFd, "mount-fd"),
    );
  }

  /** What a shell script prints that succeeds, run by root in the stage's own namespaces. */
  async root(script: string): Promise<string> {
    const argv = ["/bin/sh", "-ec", script];
    const outcome = await this.stage.exec({ argv, caller: { ...root, env: { PATH: "/usr/sbin:/usr/bin" } } });
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    return outcome.stdout;
  }

  /** A namespace with these maps; the gid map is the uid map unless it is said. It lives as long as the stage. */
  async namespace(uids: string, gids = uids): Promise<Namespace> {
    const script = `cd $(mktemp -d); mkfifo up
      $0 -m --uid-map '${uids}' --gid-map '${gids}' sh -c 'echo up; exec sleep 100000' >up & read line <up
      [ "$line" = up ] && echo $!`;
    const { status, stdout, stderr } = await this.stage.exec({
      argv: ["/bin/bash", "-c", script, this.userns],
      caller: alice,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return new Namespace(this.stage, Number(stdout));
  }

  /** A namespace whose ids from 0 on are a whole range. */
  range(start: number): Promise<Namespace> {
    return this.namespace(`0 ${start} ${size}`);
  }

  /** Runs newfsidmap. */
  run(args: string[], caller: Partial<Caller> = {}, program = this.newfsidmap): Promise<Outcome> {
    return this.stage.exec({ program, argv: ["newfsidmap", ...args], caller: { ...alice, ...caller } });
  }

  /** Binds a tree, which succeeds. */
  async bind(
    source: string,
    target: string,
    of: Namespace,
    maps = [onDisk],
    options: string[] = [],
  ): Promise<void> {
    const outcome = await this.run([...options, "--bind", source, target, String(of.pid), ...maps]);
    expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
  }

  /** Makes a tree whose files belong to the third range's first ids, and a place to bind it to; returns both. */
  async shared(below = "/tmp"): Promise<{ tree: string; here: string }> {
    const made = await this.root(
      `cd $(mktemp -d ${below}/shared.XXXXXX); chmod 755 .; mkdir tree here; echo base >tree/base
      chown -R 300000:300000 tree; pwd`,
    );
    return { tree: `${made.trim()}/tree`, here: `${made.trim()}/here` };
  }
}

/** The shell command that shows name and owners of files. */
export const owners = "stat -c %n:%u:%g";
