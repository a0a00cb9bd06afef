// SPDX-License-Identifier: MIT
//
// The README's list of differences, made of the reasons that the cases of the table name.

import type { Case } from "./case.js";
import { reasons as listReasons } from "./getsubids-case.js";
import { type ReasonName, reasons } from "./reasons.js";

const begin = "<!-- differences -->";
const end = "<!-- /differences -->";

/** The list as markdown: what differs from both versions of shadow, from the older alone, and what in getsubids. */
export function differences(cases: Case[]): string {
  const names = Object.keys(reasons) as ReasonName[];
  const unused = names.filter((name) => !cases.some((of) => of.reason === name));
  if (unused.length > 0) throw new Error(`no case has the reason ${unused.join(", ")}`);
  const isNew = (name: ReasonName) => cases.some((of) => of.reason === name && (of.shadow ?? of.shadow420));
  const list = (of: ReasonName[]) => of.map((name) => `- ${reasons[name]}\n`).join("");
  return [
    "Messages begin with shadow's own words; the lines behind them, which explain, are ours. Besides, unlike shadow:\n",
    list(names.filter(isNew)),
    "Like shadow 4.20, unlike the 4.13 of Debian 12:\n",
    list(names.filter((name) => !isNew(name))),
    "In `getsubids`, unlike in that of 4.13:\n",
    Object.values(listReasons)
      .map((reason) => `- ${reason}\n`)
      .join(""),
  ].join("\n");
}

/** The README with this list between its two markers. */
export function insert(readme: string, list: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`README.md has no ${begin} and ${end} around its list of differences`);
  return `${readme.slice(0, from + begin.length)}\n${list}${readme.slice(to)}`;
}
