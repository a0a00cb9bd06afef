// SPDX-License-Identifier: MIT
//
// What usernsctl map takes for a collision: of lines, of accounts, of conventions, of live namespaces.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RangeTable, readLines } from "../../src/ctl/lines.js";
import { check } from "../../src/ctl/lint.js";
import { Axis } from "../../src/ctl/map/axis.js";
import type { Collision } from "../../src/ctl/map/collisions.js";
import { picturesOf } from "../../src/ctl/map/picture.js";
import { Spaces } from "../../src/ctl/map/space.js";
import { noNames } from "../../src/ctl/nss.js";
import { peopleOf } from "../../src/ctl/people.js";
import type { Extent, Namespace, Scan } from "../../src/ctl/ps/scan.js";
import { Table } from "../../src/host.js";
import { countOf, seedOf } from "../model/seed.js";
import { Root, unavailable } from "./tables.js";

const tables: Record<string, RangeTable> = {
  "etc/subuid": Table.Subuid,
  "etc/subgid": Table.Subgid,
  "etc/usernamespaces": Table.Usernamespaces,
};

/** The collisions of tables below a directory. */
function collisionsBelow(root: Root): Collision[] {
  const lines = Object.entries(tables).flatMap(([path, table]) =>
    existsSync(join(root.path, path)) ? readLines(path, table, readFileSync(join(root.path, path))) : [],
  );
  const unseen = { names: noNames, seen: undefined };
  const spaces = new Spaces({ root: root.path, lines, ...peopleOf(root.path), ...unseen });
  return picturesOf([spaces.of("uid"), spaces.of("gid")]).flatMap(({ collisions }) => collisions);
}

/** The collisions of the tables, each as the kinds, the ids and who has them. */
function collisionsOf(files: Record<string, string[]>): string[] {
  const root = new Root(files);
  try {
    return collisionsBelow(root).map(({ kinds, start, end, parties }) => {
      const said = parties.map(({ owner, sources }) => [
        owner.who,
        ...sources.map((each) => each.replace("etc/", "")),
      ]);
      return `${kinds.join("+")} ${start}:${end - start} ${said.map((words) => words.join(" ")).join(" | ")}`;
    });
  } finally {
    root.remove();
  }
}

const login = "ids of login users (UID_MIN to UID_MAX of login.defs)";
const system = "ids of system accounts";

const cases: [name: string, subuid: string[], usernamespaces: string[], expected: string[]][] = [
  ["ranges side by side", ["alice:100000:10", "bob:100010:10"], [], []],
  [
    "ids of two users",
    ["alice:100000:10", "bob:100005:10"],
    [],
    ["uid 100005:5 alice subuid:1 | bob subuid:2"],
  ],
  ["a user by name and by uid", ["alice:100000:10", "1000:100005:10"], [], []],
  [
    "a chain of three",
    ["alice:100000:10", "bob:100005:10", "1003:100012:10"],
    [],
    ["uid 100005:5 alice subuid:1 | bob subuid:2", "uid 100012:3 bob subuid:2 | jörg subuid:3"],
  ],
  [
    "three who have the same",
    ["alice:100000:10", "bob:100000:10", "1003:100005:10"],
    [],
    ["uid 100000:10 alice subuid:1 | bob subuid:2 | jörg subuid:3"],
  ],
  [
    "two pairs side by side",
    ["alice:100000:10", "bob:100000:10", "1003:100010:10", "eve:100010:10"],
    [],
    ["uid 100000:10 alice subuid:1 | bob subuid:2", "uid 100010:10 jörg subuid:3 | eve subuid:4"],
  ],
  [
    "lines of two tables",
    ["alice:100000:10"],
    ["bob:100005:10:uid"],
    ["uid 100005:5 alice subuid:1 | bob usernamespaces:1"],
  ],
  ["another kind of ids", ["alice:100000:10"], ["bob:100005:10:gid"], []],
  [
    "ids on disk, which are a user's too",
    ["alice:100000:10"],
    ["bob:100005:10:fsid"],
    ["uid 100005:5 alice subuid:1 | bob usernamespaces:1"],
  ],
  [
    "what is reserved for another",
    ["alice:100000:10"],
    ["bob:100005:10:reserved"],
    ["uid 100005:5 alice subuid:1 | bob usernamespaces:1"],
  ],
  ["what is reserved for the same", ["alice:100000:10"], ["alice:100005:10:reserved"], []],
  ["what is reserved on disk alone", ["alice:100000:10"], ["bob:100005:10:reserved,fsid"], []],
  [
    "two reservations",
    [],
    ["alice:100000:10:reserved,uid", "bob:100005:10:reserved,uid"],
    ["uid 100005:5 alice usernamespaces:1 | bob usernamespaces:2"],
  ],
  ["the own slice", ["alice:200000:10"], ["*:200000:100:uid,each=10"], []],
  [
    "another's slice",
    ["alice:200005:10"],
    ["*:200000:100:uid,each=10"],
    ["uid 200010:5 alice subuid:1 | bob usernamespaces:1"],
  ],
  [
    "a slice of nobody's",
    ["alice:200090:5"],
    ["*:200000:100:uid,each=10"],
    ["uid 200090:5 everybody usernamespaces:1 | alice subuid:1"],
  ],
  [
    "two lines of slices, though they agree",
    [],
    ["*:200000:10:uid,each=10", "*:200000:10:uid,each=10"],
    ["uid 200000:10 alice usernamespaces:1 usernamespaces:2"],
  ],
  ["the own uid", ["alice:1000:1"], [], []],
  ["another's uid", ["alice:1001:1"], [], [`uid 1001:1 alice subuid:1 | bob own uid | ${login}`]],
  ["root's", ["alice:0:1"], [], ["uid 0:1 alice subuid:1 | root own uid"]],
  ["a uid that is nobody's yet", ["alice:5000:2"], [], [`uid 5000:2 alice subuid:1 | ${login}`]],
  ["a system account's", ["alice:1:1"], [], [`uid 1:1 alice subuid:1 | daemon own uid | ${system}`]],
  [
    "systemd's",
    ["alice:61180:10"],
    [],
    ["uid 61184:6 alice subuid:1 | ids that systemd gives to services (DynamicUser)"],
  ],
  [
    "a group, with setgroups denied",
    [],
    ["alice:44:1:gid,deny-setgroups", "bob:44:1:gid,deny-setgroups"],
    [],
  ],
  [
    "a group, with setgroups denied to one of two",
    [],
    ["alice:200000:1:gid,deny-setgroups", "bob:200000:1:gid"],
    ["gid 200000:1 alice usernamespaces:1 | bob usernamespaces:2"],
  ],
  ["a group", [], ["alice:44:1:gid"], [`gid 44:1 alice usernamespaces:1 | group video own gid | ${system}`]],
  ["lines that do not count", ["alice:100000:10", "bob:100000:10:"], ["bob:100000:10:nonsense"], []],
];

