// SPDX-License-Identifier: MIT
//
// The file system that holds the user's images and containers.
import { plain } from "../output.js";
import { type Check, type Finding, ok, warning } from "./finding.js";

/**
 * The first Linux in which mounts of a type can be idmapped: FS_ALLOW_IDMAP in the kernel's sources, listed in
 * mount_setattr(2). Not of ext2 and ext3, not of overlay itself: tried on 6.18. A FUSE server has to allow it besides.
 */
const idmappedSince: Readonly<Record<string, string>> = {
  ext4: "5.12",
  msdos: "5.12",
  vfat: "5.12",
  xfs: "5.12",
  btrfs: "5.15",
  ntfs3: "5.15",
  f2fs: "5.18",
  erofs: "5.19",
  squashfs: "6.2",
  tmpfs: "6.3",
  ceph: "6.7",
  hugetlbfs: "6.9",
  fuse: "6.12",
  virtiofs: "6.12",
};

/** Whether mounts of a type can be idmapped by a Linux of that release. */
function isIdmapped(type: string, release: string): boolean {
  const number = (version: string) => {
    const [major = 0, minor = 0] = version.split(/[^0-9]/).map(Number);
    return 1000 * major + minor;
  };
  const since = idmappedSince[type];
  return since !== undefined && number(release) >= number(since);
}

/** Extended attributes and idmapped mounts. */
export const checkHome: Check = (machine) => {
  const home = machine.home();
  if (home === undefined || !machine.stat(home)?.isDirectory())
    return [
      warning(
        "home",
        home === undefined ? "it is not known" : `there is no directory ${plain(home)}`,
        "make one: programs keep images and containers in it, unless they are told otherwise",
      ),
    ];
  const mount = machine.mountOf(home);
  const where = `${plain(home)} (${mount?.type ?? "of an unknown file system"})`;
  const findings: Finding[] = [];
  if (machine.hasUserAttributes(home) === false)
    findings.push(
      warning(
        "home",
        `${where} has no extended attributes of users, which overlay needs`,
        "keep images elsewhere: graphroot in ~/.config/containers/storage.conf",
      ),
    );
  const release = machine.text("/proc/sys/kernel/osrelease").trim();
  if (mount && !isIdmapped(mount.type, release))
    findings.push(
      warning(
        "home",
        `${where} is not known to have idmapped mounts in Linux ${release}: newfsidmap and podman's idmap option ask for them`,
        "keep such files on another file system, as ext4, xfs or btrfs",
      ),
    );
  return findings.length > 0 ? findings : [ok("home", where)];
};
