// SPDX-License-Identifier: MIT
//
// The README's list of differences is that of the table. UPDATE=1 writes it instead.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../stage/build.js";
import { differences, insert } from "./differences.js";
import { table } from "./table.js";

const path = join(root, "README.md");
const list = differences(table.flatMap((topic) => topic.cases));

it("keeps the README's list of differences", () => {
  const readme = readFileSync(path, "utf8");
  const fresh = insert(readme, list);
  if (process.env.UPDATE) writeFileSync(path, fresh);
  else expect(readme, "README.md is stale: UPDATE=1 npx vitest run test/compliance/differences").toBe(fresh);
});

it("puts the list between the markers and keeps the rest", () => {
  const old = "a\n<!-- differences -->\nold\n<!-- /differences -->\nb\n";
  expect(insert(old, "new\n")).toBe("a\n<!-- differences -->\nnew\n<!-- /differences -->\nb\n");
  expect(() => insert("a\n", "new\n")).toThrow("README.md has no <!-- differences -->");
});
