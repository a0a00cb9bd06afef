// SPDX-License-Identifier: MIT
//
// Slices of a range: whose is which, and from whom the rest is kept.
import { describe, expect, it } from "vitest";
import type { Answer, World } from "../model/world.js";
import { gids, granted, uids } from "./usernamespaces.js";

const yes = "mapped";
const no = "not granted";
const never = "restricted";

/** A caller of this uid, called alice. */
function caller(uid: number): Partial<World> {
  return { uid, passwd: `alice:x:${uid}:${uid}::/:\n` };
}

/** Everything is granted to alice by the other table, so that a line with slices can only take away. */
const everything = { table: "alice:0:4294967296\n" };

describe("the line of the README", () => {
  const line = "*:2000224256:147128320:each=65536";

  it.each([
    [1000, 2000224256],
    [1001, 2000289792],
    [3244, 2147287040],
  ])("gives uid %i the 65,536 ids from %i on", (uid, start) => {
    expect(uids(line, `0 ${start} 65536`, caller(uid))).toBe(yes);
    expect(gids(line, `0 ${start} 65536`, caller(uid))).toBe(yes);
    expect(uids(line, `0 ${start - 1} 2`, { ...caller(uid), ...everything })).toBe(
      start > 2000224256 ? never : yes,
    );
    expect(uids(line, `0 ${start + 65535} 2`, { ...caller(uid), ...everything })).toBe(
      uid < 3244 ? never : yes,
    );
  });

  it.each([0, 1, 999, 3245, 65534, 4294967294])(
    "gives uid %i none, and keeps all of them from him",
    (uid) => {
      for (const id of [2000224256, 2000224256 + 65536, 2147352575]) {
        expect(uids(line, `0 ${id} 1`, caller(uid))).toBe(no);
        expect(uids(line, `0 ${id} 1`, { ...caller(uid), ...everything })).toBe(never);
      }
      for (const id of [2000224255, 2147352576])
        expect(uids(line, `0 ${id} 1`, { ...caller(uid), ...everything })).toBe(yes);
    },
  );

  it("keeps the others' slices from a user who has one, whatever grants them", () => {
    const lines = [line, "alice:2000289792:65536:", "alice:2000289792:65536:reserved"];
    expect(uids(lines, "0 2000289792 1", everything)).toBe(never);
    expect(uids(lines, "0 2000224256 65537", everything)).toBe(never);
    expect(uids(lines, "0 2000224256 65536", everything)).toBe(yes);
  });
});

