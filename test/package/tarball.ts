// SPDX-License-Identifier: MIT
//
// The source tarball, unpacked to build something other from it than the checkout's build/.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";
import { run } from "./make.js";

/** The version of the project. */
export const packageVersion: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

/** What usernsctl runs of the programs. */
export const modules = ["getsubids", "ids", "newgidmap", "newuidmap", "subid", "tables"].map(
  (program) => `${program}.wasm`,
);

/** The folder that is in it. */
export const name = `usernamespaces-${packageVersion}`;

/** The path of it. */
export const tarball = join(root, "build", `${name}.tar.gz`);

/** Makes it, with what the checkout builds, and unpacks it below a folder; returns its own folder. */
export function unpack(folder: string): string {
  run({ cwd: root, env: { SOURCE_DATE_EPOCH: "1234567890" } }, "make", "-s", "-j2", "all", "dist");
  run({ cwd: folder }, "tar", "-xzf", tarball);
  return join(folder, name);
}
