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

/** The fields of an entry that the reader of the lines sets for each line that counts. */
const setByTheReader: Survivor[] = [
  ["start: u64 = 0;", "0", "1"],
  ["end: u64 = 0;", "0", "1"],
  ["denySetgroups: bool = false;", "false", "true"],
  ["reserved: bool = false;", "false", "true"],
  ["each: u64 = 0;", "0", "1"],
  ["first: u64 = 1000;", "1000", "1001"],
  ["broken: bool = false;", "false", "true"],
].map(([at = "", was = "", becomes = ""]) => ({
  file: "src/policy/entry.ts",
  at,
  was,
  becomes,
  why: "the reader sets it before a line is judged",
}));

/** The fields of a verdict that are read only for reasons with which they are set. */
const setWithTheReason: Survivor[] = ["extent: i32", "other: i32", "missing: u64", "missingEnd: u64"].map(
  (field) => ({
    file: "src/policy/verdict.ts",
    at: `${field} = 0;`,
    was: "0",
    becomes: "1",
    why: "it is set with each reason for which it is read",
  }),
);

export const survivors: Survivor[] = [
  ...setByTheReader,
  ...setWithTheReason,
  {
    file: "src/policy/decide.ts",
    at: "for (let i = 0; i < order.length; i++) {",
    was: "0",
    becomes: "1",
    why: "the first place is 0 from the beginning, as all are",
  },
  {
    file: "src/policy/disk.ts",
    at: "return disk.barred.firstPresent(own, own + 1) == own ? NO_ID : own;",
    was: "1",
    becomes: "2",
    why: "how far it looks does not matter to whether the first that it finds is `own`",
  },
  {
    file: "src/policy/disk.ts",
    at: "if (only && only.firstPresent(gid, gid + 1) != gid) continue;",
    was: "1",
    becomes: "2",
    why: "how far it looks does not matter to whether the first that it finds is `gid`",
  },
  {
    file: "src/policy/kind.ts",
    at: "return (1 as u32) << (kind as u32);",
    was: "1",
    becomes: "2",
    why: "each bit is one place higher, and still apart from those of the other flags, from 1 << 8 on",
  },
  {
    file: "src/policy/ranges.ts",
    at: "private ends: StaticArray<u64> = new StaticArray<u64>(8);",
    was: "8",
    becomes: "9",
    why: "the other array of the two says when there is no room left",
  },
  ...["start < end", "<"].map((was) => ({
    file: "src/policy/ranges.ts",
    at: "let at = start < end ? others.firstMissing(start, end) : end;",
    was,
    becomes: was === "<" ? "<=" : "true",
    why: "of an empty range nothing is missing below `end`: the loop does not begin",
  })),
  ...["stop < end", "<"].map((was) => ({
    file: "src/policy/ranges.ts",
    at: "at = stop < end ? others.firstMissing(stop, end) : end;",
    was,
    becomes: was === "<" ? "<=" : "true",
    why: "the first id that is missing from `end` on, below `end`, is `end`",
  })),
  {
    file: "src/policy/ranges.ts",
    at: "if (from == to) return;",
    was: "from == to",
    becomes: "false",
    why: "each range is moved to where it is",
  },
  {
    file: "src/policy/ranges.ts",
    at: "const ends = new StaticArray<u64>(this.length * 2);",
    was: "2",
    becomes: "3",
    why: "the other array of the two says when there is no room left",
  },
  {
    file: "src/policy/ranges.ts",
    at: "if (at == this.length || this.starts[at] >= limit) return limit;",
    was: ">=",
    becomes: ">",
    why: "of a range that begins at `limit` the first id is `limit`",
  },
];
