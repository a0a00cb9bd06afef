// SPDX-License-Identifier: MIT
//
// The line scanner: the one file with memory-unsafe operations (`load`, `memory.copy`), because a table of a
// million lines is passed over here. Every load reads eight bytes from an offset at most LONGEST_KEY behind
// `filled`, of a buffer that has PAD bytes behind the last one that is ever filled; and below all of it
// WebAssembly checks each access.
import { Opened, openTable, readTable, Table } from "../host";
import { Keys, LONGEST_KEY } from "./keys";

/** The longest line that counts, in bytes without its newline: shadow ignores those of 1,024 and more. */
export const LONGEST_LINE: u32 = 1023;
/** Small at first: most tables fit, and each page touched costs as much as several system calls. */
const FIRST_BUFFER: u32 = 4096;
const LARGE_BUFFER: u32 = 32768;
/** Room for the newline put behind the last line and for the tail of a key that is compared with it. */
const PAD: u32 = LONGEST_KEY + 16;
const NEWLINE: u8 = 0x0a;
const NEWLINES: u64 = 0x0a0a0a0a0a0a0a0a;
/** All bits of each byte but its highest. */
const LOW_BITS: u64 = 0x7f7f7f7f7f7f7f7f;

/** What `noNewline` answers where there is none. */
const NONE: u64 = u64.MAX_VALUE;

/**
 * All bits but the highest of each byte of `word` that is a newline: adding carries out of a byte's low seven bits
 * exactly if they are not all zero, and never into the next byte.
 */
function noNewline(word: u64): u64 {
  const differing = word ^ NEWLINES;
  return ((differing & LOW_BITS) + LOW_BITS) | differing | LOW_BITS;
}

/** The lines of one table, streamed: never more than a buffer of them is in memory. */
export class Lines {
  bytes: StaticArray<u8> = new StaticArray<u8>(FIRST_BUFFER);
  /** The current line is bytes [start, end), without its newline. */
  start: u32 = 0;
  end: u32 = 0;
  /** The current line's number, from 1. */
  number: u32 = 0;
  /** The current line is longer than LONGEST_LINE: only its beginning is there, and it does not count. */
  tooLong: bool = false;
  /** Why reading failed: -errno or a Refusal; 0 if it did not. */
  error: i32 = 0;
  /** Where the next line begins. */
  private next: u32 = 0;
  private filled: u32 = 0;
  private ended: bool = false;
  /** The current line goes on behind `filled`. */
  private cut: bool = false;

  /** Opens a table from its beginning: 0, or -errno or a Refusal. One that is absent is empty. */
  open(table: Table): i32 {
    const result = openTable(table);
    this.next = 0;
    this.filled = 0;
    this.number = 0;
    this.error = 0;
    this.cut = false;
    this.ended = result != Opened.Open;
    return result == Opened.Absent ? 0 : result;
  }

  /** Goes to the next line; false at the end of the table, or with `error` set. */
  advance(): bool {
    if (!this.prepare()) return false;
    this.take();
    return true;
  }

  /** Goes to the next line whose first field is one of `keys`; false as with `advance`. */
  advanceTo(keys: Keys): bool {
    while (this.prepare()) {
      if (this.skipTo(keys)) {
        this.take();
        return true;
      }
    }
    return false;
  }

  /** Whether the current line's first field is one of `keys`. */
  isOneOf(keys: Keys): bool {
    for (let k = 0; k < keys.length; k++) if (this.beginsWith(keys, k, this.start)) return true;
    return false;
  }

  /** Has the next line in the buffer, or more than LONGEST_LINE bytes of it; false if there is none. */
  private prepare(): bool {
    while (this.cut && !this.ended) {
      this.fill();
      this.pass(this.newline(this.next));
    }
    if (!this.ended && this.filled - this.next <= LONGEST_LINE) this.fill();
    return this.error == 0 && this.next < this.filled;
  }

