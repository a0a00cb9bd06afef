// SPDX-License-Identifier: MIT
//
// What a caller can do to the system's log: be named in it, truly, and nothing else.

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { File, Stage } from "../stage/stage.js";
import { alice, obstacle, startStage } from "./scene.js";

let stage: Stage;
let program: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  program = await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] });
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

const refusedMap = { argv: ["newuidmap: bob (uid 1001)", "$PID", "0", "200000", "1"], caller: alice };

async function logged(passwd: string): Promise<string[]> {
  await stage.files({ "/etc/passwd": passwd });
  const { status, log } = await stage.run({ ...refusedMap, program });
  expect(status).toBe(1);
  return log.map((message) => message.replace(/\[\d+\]/, "[PID]"));
}

it("names the program, the caller and what he asked for", async () => {
  expect(await logged("alice:x:1000:1000::/:\n")).toEqual([
    "<84>newuidmap[PID]: uid 1000: uid range [0-1) -> [200000-200001) not allowed: not granted (alice)",
  ]);
});

it("takes no control character, no other byte that is not ASCII, and no line break of a name", async () => {
  for (const [name, escaped] of [
    ["al\x1b[31mice", "al\\x1b[31mice"],
    ["al\x07\x7fice\t\r", "al\\x07\\x7fice\\x09\\x0d"],
    ["al\u009bice\\", "al\\xc2\\x9bice\\x5c"],
    ["%s%n", "%s%n"],
  ] as const) {
    expect(await logged(`${name}:x:1000:1000::/:\n`)).toEqual([
      `<84>newuidmap[PID]: uid 1000: uid range [0-1) -> [200000-200001) not allowed: not granted (${escaped})`,
    ]);
  }
});

it("cuts a name that would fill the line", async () => {
  const [message] = await logged(`${"\x01".repeat(300)}:x:1000:1000::/:\n`);
  expect(message).toMatch(
    /^<84>newuidmap\[PID\]: uid 1000: uid range \[0-1\) -> \[200000-200001\) not allowed: not granted \((\\x01)+/,
  );
  expect(message?.length).toBeLessThanOrEqual(640);
});

it.each<[string, File]>([
  ["absent", null],
  ["a file", "nothing\n"],
  ["a directory", { directory: true }],
  ["a pipe that nobody reads", { fifo: true }],
  ["a link to nothing", { symlink: "/nothing" }],
])("is done without where it is %s", async (_what, file) => {
  await stage.files({ "/etc/passwd": "alice:x:1000:1000::/:\n", "/dev/log": file });
  expect(await stage.run({ ...refusedMap, program })).toMatchObject({ status: 1, uidMap: "", log: [] });
  const granted = { ...refusedMap, argv: [program, "$PID", "0", "100000", "1"] };
  expect(await stage.run(granted)).toMatchObject({ status: 0, uidMap: "0 100000 1" });
});
