// SPDX-License-Identifier: MIT

/** The longest key, in bytes with its ':'. Linux user names have at most 32. */
export const LONGEST_KEY: u32 = 256;
const WORD: u32 = 8;
const COLON: u8 = 0x3a;

/**
 * First fields to look for, each with its ':' and laid out in 64-bit words, so that a line can be compared eight
 * bytes at a time. `tail` tells names apart that begin alike, before all of their words are compared.
 */
export class Keys {
  private words: StaticArray<u64> = new StaticArray<u64>(4);
  /** Where key k begins in `words`; keys follow one another. */
  private starts: StaticArray<u32> = new StaticArray<u32>(4);
  /** The bytes of each key's last word that count. */
  private lastMasks: StaticArray<u64> = new StaticArray<u64>(4);
  /** The last eight bytes of each key, and where they begin. */
  private tails: StaticArray<u64> = new StaticArray<u64>(4);
  private tailAts: StaticArray<u32> = new StaticArray<u32>(4);
  private used: u32 = 0;
  length: i32 = 0;

  /** Adds the field bytes [from, to). An empty one, or one longer than LONGEST_KEY, matches nothing. */
  add(bytes: StaticArray<u8>, from: u32, to: u32): void {
    const length = to - from + 1;
    if (length == 1 || length > LONGEST_KEY) return;
    const count = (length + WORD - 1) / WORD;
    this.reserve(count);
    this.starts[this.length] = this.used;
    for (let i: u32 = 0; i < length; i++) {
      const byte: u64 = i + 1 == length ? COLON : bytes[from + i];
      this.words[this.used + i / WORD] |= byte << ((i % WORD) * 8);
    }
    const rest = length % WORD;
    this.lastMasks[this.length] = rest == 0 ? u64.MAX_VALUE : ((1 as u64) << (rest * 8)) - 1;
    const tailAt = length > WORD ? length - WORD : 0;
    for (let i = tailAt; i < length; i++) {
      const byte: u64 = i + 1 == length ? COLON : bytes[from + i];
      this.tails[this.length] |= byte << ((i - tailAt) * 8);
    }
    this.tailAts[this.length] = tailAt;
    this.used += count;
    this.length++;
  }

  private reserve(more: u32): void {
    while (this.used + more > (this.words.length as u32)) {
      const words = new StaticArray<u64>(this.words.length * 2);
      for (let i: u32 = 0; i < this.used; i++) words[i] = this.words[i];
      this.words = words;
    }
    if (this.length < this.starts.length) return;
    const starts = new StaticArray<u32>(this.length * 2);
    const masks = new StaticArray<u64>(this.length * 2);
    const tails = new StaticArray<u64>(this.length * 2);
    const tailAts = new StaticArray<u32>(this.length * 2);
    for (let i = 0; i < this.length; i++) {
      starts[i] = this.starts[i];
      masks[i] = this.lastMasks[i];
      tails[i] = this.tails[i];
      tailAts[i] = this.tailAts[i];
    }
    this.starts = starts;
    this.lastMasks = masks;
    this.tails = tails;
    this.tailAts = tailAts;
  }

  /** How many words key `index` fills. */
  size(index: i32): u32 {
    return (index + 1 < this.length ? this.starts[index + 1] : this.used) - this.starts[index];
  }

  /** Word `word` of key `index`. */
  word(index: i32, word: u32): u64 {
    return this.words[this.starts[index] + word];
  }

  /** Where the last eight bytes of key `index` begin: at 0 if it has fewer. */
  tailAt(index: i32): u32 {
    return this.tailAts[index];
  }

  /** The last eight bytes of key `index`, or all of them. */
  tail(index: i32): u64 {
    return this.tails[index];
  }

  /** The bits of a line's eight bytes from `tailAt` on that have to agree with `tail`. */
  tailMask(index: i32): u64 {
    return this.size(index) > 1 ? u64.MAX_VALUE : this.lastMasks[index];
  }

  /** The bits of word `word` of key `index` that have to agree. */
  mask(index: i32, word: u32): u64 {
    return word + 1 == this.size(index) ? this.lastMasks[index] : u64.MAX_VALUE;
  }
}
