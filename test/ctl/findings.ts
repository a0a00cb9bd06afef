// SPDX-License-Identifier: MIT
//
// Tables whose lines stand beside what usernsctl lint has to find in them.
import { expect } from "vitest";
import { run } from "./tables.js";

/** A line, and what is found in it: `COLUMN: error|warning: TEXT`. */
export type Judged = [line: string, ...findings: string[]];

/** Checks one table, or several, of lines with what is found in each. */
export function expectFindings(
  tables: Record<string, Judged[]>,
  others: Record<string, string | readonly string[]> = {},
): void {
  const files = Object.entries(tables).map(([name, lines]) => [
    `etc/${name}`,
    Buffer.from(lines.map(([line]) => `${line}\n`).join(""), "utf8"),
  ]);
  const findings = Object.entries(tables).flatMap(([name, lines]) =>
    lines.flatMap(([, ...found], i) => found.map((each) => `etc/${name}:${i + 1}:${each}`)),
  );
  const { status, stdout, stderr } = run({ ...Object.fromEntries(files), ...others }, "lint");
  expect(stdout.split("\n").slice(0, -1)).toEqual(findings);
  expect({ status, stderr }).toEqual({ status: findings.length > 0 ? 1 : 0, stderr: "" });
}
