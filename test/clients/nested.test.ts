// SPDX-License-Identifier: MIT
// A user namespace inside a user namespace: the privilege of the helpers counts over the outer one there.

import { expect } from "vitest";
import { eachInstall, type Install, mapText, showMaps } from "./world.js";

const inner: [number, number, number][] = [
  [0, 1000, 1],
  [1, 1, 999],
  [1000, 1001, 64535],
];

/** How root of an image installs the helpers: what it owns inside is not root's outside. */
const imageInstall: Record<Install, string> = {
  capabilities: "setcap cap_setuid+ep box/newuidmap && setcap cap_setgid+ep box/newgidmap",
  setuid: "chmod u+s box/newuidmap box/newgidmap",
};

/** Makes ./box, the root file system of a container with podman and the helpers in it and a user podman. */
function makeBox(install: Install): string {
  return `mkdir -p box/dev box/etc box/home/podman box/proc box/run box/sys box/usr
mkdir -m 1777 box/tmp
mkdir -p -m 1777 box/var/tmp
for dir in bin lib lib64 sbin; do ln -s usr/$dir box/$dir; done
printf '%s\\n' root:x:0:0::/root:/bin/sh podman:x:1000:1000::/home/podman:/bin/sh >box/etc/passwd
printf '%s\\n' root:x:0: podman:x:1000: >box/etc/group
printf '%s\\n' podman:1:999 podman:1001:64535 | tee box/etc/subuid >box/etc/subgid
cp -r /etc/containers box/etc
mv rootfs box/home/podman
mkdir -m 700 box/home/podman/run
cp /usr/bin/newuidmap /usr/bin/newgidmap box
chmod 755 box/newuidmap box/newgidmap
podman unshare sh -ec 'chown -R 1000:1000 box/home/podman; ${imageInstall[install]}'`;
}

/** Runs a command in ./box, with the system's own programs as they are. */
const runBox =
  "podman run --rm --privileged --network=none --user podman -e HOME=/home/podman -e XDG_RUNTIME_DIR=/home/podman/run " +
  "-v /usr:/usr:ro --rootfs $HOME/box";

/** The same with the helpers of the image. */
const runBoxWithImageHelpers = runBox.replace(
  "--rootfs",
  "-v $HOME/box/newuidmap:/usr/bin/newuidmap -v $HOME/box/newgidmap:/usr/bin/newgidmap --rootfs",
);

eachInstall("podman inside podman, as a user in both", ["podman", "crun"], (world) => {
  const script = `${makeBox(world.install)}
cat >box/inside <<'END'
id
stat -c '%a %u:%g' /usr/bin/newuidmap
getcap /usr/bin/newuidmap
podman --log-level=error run --rm --network=none --rootfs $HOME/rootfs sh -c 'id; ${showMaps}; touch /tmp/made; chown 5:6 /tmp/made'
END
${runBoxWithImageHelpers} sh /inside
stat -c %u:%g box/home/podman/rootfs/tmp/made`;
  const helper = {
    capabilities: "755 0:0\n/usr/bin/newuidmap cap_setuid=ep\n",
    setuid: "4755 0:0\n",
  }[world.install];
  const maps = mapText(...inner) + mapText(...inner);
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: `uid=1000(podman) gid=1000(podman) groups=1000(podman)\n${helper}uid=0 gid=0\n${maps}allow\n100004:200005\n`,
    stderr: "",
  });
});

// The owner of the system's programs has no id in there, so that setuid gives nothing; a file capability does.
eachInstall(
  "unshare in podman with the helpers of the system outside",
  ["podman", "crun", "unshare"],
  (world) => {
    const script = `${makeBox(world.install)}
${runBox} unshare -U --map-users=1,0,10 --map-groups=1,0,10 sh -c '${showMaps}'`;
    const { status, stdout, stderr } = world.run("alice", script);
    if (world.install === "capabilities") {
      const map = mapText([0, 1, 10]);
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${map}${map}allow\n`, stderr: "" });
    } else {
      expect(stderr.split("\n")[0]).toBe("newuidmap: write to uid_map failed: Operation not permitted");
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    }
  },
);

eachInstall("lxc-usernsexec as root of a podman namespace", ["podman", "lxc-usernsexec"], (world) => {
  const script = `podman unshare lxc-usernsexec -m b:0:1:1000 -- sh -c '${showMaps}'`;
  const map = mapText([0, 1, 1000]);
  expect(world.run("alice", script)).toEqual({ status: 0, stdout: `${map}${map}allow\n`, stderr: "" });
});

eachInstall("unshare as root of a podman namespace needs a grant", ["podman", "unshare"], (world) => {
  const script = "podman unshare unshare -U --map-users=2000,0,10 --map-groups=2000,0,10 id";
  const { status, stdout, stderr } = world.run("alice", script);
  expect(stderr.split("\n")[0]).toBe("newuidmap: uid range [0-10) -> [2000-2010) not allowed");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
});
