// SPDX-License-Identifier: MIT
import { characterAt, lengthOf } from "../text/packed";

const ZERO: u8 = 0x30;
const NINE: u8 = 0x39;
/** What `decimal` answers for anything but a plain number. */
export const NO_NUMBER: u64 = u64.MAX_VALUE;

/** The index of the first `byte` in [from, to); `to` if there is none. */
export function find(bytes: StaticArray<u8>, byte: u8, from: u32, to: u32): u32 {
  let at = from;
  while (at < to && bytes[at] != byte) at++;
  return at;
}

/** Whether bytes [from, to) are digits and nothing else. */
export function isDigits(bytes: StaticArray<u8>, from: u32, to: u32): bool {
  for (let i = from; i < to; i++) if (bytes[i] < ZERO || bytes[i] > NINE) return false;
  return from < to;
}

/**
 * The value of the plain decimal number in bytes [from, to): digits only and no leading zero, because
 * shadow reads such a number as octal. NO_NUMBER for anything else, also for more than 18 digits.
 */
export function decimal(bytes: StaticArray<u8>, from: u32, to: u32): u64 {
  if (!isDigits(bytes, from, to) || to - from > 18) return NO_NUMBER;
  if (bytes[from] == ZERO && to - from > 1) return NO_NUMBER;
  let value: u64 = 0;
  for (let i = from; i < to; i++) value = value * 10 + (bytes[i] - ZERO);
  return value;
}

/** Whether bytes [from, to) are the ASCII text `text`. */
export function equals(bytes: StaticArray<u8>, from: u32, to: u32, text: string): bool {
  const length = lengthOf(text);
  if (to - from != length) return false;
  for (let i: u32 = 0; i < length; i++) if (bytes[from + i] != characterAt(text, i)) return false;
  return true;
}

/** Whether bytes [from, to) are the letters `text`, given in lower case, in any case. */
export function equalsFolded(bytes: StaticArray<u8>, from: u32, to: u32, text: string): bool {
  const length = lengthOf(text);
  if (to - from != length) return false;
  for (let i: u32 = 0; i < length; i++) if ((bytes[from + i] | 0x20) != characterAt(text, i)) return false;
  return true;
}

/** A blank as shadow's readers of login.defs and nsswitch.conf understand it. */
export function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}
