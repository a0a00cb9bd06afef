// SPDX-License-Identifier: MIT
//
// The manual pages are whole, well formed, and name what the programs have.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flags, listedFlags, type Page, pages, section, sections, source } from "./pages.js";

const demanded = ["NAME", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO", "SECURITY"];
const ofPrograms = [...demanded, "SYNOPSIS", "OPTIONS", "EXIT STATUS", "DIAGNOSTICS"];

/** What stands in a page's diagnostic for something that differs, or that is put together in the sources. */
const placeholder =
  /\[[A-Z]-[A-Z]\)|\/etc\/[a-z.]+(?::N)?|\b[A-Z]\b|@?\b[A-Z]{4,}\b|\.\.\.|\b[ug]id(?:_map)?\b|: [A-Z].*$/;

describe.each(pages)("%s", (page) => {
  test("has its sections", () => {
    const wanted = page.endsWith(".1") ? ofPrograms : demanded;
    expect(wanted.filter((title) => !sections(page).includes(title))).toEqual([]);
  });

  test("mandoc finds nothing to warn of", ({ skip }) => {
    const { error, status, stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning", `man/${page}`], {
      encoding: "utf8",
    });
    skip(error !== undefined, "mandoc is not installed");
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("man finds nothing to warn of", ({ skip }) => {
    const { error, status, stderr } = spawnSync("man", ["-l", "--warnings", `man/${page}`], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", MANWIDTH: "80" },
    });
    skip(error !== undefined, "man is not installed");
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("refers to pages of the project that are there", () => {
    const project = /^(new[ug]idmap|newfsidmap|getsubids|userns|sub[ug]id|usernamespaces|usernsctl)$/;
    const named = [...source(page).matchAll(/^\.Xr (\S+) (\d)/gm)].map(
      ([, name, number]) => `${name}.${number}`,
    );
    expect(named).not.toEqual([]);
    expect(
      named.filter((each) => project.test(each.replace(/\.\d$/, "")) && !existsSync(`man/${each}`)),
    ).toEqual([]);
  });
});

describe.each(["newuidmap", "newgidmap", "getsubids", "userns", "newfsidmap"])("%s", (program) => {
  const page = `${program}.1` as Page;

  test("has the same options in its help and in its page", () => {
    const help = flags(execFileSync(`build/${program}`, ["--help"], { encoding: "utf8" }));
    expect(help).toEqual(expect.arrayContaining(["--help", "--version"]));
    expect(listedFlags(page, "OPTIONS")).toEqual(help);
  });

  test("has each of its diagnostics in the sources", () => {
    // Placeholders cut a message where the sources may: what is left between them has to be there word for word.
    const sources = ["src/steps", "src/text", "src/getsubids", "src/userns", "src/newfsidmap", "native"]
      .flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8")))
      .join("\n");
    const messages = [...section(page, "DIAGNOSTICS").matchAll(/^\.It "(.*)"$/gm)].map(([, text]) => text);
    expect(messages.length).toBeGreaterThan(2);
    const pieces = messages
      .flatMap((text) => (text ?? "").split(placeholder))
      .map((piece) => piece.trim())
      .filter((piece) => piece.length > 3);
    expect(pieces.filter((piece) => !sources.includes(piece))).toEqual([]);
  });
});

test("the limits that the pages name are those of the sources", () => {
  const number = (file: string, name: string) =>
    Number(new RegExp(`${name}[^=\\n]*?(?:= |\\s)(\\d+)`).exec(readFileSync(file, "utf8"))?.[1]);
  const english = (value: number) => value.toLocaleString("en");
  const lines = english(number("src/policy/request.ts", "MOST_LINES"));
  const bytes = english(number("src/policy/request.ts", "MOST_BYTES"));
  const ranges = english(number("src/policy/ranges.ts", "MOST_RANGES"));
  const line = english(number("src/tables/lines.ts", "LONGEST_LINE"));
  const seconds = number("native/names.c", "DEADLINE_MS") / 1000;
  const groups = number("src/steps/membership.ts", "MOST_GROUPS");
  expect(section("newuidmap.1", "DESCRIPTION")).toContain(
    `at most ${lines} lines (5 before Linux 4.15) and ${bytes} bytes`,
  );
  expect(section("newfsidmap.1", "OPTIONS").replaceAll("\n", " ")).toContain(`at most ${lines} of a kind`);
  expect(section("newuidmap.1", "EXIT STATUS")).toContain(`more than ${ranges} separate ranges`);
  expect(section("newuidmap.1", "SECURITY")).toContain(`no longer than ${seconds} seconds`);
  expect(section("subuid.5", "DESCRIPTION")).toContain(`At most ${ranges} separate ranges`);
  expect(section("subuid.5", "DESCRIPTION")).toContain(`more than ${line} bytes`);
  expect(section("usernamespaces.5", "DESCRIPTION")).toContain(`more than ${line} bytes`);
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toContain(`takes ${lines} maps of each kind`);
  expect(readme).toContain(`at most ${lines} lines and ${bytes} bytes`);
  expect(readme).toContain(`At most ${ranges} separate ranges`);
  expect(readme).toContain(`longer than ${line} bytes`);
  expect(readme).toContain(`${seconds} seconds to answer`);
  expect(section("usernamespaces.5", "DESCRIPTION")).toContain(`more than ${groups} groups`);
  expect(readme.replaceAll(/\s+/g, " ")).toContain(`at most ${groups} groups in a run`);
});

test("FILES names every file that the programs read", () => {
  const table = /paths\[\] = \{([^}]*)\}/.exec(readFileSync("native/table.c", "utf8"))?.[1] ?? "";
  const paths = [...table.matchAll(/"(.*?)"/g)].map((match) => match[1] ?? "");
  expect(paths.length).toBeGreaterThan(4);
  const unnamed = (page: Page, others?: string) =>
    paths.filter((path) => path !== others && !section(page, "FILES").includes(path));
  expect(unnamed("newuidmap.1", "/etc/subgid")).toEqual([]);
  expect(unnamed("newgidmap.1", "/etc/subuid")).toEqual([]);
  expect(unnamed("getsubids.1", "/etc/login.defs")).toEqual([]);
  expect(unnamed("userns.1")).toEqual([]);
  expect(unnamed("newfsidmap.1")).toEqual([]);
  for (const page of ["newuidmap.1", "newgidmap.1", "getsubids.1", "userns.1", "newfsidmap.1"] as const)
    expect(section(page, "FILES")).toContain("/usr/local/libexec/usernamespaces/nss");
});
