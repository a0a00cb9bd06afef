// SPDX-License-Identifier: MIT
//
// SECURITY.md names the test behind each claim.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const page = readFileSync("SECURITY.md", "utf8");

/** The tests that a text names: a file, and the names in quotes that follow it. */
function named(text: string): { file: string; titles: string[] }[] {
  return [...text.matchAll(/`(test\/[^`]+)`: ((?:"[^"]+"(?:, )?)+)/g)].map((match) => ({
    file: match[1] ?? "",
    titles: [...(match[2] ?? "").matchAll(/"([^"]+)"/g)].map((quoted) => quoted[1] ?? ""),
  }));
}

/** The part of the page below a heading. */
function section(heading: string): string {
  const found = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`SECURITY.md has no section ${heading}`);
  return found;
}

const rows = (text: string) =>
  text.split("\n").filter((line) => /^\| (?!---|known as|trusted|not tr|part)/.test(line));

test("each test that it names is there", () => {
  const missing = named(page).flatMap(({ file, titles }) =>
    existsSync(file)
      ? titles
          .filter((title) => !readFileSync(file, "utf8").includes(title))
          .map((title) => `${file}: ${title}`)
      : [file],
  );
  expect(missing).toEqual([]);
});

test("no test is named in another way, which would not be looked at", () => {
  const files = [...page.matchAll(/`(test\/[^`]+)`/g)];
  expect(named(page).length).toBe(files.length);
  expect(files.length).toBeGreaterThan(60);
});

describe("each claim names one", () => {
  test("of what holds", () => {
    const claims = section("What holds").match(/^- (?:.|\n(?!- |\n))*/gm) ?? [];
    expect(claims.length).toBeGreaterThan(10);
    expect(claims.filter((claim) => named(claim).length === 0)).toEqual([]);
  });

  // Of these there is nothing to test: what they are about is not in the programs, or is the kernel.
  const without = [/^\| the kernel \|/, /^\| CVE-2026-35367 /, /^\| CVE-2025-64170 /];
  test.each(["What is trusted", "What a bug in each part could do", "Known vulnerabilities of others"])(
    "of %s",
    (heading) => {
      const bare = rows(section(heading)).filter((row) => named(row).length === 0);
      expect(bare.filter((row) => !without.some((pattern) => pattern.test(row)))).toEqual([]);
    },
  );
});
