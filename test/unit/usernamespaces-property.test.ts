// SPDX-License-Identifier: MIT
//
// The wasm that ships against the reference model, in random worlds with an /etc/usernamespaces. FC_SEED
// repeats a run, FC_COUNT sets its length.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { predict } from "../model/model.js";
import { countOf, seedOf } from "../model/seed.js";
import { type Answer, memberAnswer, PID, type World, world } from "../model/world.js";
import { governedWorlds, hostileGovernedWorlds } from "../model/worlds.js";
import { type Run, runProgram } from "./fake-host.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 4000);
const MOST_GROUPS = 16;
const TIMEOUT = -1010;

const timedOut = ({ nss }: World, groups: string[]) =>
  groups.some((group) => memberAnswer(nss, group) === TIMEOUT);

/**
 * The world as the program has come to know it: after a timeout, or when it has asked for as many groups as
 * it asks for, the others are unknown.
 */
function asKnown(asked: World, groups: string[]): World {
  if (groups.length < MOST_GROUPS && !timedOut(asked, groups)) return asked;
  const member = Object.fromEntries(groups.map((group) => [group, memberAnswer(asked.nss, group)]));
  return { ...asked, nss: { ...asked.nss, member } };
}

/** What model and program have to agree on. */
function compare(asked: World): void {
  const { status, map, setgroups, stderr, stdout, trapped, groups, log } = runProgram(asked);
  const { reason, ...expected } = predict(asKnown(asked, groups));
  const complaint = (stderr.split("\n")[0] as string).slice(0, expected.complaint.length || undefined);
  expect({ status, map, setgroups, complaint, trapped }).toEqual({ ...expected, trapped: false });
  expect(stdout !== "").toBe(reason === "help");
  if (reason === "restricted" || reason === "not granted") expect(log[0]).toContain(`: ${reason} (`);
  expect(groups.length).toBeLessThanOrEqual(MOST_GROUPS);
}

/** At least as strict as before: nothing is allowed that was not, and setgroups is denied where it was. */
function expectNoMore(after: Run, before: Run): void {
  fc.pre(after.status === 0);
  expect(before).toMatchObject({ status: 0, map: after.map });
  expect(before.setgroups === "deny" && after.setgroups === "allow").toBe(false);
}

const withFile = (asked: World, change: (lines: string[]) => string[]): World => ({
  ...asked,
  usernamespaces: change(String(asked.usernamespaces).split("\n")).join("\n"),
});

describe("the program decides by /etc/usernamespaces as the model does", () => {
  it("where root keeps the files in order", () => {
    fc.assert(fc.property(governedWorlds, compare), { seed, numRuns });
  });

  it("whatever stands in the files, the arguments and the name service's answers", () => {
    fc.assert(fc.property(hostileGovernedWorlds, compare), { seed, numRuns });
  });

  it("where there are more groups than it asks for, or one that does not answer", () => {
    const answer = fc.oneof(
      { arbitrary: fc.constantFrom<Answer>("in\n", "out\n"), weight: 30 },
      { arbitrary: fc.constantFrom<Answer>(-1012, TIMEOUT), weight: 1 },
    );
    const flags = fc.constantFrom("gid", "deny-setgroups,fsid", "each=5", "each=5,first=999", "unknown");
    const line = fc.tuple(answer, flags, fc.nat(20));
    const asked = fc.tuple(fc.constantFrom(0, 10, 50), fc.integer({ min: 1, max: 120 }));
    const property = fc.property(
      fc.array(line, { minLength: 5, maxLength: 40, size: "max" }),
      asked,
      (lines, [start, count]) => {
        const member = Object.fromEntries(lines.map(([answered], i) => [`g${i}`, answered]));
        const usernamespaces = lines
          .map(([, said, at], i) => `@g${i}:${100000 + 5 * at}:20:${said}\n`)
          .join("");
        const args = [PID, "0", String(100000 + start), String(count)];
        compare(
          world({ tool: "newgidmap", usernamespaces, args, nss: { user: -1012, ranges: -1009, member } }),
        );
      },
    );
    fc.assert(property, { seed, numRuns: numRuns / 4 });
  });
});

