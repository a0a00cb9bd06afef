// SPDX-License-Identifier: MIT
//
// What each flag of /etc/usernamespaces does, alone and with the others.
import { describe, expect, it } from "vitest";
import { gids, granted, uids } from "./usernamespaces.js";

const yes = "mapped";
const no = "not granted";
const never = "restricted";
const denied = "mapped, setgroups denied";

describe("a line of the caller's grants", () => {
  it.each([
    ["", yes, yes],
    ["uid", yes, no],
    ["gid", no, yes],
    ["fsid", no, no],
    ["uid,gid", yes, yes],
    ["gid,uid", yes, yes],
    ["uid,fsid", yes, no],
    ["gid,fsid", no, yes],
    ["uid,gid,fsid", yes, yes],
    ["deny-setgroups", yes, denied],
    ["uid,deny-setgroups", yes, no],
    ["gid,deny-setgroups", no, denied],
    ["deny-setgroups,gid", no, denied],
    ["fsid,deny-setgroups", no, no],
    ["reserved", no, no],
    ["uid,reserved", no, no],
    ["reserved,deny-setgroups", no, no],
  ])("with the flags '%s': uids %s, gids %s", (flags, uid, gid) => {
    const line = `alice:300000:10:${flags}`;
    expect([uids(line, "0 300000 10"), gids(line, "0 300000 10")]).toEqual([uid, gid]);
  });

  it("no more than its ids", () => {
    const line = "alice:300000:10:";
    for (const map of ["0 299999 1", "0 300010 1", "0 299999 2", "0 300009 2", "0 299999 12"])
      expect([map, uids(line, map)]).toEqual([map, no]);
    expect([uids(line, "0 300000 1"), uids(line, "0 300009 1"), uids(line, "7 300003 5")]).toEqual([
      yes,
      yes,
      yes,
    ]);
  });

  it("together with the other lines and with the sub-ids", () => {
    const lines = ["alice:300000:10:", "1000:300010:10:uid", "alice:300030:10:gid"];
    expect(uids(lines, "0 300000 20")).toBe(yes);
    expect(uids(lines, "0 300000 21")).toBe(no);
    expect(uids(lines, "0 300000 30", { table: "alice:300020:10\n" })).toBe(yes);
    expect(uids(lines, "0 300000 40", { table: "alice:300020:10\n" })).toBe(no);
    expect(uids(lines, "0 299990 10 10 300005 10", { table: "alice:299990:10\n" })).toBe(yes);
  });

  it("outside uid 0 to nobody but root", () => {
    expect(uids("alice:0:65536:", "0 0 1")).toBe("outside root");
    expect(uids("alice:0:65536:", "0 1 65535")).toBe(yes);
    expect(uids("0:0:65536:", "0 0 65536", { uid: 0 })).toBe(yes);
    expect(gids("alice:0:65536:", "0 0 1")).toBe(yes);
  });

  it("ids of its own that leave setgroups alone", () => {
    expect(gids("alice:1000:1:", "0 1000 1")).toBe(yes);
    expect(gids("alice:1000:1:gid", "0 1000 1")).toBe(yes);
    for (const line of ["alice:1000:1:uid", "alice:1000:1:fsid", "bob:1000:1:gid", "alice:1001:1:gid"])
      expect([line, gids(line, "0 1000 1")]).toEqual([line, denied]);
    expect(gids("alice:300000:10:", "0 1000 1 1 300000 10")).toBe(yes);
  });
});

describe("a line of another user's", () => {
  it.each([
    ["", yes, yes],
    ["uid", yes, yes],
    ["deny-setgroups", yes, yes],
    ["gid,deny-setgroups", yes, yes],
    ["reserved", never, never],
    ["reserved,uid", never, yes],
    ["gid,reserved", yes, never],
    ["reserved,fsid", yes, yes],
    ["reserved,uid,gid", never, never],
    ["reserved,uid,fsid", never, yes],
    ["reserved,uid,gid,fsid", never, never],
    ["reserved,deny-setgroups", never, never],
    ["broken", yes, yes],
  ])("over granted ids, with the flags '%s': uids %s, gids %s", (flags, uid, gid) => {
    const line = `bob:100000:10:${flags}`;
    expect([uids(line, "0 100000 20", granted), gids(line, "0 100000 20", granted)]).toEqual([uid, gid]);
    expect(uids(line, "0 100000 20")).toBe(no);
  });
});

