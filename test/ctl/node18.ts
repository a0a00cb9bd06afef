// SPDX-License-Identifier: MIT
//
// Debian 12's own Node.js: its packages, fetched once and unpacked under build/node18. Nothing is installed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";

/** Those that it is made of; what it needs besides, each Debian 12 has. */
const parts = [
  "libnode108",
  "libc-ares2",
  "libicu72",
  "libnghttp2-14",
  "libuv1",
  "node-acorn",
  "node-cjs-module-lexer",
  "node-undici",
];

/** The folder that is to lie over /usr; throws with the reason if it cannot be had. */
export function node18(): string {
  const folder = join(root, "build/node18");
  const usr = join(folder, "usr");
  if (existsSync(join(usr, "bin/node"))) return usr;
  const offered = execFileSync("apt-cache", ["madison", "nodejs"], { encoding: "utf8" });
  const version = /\| (18\.\S+) \|/.exec(offered)?.[1];
  if (version === undefined) throw new Error("apt offers no Node.js 18");
  mkdirSync(join(root, "build"), { recursive: true });
  const own = mkdtempSync(join(root, "build/node18-"));
  try {
    const words = ["download", "-q", `nodejs=${version}`, ...parts];
    execFileSync("apt-get", words, { cwd: own, stdio: ["ignore", "ignore", "pipe"] });
    for (const name of readdirSync(own)) execFileSync("dpkg", ["-x", name, "."], { cwd: own });
    // Another test file may have been faster.
    if (!existsSync(folder)) renameSync(own, folder);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return usr;
}