describe("the program", () => {
  it("does the same however /etc/usernamespaces is cut as it is read", () => {
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));
    const property = fc.property(hostileGovernedWorlds, sizes, (asked, stream) => {
      expect(runProgram(asked, { chunk: () => stream.next().value as number })).toEqual(runProgram(asked));
    });
    fc.assert(property, { seed, numRuns: numRuns / 2 });
  });

  it("does the same in whatever order the lines stand", () => {
    const property = fc.property(governedWorlds, fc.infiniteStream(fc.nat()), (asked, order) => {
      const shuffled = withFile(asked, (lines) =>
        lines
          .map((line): [number, string] => [order.next().value as number, line])
          .toSorted((a, b) => a[0] - b[0])
          .map(([, line]) => line),
      );
      const [one, other] = [runProgram(asked), runProgram(shuffled)];
      fc.pre(!timedOut(asked, [...one.groups, ...other.groups]));
      const { status, map, setgroups } = one;
      expect(other).toMatchObject({ status, map, setgroups });
    });
    fc.assert(property, { seed, numRuns: numRuns / 2 });
  });

  it("allows no more for a line that restricts", () => {
    const owner = fc.constantFrom("*", "@wheel", "@gone", "bob", "nobody-of-this-name", "4242");
    const flags = fc.constantFrom(
      "reserved",
      "fsid,deny-setgroups",
      "fsid",
      "x",
      "uid,uid",
      "reserved,gid",
      "",
    );
    const sliced = fc.constantFrom("each=10,first=4294967290", "gid,each=10,first=4294967290", "each=0");
    const line = fc.oneof(
      fc.tuple(
        owner,
        flags.filter((said) => said !== ""),
      ),
      fc.tuple(fc.constantFrom("*", "@wheel"), sliced),
    );
    const ids = fc.tuple(fc.nat(25), fc.integer({ min: 1, max: 30 }));
    const property = fc.property(governedWorlds, line, ids, (asked, [whose, said], [step, length]) => {
      fc.pre(asked.uid < 4294967290);
      const added = `${whose}:${100000 + 10 * step}:${length}:${said}`;
      expectNoMore(runProgram(withFile(asked, (lines) => [added, ...lines])), runProgram(asked));
    });
    fc.assert(property, { seed, numRuns: numRuns / 2 });
  });

  it("allows no more where it is not known who is in a group", () => {
    const unknown = fc.constantFrom<Answer>(-1009, -1010, -1011, -1012, -1013, -1014, "", "in", "out", "x\n");
    const property = fc.property(governedWorlds, fc.nat(), unknown, (asked, which, answer) => {
      const { member } = asked.nss;
      fc.pre(typeof member === "object");
      const groups = Object.keys(member);
      fc.pre(groups.length > 0 && !timedOut(asked, groups));
      const changed = { ...member, [groups[which % groups.length] as string]: answer };
      expectNoMore(runProgram({ ...asked, nss: { ...asked.nss, member: changed } }), runProgram(asked));
    });
    fc.assert(property, { seed, numRuns: numRuns / 2 });
  });

  it("asks nobody about groups whose lines do not touch what is mapped, about none twice, and not after a timeout", () => {
    const property = fc.property(hostileGovernedWorlds, (asked) => {
      const { groups, questions, status } = runProgram(asked);
      const numbers = asked.args.slice(1).map(Number);
      const touched = (line: string) => {
        const [, start, length] = line.split(":").map(Number) as [number, number, number];
        return numbers.some((outside, i) => {
          const end = outside + (numbers[i + 1] as number);
          return i % 3 === 1 && start < end && outside < start + length;
        });
      };
      const lines = String(asked.usernamespaces).split("\n");
      const known = lines.filter((line) => line.startsWith("@") && touched(line));
      const named = known.map((line) => (line.split(":")[0] as string).slice(1));
      // What a refused caller may map instead is more than he asked for.
      if (status === 0) expect(groups.filter((group) => !named.includes(group))).toEqual([]);
      expect(new Set(groups).size).toBe(groups.length);
      expect(questions.length).toBeLessThanOrEqual(groups.length + 2);
      const late = groups.findIndex((group) => timedOut(asked, [group]));
      expect(groups.slice(late >= 0 ? late + 1 : groups.length)).toEqual([]);
    });
    fc.assert(property, { seed, numRuns: numRuns / 2 });
  });

  it("writes no map after the file could not be read to its end", () => {
    const property = fc.property(governedWorlds, fc.nat(200), (asked, at) => {
      const before = predict(asked);
      fc.pre(before.status === 0 || before.reason === "restricted");
      fc.pre(at <= String(asked.usernamespaces).length);
      const failed = runProgram(asked, { faults: { read: { table: "usernamespaces", at, code: -5 } } });
      expect(failed).toMatchObject({ status: 1, map: "", setgroups: asked.target.setgroups });
      expect(failed.stderr).toBe(`${asked.tool}: cannot open /etc/usernamespaces: Input/output error\n`);
    });
    fc.assert(property, { seed, numRuns: numRuns / 4 });
  });
});

describe("the worlds with an /etc/usernamespaces", () => {
  it("are allowed about half the time, and granted, restricted and denied setgroups by it often", () => {
    const counts = { allowed: 0, granted: 0, restricted: 0, denied: 0 };
    for (const asked of fc.sample(governedWorlds, { seed: 1, numRuns: 10_000 })) {
      const [found, without] = [predict(asked), predict({ ...asked, usernamespaces: null })];
      if (found.reason === "") counts.allowed++;
      if (found.reason === "" && without.reason === "not granted") counts.granted++;
      if (found.reason === "restricted") counts.restricted++;
      if (found.reason === "" && found.setgroups !== without.setgroups) counts.denied++;
    }
    expect(counts.allowed).toBeGreaterThan(3500);
    expect(counts.allowed).toBeLessThan(6500);
    expect(counts.granted).toBeGreaterThan(200);
    expect(counts.restricted).toBeGreaterThan(1000);
    expect(counts.denied).toBeGreaterThan(100);
  });
});
