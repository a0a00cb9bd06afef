// SPDX-License-Identifier: MIT
//
// The map of a mount, {disk -> kernel}: composed of the one that is asked for and the one that the target has.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fsidWorld, mapFile } from "../model/fsid.js";
import { countOf, seedOf } from "../model/seed.js";
import { bind, recorded, refusal } from "../newfsidmap/decision.js";
import { decide, type Recorded } from "../newfsidmap/fake-host.js";

describe("what is recorded", () => {
  it("is the map from the disk to the kernel, extent by extent", () => {
    expect(recorded()).toEqual([[300000, 100000, 65536]]);
    expect(recorded({ args: bind("b:5:300000:10", "b:20:300100:5") })).toEqual([
      [300000, 100005, 10],
      [300100, 100020, 5],
    ]);
  });

  it("is of uids and of gids what is asked for each", () => {
    const { uids, gids } = decide(fsidWorld({ args: bind("g:7:300007:2", "u:0:300000:1", "g:0:300000:1") }));
    expect({ uids, gids }).toEqual({
      uids: [[300000, 100000, 1]],
      gids: [
        [300007, 100007, 2],
        [300000, 100000, 1],
      ],
    });
  });

  it("is inside to disk where the kernel has such maps", () => {
    expect(recorded({ args: ["7", "b:0:300000:10"], uidMap: -2, gidMap: -2 })).toEqual([[0, 300000, 10]]);
    expect(recorded({ args: ["7", "b:0:1000:1"], setgroups: 1 })).toEqual([[0, 1000, 1]]);
  });
});

describe("maps that cannot be", () => {
  it("have an inside id twice", () => {
    expect(refusal({ args: bind("b:0:300000:10", "b:9:300020:1") })).toEqual([
      "'u:0:300000:10' and 'u:9:300020:1' overlap inside",
    ]);
    expect(refusal({ args: bind("u:0:300000:1", "g:5:300000:1", "g:5:300020:1") })).toEqual([
      "'g:5:300000:1' and 'g:5:300020:1' overlap inside",
    ]);
  });

  it("have a disk id twice", () => {
    expect(refusal({ args: bind("b:0:300000:10", "b:10:300009:1") })).toEqual([
      "'u:0:300000:10' and 'u:10:300009:1' overlap on disk",
    ]);
    expect(refusal({ args: ["7", "b:0:300000:10", "b:10:300009:1"] })).toEqual([
      "'u:0:300000:10' and 'u:10:300009:1' overlap on disk",
    ]);
  });

  it("share no inside id with the target's", () => {
    expect(refusal({ uidMap: mapFile([70000, 100000, 10], [90000, 100010, 1]) })).toEqual([
      "none of the inside uids is mapped in the target",
      "the target has the uids 70000-70009, 90000",
    ]);
    const lines = Array.from({ length: 9 }, (_, i): Recorded => [70000 + 2 * i, 100000 + i, 1]);
    expect(refusal({ gidMap: mapFile(...lines) })).toEqual([
      "none of the inside gids is mapped in the target",
      "the target has the gids 70000, 70002, 70004, 70006, 70008, 70010, 70012, 70014 and more",
    ]);
  });

  it("come to more lines than the kernel takes", () => {
    const table = "alice:2001:1000\nalice:100000:65536\n";
    const lines = (count: number) =>
      mapFile(...Array.from({ length: 340 }, (_, i): Recorded => [count * i, 2001 + count * i, count]));
    const worlds = { subuid: table, subgid: table };
    const whole = { ...worlds, uidMap: lines(1), gidMap: lines(1), args: bind("b:0:2001:340") };
    expect(recorded(whole)).toHaveLength(340);
    const cut = { ...worlds, uidMap: lines(2), gidMap: lines(2), args: bind("b:0:2001:1", "b:1:2002:679") };
    expect(refusal(cut)).toEqual(["the uid map comes to 341 extents: the kernel takes at most 340"]);
  });

  it("come to more bytes than the kernel takes", () => {
    const lines = (count: number) =>
      mapFile(...Array.from({ length: count }, (_, i): Recorded => [i, 100000 + 2 * i, 1]));
    const args = bind("b:0:300000:300");
    // Lines of 16 bytes.
    expect(recorded({ args, uidMap: lines(255), gidMap: lines(255) })).toHaveLength(255);
    expect(refusal({ args, gidMap: lines(256) })).toEqual([
      "the gid map comes to 4096 bytes: the kernel takes at most 4095",
    ]);
    const maps = Array.from({ length: 256 }, (_, i) => `b:${4000000 + i}:${300000 + 2 * i}:1`);
    expect(refusal({ args: ["7", ...maps] })).toEqual([
      "the uid map comes to 4352 bytes: the kernel takes at most 4095",
    ]);
  });

  it("are not what the maps of a target are: unwritten, unreadable, something else", () => {
    expect(refusal({ uidMap: "" })).toEqual([
      "the target has no uid map yet",
      "it is written by newuidmap, or by the program that made the namespace",
    ]);
    expect(refusal({ gidMap: "" })[1]).toBe(
      "it is written by newgidmap, or by the program that made the namespace",
    );
    expect(refusal({ gidMap: -13 })).toEqual(["cannot read the target's gid_map: Permission denied"]);
    const broken = [
      "x\n",
      "0 1 2",
      "0 1\n",
      "0 1 2 3\n",
      "0 1 4294967296\n",
      "5 1 4294967295\n",
      "\n",
      "0 1 2\n\n",
    ];
    for (const uidMap of [...broken, mapFile([0, 1, 1]).repeat(341), "5 1 -1\n", "0 4294967295 1\n"])
      expect([uidMap, refusal({ uidMap })]).toEqual([
        uidMap,
        ["cannot read the target's uid_map: it is no map"],
      ]);
  });
});

