// SPDX-License-Identifier: MIT
// podman without root, with a tree that newfsidmap has bound into its namespace: files of other ids than podman's.
//
// podman's namespaces are kept by a process that it leaves behind, and whose pid it writes down; each later podman
// joins them. So a tree that is bound there is at its place for all of alice's containers, until that process ends.

import { expect } from "vitest";
import { eachInstall } from "./world.js";

const podman = ["podman", "crun"];
const run = "podman run --rm --network=none";

/** A root file system as another runtime has it, whose ids from 0 on are alice's sub-ids: ~/image, root's. */
const image = `podman unshare sh -ec 'cp -r rootfs image; mkdir image/srv; echo served >image/srv/file
  chown -R 1:1 image; chown -R 34:34 image/srv; chown 1001:1001 image/srv/file'
mkdir mnt`;

const bind = (...maps: string[]) => `podman unshare true
newfsidmap --bind ~/image ~/mnt $(cat $XDG_RUNTIME_DIR/libpod/tmp/pause.pid) ${maps.join(" ")}`;

/** Each id inside is the same one of the image's. */
const plain = bind("u:0:100000:65536", "g:0:200000:65536");
const show = 'id; stat -c "%n %u:%g" / /srv /srv/file';

eachInstall("podman run --rootfs: the files are those of the container's users", podman, (world) => {
  const script = `${image}; ${plain}
    stat -c "%n %u:%g" image image/srv
    ${run} --rootfs ~/mnt sh -c '${show}; touch /srv/new; chown 5:6 /srv/new'
    stat -c "%n %u:%g" image/srv/new; ls mnt`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout:
      "image 100000:200000\nimage/srv 100033:200033\n" +
      "uid=0 gid=0\n/ 0:0\n/srv 33:33\n/srv/file 1000:1000\n" +
      "image/srv/new 100005:200006\n",
    stderr: "",
  });
});

eachInstall("podman run --rootfs with :O leaves the tree as it is", podman, (world) => {
  const script = `${image}; ${plain}
    ${run} --rootfs ~/mnt:O sh -c '${show}; touch /srv/new; echo other >/srv/file; cat /srv/file'
    ls image/srv; cat image/srv/file`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: "uid=0 gid=0\n/ 0:0\n/srv 33:33\n/srv/file 1000:1000\nother\nfile\nserved\n",
    stderr: "",
  });
});

eachInstall("podman run -v: a user of the container works on his files", podman, (world) => {
  const script = `${image}; ${plain}
    ${run} -v ~/mnt/srv:/srv --user 33:33 --rootfs ~/rootfs sh -c '${show}; touch /srv/new'
    stat -c "%n %u:%g" image/srv/new`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: "uid=33 gid=33 groups=33\n/ 0:0\n/srv 33:33\n/srv/file 1000:1000\nimage/srv/new 100033:200033\n",
    stderr: "",
  });
});

// There the container's root is 1 in podman's namespace, for which the tree is bound, and its 1000 is podman's 0.
eachInstall("podman run --userns=keep-id: the tree is bound for the ids of that map", podman, (world) => {
  const ids = (kind: string, first: number) =>
    `${kind}:1:${first}:1000 ${kind}:0:${first + 1000}:1 ${kind}:1001:${first + 1001}:64535`;
  const script = `${image}; ${bind(ids("u", 100000), ids("g", 200000))}
    ${run} --userns=keep-id --rootfs ~/mnt sh -c '${show}; echo more >>/srv/file'
    ${run} --userns=keep-id --user 0:0 --rootfs ~/mnt sh -c 'touch /srv/new'
    stat -c "%n %u:%g" image/srv/new; cat image/srv/file`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout:
      "uid=1000(alice) gid=1000(alice) groups=1000(alice)\n/ 0:0\n/srv 33:33\n/srv/file 1000:1000\n" +
      "image/srv/new 100000:200000\nserved\nmore\n",
    stderr: "",
  });
});

eachInstall("podman system migrate takes the mount away with the namespace", podman, (world) => {
  const script = `${image}; ${plain}
    podman unshare stat -c %u:%g mnt/srv
    podman system migrate
    podman unshare ls mnt; ${plain}
    podman unshare stat -c %u:%g mnt/srv`;
  expect(world.run("alice", script)).toEqual({ status: 0, stdout: "33:33\n33:33\n", stderr: "" });
});
