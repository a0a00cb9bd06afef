// SPDX-License-Identifier: MIT
//
// What many cases say. $TOOL, $KIND and $USAGE are filled in when a case is run.

/** What alice reads, who has no line of her own. */
export const noRange = [
  "$TOOL: alice has no range in /etc/sub$KIND and may map only the own $KIND 1000",
  "$TOOL: an administrator can add one: usermod --add-sub$KINDs FIRST-LAST alice",
];

/** What shadow says of a number out of range, for either kind. */
export const overflow = ["$TOOL: subuid overflow detected.", "$USAGE"];

/** The map that is made of these arguments. */
export function asMap(words: string[]): string {
  return words.join(" ").replace(/(\S+ \S+ \S+) /g, "$1\n");
}
