// SPDX-License-Identifier: MIT
//
// Whose ids newfsidmap maps: on disk and in the kernel the caller's, never 0, and none that lets a group's files out.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { installs, Namespace, type Scene } from "../newfsidmap/scene.js";
import type { Rule } from "./newfsidmap-rules.js";
import {
  alice,
  bob,
  done,
  failed,
  namespaceOf,
  openScene,
  Programs,
  root,
  run,
  start,
} from "./newfsidmap-scene.js";
import { obstacle } from "./scene.js";

let scene: Scene;
beforeAll(async () => {
  if (obstacle) return;
  const entries = ["alice:300044:1:fsid,gid,deny-setgroups", "root:500000:10:uid,gid,fsid"];
  scene = await openScene({ "/etc/usernamespaces": entries.map((line) => `${line}\n`).join("") });
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/** A namespace whose maps root writes, whoever owns it. */
async function mappedByRoot(map: string, caller = alice): Promise<Namespace> {
  const pid = await start(scene, "unshare -U -m", caller);
  await scene.root(`for map in uid_map gid_map; do printf '${map}\n' >/proc/${pid}/$map; done`);
  return new Namespace(scene.stage, pid);
}

const hers = (side: string, more = "") =>
  `alice may ${side} 100000-165535 (/etc/subuid:1), 200000-265535 (/etc/subuid:2), 300000-365535 (/etc/subuid:3)${more} and the own uid 1000`;
const roots = (where: string) => `${where} uid 0 is root's own: nobody may map it`;

describe.each(Object.entries(installs))("newfsidmap, %s,", (_how, install) => {
  let programs: Programs;
  beforeAll(async () => {
    if (!obstacle) programs = await Programs.install(scene, install);
  });

  it("maps no ids of another user's on disk", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`chown -R 400000:400000 ${tree}; chmod 600 ${tree}/base`);
    const inside = await namespaceOf(scene, alice, "0 100000 65536");
    const asks = (out: Rule[]) => programs.bind(out, [tree, here, inside.pid, "b:0:400000:10"]);
    expect(await asks([])).toEqual(
      failed(
        "uid range [0-10) -> disk [400000-400010) not allowed",
        hers("have on disk", ", 300044 (/etc/usernamespaces:1)"),
      ),
    );
    expect(await asks(["diskGranted"])).toEqual(done);
    expect(await inside.sh(`cat ${here}/base`)).toBe("base\n");
  });

  it("maps no ids of another user's in the kernel", async () => {
    const { tree, here } = await scene.shared();
    const inside = await mappedByRoot("0 400000 65536");
    const asks = (out: Rule[]) => programs.bind(out, [tree, here, inside.pid, "b:0:300000:10"]);
    expect(await asks([])).toEqual(failed("uid range [0-10) -> [400000-400010) not allowed", hers("map")));
    expect(await asks(["kernelGranted"])).toEqual(done);
    expect(await inside.sh(`stat -c %u ${here}`)).toBe("0\n");
  });

  it("maps disk id 0 for nobody: a setuid file that is left there runs as root", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`chown 0:0 ${tree}`);
    const inside = await namespaceOf(scene, alice, "0 100000 65536");
    const asks = (out: Rule[]) => programs.bind(out, [tree, here, inside.pid, "b:0:0:1"]);
    expect(await asks([])).toEqual(failed("uid range [0-1) -> disk [0-1) not allowed", roots("disk")));
    expect(await asks(["diskGranted"])).toEqual(failed("internal error: disk id 0"));
    expect(await asks(["diskGranted", "noDiskZero"])).toEqual(done);
    await inside.sh(`cp /usr/bin/id ${here}; chmod 4755 ${here}/id`);
    expect((await run(scene, [`${tree}/id`, "-u"], bob)).stdout).toBe("0\n");
  });

  it("maps kernel id 0 for nobody", async () => {
    const { tree, here } = await scene.shared();
    const inside = await mappedByRoot("0 0 1");
    const asks = (out: Rule[]) => programs.bind(out, [tree, here, inside.pid, "b:0:300000:1"]);
    expect(await asks([])).toEqual(failed("uid range [0-1) -> [0-1) not allowed", roots("kernel")));
    expect(await asks(["kernelGranted"])).toEqual(failed("internal error: an extent that cannot be granted"));
    // Nor would the kernel let it, without CAP_SETFCAP.
    expect(await asks(["kernelGranted", "noKernelZero"])).toEqual(
      failed(
        "cannot make the mapping: Operation not permitted",
        "an id of the namespace's does not exist here, see /proc/self/uid_map,",
        "or the caller is in a chroot, where the kernel makes no user namespaces",
      ),
    );
  });

  it("maps neither for root", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`chown 0:0 ${tree}`);
    const inside = await mappedByRoot("0 0 1\\n1 500000 10", root);
    const asks = (...maps: string[]) => programs.bind([], [tree, here, inside.pid, ...maps], root);
    expect(await asks("b:0:500000:1")).toEqual(
      failed("uid range [0-1) -> [0-1) not allowed", roots("kernel")),
    );
    expect(await asks("b:1:0:1")).toEqual(failed("uid range [1-2) -> disk [0-1) not allowed", roots("disk")));
    expect(await asks("b:1:500000:1")).toEqual(done);
  });

  it("maps a disk gid under deny-setgroups only where setgroups is denied, and never over --fd", async () => {
    const { tree, here } = await scene.shared();
    const denied = await namespaceOf(scene, alice, "0 100000 65536", "-m --setgroups deny");
    const allowed = await namespaceOf(scene, alice, "0 100000 65536");
    const under = "gid 300044 is under deny-setgroups (/etc/usernamespaces:1)";
    expect(await programs.bind([], [tree, here, allowed.pid])).toEqual(
      failed(
        "setgroups is not denied in the target",
        under,
        "it would work with a namespace that userns --setgroups deny makes",
      ),
    );
    expect(await programs.bind([], [tree, here, denied.pid])).toEqual(done);
    expect(await programs.bind(["denied"], [tree, here, allowed.pid])).toEqual(done);
    const send = (out: Rule[]) =>
      programs.run(out, ["--fd", "9", tree, `${denied.pid}`, "b:0:300000:65536"], {
        fds: { 9: { path: "/dev/null" } },
      });
    expect(await send([])).toEqual(
      failed(
        "--fd is not allowed with a disk gid under deny-setgroups",
        under,
        "who receives the mount could attach it where setgroups is allowed: --bind would work",
      ),
    );
    expect(await send(["handable"])).toEqual(
      failed("cannot send the mount over descriptor 9: it is no unix socket"),
    );
  });

  it("hides no group of the caller's, whose members a file shuts out", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`cd ${tree}; chown 1000:1000 .; echo secret >file; chown 0:44 file; chmod 604 file`);
    const member = { ...alice, groups: [44] };
    const cat = ["/bin/cat", `${tree}/file`];
    expect(await run(scene, cat, member)).toMatchObject({ status: 1, stdout: "" });
    const inside = await namespaceOf(scene, member, "0 1000 1");
    const asks = (out: Rule[]) => programs.bind(out, [tree, here, inside.pid, "b:0:1000:1"], member);
    expect(await asks([])).toEqual(
      failed(
        "gid 44, a group of the caller's, would not show as itself in the mount",
        "that is allowed only with gids that an administrator granted",
        "it would work with g:INSIDE:44:1 where the target maps INSIDE to 44",
      ),
    );
    expect(await asks(["shown"])).toEqual(done);
    const enter = ["/usr/bin/nsenter", "-t", `${inside.pid}`, "-U", "-m", "--preserve-credentials"];
    expect(await run(scene, [...enter, "cat", `${tree}/file`], member)).toMatchObject({
      status: 1,
      stdout: "",
    });
    expect((await run(scene, [...enter, "cat", `${here}/file`], member)).stdout).toBe("secret\n");
  });

  it("hides one only where she could leave it without us", async () => {
    const { tree, here } = await scene.shared();
    await scene.root(`chown 1000:1000 ${tree}`);
    const member = { ...alice, groups: [44] };
    const inside = await mappedByRoot("0 1000 1");
    expect(await programs.bind([], [tree, here, inside.pid, "b:0:1000:1"], member)).toEqual(done);
    const leaves = ["/usr/bin/nsenter", "-t", `${inside.pid}`, "-U", "setpriv", "--clear-groups", "id", "-G"];
    expect((await run(scene, leaves, member)).stdout).toBe("0\n");
  });
});
