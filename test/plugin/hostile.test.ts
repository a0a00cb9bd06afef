// SPDX-License-Identifier: MIT
//
// The plugin in other people's processes: files that are broken, threads, limits, and what it leaves behind.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import { ask, type Build, checkedBuild, type Files, obstacle, usualBuild } from "./plugin.js";

const reason = obstacle();
let usual: Build;
let checked: Build;

beforeAll(() => {
  if (reason) return;
  usual = usualBuild();
  checked = checkedBuild();
});
beforeEach((context) => context.skip(reason !== undefined, reason));

const files: Files = {
  "/etc/subuid": "alice:200000:10\nalice:100000:100\nbob:100050:100\n",
  "/etc/subgid": "1000:300000:10\nalice:44:1\n",
  "/etc/usernamespaces":
    "*:2000224256:147128320:each=65536\nbob:100010:10:reserved\n@video:44:1:deny-setgroups\n",
};
const questions = [
  "list uid alice",
  "list gid alice",
  "list uid 1000",
  "list gid bob",
  "list uid ghost",
  "has uid 100020 30 alice",
  "has gid 44 1 alice",
  "find uid 100060",
  "find gid 2000289792",
];
const expected = [
  "0 200000+10 100000+10 100020+80 2000224256+65536",
  "0 300000+10 2000224256+65536",
  "0",
  "0 2000289792+65536",
  "1",
  "0 yes",
  "0 no",
  "0 1000 1001",
  "0 1001",
];
const state = "0 new descriptors, SIGCHLD open default, in /, uid 0 0, locale C, no child";

describe.each(["usual", "checked"] as const)("the %s build", (name) => {
  const build = () => (name === "usual" ? usual : checked);

  it("answers threads as it answers one", () => {
    const rounds = 25;
    const answers = `${4 * rounds * questions.length} answers, 0 differ`;
    expect(ask(build(), files, [...questions, `threads 4 ${rounds}`])).toEqual([...expected, answers]);
  });

  it.each([
    ["is a directory", "mkdir"],
    ["is a FIFO", "mkfifo"],
    ["is a link to nothing", "ln -s nothing"],
    ["is another user's", "install -o 1000 /dev/null"],
    ["can be written by its group", "install -m 664 /dev/null"],
    ["can be written by everybody", "install -m 646 /dev/null"],
  ])("answers 3 where a table %s", (_what, command) => {
    for (const table of ["passwd", "subuid", "usernamespaces"]) {
      const prepare = `rm /etc/${table} && ${command} /etc/${table}`;
      expect(ask(build(), files, ["list uid alice", "has uid 100000 1 alice"], { prepare })).toEqual([
        "3",
        "3 no",
      ]);
      expect(ask(build(), files, ["find uid 100000"], { prepare })).toEqual(["3"]);
    }
  });

  it("takes an absent table for an empty one", () => {
    const absent = { "/etc/subuid": null, "/etc/usernamespaces": null };
    expect(ask(build(), absent, ["list uid alice", "find uid 100000"])).toEqual(["0", "0"]);
  });

  it("answers 3 where more separate ranges concern a user than it holds", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => `alice:${100000 + 2 * i}:1\n`).join("");
    const [most = "", more] = ask(build(), { "/etc/subuid": many(4000) }, [
      "list uid alice",
      "has uid 100000 1 alice",
    ]);
    expect([most.split(" ").length, more]).toEqual([4001, "0 yes"]);
    expect(
      ask(build(), { "/etc/subuid": many(10_000) }, ["list uid alice", "has uid 100000 1 alice"]),
    ).toEqual(["3", "3 no"]);
  });

  it("has as many ranges as there are lines that touch", () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `alice:${100000 + i}:1\n`).join("");
    const [list = ""] = ask(build(), { "/etc/subuid": lines }, ["list uid alice"]);
    expect(list.split(" ").length).toBe(20_001);
  });

  it("reads lines of any length and bytes of any value", () => {
    const noise = Array.from({ length: 4096 }, (_, i) => String.fromCharCode((i * 7919) % 256)).join("");
    const long = `alice:${"1".repeat(70_000)}:1\n`;
    const hostile = `${noise}\n${long}alice:100000:10\n\0alice:5:5\nalice:6:6\0\n${"x".repeat(40_000)}`;
    const broken = { "/etc/subuid": hostile, "/etc/usernamespaces": `${long}${noise}\nalice:100005:9:\n` };
    expect(ask(build(), broken, ["list uid alice"])).toEqual(["0 100000+10 100010+4"]);
  });

  it("answers 3 while there are no descriptors left", () => {
    const commands = ["limit 3", "list uid alice", "find uid 100060", "limit 64", "list uid alice", "state"];
    expect(ask(build(), files, commands)).toEqual(["3", "3", expected[0], state]);
  });

  it("leaves nothing behind, whether it answers or fails", () => {
    const prepare = "rm /etc/subgid && mkdir /etc/subgid";
    const commands = [
      "state",
      "list uid alice",
      "list gid alice",
      "find gid 5",
      "has gid 5 1 alice",
      "state",
    ];
    expect(ask(build(), files, commands, { prepare })).toEqual([state, expected[0], "3", "3", "3 no", state]);
  });
});

it("answers 2 where the user database cannot be asked", () => {
  const fails = compile("test/plugin/libfails.c", "libfails.so", ["-shared", "-fPIC"]);
  const launcher = ["env", `LD_PRELOAD=${fails}`];
  const commands = [
    "list uid ghost",
    "has uid 1 1 ghost",
    "list uid 4242",
    "list uid alice",
    "find uid 200000",
  ];
  expect(ask(usual, files, commands, { launcher })).toEqual(["2", "2 no", "2", expected[0], "0 1000"]);
  expect(ask(usual, { "/etc/subuid": "ghost:5:5\n" }, ["find uid 5"], { launcher })).toEqual(["2"]);
});
