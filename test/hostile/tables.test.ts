// SPDX-License-Identifier: MIT
//
// Tables that somebody with the right to write them got wrong: no line gives more than it says, and none gives
// what another line says.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stage } from "../stage/stage.js";
import { alice, mapped, obstacle, request, startStage } from "./scene.js";
import { weaken } from "./weaken.js";

let stage: Stage;
let program: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  program = await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] });
  // Without a log there is no pause after each refusal.
  await stage.files({ "/dev/log": null });
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/** The map that alice gets of what she asks for under a table: "" if she is refused. */
async function get(table: string | Uint8Array, outside: string, build = program) {
  await stage.files({ "/etc/subuid": table });
  const argv = [build, "$PID", "0", ...outside.split(" ")];
  const { status, uidMap } = await request(stage, { argv, caller: alice });
  expect(status).toBe(uidMap === "" ? 1 : 0);
  return uidMap;
}

const worthless = [
  "alice:0:1",
  "alice:0:0",
  "alice:200000:0",
  "alice:200000:-1",
  "alice:-1:300000",
  "alice:200000:4294967296",
  "alice:200000:4294967295",
  "alice:200000:18446744073709551615",
  "alice:200000:18446744073709351617",
  "alice:18446744073709551615:200001",
  "alice:4294967295:4294967297",
  "alice:200000:1x",
  "alice:0x30d40:1",
  "alice:0200000:1",
  "alice: 200000:1",
  "alice:200000 :1",
  "alice:+200000:1",
  "alice:200000:1 ",
  "alice:200000:1\r",
  "alice:200000:1:",
  "alice:200000:1:x",
  "alice::200000:1",
  ":200000:1",
  " alice:200000:1",
  "alice :200000:1",
  "Alice:200000:1",
  "alic:200000:1",
  "alicee:200000:1",
  "al*:200000:1",
  "*:200000:1",
  "@alice:200000:1",
  "#alice:200000:1",
  "+alice:200000:1",
  "ali\0ce:200000:1",
  "alice\0:200000:1",
  "alice:2\x0000000:1",
  "alice:200000:1\0",
  "\xef\xbb\xbfalice:200000:1",
  "01000:200000:1",
  "1000 :200000:1",
  "10000:200000:1",
  "-1000:200000:1",
  "4294968296:200000:1",
];

describe("a line that gives nothing", () => {
  it.each(worthless)("%j", async (line) => {
    expect(await get(`${line}\n`, "200000 1")).toBe("");
  });

  it("nor do all together", async () => {
    const table = Buffer.from(worthless.map((line) => `${line}\n`).join(""), "latin1");
    for (const outside of ["0 1", "1 1", "199999 2", "200000 1", "4294967294 1"]) {
      expect(await get(table, outside)).toBe("");
    }
  });

  it("gives no host root, whatever else it gives", async () => {
    for (const line of ["alice:0:4294967296", "1000:0:4294967295"]) {
      expect(await get(line, "1 4294967294")).toBe("0 1 4294967294");
      expect(await get(line, "0 1")).toBe("");
      expect(await get(line, "0 65536")).toBe("");
    }
  });
});

describe("lines that combine", () => {
  it("give what they cover together and nothing around it", async () => {
    const table = "alice:200000:10\n1000:200010:10\nalice:200015:15\nalice:200031:9\n";
    expect(await get(table, "200000 30")).toBe("0 200000 30");
    for (const outside of ["199999 1", "200000 31", "200030 1", "200031 10", "200040 1"]) {
      expect(await get(table, outside)).toBe("");
    }
  });

  it("give the last id and nothing behind it", async () => {
    expect(await get("alice:4294967290:6\n", "4294967290 5")).toBe("0 4294967290 5");
    expect(await get("alice:4294967290:6\n", "4294967290 6")).toBe("");
  });
});

