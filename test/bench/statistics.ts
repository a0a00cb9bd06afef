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

export interface Time {
  p50: number;
  p99: number;
}

/** Ours as a share of another's time. */
export interface Ratio {
  /** Of the two medians. */
  medians: number;
  /** The median of the ratios of each pair. */
  pairs: number;
}

/** What many runs come to. */
export function timeOf(walls: number[]): Time {
  return { p50: median(walls), p99: percentile(walls, 0.99) };
}

/** Compares runs that took turns. */
export function ratioOf(ours: number[], others: number[]): Ratio {
  return {
    medians: median(ours) / median(others),
    pairs: median(ours.map((time, i) => time / (others[i] as number))),
  };
}
