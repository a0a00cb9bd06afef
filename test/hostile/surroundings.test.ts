// SPDX-License-Identifier: MIT
//
// Rule 1: nothing that a program is started with makes it map other ids than those asked for and granted: it maps
// them, or it maps nothing and does not end with 0. What matrix.test.ts does with all programs is not done again.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Caller, Stage } from "../stage/stage.js";
import { alice, type End, end, mapped, obstacle, privileges, refused, request, startStage } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

const range = ["0", "100000", "65536"];
const given = mapped({ uidMap: "0 100000 65536" });
const notRoots = refused(
  "newuidmap: uid range [0-1) -> [0-1) not allowed",
  "newuidmap: outside uid 0 is root's own: nobody else may map it",
);
/** A user whom the files do not know. */
const stranger = { uid: 20000, gid: 20000 };
const allSignals = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGCHLD",
  "SIGCONT",
] as const;
const usage =
  "usage: newuidmap [<pid>|fd:<pidfd>] <uid> <loweruid> <count> [ <uid> <loweruid> <count> ] ... ";

/** Timers that may be 73 years late. */
const late = "slack=2305843009213693952";
const lateTimers: Change = {
  file: "native/output.c",
  from: "prctl(PR_SET_TIMERSLACK, 1ul, 0, 0, 0);",
  to: "",
};
const includesTime: Change = {
  file: "native/names.c",
  from: "#include <sys/wait.h>\n",
  to: "#include <sys/wait.h>\n#include <time.h>\n",
};
const readsClock: Change = {
  file: "native/names.c",
  from: "  struct pollfd wait = {",
  to: "  clock_gettime(CLOCK_MONOTONIC, &(struct timespec){0});\n  struct pollfd wait = {",
};

/** The name-service program is what has another number than the program. */
const knowsByNumber: Change = {
  file: "native/names.c",
  from: "  if (child == 0 && own != 0) become",
  to: "  if (child == 0 && getpid() != 1) become",
};

let stage: Stage;
let launch: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  launch = await stage.install(compile("test/hostile/launch.c", "hostile-launch"), "launch");
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

