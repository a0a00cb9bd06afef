// SPDX-License-Identifier: MIT

/** Which ids the second range of an extent is about; how messages call them. */
export enum Side {
  /** Those outside of the namespace, of newuidmap, newgidmap and userns. */
  Outside = 0,
  /** The same ids for newfsidmap, which maps 0 for nobody. */
  Kernel = 1,
  /** Those of files on disk. */
  Disk = 2,
}
