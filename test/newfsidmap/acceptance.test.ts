// SPDX-License-Identifier: MIT
//
// What newfsidmap is for, as alice uses it: a tree whose files belong to one range on disk, in namespaces whose
// processes run in others.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Install, Stage } from "../stage/stage.js";
import { shareTree } from "./acceptance.js";
import { installs, type Namespace, onDisk, owners, Scene, size } from "./scene.js";

const reason = await Stage.unavailable();
let scene: Scene;
let first: Namespace;
let second: Namespace;
beforeAll(async () => {
  if (reason) return;
  scene = await Scene.open();
  first = await scene.range(100000);
  second = await scene.range(200000);
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

describe("two namespaces share a tree", () => {
  it("and each sees the files of the other as its own root's", async () => {
    const { tree, here } = await scene.shared();
    await shareTree(scene, tree, here);
  });

  it("and a user of the one writes the files of the same user of the other", async () => {
    const { tree, here } = await scene.shared();
    await scene.bind(tree, here, first);
    await scene.bind(tree, here, second);
    await first.sh(`mkdir -m 700 ${here}/private; chown 33:33 ${here}/private`);
    await second.sh(`echo mine >${here}/private/file`, 33);
    expect(await first.sh(`cd ${here}/private; ${owners} file; cat file`, 33)).toBe("file:33:33\nmine\n");
    const refused = await second.run(`cat ${here}/private/file`, 34);
    expect(refused).toMatchObject({
      status: 1,
      stdout: "",
      stderr: `cat: ${here}/private/file: Permission denied\n`,
    });
    expect(await scene.root(`${owners} ${tree}/private/file`)).toBe(`${tree}/private/file:300033:300033\n`);
  });

  it("with uids and gids in ranges of their own", async () => {
    const apart = await scene.namespace(`0 100000 ${size}`, `0 200000 ${size}`);
    const { tree, here } = await scene.shared();
    await scene.root(`chown -R 200000:300000 ${tree}`);
    await scene.bind(tree, here, apart, [`u:0:200000:${size}`, `g:0:300000:${size}`]);
    expect(await apart.sh(`cd ${here}; ${owners} . base; touch new; chown 7:8 new`)).toBe(
      ".:0:0\nbase:0:0\n",
    );
    expect(await scene.root(`cd ${tree}; ${owners} new`)).toBe("new:200007:300008\n");
  });

  it("and ids that were not asked for are nobody's, and nobody's to make", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`cd ${tree}; touch other; chown 300010:300010 other`);
    await scene.bind(tree, here, first, ["b:0:300000:10"]);
    expect(await first.sh(`cd ${here}; ${owners} base other; touch made; chown 9:9 made`)).toBe(
      "base:0:0\nother:65534:65534\n",
    );
    const beyond = await first.run(`chown 10:10 ${here}/made`);
    expect(beyond).toMatchObject({
      status: 1,
      stderr: `chown: changing ownership of '${here}/made': Value too large for defined data type\n`,
    });
    expect(await scene.root(`${owners} ${tree}/made`)).toBe(`${tree}/made:300009:300009\n`);
  });

  it("one of them --read-only", async () => {
    const { tree, here } = await scene.shared();
    await scene.bind(tree, here, first, [onDisk], ["--read-only"]);
    await scene.bind(tree, here, second);
    expect(await first.options(here)).toEqual(["ro,nosuid,nodev,relatime,idmapped"]);
    expect(await first.run(`echo x >${here}/base`)).toMatchObject({
      status: 2,
      stderr: `/bin/sh: 1: cannot create ${here}/base: Read-only file system\n`,
    });
    await second.sh(`echo changed >${here}/base`);
    expect(await first.sh(`cat ${here}/base`)).toBe("changed\n");
  });

  it("one of them --noexec", async () => {
    const { tree, here } = await scene.shared();
    await scene.bind(tree, here, first, [onDisk], ["--noexec"]);
    await scene.bind(tree, here, second);
    expect(await first.options(here)).toEqual(["rw,nosuid,nodev,noexec,relatime,idmapped"]);
    await first.sh(`printf '#!/bin/sh\\necho ran\\n' >${here}/run; chmod 755 ${here}/run`);
    expect(await first.run(`${here}/run`)).toMatchObject({
      status: 126,
      stderr: `/bin/sh: 1: ${here}/run: Permission denied\n`,
    });
    expect(await second.sh(`${here}/run`)).toBe("ran\n");
  });

  it("with --read-only and --noexec at once", async () => {
    const { tree, here } = await scene.shared();
    await scene.bind(tree, here, first, [onDisk], ["--noexec", "--read-only"]);
    expect(await first.options(here)).toEqual(["ro,nosuid,nodev,noexec,relatime,idmapped"]);
  });
});