describe.each(privileges)("newuidmap %s", (_how, { newuidmap }) => {
  let program: string;

  beforeAll(async () => {
    if (!obstacle) program = await stage.install("build/newuidmap", "newuidmap", newuidmap);
  });

  const ask = (caller: Partial<Caller>, words = range) =>
    request(stage, { argv: [program, "$PID", ...words], caller: { ...alice, ...caller } });
  const launched = (circumstance: string, words = ["$PID", ...range], caller: Partial<Caller> = {}) =>
    stage.run({ argv: [launch, circumstance, "--", program, ...words], caller: { ...alice, ...caller } });

  it.each<[string, Partial<Caller>]>([
    [
      "an environment that would load, print and look elsewhere",
      {
        env: {
          LD_PRELOAD: "/tmp/x.so",
          LD_LIBRARY_PATH: "/tmp",
          LD_DEBUG: "all",
          LD_AUDIT: "/tmp/x.so",
          GLIBC_TUNABLES: "glibc.malloc.check=3",
          PATH: "/tmp",
          HOME: "/tmp",
          NSS_PASSWD: "/tmp/passwd",
          LOGNAME: "bob",
          USER: "root",
          SUDO_UID: "0",
          TZ: "/tmp/x",
        },
      },
    ],
    ["a large environment", { env: { LARGE: "x".repeat(100_000) } }],
    ["another working directory", { cwd: "/tmp" }],
    ["all signals ignored", { ignore: [...allSignals] }],
    ["all signals blocked", { block: [...allSignals] }],
    ["standard descriptors that do not take text", { stdin: "/", stdout: "/dev/full", stderr: "/dev/full" }],
    ["little memory", { limits: { as: 4_000_000 } }],
  ])("maps with %s", async (_what, caller) => {
    expect(await ask(caller)).toEqual(given);
  });

  it.each<[string, Partial<Caller>]>([
    ["no descriptor, and none open", { limits: { nofile: 0 }, close: [0, 1, 2] }],
    ["standard error closed, and no room for another", { limits: { nofile: 2 }, close: [2] }],
    ["no descriptor for the target", { limits: { nofile: 3 } }],
    ["no descriptor for a table", { limits: { nofile: 4 } }],
  ])("maps nothing with %s", async (_what, caller) => {
    const outcome = await ask(caller);
    expect(outcome.status).not.toBe(0);
    expect(outcome).toMatchObject({ uidMap: "", gidMap: "", setgroups: "allow" });
  });

  it.each(["full", "broken"])("ends with status 1 where standard error is %s", async (circumstance) => {
    expect(end(await launched(circumstance))).toEqual(given);
    expect(end(await launched(circumstance, ["$PID", "0", "0", "1"]))).toEqual(refused());
  });

  it("prints nothing into a file of the target's", async () => {
    for (const name of ["uid_map", "gid_map", "setgroups"]) {
      const outcome = await stage.run({
        argv: ["/bin/sh", "-c", `exec "$0" "$1" 0 0 1 2>/proc/$1/${name}`, program, "$PID"],
        caller: alice,
      });
      expect(end(outcome)).toEqual(refused());
      expect(outcome.log).toHaveLength(1);
    }
  });

  it("takes its name from nobody", async () => {
    const argv = ["\x1b]0;root\x07", "$PID", "0", "0", "1"];
    expect(await request(stage, { program, argv, caller: alice })).toEqual(notRoots);
  });

  it.each([
    ["without any argument, not even its name", "argc=0", [usage]],
    ["with its name alone", "argc=1", [usage]],
    ["without a map", "argc=2", [usage, "newuidmap: no map is given"]],
  ])("prints the usage %s", async (_what, circumstance, lines) => {
    expect(end(await launched(circumstance))).toEqual(refused(...lines));
  });

  it("refuses as many arguments as fit", async () => {
    const outcome = await launched("argc=60002");
    expect(end(outcome)).toMatchObject({ status: 1, uidMap: "" });
    expect(outcome.stderr).toContain("newuidmap: 20000 extents: the kernel takes at most 340\n");
  });

  it("quotes no control character of an argument", async () => {
    const outcome = await ask({}, ["0", "\x1b[2J\n'", "1"]);
    expect(outcome.stderr).toContain("newuidmap: loweruid '\\x1b[2J\\x0a'' is no plain decimal number\n");
    expect(outcome.status).toBe(1);
  });

  it("maps in another execution domain", async () => {
    expect(end(await launched("personality=440000"))).toEqual(given);
  });

  it.each(["traced", "shared"])("has no privilege when it is %s from its start", async (circumstance) => {
    const outcome = end(await launched(circumstance));
    expect(outcome.stderr).toMatch(
      /^newuidmap: write to uid_map failed: Operation not permitted\nnewuidmap: this program was started without CAP_SETUID: /,
    );
    expect(outcome).toMatchObject({ status: 1, uidMap: "" });
  });

  it.each(["openat2:38", "read:0", "prctl:0", "capset:0", "setresuid:0"])(
    "maps nothing under a filter of the caller's: %s",
    async (rule) => {
      const outcome = end(await launched(`fail=${rule}`));
      expect(outcome.status).not.toBe(0);
      expect(outcome.uidMap).toBe("");
    },
  );

  it("refuses at once where timers may be years late", async () => {
    expect(end(await launched(late, ["$PID", "0", "0", "1"]))).toEqual(notRoots);
  });

  it("asks the name service where it must not read a clock", async (context) => {
    context.skip(process.arch !== "x64", "a clock can be forbidden on x86 alone");
    expect(end(await launched("clock", ["$PID", ...range], stranger))).toEqual(
      refused(
        "newuidmap: Cannot determine your user name.",
        "newuidmap: uid 20000 is not in /etc/passwd, and the name service failed",
      ),
    );
  });

  it("asks the name service as the first process of a namespace whose children are in another", async () => {
    expect(await asFirst(program)).toEqual(
      refused(
        "newuidmap: Cannot determine your user name.",
        "newuidmap: uid 20000 is not in /etc/passwd, and the name service does not know this user",
      ),
    );
  });

  it("maps all or nothing when a timer ends it", async () => {
    const maps = new Set<string | undefined>();
    for (let after = 20; after < 1020; after += 20) maps.add((await launched(`alarm=${after}`)).uidMap);
    for (const map of maps) expect(["", "0 100000 65536"]).toContain(map);
  });
});

/** Asks for a map for a user whom no file knows, where the program and its first process have the number 1. */
async function asFirst(program: string): Promise<End> {
  const first = ["/usr/bin/unshare", "-pf", "/usr/bin/unshare", "-p"];
  const as = ["/usr/bin/setpriv", "--reuid=20000", "--regid=20000", "--clear-groups"];
  return end(
    await stage.run({
      argv: [...first, ...as, program, "$PID", ...range],
      caller: { uid: 0, gid: 0 },
      target: stranger,
    }),
  );
}

it("newuidmap would go on twice, if it knew itself by its number", async () => {
  const weak = await stage.install(weaken("newuidmap", knowsByNumber), "twice", { caps: ["cap_setuid"] });
  expect((await asFirst(weak)).stderr.match(/Cannot determine your user name/g)).toHaveLength(2);
});

it("newuidmap would hang, if it left its timers as late as they are", async () => {
  const weak = await stage.install(weaken("newuidmap", lateTimers), "late", { caps: ["cap_setuid"] });
  const argv = ["/usr/bin/timeout", "0.5", launch, late, "--", weak, "$PID", "0", "0", "1"];
  expect(end(await stage.run({ argv, caller: alice }))).toEqual({ ...refused(), status: 124 });
});

it("newuidmap would crash, if it read a clock", async (context) => {
  context.skip(process.arch !== "x64", "a clock can be forbidden on x86 alone");
  const weak = await stage.install(weaken("newuidmap", includesTime, readsClock), "clock", {
    caps: ["cap_setuid"],
  });
  const argv = [launch, "clock", "--", weak, "$PID", ...range];
  expect(await stage.run({ argv, caller: stranger })).toMatchObject({ signal: 11, uidMap: "" });
});
