// SPDX-License-Identifier: MIT
//
// The file system that holds the user's images and containers.
import { plain } from "../output.js";
import { type Check, type Finding, ok, warning } from "./finding.js";

/** Those whose files can have other owners in an idmapped mount, in Linux 6.12. */
const idmapped = new Set(
  "bcachefs btrfs ceph cramfs erofs ext2 ext3 ext4 f2fs fuse gfs2 hugetlbfs msdos ntfs3 overlay squashfs tmpfs vfat virtiofs xfs zfs".split(
    " ",
  ),
);

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
  if (mount && !idmapped.has(mount.type))
    findings.push(
      warning(
        "home",
        `${where} is not known to have idmapped mounts, for which newfsidmap and podman's idmap option ask`,
        "keep such files on another file system, as ext4, xfs or btrfs",
      ),
    );
  return findings.length > 0 ? findings : [ok("home", where)];
};
