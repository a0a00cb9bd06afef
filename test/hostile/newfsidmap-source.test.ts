// SPDX-License-Identifier: MIT
//
// What newfsidmap mounts: a directory that its caller can reach and that is his, as it was when it was judged, and
// nothing that a mount hides.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Namespace, onDisk, type Scene } from "../newfsidmap/scene.js";
import type { Rule } from "./newfsidmap-rules.js";
import {
  alice,
  type Bind,
  done,
  failed,
  installHelper,
  namespaceOf,
  openScene,
  Programs,
  since,
  start,
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

const bind = (out: Rule[], ...of: Bind) => programs.bind(out, of);
const isDirectory = "SOURCE is a directory, and neither a symbolic link nor reached through /proc/PID/fd";

/** A tree below a directory that nobody but root may enter. */
async function closed() {
  const { tree, here } = await scene.shared();
  await scene.root(`cd ${tree}/..; mkdir -m 700 closed; mv tree closed`);
  return { tree: tree.replace(/tree$/, "closed/tree"), here };
}

describe("the path of SOURCE", () => {
  it("is one that the caller may go", async () => {
    const { tree, here } = await closed();
    expect(await bind([], tree, here, inside.pid)).toEqual(
      failed(`cannot open '${tree}': Permission denied`),
    );
    expect(await inside.options(here)).toEqual([]);
    expect(await bind(["callersIds"], tree, here, inside.pid)).toEqual(done);
    expect(await inside.sh(`cat ${here}/base`)).toBe("base\n");
  });

  it("has no magic link", async () => {
    const { tree, here } = await closed();
    await scene.root(`chmod 755 ${tree}/..`);
    const pid = await start(scene, `9<${tree} env -C ${tree}`);
    await scene.root(`chmod 700 ${tree}/..`);
    for (const link of ["cwd", "fd/9", `root${tree}/../../here`, `task/${pid}/cwd`]) {
      const source = `/proc/${pid}/${link}`;
      const found = link.startsWith("root") ? "Too many levels of symbolic links" : "Not a directory";
      expect(await bind([], source, here, inside.pid)).toEqual(
        failed(`cannot open '${source}': ${found}`, isDirectory),
      );
      expect(await bind([], `${source}/.`, here, inside.pid)).toEqual(
        failed(`cannot open '${source}/.': Too many levels of symbolic links`, isDirectory),
      );
    }
    expect(await inside.options(here)).toEqual([]);
    // The copy of the mounts has none that such a link leads to.
    expect(await bind(["noMagicLink"], `/proc/${pid}/cwd/.`, here, inside.pid)).toEqual(
      failed(
        `cannot clone the mount of '/proc/${pid}/cwd/.': Invalid argument`,
        "it is in another mount namespace than the caller, or unbindable",
      ),
    );
    expect(await bind(["noMagicLink", "copied"], `/proc/${pid}/cwd/.`, here, inside.pid)).toEqual(done);
    expect(await inside.sh(`cat ${here}/base`)).toBe("base\n");
  });

  it("does not end in a symbolic link", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`ln -s tree ${tree}/../link`);
    const source = tree.replace(/tree$/, "link");
    expect(await bind([], source, here, inside.pid)).toEqual(
      failed(`cannot open '${source}': Not a directory`, isDirectory),
    );
    expect(await bind(["noLink"], source, here, inside.pid)).toEqual(done);
  });

  it("is gone once", async () => {
    const swap = async (out: Rule[]) => {
      const { tree, here } = await scene.shared();
      await scene.root(
        `cd ${tree}/..; chmod 777 .; chown 1000:1000 tree; mkdir -m 755 roots; echo secret >roots/base`,
      );
      const script = `cd ${tree}/..; mv tree away; ln -s roots tree; rm tree; mv roots tree`;
      const outcome = await programs.stopped(
        ["stoppedLater", ...out],
        [tree, here, inside.pid, onDisk],
        script,
      );
      return [outcome, await inside.sh(`cat ${here}/base`)];
    };
    expect(await swap([])).toEqual([done, "base\n"]);
    expect(await swap(["openedOnce"])).toEqual([done, "secret\n"]);
  });
});

describe("SOURCE", () => {
  it("belongs to the caller or to an id that is mapped", async () => {
    const { tree, here } = await scene.shared();
    for (const owner of [0, 1001, 365536, 299999]) {
      await scene.root(`chown ${owner} ${tree}`);
      expect(await bind([], tree, here, inside.pid)).toEqual(
        failed(
          `may not mount '${tree}': it belongs to uid ${owner}`,
          "the directory has to be the caller's own or belong to a disk uid that shows as one of the namespace's",
        ),
      );
      expect(await bind(["sourceJudged"], tree, here, inside.pid)).toEqual(
        failed("internal error: a source of another user's"),
      );
    }
    expect(await inside.options(here)).toEqual([]);
    expect(await bind(["sourceJudged", "sourceOwned"], tree, here, inside.pid)).toEqual(done);
  });

  it("has no mount below, not even one that cannot be bound", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`mkdir ${tree}/sub; echo hidden >${tree}/sub/file; mount -t tmpfs tmpfs ${tree}/sub`);
    const refusal = failed(
      `cannot lock the mount of '${tree}': there are mounts below it`,
      "they might be unmounted inside, and what they hide be seen",
    );
    const reveal = async (rule: Rule) => {
      expect(await bind([], tree, here, inside.pid)).toEqual(refusal);
      expect(await inside.options(here)).toEqual([]);
      expect(await bind([rule], tree, here, inside.pid)).toEqual(done);
      expect(await inside.sh(`cat ${here}/sub/file; umount ${here}`)).toBe("hidden\n");
    };
    await reveal("recursive");
    await scene.root(`mount --make-unbindable ${tree}/sub`);
    await reveal("copied");
    await scene.root(`umount ${tree}/sub; mount --bind /etc/passwd ${tree}/base`);
    expect(await bind([], tree, here, inside.pid)).toEqual(refusal);
  });

  it("is not mounted with other ids already", async (context) => {
    context.skip(since(6, 15) !== undefined, since(6, 15));
    const { tree, here } = await scene.shared();
    await scene.root(
      `chown 5:5 ${tree}; chown 200000:200000 ${tree}/base; ${helper} idmap ${inside.pid} ${tree}`,
    );
    // The administrator's map shows the directory as hers, and the file as nobody's.
    expect(await scene.root(`stat -c %u ${tree} ${tree}/base`)).toBe("100005\n65534\n");
    const request: Bind = [tree, here, inside.pid, "b:0:100005:1", "b:1:200000:1"];
    expect(await bind([], ...request)).toEqual(
      failed(
        `cannot map the ids of '${tree}': its mount maps ids already, or its file system belongs to another user namespace`,
      ),
    );
    expect(await inside.options(here)).toEqual([]);
    expect(await bind(["mapsOnce"], ...request)).toEqual(done);
    expect(await inside.sh(`stat -c %u ${here}/base`)).toBe("1\n");
  });

  it("is of a file system that can be mounted with other ids", async () => {
    const { here } = await scene.shared();
    const pid = await start(scene, "exec");
    const source = `/proc/${pid}`;
    expect(await bind([], source, here, inside.pid)).toEqual(
      failed(`cannot map the ids of '${source}': the file system, proc, cannot be mounted with other ids`),
    );
    expect(await inside.options(here)).toEqual([]);
    expect(await bind(["mapped"], source, here, inside.pid)).toEqual(done);
    expect(await inside.options(here)).toEqual(["rw,nosuid,nodev,noexec,relatime"]);
  });
});
