// SPDX-License-Identifier: MIT
// unshare of util-linux, whose helper's target is no child of the helper's parent, and rootlesskit.

import { expect } from "vitest";
import { aliceAsRoot, eachInstall, mapText, showMaps } from "./world.js";

eachInstall("unshare --map-auto --map-root-user maps the user and the sub-ids", ["unshare"], (world) => {
  const show = `unshare -U --map-auto --map-root-user sh -c 'id -u; id -g; id -G; ${showMaps}'`;
  const maps = mapText([0, 1000, 1], [1, 100000, 65535]) + mapText([0, 1000, 1], [1, 200000, 65535]);
  // 65534 is the group audio, which is not mapped and was not dropped.
  expect(world.run("alice", show)).toEqual({
    status: 0,
    stdout: `0\n0\n0 65534\n${maps}allow\n`,
    stderr: "",
  });
});

eachInstall("unshare: a file of an id inside is a file of the sub-id outside", ["unshare"], (world) => {
  const script =
    "unshare -U --map-auto --map-root-user sh -c 'touch own other; chown 33:44 other'; stat -c %n:%u:%g own other";
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: "own:1000:1000\nother:100032:200043\n",
    stderr: "",
  });
});

eachInstall("unshare: the own ids alone are mapped with setgroups denied", ["unshare"], (world) => {
  const script = `unshare -U --map-users=1000,0,1 --map-groups=1000,0,1 sh -c '${showMaps}'`;
  const own = mapText([0, 1000, 1]);
  expect(world.run("alice", script)).toEqual({ status: 0, stdout: `${own}${own}deny\n`, stderr: "" });
});

eachInstall("unshare: uids that are not granted are refused", ["unshare"], (world) => {
  const { status, stdout, stderr } = world.run(
    "alice",
    "unshare -U --map-users=50,0,10 --map-groups=1000,0,1 id",
  );
  expect(stderr.split("\n")[0]).toBe("newuidmap: uid range [0-10) -> [50-60) not allowed");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});

eachInstall("unshare: gids that are not granted are refused", ["unshare"], (world) => {
  const { status, stdout, stderr } = world.run(
    "alice",
    "unshare -U --map-users=1000,0,1 --map-groups=29,0,1 id",
  );
  expect(stderr.split("\n")[0]).toBe("newgidmap: gid range [0-1) -> [29-30) not allowed");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});

eachInstall("rootlesskit maps the user and the sub-ids", ["rootlesskit"], (world) => {
  const { status, stdout } = world.run("alice", `rootlesskit sh -c 'id -u; ${showMaps}; exit 7'`);
  expect({ status, stdout }).toEqual({ status: 7, stdout: `0\n${aliceAsRoot}` });
});

eachInstall(
  "root: unshare --map-auto --map-root-user maps outside id 0 and the sub-ids of root",
  ["unshare"],
  (world) => {
    const script = `unshare -U --map-auto --map-root-user sh -c '${showMaps}'`;
    const maps = mapText([0, 0, 1], [1, 300000, 65535]) + mapText([0, 0, 1], [1, 400000, 65535]);
    expect(world.run("root", script)).toEqual({ status: 0, stdout: `${maps}allow\n`, stderr: "" });
  },
);

eachInstall(
  "root: unshare maps ids from outside id 0 on where root is granted them",
  ["unshare"],
  (world) => {
    const script = `unshare -U --map-users=0,0,10 --map-groups=0,0,20 sh -c '${showMaps}'`;
    const maps = mapText([0, 0, 10]) + mapText([0, 0, 20]);
    expect(world.run("root", script)).toEqual({ status: 0, stdout: `${maps}allow\n`, stderr: "" });
  },
);

eachInstall("root: unshare: ids that are not granted are refused", ["unshare"], (world) => {
  const { status, stdout, stderr } = world.run(
    "root",
    "unshare -U --map-users=2000,0,10 --map-groups=0,0,1 id",
  );
  expect(stderr.split("\n")[0]).toBe("newuidmap: uid range [0-10) -> [2000-2010) not allowed");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});