describe("a slice", () => {
  const of = (flags: string, uid: number, map: string, changes: Partial<World> = {}) =>
    uids(`*:300000:100:${flags}`, map, { ...caller(uid), ...changes });

  it("is for the kinds that the line names", () => {
    const both = (flags: string, changes: Partial<World> = {}) =>
      [uids, gids].map((ask) => ask(`*:300000:100:${flags}`, "0 300000 10", changes));
    expect(both("each=10")).toEqual([yes, yes]);
    expect(both("uid,each=10")).toEqual([yes, no]);
    expect(both("each=10,gid")).toEqual([no, yes]);
    expect(both("fsid,each=10")).toEqual([no, no]);
    expect(both("uid,gid,fsid,each=10")).toEqual([yes, yes]);
  });

  it("is kept from others in the kinds that the line names, all if it names none", () => {
    const both = (flags: string) =>
      [uids, gids].map((ask) => ask(`*:300000:100:${flags}`, "0 300010 10", everything));
    expect(both("each=10")).toEqual([never, never]);
    expect(both("uid,each=10")).toEqual([never, yes]);
    expect(both("each=10,gid")).toEqual([yes, never]);
    expect(both("fsid,each=10")).toEqual([yes, yes]);
    expect(both("gid,fsid,each=10")).toEqual([yes, never]);
  });

  it("goes by the uid, for gids too", () => {
    const changes = { uid: 1001, gid: 1002, passwd: "alice:x:1001:1002::/:\n" };
    expect(gids("*:300000:100:each=10", "0 300010 10", changes)).toBe(yes);
    expect(gids("*:300000:100:each=10", "0 300020 10", changes)).toBe(no);
  });

  it.each([
    ["each=10", 999, undefined],
    ["each=10", 1000, 0],
    ["each=10", 1009, 9],
    ["each=10", 1010, undefined],
    ["each=10,first=60001", 60000, undefined],
    ["first=60001,each=10", 60001, 0],
    ["each=10,first=60001", 60010, 9],
    ["each=10,first=60001", 60011, undefined],
    ["each=10,first=60001", 1000, undefined],
    ["each=10,first=0", 0, 0],
    ["each=10,first=0", 9, 9],
    ["each=10,first=0", 10, undefined],
    ["each=10,first=4294967294", 4294967294, 0],
    ["each=10,first=4294967294", 4294967293, undefined],
    ["each=10,first=4294967285", 4294967294, 9],
    ["each=10,first=4294967284", 4294967294, undefined],
    ["each=100", 1000, 0],
    ["each=100", 1001, undefined],
    ["each=101", 1000, undefined],
    ["each=1", 1099, 99],
    ["each=1", 1100, undefined],
    ["each=4294967296", 1000, undefined],
    ["each=999999999999999999", 1000, undefined],
  ])("of '%s' and uid %i is number %s", (flags, uid, number) => {
    const size = Number(/each=(\d+)/.exec(flags)?.[1]);
    for (let id = 300000; id < 300100; id++) {
      const own = number !== undefined && Math.floor((id - 300000) / size) === number;
      expect([id, of(flags, uid, `0 ${id} 1`)]).toEqual([id, own ? yes : no]);
      expect([id, of(flags, uid, `0 ${id} 1`, everything)]).toEqual([id, own ? yes : never]);
    }
  });

  it("is none beside the line for a user beyond its ends, also where setgroups makes the line matter to him", () => {
    const line = (first: number) => `*:1000:100:gid,each=10,first=${first},deny-setgroups`;
    expect(gids(line(901), "0 1000 1 1 1990 10")).toBe(no);
    expect(gids(line(990), "0 1000 1 1 1100 10")).toBe(no);
    expect(gids(line(1001), "0 1000 1 1 990 10")).toBe(no);
    expect(gids(line(990), "0 1000 1")).toBe("mapped, setgroups denied");
  });

  it("leaves a remainder that is nobody's", () => {
    for (const uid of [1000, 1001, 1002, 1003]) {
      const changes = { ...caller(uid), ...everything };
      expect(uids("*:300000:100:each=30", "0 300090 10", changes)).toBe(never);
      expect(uids("*:300000:100:each=30", `0 ${300000 + 30 * (uid - 1000)} 10`, changes)).toBe(
        uid < 1003 ? yes : never,
      );
    }
  });

  it("does not wrap", () => {
    const all = "*:0:4294967296:gid";
    expect(gids(`${all},each=4294967296,first=1`, "0 1 4294967294", caller(1))).toBe(yes);
    expect(gids(`${all},each=4294967296,first=0`, "0 2 1", caller(1))).toBe(no);
    expect(gids(`${all},each=2147483648,first=0`, "0 2147483648 2147483647", caller(1))).toBe(yes);
    expect(gids(`${all},each=2147483648,first=0`, "0 0 1", caller(2))).toBe(no);
    expect(gids(`${all},each=1,first=0`, "0 4294967294 1", caller(4294967294))).toBe(yes);
    expect(uids("*:0:4294967296:each=1,first=0", "0 4294967293 1", caller(4294967294))).toBe(no);
    for (const uid of [2147483646, 2147483647, 2147483648, 4294967293])
      expect([uid, gids(`${all},each=8589934592,first=0`, "0 0 1", caller(uid))]).toEqual([uid, no]);
    for (const uid of [65535, 65536, 65537])
      expect([uid, gids(`${all},each=281474976710656,first=0`, "0 0 1", caller(uid))]).toEqual([uid, no]);
    expect(uids("*:4294967286:10:each=5,first=1000", "0 4294967286 5")).toBe(yes);
    expect(uids("*:4294967286:10:each=5,first=999", "0 4294967291 4")).toBe(yes);
    expect(uids("*:4294967286:10:each=4,first=998", "0 4294967294 1", everything)).toBe(never);
  });

  it("combines with what else is granted", () => {
    const lines = ["*:300000:100:each=10", "alice:300100:10:", "*:300200:10:gid"];
    expect(uids(lines, "0 299990 20", { table: "alice:299990:10\n" })).toBe(yes);
    expect(gids(lines, "0 300000 10 10 300100 10 20 300200 10")).toBe(yes);
  });

  it("is lost where it is reserved for another, or a line's flags cannot be read", () => {
    expect(uids(["*:300000:100:each=10", "bob:300005:1:reserved"], "0 300000 10")).toBe(never);
    expect(uids(["*:300000:100:each=10", "bob:300005:1:reserved"], "0 300000 5")).toBe(yes);
    expect(uids(["*:300000:100:each=10", "*:300005:1:x"], "0 300000 10")).toBe(never);
  });

  it("denies setgroups where the line says so, over its whole range", () => {
    const line = "*:300000:100:each=10,deny-setgroups";
    expect(gids(line, "0 300000 10")).toBe("mapped, setgroups denied");
    expect(gids("*:1000:100:each=10,first=2000,fsid,deny-setgroups", "0 1000 1")).toBe(
      "mapped, setgroups denied",
    );
    expect(
      gids("*:1000:100:each=10,first=2000,deny-setgroups,uid", "0 1050 10", { table: "alice:1050:10\n" }),
    ).toBe("mapped, setgroups denied");
  });

  it("does not take the own id away", () => {
    expect(uids("*:1000:100:each=10,first=1001", "0 1000 1")).toBe(yes);
    expect(gids("*:1000:100:each=10,first=1001", "0 1000 1", { table: "alice:1000:1\n" })).toBe(
      "mapped, setgroups denied",
    );
    expect(gids("*:1000:100:each=10", "0 1000 1")).toBe(yes);
  });
});

