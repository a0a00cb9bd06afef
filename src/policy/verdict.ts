// SPDX-License-Identifier: MIT

/** Why a request is refused. The numbers are stable: logs and other programs may keep them. */
export enum Reason {
  /** It is not refused. */
  None = 0,
  /** Some outside id is covered by no grant and is not the own id. */
  NotGranted = 1,
  /** Outside id 0, for a caller who may not map it. */
  OutsideRoot = 2,
  /** Two extents share an inside id. */
  InsideOverlap = 3,
  /** Two extents share an outside id. */
  OutsideOverlap = 4,
  /** More extents than the kernel takes lines. */
  TooManyExtents = 5,
  /** More text than the kernel takes bytes. */
  TooLong = 6,
  /** A line of /etc/usernamespaces keeps from the caller what is granted to him. */
  Restricted = 7,
}

/** The decision on one request. */
export class Verdict {
  reason: Reason = Reason.None;
  /** The extent that is refused. */
  extent: i32 = 0;
  /** The extent that it overlaps. */
  other: i32 = 0;
  /** The first outside id that nothing grants, or that is kept from the caller. */
  missing: u64 = 0;
  /** The exclusive end of the ids from `missing` on of which that is so. */
  missingEnd: u64 = 0;
  /** Whether a grant, and not the own id alone, authorised some extent: the setgroups rule asks. */
  granted: bool = false;
  /** Whether some extent holds a gid that is mapped only after setgroups is denied. */
  denies: bool = false;

  get allowed(): bool {
    return this.reason == Reason.None;
  }
}
