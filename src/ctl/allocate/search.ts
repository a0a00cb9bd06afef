// SPDX-License-Identifier: MIT
//
// Where a new range goes.
import { Failure } from "../failure.js";
import { plain } from "../output.js";
import type { Settings } from "../settings.js";
import { merged, type Span } from "../spans.js";
import type { Taken } from "./taken.js";

const END_OF_IDS = 2 ** 32 - 1;

/** A range as the tables have it: START:COUNT. */
export function parseRange(text: string): Span {
  const [, start = "", count = ""] = /^([0-9]{1,10}):([0-9]{1,10})$/.exec(text) ?? [];
  const span = { start: Number(start), end: Number(start) + Number(count) };
  if (start === "" || span.start >= span.end || span.end > END_OF_IDS)
    throw new Failure(`'${plain(text)}' is not START:COUNT`);
  return span;
}

/** The lowest free range in the first pool that has one, outside of what is `avoided` if that is possible. */
export function freeRange(
  settings: Settings,
  taken: readonly Span[],
  avoided: readonly Span[],
): Span | undefined {
  const held = merged(taken);
  const found = avoided.length > 0 ? firstIn(settings, merged([...held, ...avoided])) : undefined;
  return found ?? firstIn(settings, held);
}

function firstIn({ pools, size, align }: Settings, held: readonly Span[]): Span | undefined {
  for (const pool of pools) {
    const start = firstFit(pool, held, size, align);
    if (start !== undefined) return { start, end: start + size };
  }
  return undefined;
}

/** Where `size` ids fit between the sorted, separate spans. */
function firstFit(pool: Span, held: readonly Span[], size: number, align: number): number | undefined {
  const aligned = (id: number) => Math.ceil(id / align) * align;
  let start = aligned(pool.start);
  for (const span of held) {
    if (start + size <= span.start) break;
    if (span.end > start) start = aligned(span.end);
  }
  return start + size <= pool.end ? start : undefined;
}

/** What holds some of the span. */
export function holdersOf({ start, end }: Span, taken: readonly Taken[]): Taken[] {
  return taken.filter((each) => each.start < end && start < each.end);
}