describe.skipIf(unavailable)(`collisions${unavailable && `: ${unavailable}`}`, () => {
  it.each(cases)("%s", (_, subuid, usernamespaces, expected) => {
    expect(collisionsOf({ "etc/subuid": subuid, "etc/usernamespaces": usernamespaces })).toEqual(expected);
  });

  it("are of uids and gids where both are the same", () => {
    const lines = ["alice:100000:10", "bob:100005:10"];
    expect(collisionsOf({ "etc/subuid": lines, "etc/subgid": lines })).toEqual([
      "uid+gid 100005:5 alice subuid:1 subgid:1 | bob subuid:2 subgid:2",
    ]);
  });
});

/** What lint says of ids that several have. */
const shared = /granted to (?!.* twice)|reserved for|divided in slices|nobody gets|holds/;

describe.skipIf(unavailable)(`what lint finds${unavailable && `: ${unavailable}`}`, () => {
  const owner = fc.constantFrom("alice", "bob", "1000", "1003");
  const start = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 998, max: 1005 }),
    fc.integer({ min: 70000, max: 70020 }),
  );
  const range = fc.tuple(owner, start, fc.integer({ min: 1, max: 8 })).map((words) => words.join(":"));
  const flags = fc.constantFrom(
    "",
    "uid",
    "gid",
    "fsid",
    "gid,deny-setgroups",
    "reserved",
    "uid,reserved",
    "fsid,reserved",
  );
  const entry = fc.tuple(range, flags).map((words) => words.join(":"));
  const slices = fc.integer({ min: 70000, max: 70016 }).map((first) => `*:${first}:12:each=4`);

  it("collides, and nothing else does", () => {
    const given = fc.record({
      "etc/subuid": fc.array(range, { maxLength: 3 }),
      "etc/subgid": fc.array(range, { maxLength: 2 }),
      "etc/usernamespaces": fc.array(fc.oneof({ weight: 4, arbitrary: entry }, slices), { maxLength: 3 }),
    });
    const compare = fc.property(given, (files) => {
      // Of a reservation in the own slice lint says that nobody gets it, though its user does.
      const entries = files["etc/usernamespaces"].join();
      fc.pre(!(entries.includes("each") && entries.includes("reserved")));
      const root = new Root(files);
      try {
        const found = check([], root.path).filter(({ text }) => shared.test(text));
        const collisions = collisionsBelow(root);
        const places = collisions.flatMap(({ parties }) => parties.flatMap(({ sources }) => sources));
        const named = found.map(({ file, line }) => `${relative(root.path, file)}:${line}`);
        expect(places).toEqual(expect.arrayContaining(named));
        expect(collisions.length > 0).toBe(found.length > 0);
      } finally {
        root.remove();
      }
    });
    fc.assert(compare, { seed: seedOf("MAP_SEED"), numRuns: countOf("MAP_RUNS", 200) });
  });
});

