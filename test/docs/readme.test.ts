// SPDX-License-Identifier: MIT
//
// The README names what is there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");
const makefile = readFileSync("Makefile", "utf8");
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? "");

test("each make target is one of the Makefile's", () => {
  const help = execFileSync("make", ["-s", "help"], { encoding: "utf8" });
  const targets = all(help, /^([a-z-]+) /gm);
  const named = all(readme, /(?:`|^ {4})make ([a-z][a-z-]*)/gm);
  expect(named).toEqual(expect.arrayContaining(["demo", "check", "install", "uninstall"]));
  expect(named.filter((name) => !targets.includes(name))).toEqual([]);
});

test("each variable is one of the Makefile's, with its default", () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|/gm)];
  expect(rows.map((row) => row[1])).toEqual([
    "PREFIX",
    "DESTDIR",
    "INSTALL_MODE",
    "WITH_NEWFSIDMAP",
    "NSS_PROGRAM",
    "LINK",
  ]);
  for (const [, name, value] of rows) {
    const given = new RegExp(`^${name} \\?= ?(.*)$`, "m").exec(makefile)?.[1];
    expect([name, given?.replace("$(LIBEXECDIR)", "$(PREFIX)/libexec/usernamespaces")]).toEqual([
      name,
      value ?? "",
    ]);
  }
});

test("each dependency is named, and pinned to one version", () => {
  const named = all(readme, /^\| `(@?[a-z][a-z/-]*)` \|/gm).filter(
    (name) => name in manifest.devDependencies,
  );
  expect(named.sort()).toEqual(Object.keys(manifest.devDependencies).sort());
  expect(manifest.dependencies).toBeUndefined();
  const pinned = Object.values<string>(manifest.devDependencies).filter((version) =>
    /^\d+\.\d+\.\d+$/.test(version),
  );
  expect(pinned.length).toBe(named.length);
});

test("each link and each folder leads to something", () => {
  const links = all(readme, /\]\((?!https?:)([^)]+)\)/g);
  const folders = all(readme, /^\| `([a-z/.]+(?:\/|\.ts))` \|/gm);
  expect(links.length).toBeGreaterThan(4);
  expect(folders).toContain("src/policy/");
  expect([...links, ...folders].filter((path) => !existsSync(path))).toEqual([]);
});

test("the licence is that of package.json", () => {
  expect(manifest.license).toBe("MIT");
  expect(readFileSync("LICENSE", "utf8")).toMatch(
    /^MIT License\n\nCopyright \(c\) 2026 the usernamespaces developers\n/,
  );
});
