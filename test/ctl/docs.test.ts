// SPDX-License-Identifier: MIT
//
// The help of usernsctl's commands, its manual page and its completion name the same.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples, flags, section } from "../docs/pages.js";
import { session } from "./session.js";

const program = resolve("build/usernsctl/usernsctl.mjs");
const help = (...command: string[]) => execFileSync(program, [...command, "--help"], { encoding: "utf8" });
const commands = [...help().matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? "");

test("there are commands", () => {
  expect(commands).toEqual(expect.arrayContaining(["explain", "list", "lint"]));
});

/** The sections of COMMANDS in the page: name -> source. */
const described = new Map(
  section("usernsctl.8", "COMMANDS")
    .split(/^\.Ss /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text]),
);

test("the page describes the commands of the help", () => {
  expect([...described.keys()].sort()).toEqual(commands.toSorted());
  const synopsis = section("usernsctl.8", "SYNOPSIS").matchAll(/^\.Cm (.*)$/gm);
  expect([...new Set([...synopsis].map(([, name]) => name))].sort()).toEqual(commands.toSorted());
});

test.each(commands)("the page has the options of the help of %s", (command) => {
  const items = (described.get(command) ?? "").match(/^\.It .*$/gm) ?? [];
  const named = flags(items.join("\n").replaceAll("Fl Fl ", "--"));
  // --help is in the page once, for all.
  expect([...named, "--help"].sort()).toEqual(flags(help(command)));
});

describe("the completion for bash", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "completion-"));
    writeFileSync(join(folder, "config.json"), "");
    execFileSync("mkdir", [join(folder, "other")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const bash = spawnSync("bash", ["--version"]).error === undefined;
  const script = `set -u; . "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_usernsctl usernsctl "\${COMP_WORDS[-1]}" "\${COMP_WORDS[-2]}" 2>&1; printf '%s\\n' "\${COMPREPLY[@]}"`;

  /** What bash would offer for the last of these words. */
  function offered(words: string[]): string[] {
    const source = resolve("build/usernsctl.bash");
    const argv = ["-c", script, "bash", source, "usernsctl", ...words];
    const output = execFileSync("bash", argv, { cwd: folder, encoding: "utf8" });
    return output.split("\n").filter((each) => each !== "");
  }

  test("offers the commands", ({ skip }) => {
    skip(!bash, "bash is not installed");
    expect(offered([""])).toEqual([...commands, "--help", "--version"]);
  });

  test.each(commands)("offers the options of %s", (command) => {
    expect(offered([command, "--"]).sort()).toEqual(flags(help(command)));
  });

  test.for([
    [["explain", "--po"], ["--podman"]],
    [["explain", "--oci", "con"], ["config.json"]],
    [["explain", "--oci", "=", "con"], ["config.json"]],
    [
      ["explain", "--oci", "="],
      ["config.json", "other"],
    ],
    [["explain", "--root", ""], ["other"]],
    [["explain", "--user", "roo"], ["root"]],
    [["explain", "--uid-map", ""], []],
    [["explain", ""], []],
    [["lint", "con"], ["config.json"]],
    [["list", "roo"], ["root"]],
  ] as const)("%j", ([words, expected], { skip }) => {
    skip(!bash, "bash is not installed");
    expect(offered([...words]).sort()).toEqual([...expected]);
  });
});

describe("the examples", () => {
  test.for([...examples("usernsctl.8"), readmeExample()])("%s", (display, { skip }) => {
    skip(process.getuid?.() !== 0, "only root can make a mount namespace");
    const [command = "", ...output] = display.trim().split("\n");
    const argv = command.replace(/^\$ usernsctl /, "").split(" ");
    expect(session(argv, { subuid: "alice:100000:65536\n" })).toEqual(output);
  });
});

/** The session of the README that begins with usernsctl. */
function readmeExample(): string {
  const block = /^ {4}\$ usernsctl .*\n(?: {4}.*\n)*/m.exec(readFileSync("README.md", "utf8"));
  return (block?.[0] ?? "").replaceAll(/^ {4}/gm, "");
}
