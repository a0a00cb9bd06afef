// SPDX-License-Identifier: MIT
//
// What userns maps to a caller who spells no map out: less than what he could ask for.
import { describe, expect, it } from "vitest";
import { asked } from "../userns/run.js";

/** The gids that are mapped besides the own one where the tables have these lines, as ranges outside. */
function unasked(subgid: string, usernamespaces: string): number[][] {
  const tables = { 0: "alice:x:1000:1000::/:/bin/sh\n", 4: subgid, 5: usernamespaces };
  return asked([], { tables })
    .gids.slice(1)
    .map(([, outside = 0, count = 0]) => [outside, count]);
}

describe("a gid that is granted to several users", () => {
  it("is not mapped, also where it continues a range that is the caller's alone", () => {
    expect(unasked("alice:100000:10\n", "*:100010:5:gid\n")).toEqual([[100000, 10]]);
    expect(unasked("alice:100000:10\n", "*:99990:30:gid\n")).toEqual([[100000, 10]]);
    expect(unasked("", "*:100010:5:gid\nalice:100015:5:gid\n")).toEqual([[100015, 5]]);
  });

  it("is mapped where a line of his own grants it, or his slice holds it", () => {
    expect(unasked("alice:100012:1\n", "*:100010:5:gid\n")).toEqual([[100012, 1]]);
    expect(unasked("", "*:100010:5:gid\nalice:100012:1:gid\n")).toEqual([[100012, 1]]);
    expect(unasked("", "*:100010:5:gid\n*:100000:20:gid,each=10,first=999\n")).toEqual([[100010, 10]]);
  });
});

it("all ranges are mapped, also where there is no room for one more in the set of them", () => {
  for (const count of [7, 8, 9, 16]) {
    const ranges = Array.from({ length: count }, (_, i) => [100000 + 10 * i, 5]);
    const lines = ranges.map(([start, size]) => `alice:${start}:${size}\n`).join("");
    expect(unasked(lines, "")).toEqual(ranges);
  }
});
