// SPDX-License-Identifier: MIT
//
// File systems of every kind for the stage: on loop devices, which are free again when the stage has ended.
import type { Scene } from "./scene.js";

/** File systems whose mounts can be mapped; the command that makes one of a sparse file of that size. */
export const disks = {
  ext4: { size: "64M", make: "mkfs.ext4 -q" },
  xfs: { size: "512M", make: "mkfs.xfs -q" },
  btrfs: { size: "256M", make: "mkfs.btrfs -q" },
  tmpfs: { size: "0", make: "true" },
};
export type Disk = keyof typeof disks;

// The stage's /dev has none.
const loopDevices = `[ -e /dev/loop-control ] || {
  mknod -m 600 /dev/loop-control c 10 237
  for n in $(seq 0 255); do mknod -m 600 /dev/loop$n b 7 $n; done
}`;

/** Why a file system cannot be made and mounted here; undefined if /tmp/TYPE on the stage is one now. */
export async function mountDisk({ stage }: Scene, type: Disk): Promise<string | undefined> {
  const { size, make } = disks[type];
  const how = type === "tmpfs" ? "-t tmpfs" : `-t ${type} -o loop`;
  // -n: libmount keeps its notes in /run, which is the machine's.
  const script = `${loopDevices}
    truncate -s ${size} /tmp/${type}.image; ${make} /tmp/${type}.image
    mkdir /tmp/${type}; mount -n ${how} /tmp/${type}.image /tmp/${type}`;
  const outcome = await stage.exec({
    argv: ["/bin/sh", "-ec", script],
    caller: { uid: 0, gid: 0, env: { PATH: "/usr/sbin:/usr/bin" } },
  });
  return outcome.status === 0 ? undefined : `no ${type} can be mounted: ${outcome.stderr.trim()}`;
}
