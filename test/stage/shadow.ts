// SPDX-License-Identifier: MIT
//
// Debian's newuidmap and newgidmap, to compare with: its package, fetched once and unpacked under
// build/shadow. Nothing is installed.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.js";

/** The folder with Debian's programs; throws with the reason if they cannot be had. */
export function shadowPrograms(): string {
  const folder = join(root, "build/shadow");
  const programs = join(folder, "usr/bin");
  if (existsSync(join(programs, "newgidmap"))) return programs;
  mkdirSync(join(root, "build"), { recursive: true });
  const own = mkdtempSync(join(root, "build/shadow-"));
  try {
    execFileSync("apt-get", ["download", "-q", "uidmap"], { cwd: own, stdio: ["ignore", "ignore", "pipe"] });
    const archive = readdirSync(own).find((name) => name.endsWith(".deb"));
    if (!archive) throw new Error("apt-get downloaded no package");
    execFileSync("dpkg", ["-x", archive, "."], { cwd: own });
    // Another test file may have been faster.
    if (!existsSync(folder)) renameSync(own, folder);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return programs;
}
