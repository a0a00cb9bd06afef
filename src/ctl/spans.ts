// SPDX-License-Identifier: MIT

/** Ids [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The same ids as sorted, separate spans: the given ones themselves if they are that. */
export function merged(spans: readonly Span[]): readonly Span[] {
  if (areSeparate(spans)) return spans;
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = result[result.length - 1];
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else if (start < end) result.push({ start, end });
  }
  return result;
}

function areSeparate(spans: readonly Span[]): boolean {
  let before = -1;
  for (const { start, end } of spans) {
    if (start <= before || start >= end) return false;
    before = end;
  }
  return true;
}

/** How many ids separate spans hold. */
export function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Whether one of the sorted, separate spans holds all of [start, end). */
export function holds(spans: readonly Span[], start: number, end: number): boolean {
  const found = firstBehind(spans, start);
  return found !== undefined && found.start <= start && end <= found.end;
}

/** Whether the sorted, separate spans hold some of [start, end). */
export function holdsSome(spans: readonly Span[], start: number, end: number): boolean {
  const found = firstBehind(spans, start);
  return found !== undefined && found.start < end;
}

/** The first span that ends behind `id`. */
function firstBehind(spans: readonly Span[], id: number): Span | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as Span).end <= id) low = middle + 1;
    else high = middle;
  }
  return spans[low];
}

/** The ids [start, end) as people think of them: first and last, or the only one. */
export function spanText(start: number, end: number): string {
  return end - start === 1 ? `${start}` : `${start}-${end - 1}`;
}