describe("a composition", () => {
  const id = fc.integer({ min: 1, max: 30 });
  const extent = fc.tuple(fc.nat(20), id, fc.integer({ min: 1, max: 8 }));
  const extents = fc.array(extent, { minLength: 1, maxLength: 5 });
  const everything = { subuid: "alice:1:1000\n", subgid: "alice:1:1000\n" };

  /** Those of the extents that share no id with one before, on either side. */
  const separate = (all: Recorded[]): Recorded[] =>
    all.filter(([inside, outside, count], i) =>
      all
        .slice(0, i)
        .every(
          ([otherInside, otherOutside, otherCount]) =>
            (inside + count <= otherInside || otherInside + otherCount <= inside) &&
            (outside + count <= otherOutside || otherOutside + otherCount <= outside),
        ),
    );

  it("shows each file as the inside id that is asked for, and maps no other id", () => {
    let mounts = 0;
    const property = fc.property(extents.map(separate), extents.map(separate), (asked, map) => {
      const args = bind(...asked.map((numbers) => `b:${numbers.join(":")}`));
      const { status, uids, gids } = decide(
        fsidWorld({ ...everything, args, uidMap: mapFile(...map), gidMap: mapFile(...map) }),
      );
      const inside = (all: Recorded[], outside: number) =>
        all.flatMap(([start, from, count]) =>
          outside >= from && outside < from + count ? [start + outside - from] : [],
        );
      const shown = (disk: number) =>
        uids.flatMap(([from, to, count]) =>
          disk >= from && disk < from + count ? inside(map, to + disk - from) : [],
        );
      const known = (at: number) => map.some(([start, , count]) => at >= start && at < start + count);
      const disks = Array.from({ length: 60 }, (_, disk) => disk);
      expect(disks.map(shown)).toEqual(disks.map((disk) => inside(asked, disk).filter(known)));
      expect(uids.reduce((sum, [, , count]) => sum + count, 0)).toBe(disks.flatMap(shown).length);
      expect(gids).toEqual(uids);
      expect(status).toBe(disks.some((disk) => shown(disk).length > 0) ? 0 : 1);
      if (status === 0) mounts++;
    });
    fc.assert(property, { seed: seedOf("FC_SEED"), numRuns: countOf("FC_COUNT", 1000) });
    expect(mounts).toBeGreaterThan(0);
  });
});
