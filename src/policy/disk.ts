// SPDX-License-Identifier: MIT
//
// Which ids the caller may have on disk, and what the groups of files ask of a mount.
import { Authority } from "./authority";
import { Ranges } from "./ranges";
import { NO_ID, Request } from "./request";

/**
 * Adds to what the caller may have as fsids the ids whose files he could write through a user namespace anyway: then
 * these are his on disk, but for what a restriction on fsids holds.
 *
 * @param ids what he may have as uids or as gids
 */
export function addOnDisk(fsids: Authority, ids: Authority): void {
  const grants = ids.grants;
  for (let i = 0; i < grants.length; i++) fsids.grants.addLess(grants.start(i), grants.end(i), ids.barred);
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
