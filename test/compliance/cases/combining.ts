// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";

export const combining: Topic = {
  topic: "combining lines",
  cases: [
    {
      name: "two contiguous lines",
      tool: "both",
      table: "alice:100:10\nalice:110:10\n",
      args: "0 100 20",
      map: "0 100 20",
    },
    {
      name: "two contiguous lines, the higher first",
      table: "alice:110:10\nalice:100:10\n",
      args: "0 100 20",
      map: "0 100 20",
    },
    {
      name: "a part of two contiguous lines",
      table: "alice:100:10\nalice:110:10\n",
      args: "0 105 10",
      map: "0 105 10",
    },
    { name: "overlapping lines", table: "alice:100:10\nalice:105:15\n", args: "0 100 20", map: "0 100 20" },
    {
      name: "a line within another",
      table: "alice:100:20\nalice:105:5\n",
      args: "0 100 20",
      map: "0 100 20",
    },
    { name: "the same line twice", table: "alice:100:10\nalice:100:10\n", args: "0 100 10", map: "0 100 10" },
    {
      name: "a gap of one",
      tool: "both",
      table: "alice:100:10\nalice:111:10\n",
      args: "0 100 20",
      stderr: ["$TOOL: $KIND range [0-20) -> [100-120) not allowed"],
      explained: [
        "$TOOL: 110 is what is not granted of it",
        "$TOOL: alice may map 100-109 (/etc/sub$KIND:1), 111-120 (/etc/sub$KIND:2) and the own $KIND 1000",
      ],
    },
    {
      name: "the gap filled by another user's line",
      table: "alice:100:10\nbob:110:1\nalice:111:10\n",
      args: "0 100 20",
      stderr: ["$TOOL: $KIND range [0-20) -> [100-120) not allowed"],
      explained: [
        "$TOOL: 110 is what is not granted of it",
        "$TOOL: alice may map 100-109 (/etc/sub$KIND:1), 111-120 (/etc/sub$KIND:3) and the own $KIND 1000",
      ],
    },
    {
      name: "name, uid and alias together",
      table: "alice:100:10\n1000:110:10\nalicia:120:10\n",
      files: { "/etc/passwd": "alice:x:1000:1000::/:\nalicia:x:1000:1000::/:\n" },
      args: "0 100 30",
      map: "0 100 30",
    },
    {
      name: "one less at the beginning",
      table: "alice:100:10\n",
      args: "0 99 11",
      stderr: ["$TOOL: $KIND range [0-11) -> [99-110) not allowed"],
      explained: [
        "$TOOL: 99 is what is not granted of it",
        "$TOOL: alice may map 100-109 (/etc/sub$KIND:1) and the own $KIND 1000",
      ],
    },
    {
      name: "one more at the end",
      tool: "both",
      table: "alice:100:10\n",
      args: "0 100 11",
      stderr: ["$TOOL: $KIND range [0-11) -> [100-111) not allowed"],
      explained: [
        "$TOOL: 110 is what is not granted of it",
        "$TOOL: alice may map 100-109 (/etc/sub$KIND:1) and the own $KIND 1000",
      ],
    },
    { name: "the first id", table: "alice:100:10\n", args: "0 100 1", map: "0 100 1" },
    { name: "the last id", table: "alice:100:10\n", args: "0 109 1", map: "0 109 1" },
    {
      name: "the id behind the last",
      table: "alice:100:10\n",
      args: "0 110 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [110-111) not allowed"],
      explained: ["$TOOL: alice may map 100-109 (/etc/sub$KIND:1) and the own $KIND 1000"],
    },
    {
      name: "the id before the first",
      table: "alice:100:10\n",
      args: "0 99 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [99-100) not allowed"],
      explained: ["$TOOL: alice may map 100-109 (/etc/sub$KIND:1) and the own $KIND 1000"],
    },
    {
      name: "a hundred lines of one id, shuffled",
      table: Array.from({ length: 100 }, (_, i) => `alice:${1000 + ((i * 37) % 100)}:1\n`).join(""),
      args: "0 1000 100",
      map: "0 1000 100",
    },
    {
      name: "twelve separate lines, and an id in none",
      table: Array.from({ length: 12 }, (_, i) => `alice:${2000 + 10 * i}:5\n`).join(""),
      args: "0 5 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [5-6) not allowed"],
      explained: [
        "$TOOL: alice may map 2000-2004 (/etc/sub$KIND:1), 2010-2014 (/etc/sub$KIND:2), 2020-2024 (/etc/sub$KIND:3), 2030-2034 (/etc/sub$KIND:4), 2040-2044 (/etc/sub$KIND:5), 2050-2054 (/etc/sub$KIND:6), 2060-2064 (/etc/sub$KIND:7), 2070-2074 (/etc/sub$KIND:8) and 4 more and the own $KIND 1000",
      ],
    },
    {
      name: "the own id next to a line does not combine with it",
      table: "alice:1001:10\n",
      args: "0 1000 11",
      stderr: ["$TOOL: $KIND range [0-11) -> [1000-1011) not allowed"],
      explained: [
        "$TOOL: 1000 is what is not granted of it",
        "$TOOL: alice may map 1001-1010 (/etc/sub$KIND:1) and the own $KIND 1000",
      ],
    },
    {
      name: "two ranges of one line",
      table: "alice:100:10\n",
      args: "0 100 5 5 105 5",
      map: "0 100 5\n5 105 5",
    },
    {
      name: "two ranges of one line, in another order",
      table: "alice:100:10\n",
      args: "5 105 5 0 100 5",
      map: "5 105 5\n0 100 5",
    },
    {
      name: "the second of three ranges not granted",
      tool: "both",
      table: "alice:100:10\n",
      args: "0 100 1 1 99 1 2 110 1",
      stderr: ["$TOOL: $KIND range [1-2) -> [99-100) not allowed"],
      explained: ["$TOOL: alice may map 100-109 (/etc/sub$KIND:1) and the own $KIND 1000"],
    },
    {
      name: "a line up to the last id, and one before it",
      table: "alice:4294967290:6\nalice:4294967280:10\n",
      args: "0 4294967280 15",
      map: "0 4294967280 15",
    },
  ],
};
