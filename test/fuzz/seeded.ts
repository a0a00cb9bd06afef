// SPDX-License-Identifier: MIT
//
// Builds with a bug that was put in on purpose: what shows that fuzzing and comparing can find one.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";

/** One exact piece of a source file, and what stands there instead. */
export interface Bug {
  file: string;
  from: string;
  to: string;
}

/** What is in the checkout and not copied as it is; of biome.json there may be no second one below the first. */
const apart = [".git", "build", "node_modules", "biome.json"];
const how = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };

/** A copy of the checkout, with what is built of some of build/ already, for one bug after the other. */
export class Copy {
  readonly directory: string;
  #changed: string | undefined;

  constructor(name: string, built: string[]) {
    this.directory = join(root, "build/seeded", name);
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(join(this.directory, "build"), { recursive: true });
    const sources = readdirSync(root).filter((entry) => !apart.includes(entry));
    const all = [...sources, ...built.map((entry) => join("build", entry))];
    for (const entry of all.filter((path) => existsSync(join(root, path))))
      cpSync(join(root, entry), join(this.directory, entry), how);
    symlinkSync(join(root, "node_modules"), join(this.directory, "node_modules"));
  }

  /** Builds targets of the Makefile with a bug, and without the one before. */
  build({ file, from, to }: Bug, ...targets: string[]): void {
    if (this.#changed) cpSync(join(root, this.#changed), join(this.directory, this.#changed));
    this.#changed = file;
    const parts = readFileSync(join(root, file), "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${file} has not exactly once what the bug replaces: ${from}`);
    writeFileSync(join(this.directory, file), parts.join(to));
    execFileSync("make", ["-s", ...targets], {
      cwd: this.directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
