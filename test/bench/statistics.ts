// SPDX-License-Identifier: MIT

/** The value below which the share `p` (0 to 1) of the values lies: the nearest rank. */
export function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(p * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The value in the middle; of an even number the lower of the two. */
export function median(values: number[]): number {
  return percentile(values, 0.5);
}
