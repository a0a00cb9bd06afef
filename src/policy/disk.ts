// SPDX-License-Identifier: MIT
//
// Which ids the caller may have on disk, and what the groups of files ask of a mount.
import { Authority } from "./authority";
import { Kind } from "./kind";
import { Ranges } from "./ranges";
import { NO_ID, Request } from "./request";

/**
 * What the caller may have on disk: his `fsid` grants, and the ids whose files he could write through a user
 * namespace anyway; of both what no restriction on fsids holds.
 *
 * @param ids what he may have as uids or as gids
 * @param fsids what the lines say of the same numbers as fsids
 */
export function authorityOnDisk(ids: Authority, fsids: Authority): Authority {
  const disk = new Authority(Kind.Fsid, ids.uid);
  disk.grants.addAll(fsids.grants);
  disk.grants.addAll(ids.grants.less(ids.barred));
  disk.barred.addAll(fsids.barred);
  disk.denied.addAll(ids.denied);
  return disk;
}

/** The own id as one that the caller has without a grant; NO_ID if a restriction holds it. */
export function ownOnDisk(own: u64, disk: Authority): u64 {
  return disk.barred.firstPresent(own, own + 1) == own ? NO_ID : own;
}

/**
 * The first of the groups `held`, of those in `only` where that is not null, whose files would not show as the
 * group's through the mount; NO_ID if there is none. A file that shuts a group out by its mode lets the members in
 * where its group is hidden from them, without setgroups.
 *
 * @param mount disk -> kernel
 */
export function firstHidden(held: Ranges, mount: Request, only: Ranges | null): u64 {
  for (let i = 0; i < held.length; i++) {
    for (let gid = held.start(i); gid < held.end(i); gid++) {
      if (only && only.firstPresent(gid, gid + 1) != gid) continue;
      if (!showsAsItself(gid, mount)) return gid;
    }
  }
  return NO_ID;
}

function showsAsItself(gid: u64, mount: Request): bool {
  for (let i = 0; i < mount.length; i++) {
    if (gid >= mount.inside[i] && gid < mount.insideEnd(i)) return mount.inside[i] == mount.outside[i];
  }
  return false;
}
