// SPDX-License-Identifier: MIT
//
// Builds with a bug that was put in on purpose: what shows that fuzzing and comparing can find one.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";

/** One exact piece of a source file, and what stands there instead. */
export interface Bug {
  file: string;
  from: string;
  to: string;
}

/** What is in the checkout and not copied. */
const apart = [".git", "build", "node_modules"];

/** Builds a target of the Makefile in a copy of the checkout that has the bug; the path of what was built. */
export function buildWith(bug: Bug, target: string): string {
  const directory = join(root, "build/seeded", target.replaceAll("/", "-"));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "build"), { recursive: true });
  const how = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
  for (const name of readdirSync(root))
    if (!apart.includes(name)) cpSync(join(root, name), join(directory, name), how);
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  const path = join(directory, bug.file);
  const parts = readFileSync(path, "utf8").split(bug.from);
  if (parts.length !== 2)
    throw new Error(`${bug.file} has not exactly once what the bug replaces: ${bug.from}`);
  writeFileSync(path, parts.join(bug.to));
  execFileSync("make", ["-s", target], { cwd: directory, stdio: ["ignore", "ignore", "inherit"] });
  return join(directory, target);
}
