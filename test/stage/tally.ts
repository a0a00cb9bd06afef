// SPDX-License-Identifier: MIT
//
// What the tests that count cases found, for the reporter to print at the end.

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.js";

// Tests and reporter are processes of their own.
const file = join(root, process.env.TALLY ?? "build/tally");

/** Notes how many cases of a part were tried, how many held and how many fell. */
export function tally(part: string, tried: number, held: number, fell: number): void {
  mkdirSync(join(root, "build"), { recursive: true });
  appendFileSync(file, `${JSON.stringify([part, tried, held, fell])}\n`);
}

/** Forgets what was noted. */
export function clearTally(): void {
  rmSync(file, { force: true });
}

/** What was noted, as a table; empty if nothing was. */
export function tallyTable(): string {
  if (!existsSync(file)) return "";
  const rows = readFileSync(file, "utf8").trim().split("\n");
  const all: [string, ...(string | number)[]][] = [
    ["", "tried", "held", "fell"],
    ...rows.map((row) => JSON.parse(row) as [string, number, number, number]),
  ];
  const width = Math.max(...all.map(([part]) => part.length));
  return all
    .map(
      ([part, ...counts]) => part.padEnd(width) + counts.map((count) => String(count).padStart(10)).join(""),
    )
    .join("\n");
}
