// SPDX-License-Identifier: MIT
//
// How ranges are chosen: by /etc/usernsctl.conf, and where it says nothing as useradd chooses them.
import { parse } from "ini";
import { textBelow } from "./below.js";
import { LoginDefs, type Slots } from "./conventions.js";
import { Failure } from "./failure.js";
import { plain } from "./output.js";
import type { Span } from "./spans.js";

const PATH = "/etc/usernsctl.conf";
const END_OF_IDS = 2 ** 32 - 1;
const DEFAULT_SIZE = 65536;

/** What a range is chosen by. */
export interface Settings {
  /** Where ranges are taken from, in the order of preference. */
  pools: Span[];
  size: number;
  /** Each range begins at a multiple of it. */
  align: number;
  /** The ranges that useradd gives to each uid by itself, of uids and of gids. */
  slots: { uid: Slots | undefined; gid: Slots | undefined };
}

/** The settings of the machine whose files lie below `root`. */
export function settingsOf(root: string): Settings {
  const given = parse(textBelow(root, PATH));
  for (const key of Object.keys(given))
    if (!["pool", "size", "align"].includes(key))
      throw new Failure(`${PATH}: unknown setting '${plain(key)}': there are pool, size and align`);
  const defs = new LoginDefs(root);
  // One that is 0 keeps useradd from giving ranges by itself; here one is asked for.
  const size = Math.max(defs.subids("UID"), defs.subids("GID")) || DEFAULT_SIZE;
  return {
    pools: given.pool === undefined ? [poolOf(defs)] : String(given.pool).split(",").map(parsePool),
    size: given.size === undefined ? size : numberOf(`${PATH}: size`, given.size),
    align: given.align === undefined ? 1 : numberOf(`${PATH}: align`, given.align),
    slots: { uid: defs.slots("UID"), gid: defs.slots("GID") },
  };
}

/** Where useradd takes uids as well as gids from: a range is of both. */
function poolOf(defs: LoginDefs): Span {
  const [uids, gids] = [defs.pool("UID"), defs.pool("GID")];
  const pool = {
    start: Math.max(uids.start, gids.start),
    end: Math.min(uids.end, gids.end, END_OF_IDS),
  };
  if (pool.start >= pool.end)
    throw new Failure(
      "no id is both in SUB_UID_MIN to SUB_UID_MAX and in SUB_GID_MIN to SUB_GID_MAX of login.defs: " +
        `name a pool in ${PATH}`,
    );
  return pool;
}

/** A number of ids, 1 or more; `what` says in a message what it is. */
export function numberOf(what: string, text: unknown): number {
  const number = /^[1-9][0-9]*$/.test(String(text)) ? Number(text) : 0;
  if (number < 1 || number > END_OF_IDS)
    throw new Failure(`${what}: '${plain(String(text))}' is no number of ids`);
  return number;
}

function parsePool(text: string): Span {
  const [, first = "", last = ""] = /^\s*([0-9]+)-([0-9]+)\s*$/.exec(text) ?? [];
  const span = { start: Number(first), end: Number(last) + 1 };
  if (first === "" || span.start >= span.end || span.end > END_OF_IDS)
    throw new Failure(`${PATH}: pool: '${plain(text.trim())}' is not FIRST-LAST`);
  return span;
}
