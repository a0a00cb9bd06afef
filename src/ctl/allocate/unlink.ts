// SPDX-License-Identifier: MIT
import { unlinkSync } from "node:fs";

/** Removes a file; fails only if it is there and stays. */
export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Removes a file, or leaves it where that cannot be done. */
export function unlinkIfPossible(path: string): void {
  try {
    unlinkSync(path);
  } catch {}
}
