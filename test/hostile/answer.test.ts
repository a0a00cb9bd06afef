// SPDX-License-Identifier: MIT
//
// What the name-service program answers is hostile input: its modules are other people's code, and who answers
// for a directory decides what it says of a user, not of others.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Stage } from "../stage/stage.js";
import { alice, nss, obstacle, request, startStage } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

const nora = { uid: 20000, gid: 20000 };
const subuid = "nora:300000:65536\nalice:100000:65536\n20001:400000:10\nnora\x01:500000:10\n";

let stage: Stage;
let program: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage({ "/etc/subuid": subuid });
  program = await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] });
  await stage.install(compile("test/hostile/answer.c", "hostile-answer"), nss, { mode: 0o711 });
  // Without a log there is no pause after each refusal.
  await stage.files({ "/dev/log": null });
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/** The map that the caller gets where the name service answers so; "" if he is refused. */
async function get(answer: string, outside: string, caller = nora, build = program) {
  await stage.files({ "/etc/answer": answer });
  const argv = [build, "$PID", "0", ...outside.split(" ")];
  const { status, uidMap } = await request(stage, { argv, caller });
  expect(status).toBe(uidMap === "" ? 1 : 0);
  return uidMap;
}

describe("the answer to who has uid 20000", () => {
  it("gives the ranges of the name in it", async () => {
    expect(await get("0nora:20000:20000\n", "300000 65536")).toBe("0 300000 65536");
  });

  it.each([
    "0",
    "0\n",
    "0nora\n",
    "0nora:20000\n",
    "0nora:20000:\n",
    "0nora:20000:20000",
    "0nora:20000:20000:\n",
    "0nora:20000:20000:x\n",
    "0nora:20000:20000\nnora:20000:20000\n",
    "0nora:20000:20000\n\n",
    "0nora:20000:20000\n\0",
    "0nora:20001:20000\n",
    "0nora:020000:20000\n",
    "0nora:+20000:20000\n",
    "0nora: 20000:20000\n",
    "0nora:4294987296:20000\n",
    "0nora:18446744073709571616:20000\n",
    "0nora:20000:20001\n",
    "0nora:20000:-1\n",
    "0nora:20000:4294987296\n",
    "0:20000:20000\n",
    "0nora:x:20000:20000\n",
    "0no\nra:20000:20000\n",
    `0${"n".repeat(400)}:20000:20000\n`,
    "1nora:20000:20000\n",
    "2nora:20000:20000\n",
    "3nora:20000:20000\n",
    "7nora:20000:20000\n",
    "knora:20000:20000\n",
    "enora:20000:20000\n",
  ])("gives nothing: %j", async (answer) => {
    expect(await get(answer, "300000 1")).toBe("");
  });

  it("gives nothing by a name that is another uid, another user's, or not printable", async () => {
    expect(await get("020001:20000:20000\n", "400000 1")).toBe("");
    expect(await get("0alice:20000:20000\n", "100000 1")).toBe("");
    expect(await get("0root:20000:20000\n", "300000 1")).toBe("");
    expect(await get("0nora\x01:20000:20000\n", "500000 1")).toBe("");
  });

  it("would give another user's, if nobody looked whose name it is", async () => {
    const trusting: Change = {
      file: "src/steps/caller.ts",
      from: "if (isOthersName(user.name, 0, user.name.length, user.uid, lines))",
      to: "if (user.name.length == 0 && isOthersName(user.name, 0, user.name.length, user.uid, lines))",
    };
    const weak = await stage.install(weaken("newuidmap", trusting), "trusting", { caps: ["cap_setuid"] });
    expect(await get("0alice:20000:20000\n", "100000 1", nora, weak)).toBe("0 100000 1");
  }, 60_000);

  it("does not replace what /etc/passwd says", async () => {
    expect(await get("0nora:1000:1000\n", "300000 1", alice)).toBe("");
  });
});

describe("the answer to what alice is granted", () => {
  beforeAll(async () => {
    if (!obstacle) await stage.files({ "/etc/nsswitch.conf": "subid: any\n" });
  });

  const list = (answer: string, outside: string) => get(answer, outside, alice);

  it("gives the ranges in it", async () => {
    expect(await list("0300000 10\n300010 10\n400000 1\n", "300000 20")).toBe("0 300000 20");
    expect(await list("00 4294967296\n", "1 4294967294")).toBe("0 1 4294967294");
  });

  it("gives no host root", async () => {
    expect(await list("00 4294967296\n", "0 1")).toBe("");
  });

  it.each([
    "0",
    "0\n",
    "0300000\n",
    "0300000 10",
    "0300000  10\n",
    "0 300000 10\n",
    "0300000 10 \n",
    "0300000 10 10\n",
    "0300000\t10\n",
    "0300000 10\r\n",
    "0300000 10\n\n",
    "0300000 10\nx",
    "0300000 10\nx y\n",
    "0300000 10\n4294967296 1\n",
    "0300000 10\n1 4294967296\n",
    "0300000 -1\n",
    "0300000 0\n",
    "0300000 0x10\n",
    "00300000 10\n",
    "0300000 010\n",
    "0300000 18446744073709251616\n",
    "018446744073709551615 300002\n",
    `0${"300000 10\n".repeat(900)}`,
    "1300000 10\n",
    "2300000 10\n",
    "3300000 10\n",
    "k300000 10\n",
    "e300000 10\n",
  ])("gives nothing: %j", async (answer) => {
    expect(await list(answer, "300000 1")).toBe("");
  });

  it("counts only if the program ended well", async () => {
    const early: Change = {
      file: "native/names.c",
      from: "return got < 0 ? got : status < 0 ? status : got;",
      to: "return got < 0 || status > 0 ? status : got;",
    };
    const weak = await stage.install(weaken("newuidmap", early), "early", { caps: ["cap_setuid"] });
    for (const answer of ["1300000 10\n", "k300000 10\n"]) {
      expect(await get(answer, "300000 10", alice, weak)).toBe("0 300000 10");
      expect(await list(answer, "300000 10")).toBe("");
    }
  });
});
