// SPDX-License-Identifier: MIT
//
// The mutants that no test kills, and why none can, or why that is no loss.

export interface Survivor {
  file: string;
  /** As the mutator prints it. */
  at: string;
  was: string;
  becomes: string;
  /** Which of the places that read the same; the first if it is not said. */
  nth?: number;
  why: string;
}

export const survivors: Survivor[] = [
  {
    file: "src/policy/disk.ts",
    at: "for (let i = 0; i < held.length; i++) {",
    was: "<",
    becomes: "<=",
    why: "behind the last range stands an empty one, or one that was moved down; where there is no room for it the program traps, and nothing is allowed",
  },
  {
    file: "src/policy/entry.ts",
    at: "reserved: bool = false;",
    was: "false",
    becomes: "true",
    why: "the reader sets it for each line",
  },
  {
    file: "src/policy/ranges.ts",
    at: "at = stop < end ? others.firstMissing(stop, end) : end;",
    was: "<",
    becomes: "<=",
    why: "the first id that is missing from `end` on, below `end`, is `end`",
  },
];
