// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";
import { asMap } from "../wording.js";

const table = "alice:100000:100000\n";
const billion = "alice:1000000000:100000\n";

/** Ranges of one id each, with a gap between any two so that they stay what they are. */
function ranges(count: number, inside = 0, outside = 100000): string[] {
  return Array.from({ length: count }, (_, i) => [
    String(inside + 2 * i),
    String(outside + 2 * i),
    "1",
  ]).flat();
}

export const writing: Topic = {
  topic: "what the kernel refuses",
  cases: [
    {
      name: "340 ranges",
      tool: "both",
      table: "alice:2000:1000\n",
      args: ranges(340, 0, 2000),
      map: asMap(ranges(340, 0, 2000)),
    },
    {
      name: "341 ranges",
      tool: "both",
      table: "alice:2000:1000\n",
      args: ranges(341, 0, 2000),
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: 341 extents: the kernel takes at most 340"],
    },
    {
      name: "1,000 ranges",
      table,
      args: ranges(1000),
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: 1000 extents: the kernel takes at most 340"],
    },
    {
      name: "341 ranges, the last not granted",
      table,
      args: [...ranges(340), "4000000000", "5", "1"],
      stderr: ["$TOOL: $KIND range [4000000000-4000000001) -> [5-6) not allowed"],
      explained: ["$TOOL: alice may map 100000-199999 (/etc/sub$KIND:1) and the own $KIND 1000"],
    },
    {
      name: "a map of 4,095 bytes",
      table: billion,
      args: ["1", "1000099999", "1", ...ranges(170, 1e9, 1e9)],
      map: asMap(["1", "1000099999", "1", ...ranges(170, 1e9, 1e9)]),
    },
    {
      name: "a map of 4,096 bytes",
      tool: "both",
      table: billion,
      args: ["10", "1000099999", "1", ...ranges(170, 1e9, 1e9)],
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: the map has 4096 bytes: the kernel takes at most 4095"],
    },
    {
      name: "a map of 4,800 bytes",
      table: billion,
      args: ranges(200, 1e9, 1e9),
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: the map has 4800 bytes: the kernel takes at most 4095"],
    },
    {
      name: "ranges that overlap outside",
      tool: "both",
      table,
      args: "0 100000 10 10 100005 10",
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: extents 1 and 2 overlap outside: '0 100000 10' and '10 100005 10'"],
    },
    {
      name: "ranges that overlap inside",
      tool: "both",
      table,
      args: "0 100000 10 5 100010 10",
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: extents 1 and 2 overlap inside: '0 100000 10' and '5 100010 10'"],
    },
    {
      name: "the same range twice",
      table,
      args: "0 100000 10 0 100000 10",
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: extents 1 and 2 overlap inside: '0 100000 10' and '0 100000 10'"],
    },
    {
      name: "the own id twice",
      tool: "newuidmap",
      args: "0 1000 1 1 1000 1",
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: extents 1 and 2 overlap outside: '0 1000 1' and '1 1000 1'"],
    },
    {
      name: "the own id twice",
      tool: "newgidmap",
      args: "0 1000 1 1 1000 1",
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: extents 1 and 2 overlap outside: '0 1000 1' and '1 1000 1'"],
      shadow: { stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"], setgroups: "deny" },
      reason: "setgroupsLast",
    },
    {
      name: "a range inside another, far apart in argv",
      table,
      args: "0 100000 100 200 100200 1 300 100050 1",
      stderr: ["$TOOL: write to $KIND_map failed: Invalid argument"],
      explained: ["$TOOL: extents 1 and 3 overlap outside: '0 100000 100' and '300 100050 1'"],
    },
    {
      name: "overlapping ranges, the second not granted",
      table,
      args: "0 100000 10 0 5 10",
      stderr: ["$TOOL: $KIND range [0-10) -> [5-15) not allowed"],
      explained: ["$TOOL: alice may map 100000-199999 (/etc/sub$KIND:1) and the own $KIND 1000"],
    },
    { name: "ranges that touch", table, args: "0 100000 10 10 100010 10", map: "0 100000 10\n10 100010 10" },
  ],
};
