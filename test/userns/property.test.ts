// SPDX-License-Identifier: MIT
//
// Whatever stands on the command line. FC_SEED repeats a run.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import { main } from "./fake-host.js";
import { asked, type Extents } from "./run.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 1000);
const timeout = 300_000;

/** Pieces that texts are made of, so that many of them are nearly right. */
const piece = fc.oneof(
  fc.constantFrom("[", "]", "{", "}", ",", ":", '"', " ", "\n", "\r", "\t", "\\", "-", "@", "."),
  fc.constantFrom('"containerID"', '"hostID":', '"size":1', '"container_id":0', '"host_id":', '"size"'),
  fc.constantFrom('{"containerID":0,"hostID":1000,"size":1}', "0 1000 1\n", "1 100000 65536"),
  fc.constantFrom("0", "00", "1", "7", "4294967294", "4294967295", "4294967296", "1e3", "1.0"),
  fc.string({ maxLength: 3 }),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
/** A member of an entry: mostly right. */
const member = (...names: string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom("1", "22", "333", "4444", "0", "01"))
    .map(([name, value]) => `"${name}" : ${value}`);
const json = fc
  .array(
    fc
      .tuple(
        member("containerID", "container_id"),
        member("hostID", "host_id"),
        member("size", "size", "sise"),
      )
      .chain((members) => fc.shuffledSubarray(members, { minLength: 2 })),
    { minLength: 1, maxLength: 3 },
  )
  .map((entries) => `[${entries.map((members) => `{${members.join(",\t")}}`).join()}]`);

const option = fc.constantFrom(
  ...[
    "-m",
    "-f",
    "-S",
    "-Sx",
    "-mpf",
    "--",
    "-",
    "--uid-map",
    "--gid-map=0 1 1",
    "--map-users=0:1:1",
    "--map-auto",
  ],
  ...[
    "--kill-child",
    "--kill-child=9",
    "--mount-proc",
    "--root",
    "--preserve-fds=3",
    "--setgroups=deny",
    "-r",
    "-c",
  ],
  ...["--disable-userns", "--keep-caps", "--no-new-privs", "--propagation=slave", "--help", "-V", "true"],
);

/** The map that JSON.parse reads; undefined if it is none of ours. */
function parsed(source: string): Extents | undefined {
  try {
    const entries = JSON.parse(source) as Record<string, number>[];
    return entries.map((entry) => [
      Number(entry.containerID ?? entry.container_id),
      Number(entry.hostID ?? entry.host_id),
      Number(entry.size),
    ]);
  } catch {
    return undefined;
  }
}

describe("a command line", () => {
  it("is obeyed or refused, and never a trap", { timeout }, () => {
    const words = fc.array(fc.oneof(option, text), { maxLength: 8 });
    fc.assert(
      fc.property(words, (args) => {
        const run = main(args, { answers: { runProgram: -2, runShell: -2 } });
        expect([0, 125, 127]).toContain(run.status);
        for (const line of run.stderr.split("\n").slice(0, -1))
          expect(line).toMatch(/^userns: [\x20-\x7e]+$/);
        if (run.status === 125) expect(run.stderr).not.toBe("");
        if (run.status === 127) expect(run.calls.at(-1)).toMatch(/^run(Program|Shell) /);
      }),
      { seed, numRuns },
    );
  });
});

describe("a map that is taken", () => {
  it("is what JSON says, where it is JSON", { timeout }, () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(json, text), (source) => {
        const { uids } = asked([`--uid-map=${source}`]);
        if (uids.length === 0 || !source.trimStart().startsWith("[")) return;
        taken++;
        expect(uids).toEqual(parsed(source));
      }),
      { seed, numRuns },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it("is what stands in the lines, where it is lines", { timeout }, () => {
    const number = fc.constantFrom("0", "1", "10", "4294967290", "01", "x", "");
    const line = fc.array(number, { minLength: 3, maxLength: 4 }).map((numbers) => numbers.join(" "));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const { uids } = asked(["--uid-map", lines.join("\n")]);
        if (uids.length === 0) return;
        taken++;
        const rows = lines
          .map((row) => row.split(" ").filter(Boolean).map(Number))
          .filter((row) => row.length > 0);
        expect(uids).toEqual(rows);
      }),
      { seed, numRuns },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
