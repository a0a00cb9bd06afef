// SPDX-License-Identifier: MIT
//
// A text of ours is an ASCII literal. tools/pack-text.js stores two characters in each UTF-16 unit of it, the
// first one in the low byte, because half of the data would be zeros otherwise and each page of it costs a fault
// at every start. So `==` between texts and "is it empty" hold; length and characters are had from here alone.

/** How many characters a text has. */
export function lengthOf(text: string): u32 {
  const units = text.length as u32;
  if (units == 0) return 0;
  const odd = (text.charCodeAt(units - 1) as u32) < 0x100;
  return odd ? 2 * units - 1 : 2 * units;
}

/** The character of a text at `index`, which is below its length. */
export function characterAt(text: string, index: u32): u8 {
  return (text.charCodeAt(index >> 1) >> ((index & 1) << 3)) as u8;
}

/** The characters [from, to) of a text; both are even, or `to` is its length: no unit is taken apart. */
export function partOf(text: string, from: u32, to: u32): string {
  return text.substring(from >> 1, (to + 1) >> 1);
}
