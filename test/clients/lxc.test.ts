// SPDX-License-Identifier: MIT
// LXC without root, and root's own LXC: liblxc calls the helpers for root too, but for a map that holds outside id 0,
// which it writes itself. Root needs grants as everybody does.

import { expect } from "vitest";
import { eachInstall, mapText, showMaps } from "./world.js";

/** Makes the container "one" of ./rootfs, whose init writes what it sees to a file, and starts it. */
function startContainer(uid: number, gid: number, count: number, ownId: number): string {
  return `mkdir one && mv rootfs one
cat >one/config <<END
lxc.rootfs.path = dir:$HOME/one/rootfs
lxc.uts.name = one
lxc.net.0.type = empty
lxc.mount.auto = proc
lxc.idmap = u 0 ${uid} ${count}
lxc.idmap = g 0 ${gid} ${count}
lxc.init.cmd = /bin/sh /init
END
cat >one/rootfs/init <<END
exec >/tmp/report
id
${showMaps}
touch /tmp/made
chown 7:8 /tmp/made
END
lxc-usernsexec -m u:0:${uid}:1 -m g:0:${gid}:1 -m u:1:${ownId}:1 -m g:1:${ownId}:1 -- chown -R 0:0 one/rootfs
lxc-start -P $HOME -n one -F || echo "lxc-start: $?"
cat one/rootfs/tmp/report
stat -c %n:%u:%g one/rootfs/tmp/report one/rootfs/tmp/made`;
}

eachInstall("lxc-usernsexec maps the sub-ids", ["lxc-usernsexec"], (world) => {
  const script = `lxc-usernsexec -- sh -c 'id -u; id -G; ${showMaps}; exit 7'`;
  const maps = mapText([0, 100000, 65536]) + mapText([0, 200000, 65536]);
  expect(world.run("alice", script)).toEqual({ status: 7, stdout: `0\n0\n${maps}allow\n`, stderr: "" });
});

eachInstall("lxc-usernsexec: ids that are not granted are refused", ["lxc-usernsexec"], (world) => {
  const { status, stdout, stderr } = world.run("alice", "lxc-usernsexec -m b:0:50:1 -- id");
  expect(stderr).toContain("newuidmap: uid range [0-1) -> [50-51) not allowed");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});

eachInstall("lxc-start runs a container on the sub-ids", ["lxc-start", "lxc-usernsexec"], (world) => {
  const maps = mapText([0, 100000, 65536]) + mapText([0, 200000, 65536]);
  const files = "one/rootfs/tmp/report:100000:200000\none/rootfs/tmp/made:100007:200008\n";
  expect(world.run("alice", startContainer(100000, 200000, 65536, 1000))).toEqual({
    status: 0,
    stdout: `uid=0 gid=0\n${maps}allow\n${files}`,
    stderr: "",
  });
});

eachInstall("root: lxc-usernsexec maps the sub-ids of root", ["lxc-usernsexec"], (world) => {
  const script = `lxc-usernsexec -- sh -c 'id -u; id -G; ${showMaps}'`;
  const maps = mapText([0, 300000, 65536]) + mapText([0, 400000, 65536]);
  expect(world.run("root", script)).toEqual({ status: 0, stdout: `0\n0\n${maps}allow\n`, stderr: "" });
});

eachInstall("root: lxc-usernsexec needs a grant", ["lxc-usernsexec"], (world) => {
  const { status, stdout, stderr } = world.run("root", "lxc-usernsexec -m b:0:100000:10 -- id");
  expect(stderr).toContain("newuidmap: uid range [0-10) -> [100000-100010) not allowed");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});

eachInstall(
  "root: lxc-start runs a container on the sub-ids of root",
  ["lxc-start", "lxc-usernsexec"],
  (world) => {
    const maps = mapText([0, 300000, 65536]) + mapText([0, 400000, 65536]);
    const files = "one/rootfs/tmp/report:300000:400000\none/rootfs/tmp/made:300007:400008\n";
    expect(world.run("root", startContainer(300000, 400000, 65536, 0))).toEqual({
      status: 0,
      stdout: `uid=0 gid=0\n${maps}allow\n${files}`,
      stderr: "",
    });
  },
);
