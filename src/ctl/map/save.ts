// SPDX-License-Identifier: MIT
import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../failure.js";

/** Writes a new file, whole or not at all; one that is there already stays as it is. */
export function save(path: string, text: string): void {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(dirname(path), ".usernsctl-"));
    const draft = join(folder, "draft");
    writeFileSync(draft, text);
    // A link, unlike a rename, never takes the place of something.
    linkSync(draft, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new Failure(`--svg: '${path}' exists, and is left as it is`);
    throw new Failure(`--svg: cannot write '${path}': ${message.replace(/^\w+: (.*?), \w+.*$/s, "$1")}`);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
