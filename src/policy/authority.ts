// SPDX-License-Identifier: MIT
import { Entry, Named, Owner } from "./entry";
import { Kind } from "./kind";
import { Ranges } from "./ranges";

/** Why a line keeps an id from the caller. */
export enum Bar {
  None = 0,
  /** It is reserved for somebody else, or for nobody. */
  Reserved = 1,
  /** It is in no slice of his. */
  Slices = 2,
  /** The line is meant for him, but its flags cannot be read. */
  Broken = 3,
}

/**
 * What one caller may have of one kind of ids, said by all that was read for him: what is granted less what is
 * barred. The order in which things are added does not matter: the most restrictive wins.
 */
export class Authority {
  readonly grants: Ranges = new Ranges();
  readonly barred: Ranges = new Ranges();
  /** A gid map that holds one of these is written only after setgroups is denied. */
  readonly denied: Ranges = new Ranges();
  /** What lines with `each` divide. */
  private readonly divided: Ranges = new Ranges();

  constructor(
    readonly kind: Kind,
    readonly uid: u64,
    /** Whether ids count that are granted to several users: they can be asked for, and are not given unasked. */
    private readonly shared: bool = true,
  ) {}

  /** Some set could not hold all of it: nothing may be decided. */
  get full(): bool {
    return this.grants.full || this.barred.full || this.denied.full || this.divided.full;
  }

  /** Takes on what a line of /etc/usernamespaces says. */
  add(entry: Entry, named: Named): void {
    // A flag that cannot be read may be deny-setgroups.
    const denies = entry.denySetgroups || entry.broken;
    if (denies && this.kind == Kind.Gid && named != Named.No) this.denied.add(entry.start, entry.end);
    this.bar(entry, named);
    if (named != Named.Yes || !entry.grants(this.kind)) return;
    if (entry.each == 0) {
      if (this.shared || entry.owner == Owner.User) this.grants.add(entry.start, entry.end);
    } else if (entry.hasSlice(this.uid)) {
      const start = entry.sliceStart(this.uid);
      this.grants.add(start, start + entry.each);
    }
  }

  private bar(entry: Entry, named: Named): void {
    const why = barOf(entry, named, this.kind);
    if (why == Bar.Slices) this.divide(entry, named);
    else if (why != Bar.None) this.barred.add(entry.start, entry.end);
  }

  /** Bars all but his slice; and what another line divides as well, because then nobody's slice is sure. */
  private divide(entry: Entry, named: Named): void {
    let start = entry.end;
    let end = entry.end;
    if (named == Named.Yes && entry.hasSlice(this.uid)) {
      start = entry.sliceStart(this.uid);
      end = start + entry.each;
    }
    this.barred.add(entry.start, start);
    this.barred.add(end, entry.end);
    let at = this.divided.firstPresent(entry.start, entry.end);
    while (at < entry.end) {
      const stop = this.divided.firstMissing(at, entry.end);
      this.barred.add(at, stop);
      at = this.divided.firstPresent(stop, entry.end);
    }
    this.divided.add(entry.start, entry.end);
  }
}

/** How a line restricts the caller in ids of this kind; of its slices his own is left to him. */
export function barOf(entry: Entry, named: Named, kind: Kind): Bar {
  if (entry.broken) return named == Named.No ? Bar.None : Bar.Broken;
  if (!entry.keeps(kind)) return Bar.None;
  if (entry.each > 0) return Bar.Slices;
  return entry.owner == Owner.User && named == Named.Yes ? Bar.None : Bar.Reserved;
}
