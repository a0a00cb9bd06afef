// SPDX-License-Identifier: MIT
//
// The programs for other machines: aarch64 decides and maps as this machine does, big-endian ones are refused.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openStage, seen, toolsOf, wanted } from "../compliance/run.js";
import { chosenSubject } from "../compliance/subject.js";
import { table } from "../compliance/table.js";
import { root } from "../stage/build.js";
import { Stage } from "../stage/stage.js";
import { tally } from "../stage/tally.js";
import { compiler, install, isWhole, play, unavailable } from "./cross.js";
import { run } from "./make.js";
import { unpack } from "./tarball.js";

const reason = unavailable();
beforeEach(({ skip }) => skip(reason !== undefined, reason));

const helpers = ["newuidmap", "newgidmap", "userns", "newfsidmap", "getsubids"];
/** Each how many of the cases are run; make check-all runs all. */
const every = Number(process.env.CROSS_EVERY ?? 8);
/** In the checkout, of which the stage sees what it does not see of the machine's /tmp. */
const programs = join(root, "build/aarch64");

let folder: string;
let sources: string;
beforeAll(() => {
  if (reason) return;
  folder = mkdtempSync(join(tmpdir(), "cross-"));
  sources = unpack(folder);
}, 300_000);
afterAll(() => folder && rmSync(folder, { recursive: true }));

/** Builds something for the other machine. */
function build(...words: string[]): void {
  run({ cwd: sources }, "make", "-s", "-j2", "MUSL=", `CC=${compiler}`, ...words);
}

describe("for aarch64", async () => {
  const stageless = await Stage.unavailable();
  beforeEach(({ skip }) => skip(stageless !== undefined, stageless));
  let stage: Stage;
  beforeAll(async () => {
    if (reason || stageless) return;
    rmSync(programs, { recursive: true, force: true });
    build(`BUILD=${programs}`);
    stage = await openStage();
    await install(stage, programs);
  }, 300_000);
  let [tried, held] = [0, 0];
  afterAll(async () => {
    await stage?.close();
    if (tried > 0) tally("aarch64: the compliance table", tried, held, tried - held);
  });
  const subject = chosenSubject("ours");

  const runs = table.flatMap(({ topic, cases }) =>
    cases
      .filter((of) => of.installed === undefined)
      .flatMap((of) => toolsOf(of).map((tool) => ({ topic, of, tool, name: of.name }))),
  );
  const whole = runs.filter(({ topic, of }) => isWhole(topic, of));
  const sample = whole.filter((_, i) => i % every === 0);

  test.each(sample)("$topic: $name ($tool)", async ({ of, tool }) => {
    const outcome = await play(stage, of, tool);
    tried++;
    expect(seen(outcome, tool)).toEqual(wanted(subject.expected(of), subject, of, tool, outcome.pid));
    held++;
  });

  test.each(runs.filter(({ topic, of }) => !isWhole(topic, of)))(
    "$topic: $name ($tool): nothing more is allowed without a call that the emulator lacks",
    async ({ of, tool }) => {
      const outcome = await play(stage, of, tool);
      const { map, setgroups } = seen(outcome, tool);
      const whole = wanted(subject.expected(of), subject, of, tool, outcome.pid);
      expect(["", whole.map]).toContain(map);
      if (map !== "") expect(["deny", whole.setgroups]).toContain(setgroups);
    },
  );
});

describe("for big-endian machines", () => {
  const word =
    'error: #error "usernamespaces: WebAssembly memory is little-endian; this target is not supported"';

  test.each([...helpers, "libsubid_usernamespaces.so"])(
    "%s is not built, and why is all that is said",
    (program) => {
      // All that the C library's headers of the little-endian machine lack.
      const headers = join(folder, "big-endian");
      mkdirSync(join(headers, "gnu"), { recursive: true });
      writeFileSync(join(headers, "gnu/stubs-lp64_be.h"), "");
      const flags = ["CFLAGS=-mbig-endian", `CPPFLAGS=-isystem ${headers}`, "BUILD=big"];
      const said = failure(() => build(...flags, `big/${program}`));
      expect([...new Set(said.match(/error: .*/g))]).toEqual([word]);
      expect(existsSync(join(sources, "big", program))).toBe(false);
    },
  );
});

/** What is said by something that fails. */
function failure(action: () => void): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it did not fail");
}
