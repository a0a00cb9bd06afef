// SPDX-License-Identifier: MIT
//
// What may be wrong with a run of tests, and not with what they test.
import { spawnSync } from "node:child_process";

/** What is made of all sources in TypeScript; make itself knows whether that is up to date. */
const BUILT = ["build/newuidmap.wasm", "build/usernsctl/usernsctl.mjs"];

/** Directories in whose place the tests have empty ones of their own: test/stage/stage.ts. */
const covered = /^\/(tmp|etc|mnt)(\/|$)/;

/** Whether the sources were changed after they were built. */
export function isOutdated(): boolean {
  return spawnSync("make", ["-q", ...BUILT]).status === 1;
}

/** In words. `folder` is that of the checkout. */
export function doubts(outdated: boolean, failed: boolean, folder: string): string[] {
  const said: string[] = [];
  if (outdated)
    said.push("build/ is older than the sources: these were tests of what was built before; run make");
  const [, name] = covered.exec(folder) ?? [];
  if (failed && name)
    said.push(
      `the checkout lies below /${name}, where some tests cannot find it: try again from another folder`,
    );
  return said;
}
