// SPDX-License-Identifier: MIT
//
// Builds of the programs without one of their rules: what shows that an attack works where the rule is missing,
// and so that its test can fail.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";

/** One exact piece of a source file, and what stands there instead. */
export interface Change {
  file: string;
  from: string;
  to: string;
}

export type Program = "newuidmap" | "newgidmap" | "nss";

/** What a build reads; the rest of the checkout is none of its business. */
const inputs = ["Makefile", "package.json", "package-lock.json", "bin", "native", "src"];

function filesBelow(path: string): string[] {
  const names = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** A name for the build that no other sources or changes share. */
function fingerprint(program: Program, changes: Change[]): string {
  const hash = createHash("sha256").update(JSON.stringify([program, changes]));
  for (const file of ["bin", "native", "src"].flatMap(filesBelow).sort()) {
    hash.update(file).update(readFileSync(file));
  }
  return hash
    .update(readFileSync(join(root, "Makefile")))
    .digest("hex")
    .slice(0, 16);
}

function apply({ file, from, to }: Change, directory: string): void {
  const path = join(directory, file);
  const parts = readFileSync(path, "utf8").split(from);
  if (parts.length !== 2) throw new Error(`${file} has not exactly once what is to be weakened: ${from}`);
  writeFileSync(path, parts.join(to));
}

/** Copies what is built already too, with its times: make then compiles what the changes touch and no more. */
function copyCheckout(program: Program, directory: string): void {
  const makefile = readFileSync(join(root, "Makefile"), "utf8");
  const included = [...makefile.matchAll(/^-?include +(.*)$/gm)].map((match) => match[1] as string);
  const built = ["build/include", `build/${program}.wasm`, `build/obj/${program}`];
  mkdirSync(join(directory, "build/obj"), { recursive: true });
  for (const path of [...inputs, ...included, ...built].filter((path) => existsSync(join(root, path)))) {
    cpSync(join(root, path), join(directory, path), {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
  }
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
}

/**
 * Builds a program after changes to its sources, by the Makefile's own rules, in a copy of the checkout. Returns
 * the path of the program, under build/weak; throws if a change's text is not found exactly once.
 */
export function weaken(program: Program, ...changes: Change[]): string {
  const result = join(root, "build/weak", `${program}-${fingerprint(program, changes)}`);
  if (existsSync(result)) return result;
  const directory = `${result}.${process.pid}`;
  try {
    copyCheckout(program, directory);
    for (const change of changes) apply(change, directory);
    execFileSync("make", ["-s", `build/${program}`], {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
    });
    renameSync(join(directory, "build", program), result);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return result;
}