describe("deny-setgroups", () => {
  const map = "0 100000 10";

  it.each(["alice", "1000", "*"])("binds whom the line names: %s", (owner) => {
    expect(gids(`${owner}:100000:10:deny-setgroups`, map, granted)).toBe(denied);
    expect(uids(`${owner}:100000:10:deny-setgroups`, map, granted)).toBe(yes);
  });

  it.each(["uid", "gid", "fsid", "uid,fsid", "reserved", "reserved,fsid"])(
    "whatever the line is for: %s",
    (kinds) => {
      expect(gids(`alice:100000:10:${kinds},deny-setgroups`, map, granted)).toBe(denied);
    },
  );

  it("counts for a map that touches the range", () => {
    const line = "alice:100010:10:deny-setgroups";
    const touches = (asked: string) => gids(line, asked, granted) === denied;
    expect(["0 100009 2", "0 100019 1", "0 100000 100", "0 100000 1 1 100012 1"].map(touches)).not.toContain(
      false,
    );
    expect(["0 100009 1", "0 100020 1", "0 100000 10 10 100020 10"].map(touches)).not.toContain(true);
  });

  it("counts for the own gid, which nothing takes away", () => {
    const line = "alice:1000:1:fsid,deny-setgroups";
    expect(gids(line, "0 1000 1 1 100000 10", granted)).toBe(denied);
    expect(gids(["alice:1000:1:gid", line], "0 1000 1")).toBe(denied);
    expect(gids(line, "0 100000 10", granted)).toBe(yes);
  });

  it("wins over other lines for the same ids", () => {
    expect(gids(["alice:100000:10:", "alice:100000:10:deny-setgroups", "alice:100000:10:gid"], map)).toBe(
      denied,
    );
  });

  it("is found denied already, or is too late where there is a map", () => {
    const target = { uid: 1000, gid: 1000, mapped: false, setgroups: "deny" as const };
    expect(gids("alice:44:1:gid,deny-setgroups", "0 44 1", { target })).toBe(denied);
    const late = { ...target, mapped: true, setgroups: "allow" as const };
    expect(gids("alice:44:1:gid,deny-setgroups", "0 44 1", { target: late })).toBe("setgroups");
  });
});

describe("reserved", () => {
  const map = "0 100005 10";

  it("keeps the ids for its user, who needs a grant besides", () => {
    expect(uids("alice:100000:10:reserved", map, granted)).toBe(yes);
    expect(uids("1000:100000:10:reserved", map, granted)).toBe(yes);
    expect(uids("alice:100000:20:reserved", map)).toBe(no);
    expect(uids(["alice:100000:20:reserved", "alice:100000:20:"], map)).toBe(yes);
  });

  it.each(["bob", "1001", "nobody-of-this-name", "99999", "01000", "*", "@in", "@out", "@gone"])(
    "keeps them from the others, and from all: %s",
    (owner) => {
      const nss = { user: -1012, ranges: -1009, member: { in: "in\n", out: "out\n" } };
      expect(uids(`${owner}:100000:10:reserved`, map, { ...granted, nss })).toBe(never);
      expect(gids(`${owner}:100000:10:reserved`, map, { ...granted, nss })).toBe(never);
    },
  );

  it("wins over every grant, in any order", () => {
    const lines = ["alice:100000:20:", "bob:100012:1:reserved", "*:100000:20:gid"];
    for (const order of [lines, lines.toReversed()]) {
      expect(uids(order, map, granted)).toBe(never);
      expect(gids(order, map, granted)).toBe(never);
      expect(uids(order, "0 100000 12", granted)).toBe(yes);
      expect(uids(order, "0 100013 2", granted)).toBe(yes);
    }
  });

  it("wins over a reservation of the caller's own", () => {
    expect(uids(["alice:100000:20:reserved", "bob:100010:1:reserved"], map, granted)).toBe(never);
  });

  it("is no reason where nothing grants the ids", () => {
    expect(uids("bob:100000:10:reserved", map)).toBe(no);
    expect(uids("bob:100000:10:reserved", "0 165530 10", granted)).toBe(no);
  });

  it("does not take the own id away, but its grant", () => {
    const line = "bob:1000:1:reserved";
    expect(uids(line, "0 1000 1")).toBe(yes);
    expect(gids(line, "0 1000 1")).toBe(denied);
    expect(gids(line, "0 1000 1", { table: "alice:1000:1\n" })).toBe(denied);
    expect(uids(line, "0 1000 2", { table: "alice:1000:10\n" })).toBe(never);
  });

  it("is named for the first extent that it touches", () => {
    const line = "bob:100010:1:reserved";
    expect(uids(line, "0 100000 1 1 100010 1 2 5 1", granted)).toBe(never);
    expect(uids(line, "0 5 1 1 100010 1", granted)).toBe(no);
    expect(uids(line, "0 100010 1 1 0 1", granted)).toBe(never);
    expect(uids(line, "0 0 1 1 100010 1", granted)).toBe("outside root");
  });

  it("comes before what the kernel would not take", () => {
    expect(uids("bob:100010:1:reserved", "0 100010 1 0 100010 1", granted)).toBe(never);
    expect(uids("bob:100010:1:reserved", "0 100000 1 0 100000 1", granted)).toBe("inside overlap");
  });
});
