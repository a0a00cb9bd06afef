// SPDX-License-Identifier: MIT
//
// Whose ids the maps of newfsidmap may be, on disk and in the kernel, and what it says where it refuses.
import { describe, expect, it } from "vitest";
import { mapFile } from "../model/fsid.js";
import { alone, bind, logged, recorded, refusal } from "./decision.js";

describe("ids on disk", () => {
  it("may be the own ones, the own sub-ids and those granted as fsids", () => {
    expect(recorded({ args: bind("b:0:1000:1") })).toEqual([[1000, 100000, 1]]);
    expect(recorded({ args: bind("b:0:100000:65536") })).toEqual([[100000, 100000, 65536]]);
    expect(recorded({ args: bind("b:0:500:10"), usernamespaces: "alice:500:10:fsid\n" })).toEqual([
      [500, 100000, 10],
    ]);
  });

  it("may come from several of them at once", () => {
    const usernamespaces = "*:365536:10:fsid\nalice:365546:10:\n";
    expect(recorded({ args: bind("b:0:365530:26"), usernamespaces })).toEqual([[365530, 100000, 26]]);
  });

  it("are refused with what is missing and what he may have", () => {
    const changes = { args: bind("b:0:365530:10"), usernamespaces: "alice:500:10:fsid\n" };
    expect(refusal(changes)).toEqual([
      "uid range [0-10) -> disk [365530-365540) not allowed",
      "365536-365539 is what is not granted of it",
      "alice may have on disk 100000-165535 (/etc/subuid:1), 300000-365535 (/etc/subuid:2), " +
        "500-509 (/etc/usernamespaces:1) and the own uid 1000",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: uid range [0-10) -> disk [365530-365540) not allowed: not granted (alice)",
    ]);
  });

  it("are refused of gids in their own words", () => {
    const changes = { args: bind("u:0:300000:1", "g:0:44:1"), subgid: "" };
    expect(refusal(changes)).toEqual([
      "gid range [0-1) -> disk [44-45) not allowed",
      "alice has no range in /etc/subgid and may have on disk only the own gid 1000",
      "an administrator can add one: usermod --add-subgids FIRST-LAST alice",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: gid range [0-1) -> disk [44-45) not allowed: not granted (alice)",
    ]);
  });

  it("are judged of all that is asked for, mapped in the target or not", () => {
    expect(refusal({ args: bind("b:0:300000:10", "b:70000:500:1") })[0]).toBe(
      "uid range [70000-70001) -> disk [500-501) not allowed",
    );
  });

  it("are not those of the other kind", () => {
    expect(refusal({ subuid: "alice:100000:65536\n" })[0]).toBe(
      "uid range [0-65536) -> disk [300000-365536) not allowed",
    );
    expect(refusal({ subgid: "alice:100000:65536\n" })[0]).toBe(
      "gid range [0-65536) -> disk [300000-365536) not allowed",
    );
    const other = { gid: 44, loginDefs: "GRANT_AUX_GROUP_SUBIDS yes\n" };
    const refused = (...maps: string[]) => refusal({ ...other, args: bind(...maps) })[0];
    expect(refused("u:0:44:1", "g:0:44:1")).toBe("uid range [0-1) -> disk [44-45) not allowed");
    expect(refused("u:0:1000:1", "g:0:1000:1")).toBe("gid range [0-1) -> disk [1000-1001) not allowed");
  });

  it("are the own one only with a count of 1", () => {
    expect(refusal({ args: bind("b:0:1000:2") })[0]).toBe("uid range [0-2) -> disk [1000-1002) not allowed");
    expect(refusal({ args: bind("b:0:999:2") })[0]).toBe("uid range [0-2) -> disk [999-1001) not allowed");
  });

  it("are what the plugin grants", () => {
    const changes = { nsswitch: "subid: sss\n", nss: { user: -1012, ranges: "100000 65536\n700000 10\n" } };
    expect(recorded({ ...changes, args: bind("b:0:700000:10") })).toEqual([[700000, 100000, 10]]);
    expect(refusal({ ...changes, args: bind("b:0:300000:1") })[1]).toBe(
      "alice may have on disk 100000-165535 (sss), 700000-700009 (sss) and the own uid 1000",
    );
  });
});

