// SPDX-License-Identifier: MIT
//
// Builds the stage when it is older than its sources, so that every kind of test can be run by itself.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** The root of the checkout. */
export const root = join(here, "../..");

/** The compiler that makes the smaller static programs, of those that are there. */
export function staticCompiler(): string {
  const path = (process.env.PATH ?? "").split(":");
  return path.some((directory) => existsSync(join(directory, "musl-gcc"))) ? "musl-gcc" : "cc";
}

/** Compiles C files of the tests into a static program under build/, unless it is newer than they are. */
export function buildStatic(name: string, sources: string[], headers: string[] = []): string {
  const program = join(root, "build", name);
  const newest = Math.max(...[...sources, ...headers].map((file) => statSync(file).mtimeMs));
  if (existsSync(program) && statSync(program).mtimeMs > newest) return program;
  mkdirSync(dirname(program), { recursive: true });
  // Test files run side by side: each builds its own copy, and the last one to finish stays.
  const own = `${program}.${process.pid}`;
  execFileSync(staticCompiler(), ["-static", "-O2", "-Wall", "-Wextra", "-o", own, ...sources], {
    stdio: "inherit",
  });
  renameSync(own, program);
  return program;
}

/** Builds build/stage and returns its path. */
export function buildStage(): string {
  const files = readdirSync(here).map((file) => join(here, file));
  return buildStatic(
    "stage",
    files.filter((file) => file.endsWith(".c")),
    files.filter((file) => file.endsWith(".h")),
  );
}
