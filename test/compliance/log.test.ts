// SPDX-License-Identifier: MIT
//
// What a refusal leaves in syslog: who asked, for what, why not.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Caller, type Outcome, Stage } from "../stage/stage.js";
import { openStage } from "./run.js";
import { chosenSubject, program, type Subject, type Tool } from "./subject.js";

const reason =
  (await Stage.unavailable()) ??
  ((process.env.SUBJECT ?? "ours") === "ours" ? undefined : "only our programs log what they refuse");
const alice: Caller = { uid: 1000, gid: 1000 };
// LOG_AUTHPRIV and LOG_WARNING.
const priority = "<84>";

describe("syslog", () => {
  let stage: Stage;
  let subject: Subject;
  beforeAll(async () => {
    if (reason) return;
    stage = await openStage({ log: true });
    subject = chosenSubject();
  });
  afterAll(() => stage?.close());
  beforeEach((context) => context.skip(reason !== undefined, reason));

  async function run(tool: Tool, args: string[], caller = alice, target = {}): Promise<Outcome> {
    const path = await program(stage, subject, tool, subject.installed);
    return stage.run({ program: path, argv: [tool, "$PID", ...args], caller, target });
  }
  /** The messages without the pid of the program, which no test can know. */
  const log = (outcome: Outcome) => outcome.log.map((line) => line.replace(/\[\d+\]/, "[PID]"));

  it("holds a range that is not granted", async () => {
    await stage.only({});
    expect(log(await run("newuidmap", ["0", "1000", "1", "1", "5", "2"]))).toEqual([
      `${priority}newuidmap[PID]: uid 1000: uid range [1-3) -> [5-7) not allowed: not granted (alice)`,
    ]);
    expect(log(await run("newgidmap", ["0", "44", "1"]))).toEqual([
      `${priority}newgidmap[PID]: uid 1000: gid range [0-1) -> [44-45) not allowed: not granted (alice)`,
    ]);
  });

  it("holds an attempt at outside uid 0", async () => {
    await stage.only({ "/etc/subuid": "alice:0:1\n" });
    expect(log(await run("newuidmap", ["0", "0", "1"]))).toEqual([
      `${priority}newuidmap[PID]: uid 1000: uid range [0-1) -> [0-1) not allowed: outside uid 0 (alice)`,
    ]);
  });

  it("escapes names", async () => {
    await stage.only({ "/etc/passwd": "a\u001b]0;x\u0007:x:1000:1000::/:\n" });
    expect(log(await run("newuidmap", ["0", "5", "1"]))).toEqual([
      `${priority}newuidmap[PID]: uid 1000: uid range [0-1) -> [5-6) not allowed: not granted (a\\x1b]0;x\\x07)`,
    ]);
  });

  it("holds nothing of what is allowed, or no request at all", async () => {
    await stage.only({});
    expect((await run("newuidmap", ["0", "1000", "1"])).log).toEqual([]);
    expect((await run("newuidmap", ["0", "x", "1"])).log).toEqual([]);
    expect((await run("newuidmap", [])).log).toEqual([]);
  });

  it("is no condition of anything", async () => {
    await stage.only({});
    await stage.files({ "/dev/log": null });
    const refused = await run("newuidmap", ["0", "5", "1"]);
    expect(refused).toMatchObject({ status: 1, timedOut: false, log: [] });
    await stage.files({ "/dev/log": { fifo: true } });
    expect(await run("newuidmap", ["0", "5", "1"])).toMatchObject({
      status: 1,
      timedOut: false,
      stderr: refused.stderr,
    });
  });
});
