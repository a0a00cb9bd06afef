// SPDX-License-Identifier: MIT
//
// What the root of a namespace can do with a mount that newfsidmap made there.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Namespace, onDisk, type Scene } from "../newfsidmap/scene.js";
import type { Rule } from "./newfsidmap-rules.js";
import {
  alice,
  bob,
  done,
  hostMounts,
  installHelper,
  mountsOf,
  namespaceOf,
  openScene,
  Programs,
  run,
  since,
} from "./newfsidmap-scene.js";
import { obstacle } from "./scene.js";

let scene: Scene;
let programs: Programs;
let helper: string;
let inside: Namespace;
beforeAll(async () => {
  if (obstacle) return;
  scene = await openScene();
  programs = await Programs.install(scene);
  helper = await installHelper(scene);
  inside = await namespaceOf(scene, alice, "0 100000 65536");
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/** A tree that is mounted, after what root does there. */
async function mount(out: Rule[], prepare = "true", options: string[] = []) {
  const { tree, here } = await scene.shared();
  await scene.root(`cd ${tree}; ${prepare}`);
  const words = [...options, "--bind", tree, here, `${inside.pid}`, onDisk];
  expect(await programs.run(out, words)).toEqual(done);
  return { tree, here };
}

/** What a script prints there, on standard output and standard error. */
const tell = (script: string, of = inside) => of.sh(`exec 2>&1; ${script}; true`);

describe("its root", () => {
  const flags = ["ro", "nosuid", "nodev", "noexec", "atime"];
  const everyFlag = (answer: string) => flags.map((flag) => `${flag}: ${answer}\n`.repeat(2)).join("");
  const locked = everyFlag("Operation not permitted");

  it("cannot clear its flags, whether asked for, forced or those of the source's mount", async () => {
    const strict = ["--read-only", "--noexec"];
    const asked = await mount([], "true", strict);
    expect(await tell(`${helper} clear ${asked.here}`)).toBe(locked);
    expect(await inside.options(asked.here)).toEqual(["ro,nosuid,nodev,noexec,relatime,idmapped"]);

    const remount = "mount --bind . .; mount -o remount,bind,ro,noexec,nosuid,nodev,relatime .";
    const inherited = await mount([], remount);
    expect(await tell(`${helper} clear ${inherited.here}`)).toBe(locked);
    expect(await inside.options(inherited.here)).toEqual(["ro,nosuid,nodev,noexec,relatime,idmapped"]);

    for (const weak of [await mount(["locked"], "true", strict), await mount(["locked"], remount)]) {
      expect(await tell(`${helper} clear ${weak.here}`)).toBe(everyFlag("ok"));
      expect(await inside.options(weak.here)).toEqual(["rw,noatime,idmapped"]);
    }
  });

  it("finds no setuid file and no device that counts", async () => {
    const prepare = `cp /usr/bin/id .; chown 300005:300005 id; chmod 4755 id
      mknod null c 1 3; chown 300000:300000 null; chmod 666 null`;
    const tries = (here: string) =>
      `setpriv --reuid 7 --regid 7 --clear-groups ${here}/id -u; cat ${here}/null`;
    const { here } = await mount([], prepare);
    expect(await tell(tries(here))).toBe(`7\ncat: ${here}/null: Permission denied\n`);
    const weak = await mount(["forced"], prepare);
    expect(await tell(tries(weak.here))).toBe("5\n");
  });

  it("cannot map its ids again, in its place or in a clone", async (context) => {
    context.skip(since(6, 15) !== undefined, since(6, 15));
    const { here } = await mount([]);
    const own = `unshare -U sleep 100000 & until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/$$/ns/user)" ]; do :; done
      echo 0 0 10 >/proc/$!/uid_map; echo 0 0 10 >/proc/$!/gid_map; ${helper} remap $! ${here}; kill $!`;
    const answers = ["the mount", "a clone", "while it is cloned"].map(
      (what) => `${what}: Operation not permitted\n`,
    );
    expect(await tell(own)).toBe(`${answers.join("")}none: Invalid argument\n`);
  });

  it("cannot leave the tree by a file handle, a link, a rename or '..'", async (context) => {
    context.skip(since(6, 18) !== undefined, since(6, 18));
    const { tree, here } = await mount(
      [],
      "mkdir -p sub/deep ../away; chown -R 300000:300000 sub; echo secret >../outside",
    );
    const outside = tree.replace(/tree$/, "away");
    const handle = (wanted: string) => tell(`${helper} handle ${wanted} ${here}`);
    expect(await handle(`${tree}/sub/deep`)).toBe("by handle: ok\n");
    expect(await handle(outside)).toBe("by handle: Stale file handle\n");
    const link = "Invalid cross-device link";
    expect(
      await tell(
        `ln ${tree}/base ${here}/one; ln ${here}/base ${tree}/two; ${helper} rename ${here}/base ${tree}/three`,
      ),
    ).toBe(
      `ln: failed to create hard link '${here}/one' => '${tree}/base': ${link}\nln: failed to create hard link '${tree}/two' => '${here}/base': ${link}\nrename: ${link}\n`,
    );
    // A process stays in a directory while that is moved out of the tree.
    await inside.sh(
      `cd ${here}/sub/deep; (until [ -e ${here}/go ]; do :; done; ls ..; cat ../../../outside; echo end) >${here}/said 2>&1 &`,
    );
    await scene.root(`cd ${tree}; mv sub ../away/sub; : >go; until grep -qx end said; do :; done`);
    expect(await scene.root(`cat ${tree}/said`)).toBe(
      "ls: cannot access '..': No such file or directory\ncat: ../../../outside: No such file or directory\nend\n",
    );
  });

  /** A process that waits for a mount, to attach it at a path. */
  async function take(of: Namespace, at: string) {
    const directory = (await scene.root("cd $(mktemp -d); chmod 777 .; mkfifo -m 666 go; pwd")).trim();
    await of.run(`cd ${directory}; ${scene.mountFd} take socket ${at} <>go >said 2>&1 &`);
    await scene.root(`cd ${directory}; until grep -qsx ready said; do :; done; chmod 777 socket`);
    return {
      give: [scene.mountFd, "give", `${directory}/socket`],
      attach: () => scene.root(`cd ${directory}; echo >go; until grep -qsx attached said; do :; done`),
    };
  }

  it("keeps the locks wherever a clone of it goes, and shows nobody's ids there", async () => {
    const { here } = await mount([], "true", ["--read-only"]);
    const other = await namespaceOf(scene, alice, "0 200000 65536");
    const taker = await take(other, here);
    expect(await tell([...taker.give, helper, "send", here].join(" "))).toBe("");
    await taker.attach();
    expect(await tell(`${helper} clear ${here}`, other)).toBe(locked.replace(/noexec: .*/g, "noexec: ok"));
    expect(await other.sh(`stat -c %u:%g ${here}/base`)).toBe("65534:65534\n");
  });

  it("finds the locks in a mount that was sent, once the namespace that it was for is gone", async () => {
    const send = async (out: Rule[]) => {
      const { tree, here } = await scene.shared();
      const gone = await namespaceOf(scene, alice, "0 100000 65536");
      const taker = await take(inside, here);
      const words = ["--read-only", "--noexec", "--fd", "3", tree, `${gone.pid}`, onDisk];
      expect(await run(scene, [...taker.give, ...programs.words(out, words)])).toEqual(done);
      await gone.end();
      await taker.attach();
      expect(await inside.sh(`stat -c %u:%g ${here}/base`)).toBe("0:0\n");
      return tell(`${helper} clear ${here}`);
    };
    expect(await send([])).toBe(locked);
    expect(await send(["locked"])).toBe(everyFlag("ok"));
  });

  it("leaves a setuid file only of ids that the caller has", async () => {
    const { tree, here } = await mount([]);
    await inside.sh(`cp /usr/bin/id ${here}; chown 5:5 ${here}/id; chmod 6755 ${here}/id`);
    expect((await run(scene, [`${tree}/id`, "-u"], bob)).stdout).toBe("300005\n");
    await inside.sh(`cp /usr/bin/id ${here}/capable; /usr/sbin/setcap cap_setuid+ep ${here}/capable`);
    expect(await scene.root(`getcap -n ${tree}/capable`)).toBe(
      `${tree}/capable cap_setuid=ep [rootid=300000]\n`,
    );
  });
});

describe("what is mounted", () => {
  it("appears nowhere else, and what others mount does not appear there", async () => {
    await scene.root("mount --make-rshared /");
    const { tree, here } = await scene.shared();
    await inside.sh("mount --make-rshared /");
    const peer = await mountsOf(scene, inside);
    await peer.sh("mount --make-rprivate /");
    expect(await programs.bind([], [tree, here, inside.pid])).toEqual(done);
    expect(await hostMounts(scene, here)).toEqual([]);
    expect(await peer.options(here)).toEqual([]);
    await scene.root(`mkdir ${tree}/sub; mount -t tmpfs tmpfs ${tree}/sub`);
    expect(await inside.options(`${here}/sub`)).toEqual([]);
    await inside.sh(`mount -t tmpfs tmpfs ${here}/sub`);
    expect(await hostMounts(scene, `${tree}/sub`)).toEqual(["/"]);
    await scene.root("mount --make-rprivate /");
  });
});
