// SPDX-License-Identifier: MIT

/** The most separate ranges that are held: more of one caller's is an error, not a wrong answer. */
const MOST_RANGES: i32 = 8192;

/**
 * A set of ids as sorted, separate ranges [start, end): contiguous and overlapping ones are merged as they
 * are added, so that its size depends on what is granted and not on how many lines say so.
 */
export class Ranges {
  private starts: StaticArray<u64> = new StaticArray<u64>(8);
  private ends: StaticArray<u64> = new StaticArray<u64>(8);
  length: i32 = 0;
  /** A range did not fit in any more; the set is not to be relied on. */
  full: bool = false;

  start(index: i32): u64 {
    return this.starts[index];
  }

  end(index: i32): u64 {
    return this.ends[index];
  }

  clear(): void {
    this.length = 0;
  }

  /** The index of the first range that ends at `id` or later. */
  search(id: u64): i32 {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle] < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds the ids [start, end); an empty range adds nothing. */
  add(start: u64, end: u64): void {
    if (start >= end) return;
    const first = this.search(start);
    let after = first;
    while (after < this.length && this.starts[after] <= end) after++;
    if (after == first) {
      this.insert(first, start, end);
      return;
    }
    this.starts[first] = min(this.starts[first], start);
    this.ends[first] = max(this.ends[after - 1], end);
    this.remove(first + 1, after);
  }

  /** Adds the ids [start, end) that are not in `others`. */
  addLess(start: u64, end: u64, others: Ranges): void {
    let at = start < end ? others.firstMissing(start, end) : end;
    while (at < end) {
      const stop = others.firstPresent(at, end);
      this.add(at, stop);
      at = stop < end ? others.firstMissing(stop, end) : end;
    }
  }

  addAll(others: Ranges): void {
    for (let i = 0; i < others.length; i++) this.add(others.start(i), others.end(i));
    this.full = this.full || others.full;
  }

  /** The ids that are in this set and not in `others`. */
  less(others: Ranges): Ranges {
    const left = new Ranges();
    for (let i = 0; i < this.length; i++) left.addLess(this.start(i), this.end(i), others);
    return left;
  }

  private insert(at: i32, start: u64, end: u64): void {
    if (this.length == this.starts.length && !this.grow()) return;
    for (let i = this.length; i > at; i--) {
      this.starts[i] = this.starts[i - 1];
      this.ends[i] = this.ends[i - 1];
    }
    this.starts[at] = start;
    this.ends[at] = end;
    this.length++;
  }

  private remove(from: i32, to: i32): void {
    if (from == to) return;
    for (let i = to; i < this.length; i++) {
      this.starts[from + i - to] = this.starts[i];
      this.ends[from + i - to] = this.ends[i];
    }
    this.length -= to - from;
  }

  private grow(): bool {
    if (this.length >= MOST_RANGES) {
      this.full = true;
      return false;
    }
    const starts = new StaticArray<u64>(this.length * 2);
    const ends = new StaticArray<u64>(this.length * 2);
    for (let i = 0; i < this.length; i++) {
      starts[i] = this.starts[i];
      ends[i] = this.ends[i];
    }
    this.starts = starts;
    this.ends = ends;
    return true;
  }

  /** The first id of [start, end) that is not in the set; `end` if all are. */
  firstMissing(start: u64, end: u64): u64 {
    const at = this.search(start + 1);
    if (at == this.length || this.starts[at] > start) return start;
    return min(this.ends[at], end);
  }

  /** The first id from `id` on, below `limit`, that is in the set; `limit` if none is. */
  firstPresent(id: u64, limit: u64): u64 {
    const at = this.search(id + 1);
    if (at == this.length || this.starts[at] >= limit) return limit;
    return max(this.starts[at], id);
  }
}