const extent = (inside: number, outside: number, count: number): Extent => ({ inside, outside, count });

function namespace(id: number, owner: number | undefined, uid: Extent[], parent = 1): Namespace {
  const processes = [{ pid: id, command: "sleep" }];
  return { id, parent, owner, processes, maps: { uid, gid: [] }, setgroups: "allow" };
}

describe("live namespaces", () => {
  const lines = readLines(
    "subuid",
    Table.Subuid,
    Buffer.from("alice:100000:10\nbob:200000:10\ncontainers:300000:10\n"),
  );

  function seenWith(...namespaces: Namespace[]): string[] {
    const root = new Root({});
    const seen: Scan = { own: 1, namespaces, hidden: 0 };
    const spaces = new Spaces({ root: root.path, lines, ...peopleOf(root.path), names: noNames, seen });
    root.remove();
    const [picture] = picturesOf([spaces.of("uid")]);
    return (picture?.collisions ?? []).map(({ start, end, parties }) => {
      const said = parties.map(({ owner, sources }) => `${owner.who} (${sources.join(", ")})`);
      return `${start}-${end - 1}: ${said.join(" and ")}`;
    });
  }

  it("have the ids of their owner", () => {
    expect(seenWith(namespace(2, 1000, [extent(0, 1000, 1), extent(1, 100000, 10)]))).toEqual([]);
  });

  it("collide with those who were granted the ids", () => {
    expect(seenWith(namespace(2, 1001, [extent(0, 1001, 1), extent(1, 100005, 10)]))).toEqual([
      "100005-100009: alice (subuid:1) and bob (live: 2 sleep)",
    ]);
  });

  it("may have what was granted for containers if they are root's", () => {
    expect(seenWith(namespace(2, 0, [extent(0, 300000, 10)]))).toEqual([]);
  });

  it("collide with each other, root's too", () => {
    const alices = namespace(2, 1000, [extent(1, 100000, 10)]);
    expect(seenWith(alices, namespace(3, 0, [extent(0, 100009, 1)]))).toEqual([
      "100009-100009: alice (live: 2 sleep) and root (live: 3 sleep)",
    ]);
  });

  it("have none of their own where root shows the host's, or where they lie in another", () => {
    const alices = namespace(2, 1000, [extent(1, 100000, 10)]);
    expect(seenWith(alices, namespace(3, 0, [extent(0, 0, 2 ** 32 - 1)]))).toEqual([]);
    expect(seenWith(alices, namespace(3, 100000, [extent(0, 100001, 5)], 2))).toEqual([]);
  });
});

describe("the axis", () => {
  const line = fc.record({
    owner: fc.integer({ min: 2000, max: 2040 }),
    start: fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 2 }), fc.integer({ min: 100000, max: 101000 })),
    count: fc.oneof(fc.constant(1), fc.constant(65536), fc.integer({ min: 1, max: 2 ** 31 })),
  });

  it("has room for all ids in their order, whatever is granted", () => {
    const check = fc.property(
      fc.array(line, { maxLength: 60 }),
      fc.integer({ min: 8, max: 200 }),
      (given, width) => {
        const table = given.map(
          ({ owner, start, count }) => `${owner}:${start}:${Math.min(count, 2 ** 32 - 1 - start)}\n`,
        );
        const lines = readLines("subuid", Table.Subuid, Buffer.from(table.join("")));
        // A directory without an etc: nobody has an id.
        const root = "test/ctl";
        const spaces = new Spaces({
          root,
          lines,
          ...peopleOf(root),
          names: noNames,
          seen: undefined,
        });
        const [picture] = picturesOf([spaces.of("uid")]);
        if (!picture) throw new Error("no picture");
        const { cells } = new Axis(picture, width, width, true);
        expect(cells.length).toBeLessThanOrEqual(width);
        expect([cells[0]?.start, cells[0]?.left]).toEqual([0, 0]);
        expect([cells.at(-1)?.end, cells.at(-1)?.right]).toEqual([2 ** 32, width]);
        cells.forEach(({ start, end, left, right }, i) => {
          expect(start).toBeLessThan(end);
          expect(Number.isInteger(right) && right > left).toBe(true);
          if (i > 0) expect([start, left]).toEqual([cells[i - 1]?.end, cells[i - 1]?.right]);
        });
      },
    );
    fc.assert(check, { seed: seedOf("AXIS_SEED"), numRuns: countOf("AXIS_RUNS", 300) });
  });
});
