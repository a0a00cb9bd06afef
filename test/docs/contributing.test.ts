// SPDX-License-Identifier: MIT
//
// CONTRIBUTING.md sends nobody to what is not there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const text = readFileSync("CONTRIBUTING.md", "utf8");
const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? "");
const words = spans.flatMap((span) => span.split(" "));

test("each file and folder exists", () => {
  const named = words.filter((word) => /^(src|test|native|bin|man|packaging)\/[\w./*-]+$/.test(word));
  const paths = named.filter((word) => !/NAME/.test(word)).map((word) => word.replace(/\*.*$/, ""));
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test("each target of make is one of the Makefile's", () => {
  const help = execFileSync("make", ["-s", "help"], { encoding: "utf8" });
  const targets = [...help.matchAll(/^([a-z-]+) /gm)].map(([, name]) => name);
  const named = spans.flatMap((span) => /^make ([a-z][a-z-]*)(?: |$)/.exec(span)?.[1] ?? []);
  expect(named).toContain("check");
  expect(named.filter((name) => !targets.includes(name))).toEqual([]);
});

/** What the recipes say is in a file: `name` of `file`, in the order of the text. */
test.each([
  ["src/tables/entries.ts", ["RESERVED", "readFlags", "readFlag"]],
  ["src/policy/entry.ts", ["grants", "keeps", "matters"]],
  ["src/policy/authority.ts", ["Bar", "barOf", "denied", "full"]],
  ["src/ctl-host.ts", ["reportEntry"]],
  ["src/report/lines.ts", ["reportEntry"]],
  ["src/ctl/rows.ts", ["reportEntry"]],
  ["src/ctl/lines.ts", ["Entry"]],
  ["src/ctl/lint/syntax.ts", ["wrongCombination"]],
  ["test/model/usernamespaces.ts", ["flagsOf", "grants", "bars"]],
  ["test/exhaustive/reference.ts", ["Said"]],
  ["test/unit/usernamespaces-safety.test.ts", ["isPlain", "isUnknown"]],
  ["test/unit/fake-host.ts", ["BoundaryError"]],
  ["native/shim.h", ["memory_array"]],
  ["src/ctl/output.ts", ["rootOption", "jsonOption"]],
  ["src/ctl/failure.ts", ["Failure"]],
  ["Makefile", ["SHIM", "CTL_MODULES"]],
])("%s has what is looked for there", (file, names) => {
  const source = readFileSync(file, "utf8");
  expect(names.filter((name) => !spans.includes(name))).toEqual([]);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(source))).toEqual([]);
});
