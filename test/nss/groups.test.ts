// SPDX-License-Identifier: MIT
//
// Who is a member of a group, asked of real modules: "out" is said only where every source has said so.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Caller, File, Stage } from "../stage/stage.js";
import { compile, libraries, obstacle, startScene } from "./scene.js";

const passwd = `root:x:0:0:root:/root:/bin/sh
alice:x:1000:1000:Alice:/home/alice:/bin/sh
alicia:x:1000:1000:the same uid:/home/alice:/bin/sh
bob:x:1001:1001::/home/bob:/bin/sh
`;
const members = Array.from({ length: 150_000 }, (_, i) => `member${i}`).join(",");
const group = `root:x:0:
alice:x:1000:
video:x:44:alice
same-gid:x:44:bob
empty:x:50:
shared:x:20080:bob
crowd:x:60:${members},bob
`;
const files: Record<string, File> = {
  "/etc/passwd": passwd,
  "/etc/group": group,
  "/etc/nsswitch.conf": "passwd: files extrausers\ngroup: files extrausers\n",
  "/etc/nss-example": "",
  "/var/lib/extrausers/passwd": "nora:x:20000:20001:only here:/home/nora:/bin/sh\n",
  "/var/lib/extrausers/group": "nora:x:20001:\nextra:x:20070:alice,nora\nshared:x:20080:nora\n",
};

interface Answer {
  status: number;
  stdout: string;
}
const answered = (word: string): Answer => ({ status: 0, stdout: `${word}\n` });
const noGroup: Answer = { status: 1, stdout: "" };
const failed: Answer = { status: 2, stdout: "" };

const reason = await obstacle();
let stage: Stage;
let program: string;

const alice = "1000 alice";
const bob = "1001 bob";

/** Asks as a process that holds none of the groups, unless `caller` says so. */
async function member(user: string, name: string, caller: Partial<Caller> = {}): Promise<Answer> {
  const argv = [program, "member", ...user.split(" "), name];
  const outcome = await stage.exec({
    argv,
    caller: { uid: 1000, gid: 4242, noNewPrivs: true, env: {}, ...caller },
  });
  return { status: outcome.status, stdout: outcome.stdout };
}

const sources = (text: string, example = "") =>
  stage.files({ "/etc/nsswitch.conf": `passwd: files extrausers\n${text}`, "/etc/nss-example": example });

beforeAll(async () => {
  if (reason) return;
  stage = await startScene(files);
  program = await stage.install("build/nss", "nss", { mode: 0o711 });
  const module = compile("test/nss/libnss_example.c", "libnss_example.so.2", ["-shared", "-fPIC"]);
  await stage.install(module, `${libraries}/libnss_example.so.2`);
});

afterAll(() => stage?.close());

beforeEach(async (context) => {
  context.skip(reason !== undefined, reason);
  await stage.only(files);
});

describe("name", () => {
  it.each([
    ["a user of /etc/passwd", "bob", "bob:1001:1001"],
    ["another name of a uid", "alicia", "alicia:1000:1000"],
    ["a user of a module only", "nora", "nora:20000:20001"],
  ])("finds %s", async (_what, name, line) => {
    const { status, stdout } = await stage.exec({
      argv: [program, "name", name],
      caller: { uid: 1000, gid: 1000, env: {} },
    });
    expect({ status, stdout }).toEqual(answered(line));
  });

  it.each([
    ["is nobody's", "mallory", 1],
    ["is a uid", "1000", 1],
    ["has a colon", "alice:x", 2],
    ["is empty", "", 2],
    ["has 257 bytes", "n".repeat(257), 2],
  ])("finds nobody where it %s", async (_what, name, status) => {
    const outcome = await stage.exec({
      argv: [program, "name", name],
      caller: { uid: 1000, gid: 1000, env: {} },
    });
    expect({ status: outcome.status, stdout: outcome.stdout }).toEqual({ status, stdout: "" });
  });
});

describe("a member", () => {
  it.each([
    ["by the group's line", alice, "video"],
    ["of another group of the same gid", bob, "video"],
    ["by his primary group", bob, "primary"],
    ["at the end of a line of megabytes", bob, "crowd"],
    ["by a module's line", alice, "extra"],
    ["whom only a module knows", "20000 nora", "extra"],
    ["of a group whose line of files does not name him, but that of a module", "20000 nora", "shared"],
  ])("%s", async (_what, user, name) => {
    await stage.files({ "/etc/group": `${group}primary:x:1001:\n` });
    expect(await member(user, name)).toEqual(answered("in"));
  });

  it("by a list alone, as of a server that does not tell members", async () => {
    await sources("group: files example\n", "alice=50");
    expect(await member(alice, "empty")).toEqual(answered("in"));
  });

  it("where another source is away", async () => {
    await sources("group: example files\n", "groups-away lists-away");
    expect(await member(alice, "video")).toEqual(answered("in"));
  });

  it("not by a source that the system does not use", async () => {
    await sources("group: files [NOTFOUND=return] extrausers\n");
    expect(await member(alice, "extra")).toEqual(noGroup);
  });
});

