// SPDX-License-Identifier: MIT
//
// newfsidmap --fd: the mount goes over a socket to whoever holds the other end, and he attaches it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { alice, type Namespace, onDisk, owners, Scene } from "./scene.js";

const reason = await Stage.unavailable();
let scene: Scene;
beforeAll(async () => {
  if (!reason) scene = await Scene.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

/** A process of a namespace that waits for a mount; what it has said stands in a file. */
class Taker {
  private constructor(
    private readonly of: Namespace,
    readonly directory: string,
  ) {}

  static async start(of: Namespace, target: string): Promise<Taker> {
    const directory = (await scene.root("cd $(mktemp -d); chmod 777 .; mkfifo -m 666 go; pwd")).trim();
    const taker = new Taker(of, directory);
    await of.run(`cd ${directory}; ${scene.mountFd} take socket ${target} <>go >said 2>&1 &`);
    await taker.said("ready");
    await scene.root(`chmod 777 ${directory}/socket`);
    return taker;
  }

  /** Waits until it has said that. */
  async said(word: string): Promise<void> {
    await scene.root(`until grep -qsx ${word} ${this.directory}/said; do :; done`);
  }

  /** Has it attach the mount. */
  async attach(): Promise<void> {
    await this.of.sh(`echo >${this.directory}/go`);
    await this.said("attached");
  }
}

/** Runs newfsidmap with its end of the socket; nothing is attached. */
async function send(taker: Taker, source: string, of: Namespace, options: string[] = []): Promise<void> {
  const give = ["mount-fd", "give", `${taker.directory}/socket`, scene.newfsidmap];
  const argv = [...give, ...options, "--fd", "3", source, String(of.pid), onDisk];
  // The first word that it executes is the program's path and its name.
  const outcome = await scene.stage.exec({ program: scene.mountFd, argv, caller: alice });
  expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
  await taker.said("received");
}

const flags = "ro,nosuid,nodev,noexec,relatime,idmapped";

describe("the mount that --fd sends", () => {
  it("is attached by the namespace's own root", async () => {
    const { tree, here } = await scene.shared();
    const one = await scene.range(100000);
    const taker = await Taker.start(one, here);
    await send(taker, tree, one);
    expect(await one.options(here)).toEqual([]);
    await taker.attach();
    expect(await one.options(here)).toEqual(["rw,nosuid,nodev,relatime,idmapped"]);
    expect(await one.sh(`cd ${here}; ${owners} . base; touch new; chown 5:6 new`)).toBe(".:0:0\nbase:0:0\n");
    expect(await scene.root(`${owners} ${tree}/new`)).toBe(`${tree}/new:300005:300006\n`);
  });

  it("works when the namespace that it was made for is gone, and its flags are locked", async () => {
    const { tree, here } = await scene.shared();
    const gone = await scene.range(100000);
    const heir = await scene.range(100000);
    const taker = await Taker.start(heir, here);
    await send(taker, tree, gone, ["--read-only", "--noexec"]);
    await gone.end();
    await taker.attach();
    expect(await heir.options(here)).toEqual([flags]);
    expect(await heir.sh(`cd ${here}; ${owners} . base; cat base`)).toBe(".:0:0\nbase:0:0\nbase\n");
    for (const [flag, without] of Object.entries({
      ro: "rw",
      nosuid: "suid",
      nodev: "dev",
      noexec: "exec",
    })) {
      const wanted = flags.replace(",relatime,idmapped", "").replace(new RegExp(`\\b${flag}\\b`), without);
      const { status, stderr } = await heir.run(`mount -o remount,bind,${wanted} ${here}`);
      expect([status, stderr.split("\n")[0]]).toEqual([32, `mount: ${here}: permission denied.`]);
    }
    expect(await heir.options(here)).toEqual([flags]);
  });

  it("shows nobody's files to a namespace that it was not made for", async () => {
    const { tree, here } = await scene.shared();
    const other = await scene.range(200000);
    const taker = await Taker.start(other, here);
    await send(taker, tree, await scene.range(100000));
    await taker.attach();
    expect(await other.sh(`cd ${here}; ${owners} . base`)).toBe(".:65534:65534\nbase:65534:65534\n");
    expect(await other.run(`touch ${here}/new`)).toMatchObject({
      status: 1,
      stderr: `touch: cannot touch '${here}/new': Value too large for defined data type\n`,
    });
  });
});