describe("a long line", () => {
  // Where its end stands to the buffers of the line scanner, of 4 and 32 KiB, is what matters.
  const lengths = [1100, 4070, 4079, 4080, 4081, 5104, 8160, 32751, 32752, 32753, 36832, 65504, 100_000];
  const line = (length: number) => `bob:${"x".repeat(length)}alice:200000:65536\n`;

  it("is not read from its middle", async () => {
    for (const length of lengths) {
      expect(await get(`carol:1:1\n${line(length)}`, "200000 1")).toBe("");
    }
  });

  it("does not hide the next one", async () => {
    for (const length of lengths) {
      expect(await get(`${line(length)}alice:200000:1\n`, "200000 1")).toBe("0 200000 1");
    }
  });

  it("would be read from its middle by a scanner that forgot that it had begun", async () => {
    const forgetful = weaken("newuidmap", {
      file: "src/tables/lines.ts",
      from: "    while (this.cut && !this.ended) {",
      to: "    while (this.cut && this.ended && this.filled == 0) {",
    });
    const weak = await stage.install(forgetful, "forgetful", { caps: ["cap_setuid"] });
    // Somewhere below 4,096 is the end of its first buffer, and what stands behind that it takes for a line.
    const given = { weak: new Set<string | undefined>(), whole: new Set<string | undefined>() };
    for (let length = 3500; length < 4096; length++) {
      const split = `bob:${"x".repeat(length)}alice:200000:1\n`;
      given.weak.add(await get(split, "200000 1", weak));
      given.whole.add(await get(split, "200000 1"));
    }
    expect(given).toEqual({ weak: new Set(["", "0 200000 1"]), whole: new Set([""]) });
  }, 60_000);
});

describe("more than can be held", () => {
  const many = (line: (i: number) => string) => Array.from({ length: 40_000 }, (_, i) => line(i)).join("");

  it("of separate ranges is an error, not half an answer", async () => {
    const table = many((i) => `alice:${200000 + 2 * i}:1\n`);
    for (const outside of ["200000 1", "279998 1"]) expect(await get(table, outside)).toBe("");
  });

  it("of names is an error", async () => {
    await stage.files({ "/etc/passwd": many((i) => `a${"x".repeat(20)}${i}:x:1000:1000::/:\n`) });
    expect(await get("alice:200000:1\n", "1000 1")).toBe("");
    await stage.files({ "/etc/passwd": "alice:x:1000:1000::/:\n" });
  });

  it("of contiguous ranges is not", async () => {
    expect(
      await get(
        many((i) => `alice:${200000 + i}:1\n`),
        "200000 40000",
      ),
    ).toBe("0 200000 40000");
  });
});

describe("a name in /etc/passwd", () => {
  const root = "root:x:0:0::/:/bin/sh\n";
  const asAlice = async (passwd: string, outside = "200000 1") => {
    await stage.files({ "/etc/passwd": passwd });
    const map = await get("alice:100000:1\nbob:200000:1\n1001:200000:1\n", outside);
    return map;
  };

  it.each([
    `${root}alice:x:1000:1000::/:\nbob:x:1001:1001::/:\n`,
    `${root}alice:x:1000:1000::/:\nbob:x:01000:1000::/:\n`,
    `${root}alice:x:1000:1000::/:\n1001:x:1000:1000::/:\n`,
    `${root}alice:x:1000:1000::/:\n#bob:x:1000:1000::/:\n`,
    `${root}alice:x:1000:1000::/:\n+bob:x:1000:1000::/:\n`,
    `${root}alice:x:1000:1000::/:\nbob:x:4294968296:1000::/:\n`,
    `${root}alice:x:1000:1000::/:\nbob:x:1000\n`,
    `${root}alice:x:1000:1000::/:\nx:bob:x:1000:1000::/:\n`,
    `${root}alice:x:1000:1000:${"x".repeat(5000)}bob:x:1000:1000::/:\n`,
  ])("gives alice nothing of bob's: %j", async (passwd) => {
    expect(await asAlice(passwd)).toBe("");
  });

  it("gives alice what is hers by a second name of her uid", async () => {
    expect(await asAlice(`${root}alice:x:1000:1000::/:\nbob:x:1000:1000::/:\n`)).toBe("0 200000 1");
    expect(await asAlice(`${root}alice:x:1000:1000::/:\n`, "100000 1")).toBe("0 100000 1");
  });
});

it("a map of all that the kernel takes is written where it is granted", async () => {
  await stage.files({ "/etc/passwd": "alice:x:1000:1000::/:\n", "/etc/subuid": "alice:1:4294967294\n" });
  const argv = [program, "$PID", "0", "1", "4294967294"];
  expect(await request(stage, { argv, caller: alice })).toEqual(mapped({ uidMap: "0 1 4294967294" }));
});
