// SPDX-License-Identifier: MIT
import { Kind } from "./kind";

/** The id that stands for "none" (uid_t)-1: no extent may reach it. Exclusive end of all ids. */
export const NO_ID: u64 = 0xffffffff;
/** The most lines that the kernel takes in a map: UID_GID_MAP_MAX_EXTENTS of linux/user_namespace.h. */
export const MOST_LINES: u32 = 340;
/** The most bytes that the kernel takes in a map: less than a page, map_write in kernel/user_namespace.c. */
export const MOST_BYTES: u32 = 4095;

/** How many bytes an extent is as a line of the map: three numbers, two blanks and a newline. */
export function lineLength(inside: u64, outside: u64, count: u64): u32 {
  return digits(inside) + digits(outside) + digits(count) + 3;
}

function digits(value: u64): u32 {
  let length: u32 = 1;
  for (let rest = value / 10; rest > 0; rest /= 10) length++;
  return length;
}

/**
 * A map asked for: extents [inside, inside + count) -> [outside, outside + count), in argv order.
 * Numbers stand in u64 so that no sum of two can wrap.
 */
export class Request {
  readonly inside: StaticArray<u64>;
  readonly outside: StaticArray<u64>;
  readonly count: StaticArray<u64>;

  constructor(
    readonly kind: Kind,
    readonly length: i32,
  ) {
    this.inside = new StaticArray<u64>(length);
    this.outside = new StaticArray<u64>(length);
    this.count = new StaticArray<u64>(length);
  }

  set(index: i32, inside: u64, outside: u64, count: u64): void {
    this.inside[index] = inside;
    this.outside[index] = outside;
    this.count[index] = count;
  }

  /** The exclusive end of the inside ids of extent `index`. */
  insideEnd(index: i32): u64 {
    return this.inside[index] + this.count[index];
  }

  /** The exclusive end of the outside ids of extent `index`. */
  outsideEnd(index: i32): u64 {
    return this.outside[index] + this.count[index];
  }
}
