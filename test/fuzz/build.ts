// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { root } from "../stage/build.js";

/** Why nothing can be fuzzed here; "" if it can. */
export const missingCompiler = execFileSync(
  "sh",
  ["-c", "command -v clang-14 >/dev/null || echo clang-14 is not installed"],
  {
    encoding: "utf8",
  },
).trim();

/** Builds the fuzzers of programs. */
export function buildFuzzers(programs: readonly string[]): void {
  execFileSync("make", ["-s", ...programs.map((program) => `build/fuzz/${program}/fuzz`)], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
