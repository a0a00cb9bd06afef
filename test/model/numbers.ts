// SPDX-License-Identifier: MIT

/** Ids are below this. */
export const NO_ID = 2n ** 32n - 1n;

/** Wraps as an unsigned long does. */
export function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Digits and nothing else, no leading zero; undefined for anything else. */
export function plain(text: string): bigint | undefined {
  return /^(0|[1-9][0-9]*)$/.test(text) ? BigInt(text) : undefined;
}

/** The same; more than 18 digits are no number of a table's or of an answer's. */
export function short(text: string): bigint | undefined {
  return text.length > 18 ? undefined : plain(text);
}

/** What strtoul(3) with base 0 makes of the whole text; undefined where shadow sees no number. */
export function strtoul(text: string): bigint | undefined {
  const parts = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
  if (!parts) return undefined;
  const [, sign, digits] = parts as unknown as [string, string, string];
  const value = /^0[0-7]/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  if (value >= 2n ** 64n) return undefined;
  return sign === "-" ? u64(-value) : value;
}

/** What strtol(3) with base 10 makes of a process id. */
export function strtolPid(text: string): bigint | undefined {
  const parts = /^[ \t\n\v\f\r]*\+?([0-9]+)$/.exec(text);
  return parts ? BigInt(parts[1] as string) : undefined;
}
