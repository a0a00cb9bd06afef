// SPDX-License-Identifier: MIT
//
// The range that a command takes: the one that is named if it is free, else one that is found.
import { Option } from "commander";
import { type TableFile } from "../lint/files.js";
import { numberOf, type Settings, settingsOf } from "../settings.js";
import { type Span, spanText } from "../spans.js";
import { freeRange, holderOf } from "./search.js";
import { avoidedIds, takenIds } from "./taken.js";

/** Options of the commands that look for a range. */
export interface SizeOptions {
  root: string;
  size?: string;
  align?: string;
}

/** There is no such range: exit status 1. */
export class Refused extends Error {}

/** --size. */
export function sizeOption(): Option {
  return new Option("--size <n>", "how many ids (default: SUB_UID_COUNT of login.defs)");
}

/** --align. */
export function alignOption(): Option {
  return new Option("--align <n>", "begin at a multiple of N");
}

/** Chooses a range. With a uid it is for him: it may follow from the uid, where login.defs says so. */
export function choose(
  options: SizeOptions,
  files: readonly TableFile[],
  named: Span | undefined,
  uid?: number,
): Span {
  const { root, size, align } = options;
  const defaults = settingsOf(root);
  const settings: Settings = {
    ...defaults,
    size: size === undefined ? defaults.size : numberOf("--size", size),
    align: align === undefined ? defaults.align : numberOf("--align", align),
  };
  const taken = takenIds(root, files, settings, uid);
  const range = named ?? (uid === undefined || size || align ? undefined : slotOf(settings, uid));
  if (!range) {
    const found = freeRange(settings, taken, avoidedIds(root));
    if (!found)
      throw new Refused(`no ${settings.size} ids are free in ${settings.pools.map(poolText).join(", ")}`);
    return found;
  }
  const holder = holderOf(range, taken);
  if (!holder) return range;
  const ids = spanText(Math.max(range.start, holder.start), Math.min(range.end, holder.end));
  throw new Refused(`${spanText(range.start, range.end)} is not free: ${ids} is taken (${holder.what})`);
}

function poolText({ start, end }: Span): string {
  return spanText(start, end);
}

/** The range that follows from a uid. */
function slotOf({ slots }: Settings, uid: number): Span | undefined {
  if (!slots) return undefined;
  const { start, size, firstUid, lastUid } = slots;
  if (uid < firstUid || uid > lastUid) return undefined;
  const slot = start + (uid - firstUid) * size;
  if (slot + size > 2 ** 32 - 1)
    throw new Refused(`uid ${uid} is too large for a range by SUB_UID_DETERMINISTIC`);
  return { start: slot, end: slot + size };
}

/** Runs a command's work; a range that cannot be had is said, and is exit status 1. */
export function orRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stderr.write(`usernsctl: ${error.message}\n`);
    process.exitCode = 1;
  }
}