describe("a directory of alice's own files", () => {
  it("is root's inside, and what root makes there is hers on disk", async () => {
    const made = await scene.root(`cd $(mktemp -d /tmp/home.XXXXXX); mkdir -m 700 own; mkdir here
      echo hers >own/file; chown -R 1000:1000 .; chmod 711 .; pwd`);
    const home = made.trim();
    await scene.bind(`${home}/own`, `${home}/here`, first, ["b:0:1000:1"]);
    expect(await first.sh(`cd ${home}/here; ${owners} . file; cat file; mkdir new; echo new >new/file`)).toBe(
      ".:0:0\nfile:0:0\nhers\n",
    );
    expect(await scene.root(`cd ${home}/own; ${owners} new new/file; cat new/file`)).toBe(
      "new:1000:1000\nnew/file:1000:1000\nnew\n",
    );
    // Nobody else of the namespace has an id there.
    expect(await first.run(`chown 1 ${home}/here/file`)).toMatchObject({
      status: 1,
      stderr: `chown: changing ownership of '${home}/here/file': Value too large for defined data type\n`,
    });
  });
});

describe("the flags of the source's own mount", () => {
  const all = ["ro", "nosuid", "nodev", "noexec"];

  it.each([...all, all.join(",")])("%s: are there inside, and locked", async (given) => {
    const { tree, here } = await scene.shared();
    const source = `${tree}.mount`;
    await scene.root(
      `mkdir ${source}; mount --bind ${tree} ${source}; mount -o remount,bind,${given} ${source}`,
    );
    await scene.bind(source, here, first);
    const left = all.filter((flag) => given.includes(flag) || flag === "nosuid" || flag === "nodev");
    const options = [`${left.includes("ro") ? "" : "rw,"}${left.join(",")},relatime,idmapped`];
    expect(await first.options(here)).toEqual(options);
    const remount = (flags: string[]) => first.run(`mount -o remount,bind,${flags.join(",")} ${here}`);
    for (const [flag, without] of Object.entries({
      ro: "rw",
      nosuid: "suid",
      nodev: "dev",
      noexec: "exec",
    })) {
      if (!left.includes(flag)) continue;
      // Each of the others stays, so that it is this one that is refused.
      const { status, stderr } = await remount([...left.filter((other) => other !== flag), without]);
      expect([status, stderr.split("\n")[0]]).toEqual([32, `mount: ${here}: permission denied.`]);
    }
    expect(await remount(left)).toMatchObject({ status: 0 });
    expect(await first.options(here)).toEqual(options);
    expect((await first.run(`umount ${here}`)).status).toBe(0);
    await scene.root(`umount ${source}`);
  });
});

describe("the target", () => {
  it("may be named by a descriptor", async () => {
    const { tree, here } = await scene.shared();
    const fds = { 9: { path: `/proc/${first.pid}`, flags: ["O_RDONLY" as const, "O_DIRECTORY" as const] } };
    const outcome = await scene.run(["--bind", tree, here, "fd:9", onDisk], { fds });
    expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(await first.sh(`${owners} ${here}/base`)).toBe(`${here}/base:0:0\n`);
  });

  it("sees the mount and nobody else does", async () => {
    const { tree, here } = await scene.shared();
    const outside = await scene.root("cat /proc/self/mountinfo");
    const other = await second.mounts();
    await scene.bind(tree, here, first);
    expect(await scene.root("cat /proc/self/mountinfo")).toBe(outside);
    expect(await second.mounts()).toBe(other);
    expect(await first.options(here)).toHaveLength(1);
  });
});

describe.each(Object.entries<Install>(installs))("installed with %s", (how, install) => {
  it("binds", async () => {
    const { tree, here } = await scene.shared();
    const program = await scene.stage.install("build/newfsidmap", `by-${how.replaceAll(" ", "-")}`, install);
    const outcome = await scene.run(["--bind", tree, here, String(first.pid), onDisk], {}, program);
    expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(await first.sh(`${owners} ${here}/base; touch ${here}/new`)).toBe(`${here}/base:0:0\n`);
    expect(await scene.root(`${owners} ${tree}/new`)).toBe(`${tree}/new:300000:300000\n`);
  });
});
