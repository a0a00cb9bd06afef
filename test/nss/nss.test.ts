// SPDX-License-Identifier: MIT
//
// The name-service program by itself, with a real NSS module and real subid plugins.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Caller, Stage } from "../stage/stage.js";
import { compile, obstacle, startScene } from "./scene.js";

const long = "n".repeat(256);

const passwd = `root:x:0:0:root:/root:/bin/sh
alice:x:1000:1001:Alice:/home/alice:/bin/sh
`;
const extrausers = `nora:x:20000:20001:only here:/home/nora:/bin/sh
EXAMPLE\\björn:x:20002:20003::/:/bin/sh
a\tb:x:20004:20004::/:/bin/sh
${long}:x:20005:20005::/:/bin/sh
${long}n:x:20006:20006::/:/bin/sh
last:x:4294967294:4294967294::/:/bin/sh
`;
const subid = `alice:uid:100000:65536
alice:uid:300000:1
alice:gid:200000:65536
carol:uid:500000:65536
edge:uid:4294967296:4294967296
start:uid:4294967297:1
count:uid:1:4294967297
late:uid:1:1
late:uid:1:4294967297
broken:status:2
worse:status:3
odd:status:77
gone:status:1
minus:count:-1
null:count:3
many:uid:1:1
${"many:uid:4294967295:1\n".repeat(900)}loud:print:7 7
loud:uid:8:8
${long}:uid:1:2
hangs:hang
`;

interface Answer {
  status: number;
  stdout: string;
  stderr: string;
}

const answer = (stdout: string): Answer => ({ status: 0, stdout, stderr: "" });
const refusal = (status: number): Answer => ({ status, stdout: "", stderr: "" });

const reason = await obstacle();
let stage: Stage;
/** As it is installed, and a copy that its user may read. */
let program: string;
let readable: string;

/** Runs a program as the helpers would: the caller's ids, no capability, no environment. */
async function run(argv: string[], caller: Partial<Caller> = {}): Promise<Answer> {
  const outcome = await stage.exec({
    argv,
    caller: { uid: 4242, gid: 4242, noNewPrivs: true, env: {}, ...caller },
  });
  return { status: outcome.status, stdout: outcome.stdout, stderr: outcome.stderr };
}

const nss = (...args: string[]): Promise<Answer> => run([program, ...args]);

beforeAll(async () => {
  if (reason) return;
  stage = await startScene({
    "/etc/passwd": passwd,
    "/etc/subid-example": subid,
    "/var/lib/extrausers/passwd": extrausers,
  });
  program = await stage.install("build/nss", "nss", { mode: 0o711 });
  readable = await stage.install("build/nss", "nss-readable", { mode: 0o755 });
});

afterAll(() => stage?.close());

beforeEach((context) => context.skip(reason !== undefined, reason));

describe("user", () => {
  it.each([
    ["a user of /etc/passwd", "1000", "alice:1000:1001\n"],
    ["root", "0", "root:0:0\n"],
    ["a user of an NSS module only", "20000", "nora:20000:20001\n"],
    ["a name with a domain and UTF-8", "20002", "EXAMPLE\\björn:20002:20003\n"],
    ["a name of 256 bytes", "20005", `${long}:20005:20005\n`],
    ["the last uid", "4294967294", "last:4294967294:4294967294\n"],
  ])("names %s", async (_what, uid, line) => {
    expect(await nss("user", uid)).toEqual(answer(line));
  });

  it("knows no user of another uid", async () => {
    expect(await nss("user", "4242")).toEqual(refusal(1));
  });

  it.each([
    ["a control character", "20004"],
    ["257 bytes", "20006"],
  ])("fails on a name with %s", async (_what, uid) => {
    expect(await nss("user", uid)).toEqual(refusal(2));
  });

  it("fails when the last source cannot be read", async () => {
    await stage.files({ "/var/lib/extrausers/passwd": { content: extrausers, mode: 0o600 } });
    expect(await nss("user", "20000")).toEqual(refusal(2));
    await stage.files({ "/var/lib/extrausers/passwd": extrausers });
  });

  it("fails when the caller left it too few descriptors", async () => {
    expect(await run([program, "user", "1000"], { limits: { nofile: 4 } })).toEqual(refusal(2));
  });
});

