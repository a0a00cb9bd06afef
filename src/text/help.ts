// SPDX-License-Identifier: MIT

/** The version of this release; the same as in package.json, which CI checks. */
export const VERSION = "0.1.0";

/** What --help says of the operands. */
export const HELP_NOTES =
  "\n" +
  "  <pid>      a process of the caller's, in a user namespace that he made\n" +
  "  fd:<pidfd> the same as an open descriptor of its /proc directory\n" +
  "  then, for each line of the map: first id inside, first id outside, how many\n" +
  "\n" +
  "  --help     print this text\n" +
  "  --version  print the version\n" +
  "\n";
