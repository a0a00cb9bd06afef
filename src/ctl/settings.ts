// SPDX-License-Identifier: MIT
//
// How ranges are chosen: by /etc/usernsctl.conf, and where it says nothing as useradd chooses them.
import { join } from "node:path";
import { parse } from "ini";
import { LoginDefs } from "./conventions.js";
import { Failure } from "./failure.js";
import { readText } from "./people.js";
import type { Span } from "./spans.js";

const PATH = "/etc/usernsctl.conf";
const END_OF_IDS = 2 ** 32 - 1;

/** What a range is chosen by. */
export interface Settings {
  /** Where ranges are taken from, in the order of preference. */
  pools: Span[];
  size: number;
  /** Each range begins at a multiple of it. */
  align: number;
  /** How useradd gives each uid a range of its own (SUB_UID_DETERMINISTIC); undefined if it does not. */
  slots: Slots | undefined;
}

/** Ranges that follow from the uid: that of `firstUid` begins at `start`. */
export interface Slots {
  start: number;
  size: number;
  firstUid: number;
  lastUid: number;
}

/** The settings of the machine whose files lie below `root`. */
export function settingsOf(root: string): Settings {
  const given = parse(readText(join(root, PATH)));
  for (const key of Object.keys(given))
    if (!["pool", "size", "align"].includes(key)) throw new Failure(`${PATH}: unknown setting '${key}'`);
  const defs = new LoginDefs(root);
  const login = readText(join(root, "/etc/login.defs"));
  const [uids, gids] = [defs.pool("UID"), defs.pool("GID")];
  const size = Number(loginDef(login, "SUB_UID_COUNT", /^[1-9][0-9]*$/) ?? 65536);
  const both = { start: Math.max(uids.start, gids.start), end: Math.min(uids.end, gids.end) };
  const logins = defs.logins("UID");
  const deterministic = loginDef(login, "SUB_UID_DETERMINISTIC", /^yes$/i) !== undefined;
  return {
    pools: given.pool === undefined ? [both] : String(given.pool).split(",").map(poolOf),
    size: given.size === undefined ? size : numberOf(`${PATH}: size`, given.size),
    align: given.align === undefined ? 1 : numberOf(`${PATH}: align`, given.align),
    slots: deterministic
      ? { start: uids.start, size, firstUid: logins.start, lastUid: logins.end - 1 }
      : undefined,
  };
}

/** The value of a name of login.defs, the last that is of the form. */
function loginDef(text: string, name: string, form: RegExp): string | undefined {
  const words = text.split("\n").map((line) => line.trim().split(/\s+/));
  return words.filter(([key, value = ""]) => key === name && form.test(value)).pop()?.[1];
}

/** A number of ids, 1 or more; `what` says in a message what it is. */
export function numberOf(what: string, text: unknown): number {
  const number = /^[1-9][0-9]*$/.test(String(text)) ? Number(text) : 0;
  if (number < 1 || number > END_OF_IDS) throw new Failure(`${what}: '${text}' is no number of ids`);
  return number;
}

function poolOf(text: string): Span {
  const [, first = "", last = ""] = /^\s*([0-9]+)-([0-9]+)\s*$/.exec(text) ?? [];
  const span = { start: Number(first), end: Number(last) + 1 };
  if (first === "" || span.start >= span.end || span.end > END_OF_IDS)
    throw new Failure(`${PATH}: pool: '${text.trim()}' is not FIRST-LAST`);
  return span;
}
