// SPDX-License-Identifier: MIT
//
// The range that a command takes: the one that is named if it is free, else one that is found.
import { Option } from "commander";
import { Failure } from "../failure.js";
import type { Line } from "../lines.js";
import type { TableFile } from "../lint/files.js";
import { plain } from "../output.js";
import { peopleOf } from "../people.js";
import { numberOf, type Settings, settingsOf } from "../settings.js";
import { holds, merged, type Span, spanText } from "../spans.js";
import { accountWithin } from "./accounts.js";
import { LineRange, linesOf } from "./ranges.js";
import { freeRange, holdersOf, parseRange } from "./search.js";
import { avoidedIds, type Taken, takenIds } from "./taken.js";

/** Options of the commands that look for a range. */
export interface SizeOptions {
  root: string;
  size?: string;
  align?: string;
}

/** Who gets a range. */
export interface Recipient {
  /** His uid: the range may follow from it, where login.defs says so. */
  uid?: number | undefined;
  /** The range that was named, START:COUNT. */
  range?: string | undefined;
  /** Whether a line that has ids of the range that was named leaves them to him. */
  isOwn?(line: Line, range: Span): boolean;
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

/** Chooses a range. */
export function choose(options: SizeOptions, files: readonly TableFile[], recipient: Recipient): Span {
  const { root, size, align } = options;
  const { uid, range } = recipient;
  if (range !== undefined && (size ?? align) !== undefined)
    throw new Failure("--size and --align are for a range that is to be found, and one is named");
  const defaults = settingsOf(root);
  const settings: Settings = {
    ...defaults,
    size: size === undefined ? defaults.size : numberOf("--size", size),
    align: align === undefined ? defaults.align : numberOf("--align", align),
  };
  const taken = takenIds(root, files, settings, uid);
  if (range !== undefined) return checked(parseRange(range), taken, root, recipient);
  const slot = uid === undefined || size || align ? undefined : slotOf(settings, uid);
  return slot ? checked(slot, taken, root, recipient) : found(settings, taken, root);
}

/** A range that nobody has. */
function found(settings: Settings, taken: Taken[], root: string): Span {
  const { users } = peopleOf(root);
  const avoided = avoidedIds(root);
  for (;;) {
    const range = freeRange(settings, taken, avoided);
    if (!range) throw new Refused(nothingFree(settings));
    const account = accountWithin(range, users);
    if (!account) return range;
    taken.push(account);
  }
}

function nothingFree({ size, pools, slots }: Settings): string {
  const where = pools.map(({ start, end }) => spanText(start, end)).join(", ");
  const why =
    slots.uid || slots.gid ? "what useradd gives to uids by itself (SUB_UID_DETERMINISTIC) counts; " : "";
  return `no ${size} ids in a row are free in ${where}: ${why}name another pool in /etc/usernsctl.conf, or a smaller --size`;
}

/** The range, if nobody else has some of it. */
function checked(range: Span, taken: readonly Taken[], root: string, recipient: Recipient): Span {
  const holder = obstacleTo(range, taken, recipient) ?? accountWithin(range, peopleOf(root).users);
  if (!holder) return range;
  const ids = spanText(Math.max(range.start, holder.start), Math.min(range.end, holder.end));
  throw new Refused(`${spanText(range.start, range.end)} is not free: ${ids} is taken (${holder.what})`);
}

function obstacleTo(range: Span, taken: readonly Taken[], { isOwn }: Recipient): Taken | undefined {
  const holders = holdersOf(range, taken);
  const lines = holders.filter((each) => each instanceof LineRange);
  const foreign = linesOf(lines).findIndex((line) => !isOwn?.(line, range));
  if (foreign >= 0) return lines[foreign];
  // What is his already he may be using, so that it is mapped; it stays his.
  if (holds(merged(lines), range.start, range.end)) return undefined;
  return holders.find((each) => !(each instanceof LineRange));
}

/** The range that follows from a uid. */
function slotOf({ slots }: Settings, uid: number): Span | undefined {
  const { uid: uids, gid: gids } = slots;
  if (!uids) return undefined;
  const slot = uid - uids.firstUid;
  if (slot < 0) return undefined;
  if (gids && (gids.start !== uids.start || gids.size !== uids.size))
    throw new Failure(
      `login.defs gives uid ${uid} other gids than uids: set SUB_GID_MIN and SUB_GID_COUNT to what SUB_UID_MIN and ` +
        "SUB_UID_COUNT are, or edit the files",
    );
  const [start, end] = [uids.start + slot * uids.size, uids.start + (slot + 1) * uids.size];
  if (slot >= uids.count || end > 2 ** 32 - 1)
    throw new Refused(
      `the range of uid ${uid} by SUB_UID_DETERMINISTIC of login.defs lies behind SUB_UID_MAX: raise it, or name a range`,
    );
  return { start, end };
}

/** Runs a command's work; a range that cannot be had is said, and is exit status 1. */
export function orRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stderr.write(`usernsctl: ${plain(error.message)}\n`);
    process.exitCode = 1;
  }
}
