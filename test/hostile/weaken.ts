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
  statSync,
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

export type Program = "newuidmap" | "newgidmap" | "userns" | "newfsidmap" | "nss";

/** What is in the checkout and no input of a build: it is copied by name, linked, or not at all. */
const apart = [".git", "build", "node_modules"];

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

/** A name for the build that no other sources or changes share. */
function fingerprint(program: Program, withPolicy: boolean, changes: Change[]): string {
  const hash = createHash("sha256").update(JSON.stringify([program, withPolicy, changes]));
  for (const name of ["Makefile", "bin", "native", "package-lock.json", "src", "tools"]) {
    for (const file of filesBelow(join(root, name)).sort()) hash.update(file).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

/** A policy that is compiled for a weak build is not optimised: that takes most of the time, and changes no verdict. */
function make(program: Program, directory: string): string {
  const settings = directory === root ? [] : ["ASC_OPTIMIZE=--runPasses remove-unused-module-elements"];
  execFileSync("make", ["-s", ...settings, `build/${program}`], {
    cwd: directory,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return join(directory, "build", program);
}

/** Copies what is built already too, with its times: make then compiles what the changes touch and no more. */
function copyCheckout(program: Program, withPolicy: boolean, directory: string): void {
  const sources = readdirSync(root).filter((name) => !apart.includes(name));
  const built = ["include", "obj/settings", `obj/${program}`, ...(withPolicy ? [`${program}.wasm`] : [])]
    .map((name) => join("build", name))
    .filter((path) => existsSync(join(root, path)));
  mkdirSync(join(directory, "build/obj"), { recursive: true });
  const how = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
  for (const path of [...sources, ...built]) cpSync(join(root, path), join(directory, path), how);
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
}

function apply({ file, from, to }: Change, directory: string): void {
  const path = join(directory, file);
  const parts = readFileSync(path, "utf8").split(from);
  if (parts.length !== 2) throw new Error(`${file} has not exactly once what is to be weakened: ${from}`);
  writeFileSync(path, parts.join(to));
}

/** Builds in a copy of the checkout; `withPolicy` with the policy as it is built already. */
function compile(program: Program, withPolicy: boolean, changes: Change[], directory: string): string {
  make(program, root);
  copyCheckout(program, withPolicy, directory);
  for (const change of changes) apply(change, directory);
  return make(program, directory);
}

/** The program of `compile`, made once. */
function built(program: Program, withPolicy: boolean, changes: Change[]): string {
  const result = join(root, "build/weak", `${program}-${fingerprint(program, withPolicy, changes)}`);
  if (existsSync(result)) return result;
  const directory = `${result}.${process.pid}`;
  try {
    renameSync(compile(program, withPolicy, changes, directory), result);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return result;
}

/**
 * Builds a program after changes to its sources, by the Makefile's own rules, in a copy of the checkout. Returns
 * the path of the program, under build/weak; throws if a change's text is not found exactly once, or makes no
 * difference.
 */
export function weaken(program: Program, ...changes: Change[]): string {
  const withPolicy = changes.every(({ file }) => file.startsWith("native/"));
  const weak = built(program, withPolicy, changes);
  if (readFileSync(weak).equals(readFileSync(built(program, withPolicy, []))))
    throw new Error(`${program} is the same without what is to be weakened`);
  return weak;
}
