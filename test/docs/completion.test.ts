// SPDX-License-Identifier: MIT
//
// What bash offers for a line of userns(1) that is typed in part.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flags, listedFlags } from "./pages.js";

const file = "completion/userns.bash";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "completion-"));
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "four.map"), "");
  writeFileSync(join(folder, "folder.map"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

const bash = spawnSync("bash", ["--version"]).error === undefined;

const script = `set -u; . "$1"; COMP_LINE=$2 COMP_POINT=\${#2} word=$3; shift 3
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_userns userns "$word" "\${COMP_WORDS[-2]}" 2>&1
printf '%s\\n' "\${COMPREPLY[@]}"`;

/** The words that bash would put in place of the last one of the line, or of what follows its last = : or @ there. */
function offered(line: string): string[] {
  const words: string[] = line.match(/'[^']*'|[=:@]+|[^\s=:@']+/g) ?? [];
  if (line.endsWith(" ")) words.push("");
  const last = words.at(-1) ?? "";
  const word = /^[=:@]+$/.test(last) ? "" : last;
  const output = execFileSync("bash", ["-c", script, "bash", resolve(file), line, word, ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  return output.split("\n").filter((each) => each !== "");
}

describe("completion", () => {
  test.for([
    ["userns --setg", ["--setgroups", "--setgid"]],
    ["userns --setgroups ", ["allow", "deny"]],
    ["userns --setgroups=", ["allow", "deny"]],
    ["userns --setgroups=d", ["deny"]],
    ["userns -m --propagation=s", ["shared", "slave"]],
    ["userns --propagation ", ["private", "shared", "slave", "unchanged"]],
    ["userns --kill-child=SIGKI", ["SIGKILL"]],
    ["userns --kill-child --mount-p", ["--mount-proc"]],
    ["userns --map-users a", ["auto", "all"]],
    ["userns --map-users 0:1:1 --map-groups=al", ["all"]],
    ["userns --mount-proc=f", ["folder"]],
    ["userns -mR f", ["folder"]],
    ["userns --wd=f", ["folder"]],
    ["userns --uid-map ", ["@"]],
    ["userns --uid-map=@fo", ["folder", "folder.map", "four.map"]],
    ["userns --gid-map @four", ["four.map"]],
    ["userns --uid-map '0 1 2' --gid-m", ["--gid-map"]],
    ["userns -S ", []],
    ["userns -S0 -G 0 --no", ["--no-new-privs"]],
    ["userns -pf chroo", []],
    ["userns -pf cat four", ["four.map"]],
    ["userns -pf -- cat --setg", []],
    ["userns -- cat four", ["four.map"]],
  ] as const)("%s", ([line, expected], { skip }) => {
    skip(!bash, "bash is not installed");
    const words = offered(line).sort();
    // Commands depend on what is installed.
    if (line.endsWith("chroo")) expect(words).toContain("chroot");
    else expect(words).toEqual([...expected].sort());
  });
});

test("every option of the help is in the page and in the completion, and no other", () => {
  const help = flags(execFileSync("build/userns", ["--help"], { encoding: "utf8" }));
  const list = /_userns_add -W '\n([^']*)'/.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  expect(help.length).toBeGreaterThan(40);
  expect(listedFlags("userns.1", "OPTIONS")).toEqual(help);
  expect(flags(list)).toEqual(help);
});
