// SPDX-License-Identifier: MIT
//
// The wasm that ships against the reference model, in random worlds of a few ids. FC_SEED repeats a run, FC_COUNT
// sets its length.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type FsidReason,
  type FsidWorld,
  fsidReasons,
  fsidWorld,
  mapFile,
  mountPairs,
  sideOf,
} from "../model/fsid.js";
import { countOf, seedOf } from "../model/seed.js";
import { decide, type Recorded, type Run } from "./fake-host.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 1500);
const timeout = 300_000;

const id = fc.integer({ min: 0, max: 30 });
const length = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 8 }));
/** Ids of which some are granted together. */
const range = fc.oneof(
  fc.tuple(id, length),
  fc.constantFrom<[number, number]>([1, 30], [1, 12], [10, 10], [20, 12], [7, 1], [9, 1]),
);
const often = <T>(weight: number, usual: T, ...rare: T[]) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight }, { arbitrary: fc.constantFrom(...rare), weight: 1 });

const subidLine = fc
  .tuple(often(5, "alice", "7", "bob"), range)
  .map(([owner, [start, count]]) => `${owner}:${start}:${count}`);
const flags = fc.oneof(
  fc.constantFrom("", "fsid", "uid,gid,fsid", "gid", "fsid", "uid,fsid"),
  fc.constantFrom("reserved", "reserved,fsid", "reserved,uid", "reserved,gid", "isolated"),
  fc.constantFrom("deny-setgroups", "fsid,deny-setgroups", "gid,deny-setgroups"),
);
const slices = fc.constantFrom(
  "each=5,first=6",
  "each=5,first=6,fsid",
  "each=10,first=7,gid",
  "each=3,first=6,deny-setgroups",
);
const entryLine = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.constantFrom("alice", "alice", "7", "bob", "*", "@staff", "@wheel", "@none"), flags),
      fc.tuple(fc.constantFrom("*", "@staff", "@wheel", "@none"), slices),
    ),
    range,
  )
  .map(([[owner, flag], [start, count]]) => `${owner}:${start}:${count}:${flag}`);

/** Extents one behind the other on both sides, with gaps; now and then elsewhere. */
const extents = (more: fc.Arbitrary<number | undefined>) =>
  fc
    .record({
      inside: fc.nat(1),
      outside: fc.nat(15),
      steps: fc.array(fc.tuple(fc.nat(2), fc.nat(2), length, more), { minLength: 1, maxLength: 3 }),
    })
    .map(({ inside: firstInside, outside: firstOutside, steps }) => {
      let inside = firstInside;
      let outside = firstOutside;
      return steps.map(([insideGap, outsideGap, count, elsewhere]): Recorded => {
        const extent: Recorded = [inside + insideGap, elsewhere ?? outside + outsideGap, count];
        inside += insideGap + count;
        outside += outsideGap + count;
        return extent;
      });
    });
const mapLines = extents(fc.constant(undefined));
const asked = fc
  .tuple(extents(often<number | undefined>(9, undefined, 0, 7, 9, 12)), often(15, 0, 1))
  .map(([all, back]) =>
    all.map(([inside, disk, count], i): Recorded => [Math.max(0, inside - back * i), disk, count]),
  );

const worlds: fc.Arbitrary<FsidWorld> = fc
  .record({
    users: asked,
    groups: asked,
    uidMap: mapLines,
    gidMap: mapLines,
    own: often<number | undefined>(4, undefined, 1, 1, 2),
    held: fc.array(fc.constantFrom(9, 9, 12, 22), { maxLength: 2 }),
    subuid: fc.array(subidLine, { maxLength: 2 }),
    subgid: fc.array(subidLine, { maxLength: 2 }),
    all: often(3, "alice:0:60\n", ""),
    usernamespaces: fc.array(entryLine, { maxLength: 3 }),
    denied: fc.oneof(
      fc.constant(""),
      range.map((ids) => `\nalice:${ids.join(":")}:gid,deny-setgroups`),
    ),
    way: fc.constantFrom(["--bind", "/s", "/t", "7"], ["--fd", "3", "/s", "7"]),
    setgroups: fc.constantFrom(0, 1),
  })
  .map(({ users, groups, own, all, way, ...drawn }) => {
    // The rules for the groups come into play where the own ids are all.
    const maps = own ? [`u:0:7:${own}`, "g:0:9:1"] : [...words("u", users), ...words("g", groups)];
    return fsidWorld({
      args: [...way, ...maps],
      uid: 7,
      gid: 9,
      groups: drawn.held,
      passwd: "alice:x:7:9::/:/bin/sh\n",
      subuid: all + drawn.subuid.join("\n"),
      subgid: all + drawn.subgid.join("\n"),
      usernamespaces: drawn.usernamespaces.join("\n") + drawn.denied,
      uidMap: mapFile(...(own ? [[0, 7, own] as Recorded] : drawn.uidMap)),
      gidMap: mapFile(...(own ? [[0, 9, 1] as Recorded] : drawn.gidMap)),
      setgroups: drawn.setgroups,
      nss: { user: -1012, ranges: -1009, member: { staff: "in\n", wheel: "out\n" } },
    });
  });