describe("id 0", () => {
  const root = {
    uid: 0,
    gid: 0,
    passwd: "root:x:0:0::/:/bin/sh\n",
    subuid: "root:0:400000\n",
    subgid: "root:0:400000\n",
  };

  it("is nobody's on disk, whatever grants it", () => {
    const changes = {
      args: bind("b:0:0:10"),
      subuid: "alice:0:400000\n",
      usernamespaces: "alice:0:400000:uid,gid,fsid\n",
    };
    expect(refusal(changes)).toEqual([
      "uid range [0-10) -> disk [0-10) not allowed",
      "disk uid 0 is root's own: nobody may map it",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: uid range [0-10) -> disk [0-10) not allowed: outside uid 0 (alice)",
    ]);
    expect(refusal({ ...root, args: bind("b:0:0:1") })[1]).toBe(
      "disk uid 0 is root's own: nobody may map it",
    );
    expect(refusal({ ...root, args: ["7", "b:0:0:1"] })[1]).toBe(
      "disk uid 0 is root's own: nobody may map it",
    );
  });

  it("is no group on disk", () => {
    const changes = { args: bind("u:0:300000:1", "g:0:0:1"), subgid: "alice:0:400000\n" };
    expect(refusal(changes)).toEqual([
      "gid range [0-1) -> disk [0-1) not allowed",
      "disk gid 0 is root's own: nobody may map it",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: gid range [0-1) -> disk [0-1) not allowed: outside gid 0 (alice)",
    ]);
    expect(refusal({ ...root, args: bind("u:0:300000:1", "g:0:0:1") })[1]).toBe(
      "disk gid 0 is root's own: nobody may map it",
    );
  });

  it("is nobody's in the kernel", () => {
    const whole = mapFile([0, 0, 4294967295]);
    expect(refusal({ ...root, uidMap: whole })).toEqual([
      "uid range [0-65536) -> [0-65536) not allowed",
      "kernel uid 0 is root's own: nobody may map it",
    ]);
    expect(refusal({ ...root, gidMap: whole })).toEqual([
      "gid range [0-65536) -> [0-65536) not allowed",
      "kernel gid 0 is root's own: nobody may map it",
    ]);
  });

  it("is not offered either", () => {
    const changes = {
      args: bind("b:0:500000:1"),
      subuid: "alice:0:10\n",
      usernamespaces: "alice:0:5:fsid\n",
    };
    expect(refusal(changes)[1]).toBe(
      "alice may have on disk 1-9 (/etc/subuid:1), 1-4 (/etc/usernamespaces:1) and the own uid 1000",
    );
    expect(refusal({ ...root, gidMap: mapFile([0, 500000, 10]) })[1]).toBe(
      "root may map 1-399999 (/etc/subgid:1) and the own gid 0",
    );
  });
});

describe("ids in the kernel", () => {
  it("are those that the caller may map", () => {
    const changes = { uidMap: mapFile([0, 165530, 10]), args: bind("b:0:300000:8") };
    expect(refusal(changes)).toEqual([
      "uid range [0-8) -> [165530-165538) not allowed",
      "165536-165537 is what is not granted of it",
      "alice may map 100000-165535 (/etc/subuid:1), 300000-365535 (/etc/subuid:2) and the own uid 1000",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: uid range [0-8) -> [165530-165538) not allowed: not granted (alice)",
    ]);
    expect(refusal({ gidMap: mapFile([0, 44, 1]) })[0]).toBe("gid range [0-1) -> [44-45) not allowed");
  });

  it("matter only where they have a part in the mount", () => {
    const map = mapFile([0, 100000, 10], [10, 5, 1]);
    expect(recorded({ uidMap: map, gidMap: map, args: bind("b:0:300000:10") })).toEqual([
      [300000, 100000, 10],
    ]);
  });

  it("are not granted by an fsid line", () => {
    const usernamespaces = "alice:500:10:fsid\n";
    expect(refusal({ usernamespaces, uidMap: mapFile([0, 500, 10]) })[0]).toBe(
      "uid range [0-10) -> [500-510) not allowed",
    );
  });

  it("may be the own one, which a line of the target's map has to be for", () => {
    const map = mapFile([0, 1000, 1], [1, 100000, 10]);
    expect(recorded({ uidMap: map, gidMap: map, args: bind("b:0:300000:11") })).toEqual([
      [300000, 1000, 1],
      [300001, 100000, 10],
    ]);
    expect(refusal({ uidMap: mapFile([0, 1000, 2]) })[0]).toBe("uid range [0-2) -> [1000-1002) not allowed");
  });
});