describe("two lines with slices", () => {
  it("grant nothing where they overlap, to nobody", () => {
    const lines = ["*:300000:100:each=10", "*:300005:100:each=10"];
    expect(uids(lines, "0 300000 5")).toBe(yes);
    expect(uids(lines, "0 300005 1")).toBe(never);
    expect(uids(lines, "0 300000 10", everything)).toBe(never);
    expect(uids(lines, "0 300014 1", everything)).toBe(never);
  });

  it("grant nothing where they are the same line twice", () => {
    expect(uids(["*:300000:100:each=10", "*:300000:100:each=10"], "0 300000 1")).toBe(never);
  });

  it("overlap with their remainders too", () => {
    expect(uids(["*:300000:15:each=10", "*:300010:100:each=10"], "0 300010 5", everything)).toBe(never);
    expect(uids(["*:300000:15:each=10", "*:300010:100:each=10"], "0 300015 5", everything)).toBe(yes);
  });

  it("do not overlap in kinds that one does not name", () => {
    const lines = ["*:300000:100:uid,each=10", "*:300000:100:gid,each=20"];
    expect(uids(lines, "0 300000 10")).toBe(yes);
    expect(gids(lines, "0 300000 20")).toBe(yes);
    expect(uids([...lines, "*:300000:100:fsid,each=5"], "0 300000 10")).toBe(yes);
    expect(uids([...lines, "*:300000:100:each=5"], "0 300000 10")).toBe(never);
  });

  it("side by side give one user two slices", () => {
    const lines = ["*:300000:100:each=10", "*:300100:100:each=10"];
    expect(uids(lines, "0 300000 10 10 300100 10")).toBe(yes);
  });

  it("keep their flags to themselves", () => {
    const lines = [
      "*:400000:100:gid,each=5,first=999,deny-setgroups",
      "*:300000:100:each=10",
      "alice:500000:10:",
    ];
    expect(uids(lines, "0 300000 10 10 500000 10")).toBe(yes);
    expect(gids(lines, "0 300000 10 10 500000 10")).toBe(yes);
  });

  it("for different uids leave each user his own", () => {
    const lines = ["*:300000:100:each=10", "*:400000:100:each=10,first=60001"];
    expect(uids(lines, "0 300000 10")).toBe(yes);
    expect(uids(lines, "0 400000 10", caller(60001))).toBe(yes);
    expect(uids(lines, "0 400000 10", everything)).toBe(never);
  });

  it("are no overlap with one whose flags cannot be read, which keeps them from its users alone", () => {
    expect(uids(["*:300000:100:each=10", "bob:300000:100:each=10"], "0 300000 10")).toBe(yes);
    expect(uids(["*:300000:100:each=10", "*:300000:100:each=0"], "0 300000 10")).toBe(never);
  });
});

describe("slices of a group", () => {
  const member = (answer: Answer): Partial<World> => ({
    nss: { user: -1012, ranges: -1009, member: { staff: answer } },
  });
  const line = "@staff:300000:100:each=10";

  it("are for its members", () => {
    expect(uids(line, "0 300000 10", member("in\n"))).toBe(yes);
    expect(gids(line, "0 300000 10", member("in\n"))).toBe(yes);
    expect(uids(line, "0 300010 10", { ...everything, ...member("in\n") })).toBe(never);
  });

  it.each<Answer>(["out\n", -1012, -1010])("are kept from all others: %j", (answer) => {
    expect(uids(line, "0 300000 10", member(answer))).toBe(no);
    expect(uids(line, "0 300000 10", { ...everything, ...member(answer) })).toBe(never);
    expect(uids(line, "0 300000 10", { ...granted, ...member(answer) })).toBe(no);
  });

  it("overlap with those of others, whoever is a member", () => {
    for (const answer of ["in\n", "out\n", -1012])
      expect(uids([line, "*:300000:100:each=10"], "0 300000 10", member(answer))).toBe(never);
  });
});
