// SPDX-License-Identifier: MIT
//
// The scenario on each file system whose mounts can be mapped, and what becomes of a request on the others.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { shareTree } from "./acceptance.js";
import { type Namespace, onDisk, owners, Scene, size } from "./scene.js";
import { type Disk, disks, mountDisk } from "./scene-disk.js";

const reason = await Stage.unavailable();
let scene: Scene;
beforeAll(async () => {
  if (!reason) scene = await Scene.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

describe.each(Object.keys(disks) as Disk[])("on %s", (type) => {
  it("two namespaces share a tree", async ({ skip }) => {
    const unmountable = await mountDisk(scene, type);
    skip(unmountable !== undefined, unmountable);
    const { tree, here } = await scene.shared(`/tmp/${type}`);
    expect(await scene.root(`stat -f -c %T ${tree}`)).toBe(`${type === "ext4" ? "ext2/ext3" : type}\n`);
    await shareTree(scene, tree, here);
    await scene.root(`umount -n /tmp/${type}`);
  });
});

/** Mounts at /tmp/TYPE what cannot be mapped, with a directory of the third range's in it; says which. */
const others = {
  overlay: `mkdir -p lower upper work; chown 300000:300000 lower upper
    mount -n -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay $0; echo $0`,
  ramfs: "mount -n -t ramfs ramfs $0; chown 300000:300000 $0; echo $0",
  devpts: "mount -n -t devpts -o newinstance devpts $0; chown 300000:300000 $0; echo $0",
  // A network namespace of its own: the directory of its interface is no other's, so that its owner can be changed.
  sysfs: `unshare -n sh -ec 'mount -n -t sysfs sysfs $0; cd $0/devices/virtual/net/lo; chown 300000:300000 .
    exec sleep 100000' $0 >/dev/null 2>&1 &
    while [ "$(stat -c %u $0/devices/virtual/net/lo 2>&1)" != 300000 ]; do :; done
    echo $0/devices/virtual/net/lo`,
};

describe("fails closed", () => {
  let target: Namespace;
  beforeAll(async () => {
    if (!reason) target = await scene.range(100000);
  });

  async function refused(type: string, source: string, map: string): Promise<void> {
    const here = (await scene.shared()).here;
    const before = await target.mounts();
    const outcome = await scene.run(["--bind", source, here, String(target.pid), map]);
    const cause = `the file system, ${type}, cannot be mounted with other ids`;
    const stderr = `newfsidmap: cannot map the ids of '${source}': ${cause}\n`;
    expect(outcome).toMatchObject({ status: 1, stdout: "", stderr });
    expect(await target.mounts()).toBe(before);
  }

  it.each(Object.entries(others))("on %s", async (type, script) => {
    await scene.root(`mkdir -p /tmp/${type}/mount`);
    const source = (await scene.root(`cd /tmp/${type}; ${script.replaceAll("$0", `$PWD/mount`)}`)).trim();
    expect(await scene.root(`${owners} ${source}`)).toBe(`${source}:300000:300000\n`);
    await refused(type, source, onDisk);
  });

  it("on proc", async () => {
    await refused("proc", `/proc/${target.pid}/task`, `b:0:100000:${size}`);
  });

  it("on cgroup2", async () => {
    const source = "/tmp/cgroup2/newfsidmap-test";
    await scene.root(`mkdir /tmp/cgroup2; mount -n -t cgroup2 cgroup2 /tmp/cgroup2; mkdir ${source}`);
    try {
      await scene.root(`chown 300000:300000 ${source}`);
      await refused("cgroup2", source, onDisk);
    } finally {
      await scene.root(`rmdir ${source}`);
    }
  });
});