describe("a restriction", () => {
  it("on fsids holds on disk, whatever grants the ids, and not in the kernel", () => {
    const usernamespaces = "*:310000:10:reserved,fsid\nbob:100000:9:reserved,fsid\nalice:310000:10:fsid\n";
    const changes = { usernamespaces };
    expect(refusal(changes)).toEqual([
      "uid range [0-65536) -> disk [300000-365536) not allowed",
      "310000-310009 is reserved (/etc/usernamespaces:1)",
      "alice may have on disk 100009-165535 (/etc/subuid:1), 300000-309999 (/etc/subuid:2), " +
        "310010-365535 (/etc/subuid:2) and the own uid 1000",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: uid range [0-65536) -> disk [300000-365536) not allowed: restricted (alice)",
    ]);
    expect(recorded({ usernamespaces, args: bind("b:0:300000:10000") })).toEqual([[300000, 100000, 10000]]);
  });

  it("on uids holds for what is granted as such, and not for what is granted as fsids", () => {
    const barred = "bob:300005:5:reserved,uid\n";
    expect(refusal({ usernamespaces: barred })).toEqual([
      "uid range [0-65536) -> disk [300000-365536) not allowed",
      "300005-300009 is what is not granted of it",
      "300005-300009 is reserved for bob (/etc/usernamespaces:1)",
      "alice may have on disk 100000-165535 (/etc/subuid:1), 300000-300004 (/etc/subuid:2), " +
        "300010-365535 (/etc/subuid:2) and the own uid 1000",
    ]);
    expect(recorded({ usernamespaces: `${barred}alice:300000:10:fsid\n` })).toEqual([
      [300000, 100000, 65536],
    ]);
    expect(
      refusal({ usernamespaces: `${barred}alice:500:10:fsid,uid\n`, args: bind("b:0:9:1") })[1],
    ).toContain("500-509 (/etc/usernamespaces:2)");
  });

  it("on uids holds in the kernel", () => {
    expect(refusal({ usernamespaces: "bob:100005:5:reserved,gid\n" })).toEqual([
      "gid range [0-65536) -> [100000-165536) not allowed",
      "100005-100009 is reserved for bob (/etc/usernamespaces:1)",
      "alice may map 100000-100004 (/etc/subgid:1), 100010-165535 (/etc/subgid:1), 300000-365535 (/etc/subgid:2) and the own gid 1000",
    ]);
  });

  it("of both kinds is said once", () => {
    expect(refusal({ usernamespaces: "bob:300005:5:reserved\n" }).slice(1, 3)).toEqual([
      "300005-300009 is what is not granted of it",
      "300005-300009 is reserved for bob (/etc/usernamespaces:1)",
    ]);
  });

  it("on the own id holds on disk alone", () => {
    const usernamespaces = "bob:1000:1:reserved\n";
    const changes = { ...alone, usernamespaces, subuid: "" };
    expect(refusal(changes)).toEqual([
      "uid range [0-1) -> disk [1000-1001) not allowed",
      "1000 is reserved for bob (/etc/usernamespaces:1)",
      "alice has no range in /etc/subuid and may have nothing on disk",
      "an administrator can add one: usermod --add-subuids FIRST-LAST alice",
    ]);
    expect(refusal({ ...alone, usernamespaces })[2]).toBe(
      "alice may have on disk 100000-165535 (/etc/subuid:1), 300000-365535 (/etc/subuid:2)",
    );
    expect(recorded({ ...alone, usernamespaces: "bob:1000:1:reserved,uid,gid\n" })).toEqual([
      [1000, 1000, 1],
    ]);
    const map = mapFile([0, 1000, 1]);
    expect(recorded({ usernamespaces, args: bind("b:0:300000:1"), uidMap: map, gidMap: map })).toEqual([
      [300000, 1000, 1],
    ]);
  });

  it("is the slices of others", () => {
    const usernamespaces = "*:300000:65536:each=32768,fsid\n";
    expect(recorded({ usernamespaces, args: bind("b:0:300000:32768") })).toEqual([[300000, 100000, 32768]]);
    expect(refusal({ usernamespaces }).slice(1)).toEqual([
      "332768-365535 is kept for the slices of other users (/etc/usernamespaces:1)",
      "alice may have on disk 100000-165535 (/etc/subuid:1), 300000-332767 (/etc/subuid:2), " +
        "300000-332767 (/etc/usernamespaces:1) and the own uid 1000",
    ]);
  });
});

describe("the caller", () => {
  it("has to be known, and in his primary group", () => {
    expect(refusal({ passwd: "" })).toEqual([
      "Cannot determine your user name.",
      "uid 1000 is not in /etc/passwd, and the name service does not know this user",
    ]);
    expect(refusal({ gid: 44 })).toEqual([
      "ranges are granted to a user in his primary group, 1000, and the caller's is 44",
      "it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
    ]);
    expect(recorded({ gid: 44, loginDefs: "GRANT_AUX_GROUP_SUBIDS yes\n" })).toHaveLength(1);
  });

  it("may have some thousand separate ranges, and no more on both sides together", () => {
    const lines = (start: number, flags: string) =>
      Array.from({ length: 5000 }, (_, i) => `alice:${start + 2 * i}:1${flags}\n`).join("");
    const subuid = `alice:100000:65536\nalice:300000:65536\n${lines(500001, "")}`;
    expect(recorded({ subuid })).toHaveLength(1);
    const usernamespaces = lines(600001, ":fsid");
    expect(recorded({ subuid, usernamespaces })).toHaveLength(1);
    expect(refusal({ subuid, usernamespaces, args: bind("b:0:600001:10000") })).toEqual([
      "too many separate ranges concern the caller",
    ]);
  });

  it.each(["subuid", "subgid", "usernamespaces", "passwd", "nsswitch"])("needs %s in order", (table) => {
    const path = table === "nsswitch" ? "nsswitch.conf" : table;
    expect(refusal({ [table]: -1003 })).toEqual([
      `cannot open /etc/${path}: Others than its owner can write it`,
      `it would work after: chmod go-w /etc/${path}`,
    ]);
  });
});
