// SPDX-License-Identifier: MIT
//
// The examples of the manual pages, as they are printed there, on real namespaces.
import { describe, expect, test } from "vitest";
import { examples, type Page } from "./pages.js";
import { obstacle, session, type Tables, transcript, usualTables } from "./session.js";

test("each page has its examples", () => {
  const count = (page: Page) => examples(page).length;
  expect([count("newuidmap.1"), count("newgidmap.1"), count("subuid.5"), count("subgid.5")]).toEqual([
    3, 3, 4, 2,
  ]);
});

describe.each<Page>(["newuidmap.1", "newgidmap.1"])("%s", (page) => {
  test.for(examples(page).map((display) => ({ display })))(
    "prints what it says: $display",
    ({ display }, { skip }) => {
      skip(obstacle !== undefined, obstacle);
      expect(transcript(usualTables, display)).toBe(display);
    },
  );
});

/** What the text above each table says: the first and the last id of each range that can be mapped at once. */
const ranges: Record<string, [first: number, last: number][][]> = {
  "subuid.5": [
    [[100000, 165535]],
    [[100000, 165535]],
    [[100000, 231071]],
    [
      [100000, 165535],
      [300000, 300999],
    ],
  ],
  "subgid.5": [
    [[100000, 165535]],
    [
      [100000, 165535],
      [44, 44],
    ],
  ],
};

/** Whether alice's program maps the ids from `first` to `last`. */
function maps(program: string, tables: Tables, first: number, last: number): boolean {
  const map = `${program} $! 0 ${first} ${last - first + 1}`;
  const { status, output } = session(tables, `unshare --user sleep 600 &\nmade\n${map}`);
  if (status !== 0 && !output.includes("not allowed")) throw new Error(output);
  return status === 0;
}

describe.each<[Page, string]>([
  ["subuid.5", "newuidmap"],
  ["subgid.5", "newgidmap"],
])("%s", (page, program) => {
  const cases = examples(page).map((table, index) => ({ table, expected: ranges[page]?.[index] ?? [] }));

  test.for(cases)("grants what it says: $table", ({ table, expected }, { skip }) => {
    skip(obstacle !== undefined, obstacle);
    const none = { subuid: "", subgid: "" };
    const tables = { ...none, [page.slice(0, -2)]: table };
    expect(expected).not.toEqual([]);
    for (const [first, last] of expected) {
      expect(maps(program, tables, first, last)).toBe(true);
      expect(maps(program, tables, first - 1, last)).toBe(false);
      expect(maps(program, tables, first, last + 1)).toBe(false);
    }
  });
});
