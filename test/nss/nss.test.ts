// SPDX-License-Identifier: MIT
//
// The name-service program by itself, with a real NSS module and real subid plugins.

import { existsSync, rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CALLER, compile, type Outcome, obstacle, Scene } from "./scene.ts";

const program = "build/nss";
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
loud:print:7 7
loud:uid:8:8
${long}:uid:1:2
hangs:hang
`;

let scene: Scene;

function nss(...args: string[]): Outcome {
  return scene.run([`${scene.path}/nss`, ...args]);
}

function answer(stdout: string): Outcome {
  return { status: 0, stdout, stderr: "" };
}

function refusal(status: number): Outcome {
  return { status, stdout: "", stderr: "" };
}

const reason = obstacle();

beforeAll(() => {
  if (reason) return;
  if (!existsSync(program)) throw new Error(`${program} is not built: run make`);
  const shared = ["-shared", "-fPIC"];
  scene = new Scene({
    "etc/nsswitch.conf": "passwd: files extrausers\ngroup: files\n",
    "etc/passwd": passwd,
    "etc/subid-example": subid,
    "extrausers/passwd": extrausers,
    "lib/libsubid_example.so": {
      copyOf: compile("test/nss/libsubid_example.c", "libsubid_example.so", shared),
      mode: 0o644,
    },
    "lib/libsubid_bare.so": {
      copyOf: compile("test/nss/libsubid_example.c", "libsubid_bare.so", [
        ...shared,
        "-Dshadow_subid_list_owner_ranges=something_else",
      ]),
      mode: 0o644,
    },
    "lib/libsubid_garbage.so": "no library",
    nss: { copyOf: program, mode: 0o711 },
    "nss-0755": { copyOf: program, mode: 0o755 },
    "nss-dumpable": {
      copyOf: compile("native/nss.c", "nss-dumpable", [], (text) =>
        text.replace("prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0", "false"),
      ),
      mode: 0o755,
    },
    attacker: { copyOf: compile("test/nss/attacker.c", "attacker"), mode: 0o755 },
  });
});

afterAll(() => {
  if (scene) rmSync(scene.path, { recursive: true });
});

beforeEach((context) => {
  context.skip(reason !== undefined, reason);
});

describe("user", () => {
  it.each([
    ["a user of /etc/passwd", "1000", "alice:1000:1001\n"],
    ["root", "0", "root:0:0\n"],
    ["a user of an NSS module only", "20000", "nora:20000:20001\n"],
    ["a name with a domain and UTF-8", "20002", "EXAMPLE\\björn:20002:20003\n"],
    ["a name of 256 bytes", "20005", `${long}:20005:20005\n`],
    ["the last uid", "4294967294", "last:4294967294:4294967294\n"],
  ])("names %s", (_what, uid, line) => {
    expect(nss("user", uid)).toEqual(answer(Buffer.from(line).toString("latin1")));
  });

  it("knows no user of another uid", () => {
    expect(nss("user", String(CALLER))).toEqual(refusal(1));
  });

  it.each([
    ["a control character", "20004"],
    ["257 bytes", "20006"],
  ])("fails on a name with %s", (_what, uid) => {
    expect(nss("user", uid)).toEqual(refusal(2));
  });

  it("fails when the last source cannot be read", () => {
    const hide = 'mount -t tmpfs -o mode=000 none "/var/lib/extrausers"';
    expect(scene.run([`${scene.path}/nss`, "user", "20000"], hide)).toEqual(refusal(2));
  });

  it("fails without a descriptor for its answer", () => {
    expect(scene.run([`${scene.path}/nss`, "user", "1000"], "ulimit -n 3")).toEqual(refusal(2));
  });
});

describe("ranges", () => {
  it.each([
    ["uid ranges in the plugin's order", "alice", "uid", "100000 65536\n300000 1\n"],
    ["gid ranges", "alice", "gid", "200000 65536\n"],
    ["nothing, for a user who has nothing of the kind", "carol", "gid", ""],
    ["numbers up to 2^32", "edge", "uid", "4294967296 4294967296\n"],
    ["a name of 256 bytes", long, "uid", "1 2\n"],
    ["the answer alone when the plugin prints", "loud", "uid", "8 8\n"],
  ])("answers %s", (_what, name, type, lines) => {
    const { stderr, ...rest } = nss("ranges", "example", name, type);
    expect(rest).toEqual({ status: 0, stdout: lines });
    expect(stderr).toBe(name === "loud" ? "7 7\n" : "");
  });

  it("says that the plugin does not know the user", () => {
    expect(nss("ranges", "example", "mallory", "uid")).toEqual(refusal(1));
    expect(nss("ranges", "example", "gone", "uid")).toEqual(refusal(1));
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
  ])("fails when the plugin %s", (_what, name) => {
    expect(nss("ranges", "example", name, "uid")).toEqual(refusal(2));
  });

  it.each([
    ["a colon", "alice:x"],
    ["a control character", "alice\n"],
    ["a delete character", "alice\x7f"],
    ["nothing in it", ""],
    ["257 bytes", `${long}n`],
  ])("fails on a name with %s", (_what, name) => {
    expect(nss("ranges", "example", name, "uid")).toEqual(refusal(2));
  });

  it.each([
    ["is not there", "absent"],
    ["is no library", "garbage"],
    ["lacks the function", "bare"],
    ["has a name of 64 bytes and is not there", "p".repeat(64)],
  ])("says that the plugin %s", (_what, plugin) => {
    expect(nss("ranges", plugin, "alice", "uid")).toEqual(refusal(3));
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
  ])("refuses %j", (args) => {
    expect(nss(...args)).toEqual(refusal(4));
  });

  it("refuses an environment", () => {
    expect(scene.run(["HOME=/root", `${scene.path}/nss`, "user", "1000"])).toEqual(refusal(4));
  });
});

describe("an answer that cannot be written", () => {
  it.each([
    ["user", "1000"],
    ["ranges", "example", "alice", "uid"],
  ])("is a failure: %s", (...args) => {
    expect(scene.run([`${scene.path}/nss`, ...args], "exec >/dev/full")).toEqual(refusal(2));
  });

  it("is a failure when stdout is closed", () => {
    expect(scene.run([`${scene.path}/nss`, "user", "1000"], "exec >&-")).toEqual(refusal(2));
  });
});

describe("a caller who attacks the program under his own uid", () => {
  function attack(moment: "loading" | "hanging", copy: string): Outcome {
    const [old, other] = moment === "loading" ? ["alice", "carol"] : ["hangs", "carol"];
    const victim = [`${scene.path}/${copy}`, "ranges", "example", old, "uid"];
    return scene.run([`${scene.path}/attacker`, moment, "100", old, other, ...victim]);
  }
  const denied = "seize: Operation not permitted\nmemory: Permission denied\n";
  const done = "seize: ok\nmemory: ok\n";

  it("gets the ranges of another user out of a readable copy", () => {
    expect(attack("loading", "nss-0755")).toEqual(answer(`${done}answer: 500000 65536\n`));
  });

  it("cannot touch the program as it is installed, from the first moment on", () => {
    expect(attack("loading", "nss")).toEqual(answer(`${denied}answer: 100000 65536\n300000 1\n`));
  });

  it("reaches a copy that stays dumpable while a plugin hangs", () => {
    expect(attack("hanging", "nss-dumpable")).toEqual(answer(done));
  });

  it.each(["nss", "nss-0755"])("cannot touch %s while a plugin hangs", (copy) => {
    expect(attack("hanging", copy)).toEqual(answer(denied));
  });
});
