// SPDX-License-Identifier: MIT
//
// The files as the model reads them: all of it at once, line by line.
import type { Dialect } from "./dialect.js";
import { plain, short, strtoul, u64 } from "./numbers.js";

export const LONGEST_LINE = 1023;

export interface Account {
  name: string;
  uid: bigint;
  gid: bigint;
}

export function lines(content: string): string[] {
  return content.split("\n");
}

/** The users of passwd(5); what is no user's line is passed over. */
export function accounts(content: string): Account[] {
  return lines(content).flatMap((line) => {
    if (/^[+\-#]/.test(line)) return [];
    const [name = "", , uidText = "", gidText = ""] = line.split(":");
    const uid = short(uidText);
    const gid = short(gidText);
    return name === "" || name.includes("\0") || uid === undefined || gid === undefined
      ? []
      : [{ name, uid, gid }];
  });
}

/** The names that stand before a colon in passwd(5), on sound lines or not. */
export function firstFields(content: string): string[] {
  return lines(content)
    .filter((line) => line.includes(":"))
    .map((line) => line.split(":")[0] as string);
}

/** Whether login.defs(5) says GRANT_AUX_GROUP_SUBIDS yes; its last word on it counts. */
export function grantsAuxiliaryGroups(content: string): boolean {
  const values = lines(content).flatMap((line) => {
    const parts = /^[ \t]*GRANT_AUX_GROUP_SUBIDS[ \t]+["\t ]*([^"]*)/.exec(line);
    return parts ? [(parts[1] as string).replace(/[ \t]+$/, "")] : [];
  });
  return values.at(-1)?.toLowerCase() === "yes";
}

/** The plugin that nsswitch.conf names as the source of sub-ids; "" if the source is the files. */
export function subidPlugin(content: string): string {
  const words = lines(content).map((line) => /^subid:[ \t]*([^ \t]+)/i.exec(line)?.[1]);
  const word = words.find((found) => found !== undefined) ?? "files";
  // Our own plugin gives others what our programs read in the files themselves.
  return word === "files" || word === "usernamespaces" ? "" : word;
}

/** The ids from `first` to `last` that a line of subuid(5) gives to `owner`. */
export interface Line {
  owner: string;
  first: bigint;
  last: bigint;
}

/** The sound lines of subuid(5); undefined where shadow gives the whole file up. */
export function subids(content: string, dialect: Dialect): Line[] | undefined {
  const texts = dialect.has("nul") ? joinedAtNul(content) : lines(content);
  return texts?.flatMap((text) => subidLine(text, dialect) ?? []);
}

function subidLine(text: string, dialect: Dialect): Line | undefined {
  if (text.length > LONGEST_LINE || /^[+-]/.test(text)) return undefined;
  const fields = text.split(":");
  const [owner = "", startText = "", countText = ""] = fields;
  if (fields.length !== 3 && !(fields.length > 3 && dialect.has("extraFields"))) return undefined;
  if (owner === "" || startText === "" || countText === "") return undefined;
  const number = dialect.has("tableNumbers") ? strtoul : plain;
  const start = number(startText);
  const count = number(countText);
  if (start === undefined || count === undefined) return undefined;
  if (count === 0n && !dialect.has("zeroLine")) return undefined;
  if ((start >= 2n ** 32n || start + count > 2n ** 32n) && !dialect.has("beyond")) return undefined;
  return { owner, first: start, last: u64(start + count - 1n) };
}

/** The lines as fgets(3) and strrchr(3) find them, which take a NUL for the end of what was read. */
function joinedAtNul(content: string): string[] | undefined {
  const found: string[] = [];
  let begun = "";
  const pieces = content.split(/(?<=\n)/);
  for (const [index, piece] of pieces.entries()) {
    const [before = ""] = piece.split("\0");
    begun += before;
    const atEnd = index === pieces.length - 1;
    if (piece.includes("\0") && piece.endsWith("\n")) {
      if (atEnd) return undefined;
      continue;
    }
    found.push(begun.replace(/\n$/, ""));
    begun = "";
  }
  return found;
}
