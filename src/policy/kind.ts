// SPDX-License-Identifier: MIT

/** What the ids of a request or a grant are. */
export enum Kind {
  Uid = 0,
  Gid = 1,
  /** The owners of files on disk. */
  Fsid = 2,
}

/** The bit of a kind in a set of them. */
export function bit(kind: Kind): u32 {
  return (1 as u32) << (kind as u32);
}
