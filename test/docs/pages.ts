// SPDX-License-Identifier: MIT
//
// The manual pages as tests look at them.
import { readFileSync } from "node:fs";

export const pages = [
  "newuidmap.1",
  "newgidmap.1",
  "getsubids.1",
  "userns.1",
  "newfsidmap.1",
  "subuid.5",
  "subgid.5",
  "usernamespaces.5",
  "usernsctl.8",
] as const;
export type Page = (typeof pages)[number];

export function source(page: Page): string {
  return readFileSync(`man/${page}`, "utf8");
}

/** The titles of a page's sections, in order. */
export function sections(page: Page): string[] {
  return [...source(page).matchAll(/^\.Sh (.*)$/gm)].map((match) => match[1] ?? "");
}

/** The source lines of one section, without its title. */
export function section(page: Page, title: string): string {
  const from = source(page).split(new RegExp(`^\\.Sh ${title}$`, "m"))[1];
  if (from === undefined) throw new Error(`${page} has no section ${title}`);
  return from.split(/^\.Sh /m)[0] ?? "";
}

/** The short and long options that a text names. */
export function flags(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])(?:--[a-z][a-z-]+|-[a-zA-Z])\b/g))].sort();
}

/** The options that the items of a page's section name. */
export function listedFlags(page: Page, title: string): string[] {
  const items = section(page, title).match(/^\.It .*$/gm) ?? [];
  return flags(items.join("\n").replaceAll("Fl Fl ", "--").replaceAll("Fl ", "-"));
}

/** The literal displays of a page's EXAMPLES, as a reader sees them. */
export function examples(page: Page): string[] {
  const displays = section(page, "EXAMPLES").matchAll(/^\.Bd -literal.*\n([\s\S]*?)^\.Ed$/gm);
  return [...displays].map((match) =>
    (match[1] ?? "").replaceAll("\\-", "-").replaceAll("\\(aq", "'").replaceAll("\\&", ""),
  );
}
