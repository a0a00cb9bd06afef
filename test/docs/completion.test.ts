// SPDX-License-Identifier: MIT
//
// What bash offers for a line of userns(1) or newfsidmap(1) that is typed in part.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flags, listedFlags, type Page } from "./pages.js";

const file = (program: string) => `completion/${program}.bash`;
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
_$1 "$1" "$word" "\${COMP_WORDS[-2]}" 2>&1
printf '%s\\n' "\${COMPREPLY[@]}"`;

/** The words that bash would put in place of the last one of the line, or of what follows its last = : or @ there. */
function offered(line: string): string[] {
  const words: string[] = line.match(/'[^']*'|[=:@]+|[^\s=:@']+/g) ?? [];
  if (line.endsWith(" ")) words.push("");
  const last = words.at(-1) ?? "";
  const word = /^[=:@]+$/.test(last) ? "" : last;
  const source = resolve(file(words[0] ?? ""));
  const output = execFileSync("bash", ["-c", script, "bash", source, line, word, ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  return output.split("\n").filter((each) => each !== "");
}

describe("completion of userns", () => {
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

describe("completion of newfsidmap", () => {
  test.for([
    ["newfsidmap --", ["--bind", "--fd", "--read-only", "--noexec", "--help", "--version"]],
    ["newfsidmap --bind --re", ["--read-only"]],
    ["newfsidmap --fd=3 --no", ["--noexec"]],
    ["newfsidmap --fd ", []],
    ["newfsidmap --fd=", []],
    ["newfsidmap --bind ", ["folder"]],
    ["newfsidmap --bind -- ", ["folder"]],
    ["newfsidmap --bind -- --", []],
    ["newfsidmap --noexec --bind folder fo", ["folder"]],
    ["newfsidmap --fd 3 f", ["folder"]],
    ["newfsidmap --fd=3 f", ["folder"]],
    ["newfsidmap 4 ", ["u:", "g:", "b:"]],
    ["newfsidmap 4 --", []],
    ["newfsidmap fd:4 ", ["u:", "g:", "b:"]],
    ["newfsidmap --fd 3 folder 4 g", ["g:"]],
    ["newfsidmap --bind folder folder 4 u:0:1:1 ", ["u:", "g:", "b:"]],
    ["newfsidmap --bind folder folder 4 u:", []],
    ["newfsidmap --bind folder folder 4 u:0:", []],
    ["newfsidmap --bind folder folder 4 u:0:1:1 b:0", []],
  ] as const)("%s", ([line, expected], { skip }) => {
    skip(!bash, "bash is not installed");
    expect(offered(line).sort()).toEqual([...expected].sort());
  });

  test("offers the own processes that are in another user namespace", async ({ skip }) => {
    skip(!bash, "bash is not installed");
    const inside = spawn("unshare", ["--user", "sh", "-c", "echo; exec cat"]);
    const outside = spawn("cat");
    try {
      await new Promise((resolve) => inside.stdout.once("data", resolve));
      for (const line of ["newfsidmap ", "newfsidmap --bind folder folder ", "newfsidmap --fd=3 folder "]) {
        expect(offered(line)).toContain(`${inside.pid}`);
        expect(offered(line)).not.toContain(`${outside.pid}`);
      }
    } finally {
      inside.kill();
      outside.kill();
    }
  });
});

test.each([
  ["userns", "_userns_add -W '\n([^']*)'", 40],
  ["newfsidmap", "_newfsidmap_add -W '(--[^']*)'", 6],
])(
  "every option of the help of %s is in its page and its completion, and no other",
  (program, list, count) => {
    const help = flags(execFileSync(`build/${program}`, ["--help"], { encoding: "utf8" }));
    const words = new RegExp(list).exec(readFileSync(file(program), "utf8"))?.[1] ?? "";
    expect(help.length).toBeGreaterThanOrEqual(count);
    expect(listedFlags(`${program}.1` as Page, "OPTIONS")).toEqual(help);
    expect(flags(words)).toEqual(help);
  },
);