/** Extents as arguments. */
function words(letter: string, all: Recorded[]): string[] {
  return all.map((extent) => `${letter}:${extent.join(":")}`);
}

/** The first line of each refusal. */
const wordings: [RegExp, FsidReason][] = [
  [/ overlap inside$/, "overlap inside"],
  [/ overlap on disk$/, "overlap on disk"],
  [/^newfsidmap: none of the inside [ug]ids is mapped in the target$/, "empty"],
  [/ -> disk \[.*\) not allowed$/, "disk"],
  [/ -> \[.*\) not allowed$/, "kernel"],
  [/^newfsidmap: --fd is not allowed with/, "fd"],
  [/^newfsidmap: setgroups is not denied/, "setgroups"],
  [/ would not show as itself in the mount$/, "hidden"],
];

/** What the program gives as its reason; undefined if it allows. */
function reasonOf({ status, stderr }: Run): FsidReason | "?" | undefined {
  if (status === 0) return undefined;
  return wordings.find(([wording]) => wording.test(stderr[0] ?? ""))?.[1] ?? "?";
}

/** The extents as pairs of single ids, in the order of the first ones. */
function pairs(extents: Recorded[]): string[] {
  return extents
    .flatMap(([first, second, count]) => Array.from({ length: count }, (_, i) => [first + i, second + i]))
    .sort(([one], [other]) => (one as number) - (other as number))
    .map(([first, second]) => `${first}->${second}`);
}

describe("a request for a mount", () => {
  it("is refused for a reason of the model's, and allowed where there is none", { timeout }, () => {
    const property = fc.property(worlds, (world) => {
      const run = decide(world);
      const reason = reasonOf(run);
      const reasons = fsidReasons(world);
      if (reason === undefined) expect([...reasons]).toEqual([]);
      else expect([...reasons]).toContain(reason);
      if (reason !== undefined) expect({ uids: run.uids, gids: run.gids }).toEqual({ uids: [], gids: [] });
    });
    fc.assert(property, { seed, numRuns });
  });

  it("gets each pair of ids that both maps say, no other, and none that is not his on either side", {
    timeout,
  }, () => {
    let allowed = 0;
    const property = fc.property(worlds, (world) => {
      const run = decide(world);
      if (run.status !== 0) return;
      allowed++;
      for (const kind of ["uid", "gid"] as const) {
        const got = pairs(run[`${kind}s`]);
        expect(got).toEqual(mountPairs(world, kind));
        const side = sideOf(world, kind);
        for (const [disk, kernel] of got.map((pair) => pair.split("->").map(BigInt) as [bigint, bigint])) {
          expect(disk === 0n || kernel === 0n).toBe(false);
          expect(side.mayOnDisk(disk) || (disk === side.own && side.ownOnDisk)).toBe(true);
          expect(side.mayInKernel(kernel) || kernel === side.own).toBe(true);
        }
      }
    });
    fc.assert(property, { seed, numRuns });
    expect(allowed).toBeGreaterThan(numRuns / 20);
  });

  it("does not depend on the order of lines in the files", { timeout }, () => {
    const shuffled = (text: string) =>
      fc
        .shuffledSubarray(text.split("\n"), { minLength: text.split("\n").length })
        .map((lines) => lines.join("\n"));
    const property = fc.property(
      worlds.chain((world) =>
        fc.tuple(
          fc.constant(world),
          ...(["subuid", "subgid", "usernamespaces"] as const).map((table) => shuffled(String(world[table]))),
        ),
      ),
      ([world, subuid, subgid, usernamespaces]) => {
        const one = decide(world);
        const other = decide({ ...world, subuid, subgid, usernamespaces } as FsidWorld);
        expect([other.status, other.stderr[0], other.uids, other.gids]).toEqual([
          one.status,
          one.stderr[0],
          one.uids,
          one.gids,
        ]);
      },
    );
    fc.assert(property, { seed, numRuns: Math.ceil(numRuns / 3) });
  });
});

it("the worlds are allowed often and refused for every reason", () => {
  const counts = new Map<ReturnType<typeof reasonOf>, number>();
  for (const world of fc.sample(worlds, { seed: 1, numRuns: 3000 })) {
    const reason = reasonOf(decide(world));
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  for (const [, reason] of wordings) expect(counts.get(reason), reason).toBeGreaterThan(30);
  expect(counts.get(undefined)).toBeGreaterThan(500);
});