describe("ranges", () => {
  it.each([
    ["uid ranges in the plugin's order", "alice", "uid", "100000 65536\n300000 1\n"],
    ["gid ranges", "alice", "gid", "200000 65536\n"],
    ["nothing, for a user who has nothing of the kind", "carol", "gid", ""],
    ["numbers up to 2^32", "edge", "uid", "4294967296 4294967296\n"],
    ["a name of 256 bytes", long, "uid", "1 2\n"],
    ["more than a buffer's worth", "many", "uid", `1 1\n${"4294967295 1\n".repeat(900)}`],
    ["the answer alone when the plugin prints", "loud", "uid", "8 8\n"],
  ])("answers %s", async (_what, name, type, lines) => {
    const { stderr, ...rest } = await nss("ranges", "example", name, type);
    expect(rest).toEqual({ status: 0, stdout: lines });
    expect(stderr).toBe(name === "loud" ? "7 7\n" : "");
  });

  it("says that the plugin does not know the user", async () => {
    expect(await nss("ranges", "example", "mallory", "uid")).toEqual(refusal(1));
    expect(await nss("ranges", "example", "gone", "uid")).toEqual(refusal(1));
  });

  it.each([
    ["cannot connect", "broken"],
    ["fails", "worse"],
    ["answers a status that does not exist", "odd"],
    ["claims a negative count", "minus"],
    ["claims ranges and gives none", "null"],
    ["gives a start above 2^32", "start"],
    ["gives a count above 2^32", "count"],
    ["gives such a range after a good one", "late"],
  ])("fails when the plugin %s", async (_what, name) => {
    expect(await nss("ranges", "example", name, "uid")).toEqual(refusal(2));
  });

  it.each([
    ["a colon", "alice:x"],
    ["a control character", "alice\n"],
    ["a delete character", "alice\x7f"],
    ["nothing in it", ""],
    ["257 bytes", `${long}n`],
  ])("fails on a name with %s", async (_what, name) => {
    expect(await nss("ranges", "example", name, "uid")).toEqual(refusal(2));
  });

  it.each([
    ["is not there", "absent"],
    ["is no library", "garbage"],
    ["lacks the function", "bare"],
    ["has a name of 64 bytes and is not there", "p".repeat(64)],
  ])("says that the plugin %s", async (_what, plugin) => {
    expect(await nss("ranges", plugin, "alice", "uid")).toEqual(refusal(3));
  });
});

describe("wrong use", () => {
  it.each([
    [[]],
    [["user"]],
    [["user", ""]],
    [["user", "alice"]],
    [["user", "-1"]],
    [["user", "+1000"]],
    [["user", " 1000"]],
    [["user", "1000 "]],
    [["user", "01000"]],
    [["user", "0x3e8"]],
    [["user", "4294967295"]],
    [["user", "4294968296"]],
    [["user", "18446744073709552616"]],
    [["user", "1000", "1000"]],
    [["group", "1000"]],
    [["ranges"]],
    [["ranges", "example", "alice"]],
    [["ranges", "example", "alice", "pid"]],
    [["ranges", "example", "alice", "uid", "gid"]],
    [["ranges", "", "alice", "uid"]],
    [["ranges", "../example", "alice", "uid"]],
    [["ranges", "example.so", "alice", "uid"]],
    [["ranges", "exämple", "alice", "uid"]],
    [["ranges", "p".repeat(65), "alice", "uid"]],
  ])("refuses %j", async (args) => {
    expect(await nss(...args)).toEqual(refusal(4));
  });

  it("refuses an environment", async () => {
    expect(await run([program, "user", "1000"], { env: { HOME: "/root" } })).toEqual(refusal(4));
  });
});

describe("an answer that cannot be written is a failure", () => {
  it.each([
    [["user", "1000"]],
    [["ranges", "example", "alice", "uid"]],
    [["ranges", "example", "many", "uid"]],
  ])("%j on a full device", async (args) => {
    expect(await run([program, ...args], { stdout: "/dev/full" })).toEqual(refusal(2));
  });

  it("on a closed descriptor", async () => {
    expect(await run([program, "user", "1000"], { close: [1] })).toEqual(refusal(2));
  });
});

describe("a caller who attacks the program under his own uid", () => {
  const denied = "seize: Operation not permitted\nmemory: Permission denied\n";
  const done = "seize: ok\nmemory: ok\n";
  let attacker: string;
  let dumpable: string;

  beforeAll(async () => {
    if (reason) return;
    const dumpableNss = compile("native/nss.c", "nss-dumpable", [], (text) =>
      text.replace("prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0", "false"),
    );
    dumpable = await stage.install(dumpableNss, "nss-dumpable", { mode: 0o755 });
    attacker = await stage.install(compile("test/nss/attacker.c", "attacker"), "attacker", { mode: 0o755 });
  });

  /** Replaces alice in the arguments by carol before main begins. */
  const whileLoading = (copy: string) =>
    run([attacker, "loading", "100", "alice", "carol", copy, "ranges", "example", "alice", "uid"]);
  /** Tries the same on a program that waits for its plugin. */
  const whileHanging = (copy: string) =>
    run([attacker, "hanging", "10", "hangs", "carol", copy, "ranges", "example", "hangs", "uid"]);

  it("gets the ranges of another user out of a copy that he may read", async () => {
    expect(await whileLoading(readable)).toEqual(answer(`${done}answer: 500000 65536\n`));
  });

  it("cannot touch the program as it is installed, from the first moment on", async () => {
    expect(await whileLoading(program)).toEqual(answer(`${denied}answer: 100000 65536\n300000 1\n`));
  });

  it("reaches a copy that stays dumpable while a plugin hangs", async () => {
    expect(await whileHanging(dumpable)).toEqual(answer(done));
  });

  it("cannot touch the program while a plugin hangs, not even a copy that he may read", async () => {
    expect(await whileHanging(program)).toEqual(answer(denied));
    expect(await whileHanging(readable)).toEqual(answer(denied));
  });
});
