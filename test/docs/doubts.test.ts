// SPDX-License-Identifier: MIT
//
// What is said of a run of tests that was not what it seemed.
import { expect, test } from "vitest";
import { doubts } from "../doubts.js";

const OUTDATED = "build/ is older than the sources: these were tests of what was built before; run make";
const below = (folder: string) =>
  `the checkout lies below ${folder}, where some tests cannot find it: try again from another folder`;

test.each([
  [false, false, "/srv/clone", []],
  [false, true, "/srv/clone", []],
  [false, true, "/tmpfs/clone", []],
  [false, false, "/tmp/clone", []],
  [false, true, "/tmp/clone", [below("/tmp")]],
  [false, true, "/mnt", [below("/mnt")]],
  [true, false, "/srv/clone", [OUTDATED]],
  [true, true, "/etc/clone", [OUTDATED, below("/etc")]],
])("outdated: %j, failed: %j, in %s", (outdated, failed, folder, said) => {
  expect(doubts(outdated, failed, folder)).toEqual(said);
});