  /** Moves what is left to the front and reads on until the buffer is full or the table ends. */
  private fill(): void {
    const left = this.filled - this.next;
    const small = (this.bytes.length as u32) < LARGE_BUFFER;
    const target = this.filled > 0 && small ? new StaticArray<u8>(LARGE_BUFFER) : this.bytes;
    memory.copy(changetype<usize>(target), changetype<usize>(this.bytes) + this.next, left);
    this.bytes = target;
    this.next = 0;
    this.filled = left;
    const room = (target.length as u32) - PAD;
    while (!this.ended && this.filled < room) {
      const got = readTable(target, this.filled, room - this.filled);
      if (got < 0) this.error = got;
      this.ended = got <= 0;
      if (got > 0) this.filled += got as u32;
    }
    target[this.filled] = NEWLINE;
  }

  /** Makes the line at `next` the current one. */
  private take(): void {
    this.number++;
    this.start = this.next;
    this.end = this.newline(this.next);
    this.tooLong = this.end - this.start > LONGEST_LINE;
    this.pass(this.end);
  }

  /** Goes behind the line that ends at `at`. */
  private pass(at: u32): void {
    this.cut = at == this.filled;
    this.next = this.cut ? at : at + 1;
  }

  /** Where the first newline from `from` on is: at `filled` at the latest. */
  private newline(from: u32): u32 {
    const base = changetype<usize>(this.bytes);
    let at = from;
    let rest = noNewline(load<u64>(base + at));
    while (rest == NONE) {
      at += 8;
      rest = noNewline(load<u64>(base + at));
    }
    return at + ((ctz(~rest) >> 3) as u32);
  }

  /**
   * Passes lines over until one begins with a key; false where `prepare` has to come first. Everything that
   * the loop needs is in locals, and the first two keys, a user's name and uid, are compared without a call.
   */
  private skipTo(keys: Keys): bool {
    const base = changetype<usize>(this.bytes);
    const limit = base + (this.ended ? this.filled : this.filled - LONGEST_LINE);
    const second = keys.length > 1 ? 1 : 0;
    // With more than two keys each line seems to begin with the first, and is compared with all below.
    const more = keys.length > 2;
    const key0 = more ? 0 : keys.word(0, 0);
    const mask0 = more ? 0 : keys.mask(0, 0);
    const key1 = keys.word(second, 0);
    const mask1 = keys.mask(second, 0);
    const tail0 = more ? 0 : keys.tail(0);
    const tail1 = keys.tail(second);
    const tailMask0 = more ? 0 : keys.tailMask(0);
    const tailMask1 = keys.tailMask(second);
    const tailAt0 = keys.tailAt(0) as usize;
    const tailAt1 = keys.tailAt(second) as usize;
    let line = base + this.next;
    let number = this.number;
    // The words are searched one after the other, wherever in them a line begins.
    let at = line;
    let rest = noNewline(load<u64>(at));
    while (line < limit) {
      const word = load<u64>(line);
      if (
        ((word & mask0) == key0 && (load<u64>(line + tailAt0) & tailMask0) == tail0) ||
        ((word & mask1) == key1 && (load<u64>(line + tailAt1) & tailMask1) == tail1)
      ) {
        this.next = (line - base) as u32;
        this.number = number;
        if (this.begins(keys)) return true;
      }
      while (rest == NONE) {
        at += 8;
        rest = noNewline(load<u64>(at));
      }
      line = at + ((ctz(~rest) >> 3) as usize) + 1;
      rest |= rest + 1;
      number++;
    }
    this.number = number;
    this.pass((line - base - 1) as u32);
    return false;
  }

  /** Whether the line at `next` begins with one of the keys. */
  private begins(keys: Keys): bool {
    for (let k = 0; k < keys.length; k++) if (this.beginsWith(keys, k, this.next)) return true;
    return false;
  }

  /** Whether the line at `at` begins with key `index`. No key holds a newline, so none matches beyond the end. */
  private beginsWith(keys: Keys, index: i32, at: u32): bool {
    const base = changetype<usize>(this.bytes) + at;
    for (let i: u32 = 0; i < keys.size(index); i++) {
      if ((load<u64>(base + i * 8) & keys.mask(index, i)) != keys.word(index, i)) return false;
    }
    return true;
  }
}