describe("no member", () => {
  it.each([
    ["files and extrausers", "group: files extrausers\n"],
    ["actions and a comment", "group:files [ NOTFOUND=continue ][SUCCESS=merge] extrausers # example\n"],
    ["a source of lists", "group: files\ninitgroups: files example\n"],
    ["no line of groups", ""],
  ])("with %s", async (_what, text) => {
    await sources(text, "bob=50");
    expect(await member(alice, "empty")).toEqual(answered("out"));
  });

  it("without nsswitch.conf", async () => {
    await stage.files({ "/etc/nsswitch.conf": null });
    expect(await member(alice, "crowd")).toEqual(answered("out"));
  });

  it("by the name of another uid of which he is one", async () => {
    expect(await member("1000 alicia", "video")).toEqual(answered("out"));
  });
});

describe("no answer is given", () => {
  it.each([
    ["no such group", alice, "nobodys", noGroup],
    ["a gid for a group", alice, "44", noGroup],
    ["an empty name", alice, "", failed],
    ["a name with a colon", alice, "video:x", failed],
    ["a user's name with a colon", "1000 alice:x", "video", failed],
    ["a uid that is nobody's", "4242 alice", "video", failed],
  ])("on %s", async (_what, user, name, expected) => {
    expect(await member(user, name)).toEqual(expected);
  });

  it.each([
    ["cannot be asked for groups", "groups-away"],
    ["cannot be asked for the user's list", "lists-away"],
    ["has him in it, where the system does not look", "empty:50:alice"],
    ["has the name for another gid", "empty:51:bob"],
    ["has no end", "endless"],
  ])("where a source %s", async (_what, example) => {
    await sources("group: files [NOTFOUND=return] example\n", "");
    expect(await member(alice, "empty")).toEqual(answered("out"));
    await stage.files({ "/etc/nss-example": example });
    expect(await member(alice, "empty")).toEqual(failed);
  });

  it("where a source answers with a group of another name", async () => {
    await sources("group: example\n", "renames wheel:50:alice");
    expect(await member(alice, "empty")).toEqual(failed);
  });

  it("where the only source that has the group cannot be asked", async () => {
    await sources("group: files example\n", "groups-away");
    expect(await member(alice, "far")).toEqual(failed);
  });

  it.each([
    ["is not installed", "absent"],
    ["is no library", "../example"],
    ["has a name that is too long", "p".repeat(65)],
  ])("where a source %s", async (_what, source) => {
    await sources(`group: files ${source}\n`);
    expect(await member(alice, "empty")).toEqual(failed);
  });

  it("where nsswitch.conf or a source's file cannot be read", async () => {
    await stage.files({ "/var/lib/extrausers/group": { content: "", mode: 0o600 } });
    expect(await member(alice, "empty")).toEqual(failed);
    await stage.only({ ...files, "/etc/nsswitch.conf": { content: "group: files\n", mode: 0o600 } });
    expect(await member(alice, "empty")).toEqual(failed);
  });

  it.each([
    ["real and effective", { gid: 50 }],
    ["supplementary", { groups: [7, 50] }],
  ])("where the process holds the group, %s, and the database has him not in it", async (_what, caller) => {
    expect(await member(alice, "empty", caller)).toEqual(failed);
  });

  it("while a source hangs", async () => {
    await sources("group: files example\n", "hangs");
    const { timedOut, stdout, stderr } = await stage.exec({
      argv: [program, "member", "1000", "alice", "empty"],
      caller: { uid: 1000, gid: 4242, env: {} },
      timeout: 2_000,
    });
    expect({ timedOut, stdout, stderr }).toEqual({ timedOut: true, stdout: "", stderr: "hanging\n" });
  });
});

describe("a caller who limits what the sources need", () => {
  const kibibyte = 1024;
  const settings: [string, string][] = [
    ["files", "group: files\n"],
    ["files and extrausers", "group: files extrausers\n"],
    ["a source that calls its own failures an absence", "group: files example\n"],
  ];

  it.each(settings)("is never out of his group: %s", async (_what, text) => {
    await stage.files({ "/etc/group": `${group}late:x:80:${members}\n` });
    await sources(text, "sloppy late:80:alice alice=80");
    const user = text.includes("example") ? alice : bob;
    const name = text.includes("example") ? "late" : "crowd";
    expect(await member(user, name)).toEqual(answered("in"));
    const limits = [
      ...[3, 4, 5, 6, 7, 8, 10, 16, 24, 32, 48, 63].map((nofile) => ({ nofile })),
      ...[2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96].map((mebi) => ({ as: mebi * kibibyte * kibibyte })),
      ...[0, 1, 2, 4, 8, 16, 32].map((mebi) => ({ data: mebi * kibibyte * kibibyte })),
      ...[64, 128, 256, 512].map((kibi) => ({ stack: kibi * kibibyte })),
    ];
    const answers = await Promise.all(limits.map((limit) => member(user, name, { limits: limit })));
    expect(answers.filter(({ stdout }) => stdout !== "" && stdout !== "in\n")).toEqual([]);
    expect(answers).toContainEqual(failed);
  });

  it.each([
    ["few descriptors", { nofile: 63 }],
    ["an address space", { as: 1 << 30 }],
    ["a data segment", { data: 1 << 30 }],
  ])("is not said to be out of another group either, with %s", async (_what, limits) => {
    expect(await member(alice, "empty", { limits: { nofile: 64 } })).toEqual(answered("out"));
    expect(await member(alice, "empty", { limits })).toEqual(failed);
  });
});
