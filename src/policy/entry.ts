// SPDX-License-Identifier: MIT
import { bit, Kind } from "./kind";

/** Whom a line of /etc/usernamespaces speaks of. */
export enum Owner {
  /** A login name or a uid. */
  User = 0,
  /** The members of a group. */
  Group = 1,
  Everyone = 2,
}

/** Whether a line names the caller. */
export enum Named {
  No = 0,
  Yes = 1,
  /** It cannot be known: no grant of the line is his, and each restriction is. */
  Unknown = 2,
}

const NAMED_NONE: u32 = 0;

/** What a line of /etc/usernamespaces says of the ids [start, end): usernamespaces(5). */
export class Entry {
  owner: Owner = Owner.User;
  start: u64 = 0;
  end: u64 = 0;
  /** Bits of the kinds that it names. */
  kinds: u32 = NAMED_NONE;
  denySetgroups: bool = false;
  reserved: bool = false;
  /** The size of its slices; 0 if it is not divided. */
  each: u64 = 0;
  /** The uid that the first slice is for. */
  first: u64 = 1000;
  /** Its flags could not be read. */
  broken: bool = false;

  /** Whether it may give ids of this kind; those that say no kind give uids and gids. */
  grants(kind: Kind): bool {
    if (this.broken || this.reserved) return false;
    // A uid is a person: one that several had would let them act as each other.
    if (kind == Kind.Uid && this.owner != Owner.User && this.each == 0) return false;
    const kinds = this.kinds == NAMED_NONE ? bit(Kind.Uid) | bit(Kind.Gid) : this.kinds;
    return (kinds & bit(kind)) != 0;
  }

  /** Whether it keeps ids of this kind for those whose they are; where no kind is said it keeps all. */
  keeps(kind: Kind): bool {
    if (this.broken || (!this.reserved && this.each == 0)) return false;
    return this.kinds == NAMED_NONE || (this.kinds & bit(kind)) != 0;
  }

  /** Whether the user `uid` has a slice; the division comes first, so that nothing can wrap. */
  hasSlice(uid: u64): bool {
    return this.each > 0 && uid >= this.first && uid - this.first < (this.end - this.start) / this.each;
  }

  /** The first id of the slice of `uid`, who has one. */
  sliceStart(uid: u64): u64 {
    return this.start + (uid - this.first) * this.each;
  }

  /** Whether it matters for ids of this kind if the line names the user `uid`. */
  matters(kind: Kind, uid: u64): bool {
    if (this.broken || (this.denySetgroups && kind == Kind.Gid)) return true;
    if (this.each > 0) return this.hasSlice(uid) && (this.keeps(kind) || this.grants(kind));
    return this.reserved ? this.keeps(kind) && this.owner == Owner.User : this.grants(kind);
  }
}
