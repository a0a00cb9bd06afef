// SPDX-License-Identifier: MIT
//
// Whom a line of /etc/usernamespaces names.
import { describe, expect, it } from "vitest";
import type { Answer, World } from "../model/world.js";
import { runProgram } from "./fake-host.js";
import { gids, granted, uids, withLines } from "./usernamespaces.js";

const map = "0 100000 10";

describe("a user", () => {
  const user = (name: string, uid = 1000) => `${name}:x:${uid}:${uid}::/:/bin/sh\n`;
  const grants = (owner: string, passwd: string) => uids(`${owner}:100000:10:`, map, { passwd }) === "mapped";
  const reserves = (owner: string, passwd: string) =>
    uids(`${owner}:100000:10:reserved`, map, { table: "1000:100000:10\n", passwd }) === "restricted";

  it("is named by his login name, another name of his, or his uid", () => {
    const passwd = user("root", 0) + user("alice") + user("bob", 1001) + user("alias");
    for (const owner of ["alice", "alias", "1000"])
      expect([owner, grants(owner, passwd), reserves(owner, passwd)]).toEqual([owner, true, false]);
  });

  it.each([
    "bob",
    "root",
    "1001",
    "0",
    "01000",
    "+1000",
    "1000 ",
    "alic",
    "alicea",
    "Alice",
    "4294968296",
    "alias:x",
  ])("is not named by '%s'", (owner) => {
    const passwd = user("root", 0) + user("alice") + user("bob", 1001);
    expect(grants(owner, passwd)).toBe(false);
    if (!owner.includes(":")) expect(reserves(owner, passwd)).toBe(true);
  });

  it("of digits is a uid and never a name", () => {
    expect(grants("2000", user("2000"))).toBe(false);
    expect(grants("1000", user("2000"))).toBe(true);
    expect(reserves("2000", user("2000"))).toBe(true);
  });

  it("whom the name service knows is named by that name and by his uid", () => {
    const passwd = "root:x:0:0::/:/bin/sh\n";
    const nss = { user: "zoe:1000:1000\n", ranges: -1009 };
    expect(uids("zoe:100000:10:", map, { passwd, nss })).toBe("mapped");
    expect(uids("1000:100000:10:", map, { passwd, nss })).toBe("mapped");
    expect(uids("alice:100000:10:", map, { passwd, nss })).toBe("not granted");
  });

  it("whose name looks like another thing is not that", () => {
    expect(grants("+alice", user("alice"))).toBe(false);
    expect(grants("-alice", user("alice"))).toBe(false);
    for (const owner of ["**", "*alice", "alice*", "alice@", "alice@video"]) {
      expect([owner, gids(`${owner}:100000:10:gid`, map)]).toEqual([owner, "not granted"]);
      expect([owner, uids(`${owner}:100000:10:x`, map, granted)]).toEqual([owner, "mapped"]);
      expect([owner, uids(`${owner}:100000:10:each=10`, map, granted)]).toEqual([owner, "mapped"]);
    }
  });
});

describe("everybody", () => {
  it("is granted gids, never uids, without each=", () => {
    for (const flags of ["", "uid", "gid", "uid,gid", "uid,gid,fsid"])
      expect([flags, uids(`*:100000:10:${flags}`, map)]).toEqual([flags, "not granted"]);
    for (const flags of ["", "gid", "uid,gid", "gid,fsid"])
      expect([flags, gids(`*:100000:10:${flags}`, map)]).toEqual([flags, "mapped"]);
    for (const flags of ["uid", "fsid", "uid,fsid"])
      expect([flags, gids(`*:100000:10:${flags}`, map)]).toEqual([flags, "not granted"]);
  });

  it("is restricted, the caller among them", () => {
    expect(gids("*:100000:10:gid,deny-setgroups", map)).toBe("mapped, setgroups denied");
    expect(uids("*:100000:10:reserved", map, granted)).toBe("restricted");
    expect(uids("*:100000:10:x", map, granted)).toBe("restricted");
  });
});

describe("a group", () => {
  const video = (member: Answer): Partial<World> => ({
    nss: { user: -1012, ranges: -1009, member: { video: member } },
  });
  const unclear: Answer[] = [
    -1009,
    -1010,
    -1011,
    -1012,
    -1013,
    -1014,
    "",
    "in",
    "out",
    "in\nin\n",
    "in \n",
    " in\n",
  ];
  unclear.push("IN\n", "yes\n", "in\r\n", "in\0\n", "out\nin\n", "x".repeat(10_000));

  it("grants gids to its members, never uids", () => {
    expect(gids("@video:44:1:gid", "0 44 1", video("in\n"))).toBe("mapped");
    expect(gids("@video:44:1:", "0 44 1", video("in\n"))).toBe("mapped");
    expect(gids("@video:44:1:gid,deny-setgroups", "0 44 1", video("in\n"))).toBe("mapped, setgroups denied");
    expect(uids("@video:44:1:", "0 44 1", video("in\n"))).toBe("not granted");
    expect(uids("@video:44:1:uid", "0 44 1", video("in\n"))).toBe("not granted");
  });

  it("grants nothing to others, and binds them with nothing", () => {
    expect(gids("@video:100000:10:gid", map, video("out\n"))).toBe("not granted");
    expect(gids("@video:100000:10:gid,deny-setgroups", map, { ...granted, ...video("out\n") })).toBe(
      "mapped",
    );
    expect(uids("@video:100000:10:x", map, { ...granted, ...video("out\n") })).toBe("mapped");
  });

  it.each(unclear)("whose members cannot be known, %j, grants nothing", (answer) => {
    expect(gids("@video:100000:10:gid", map, video(answer))).toBe("not granted");
    expect(gids("@video:100000:10:gid,each=10", map, video(answer))).toBe("not granted");
    expect(uids("@video:100000:10:each=10", map, video(answer))).toBe("not granted");
  });

  it.each(unclear)("whose members cannot be known, %j, restricts", (answer) => {
    const changes = { ...granted, ...video(answer) };
    expect(gids("@video:100000:10:gid,deny-setgroups", map, changes)).toBe("mapped, setgroups denied");
    expect(uids("@video:100000:10:x", map, changes)).toBe("restricted");
    expect(uids("@video:100000:10:each=10", map, changes)).toBe("restricted");
  });

  it("restricts its members", () => {
    const changes = { ...granted, ...video("in\n") };
    expect(uids("@video:100000:10:x", map, changes)).toBe("restricted");
    expect(gids("@video:100000:10:uid,deny-setgroups", map, changes)).toBe("mapped, setgroups denied");
  });

  it("is told from a group whose name begins alike", () => {
    expect(gids("@videos:44:1:gid", "0 44 1", video("in\n"))).toBe("not granted");
    expect(gids("@vide:44:1:gid", "0 44 1", video("in\n"))).toBe("not granted");
  });

  it("whose name is too long to be asked for restricts and grants nothing", () => {
    const nss = { user: -1012, ranges: -1009, member: "in\n" };
    const long = `@${"g".repeat(900)}`;
    expect(gids(`${long}:100000:10:gid`, map, { nss })).toBe("not granted");
    expect(gids(`${long}:100000:10:x`, map, { ...granted, nss })).toBe("restricted");
  });
});

describe("the name service", () => {
  const nss = { user: -1012, ranges: -1009, member: "out\n" };
  const asked = (tool: "newuidmap" | "newgidmap", lines: string[], changes: Partial<World> = {}) =>
    runProgram(withLines(tool, lines, map, { ...granted, nss, ...changes })).questions;

  it("is asked about a group by the caller's uid and name", () => {
    expect(asked("newgidmap", ["@video:100000:10:gid"])).toEqual(["member 1000 alice video"]);
    const unknown = { passwd: "", nss: { ...nss, user: "zoe:1000:1000\n" }, table: "zoe:100000:65536\n" };
    expect(asked("newgidmap", ["@video:100000:10:gid"], unknown)).toEqual([
      "user 1000",
      "member 1000 zoe video",
    ]);
  });

  it.each(["", "gid", "deny-setgroups", "uid,deny-setgroups", "each=10", "broken"])(
    "is asked about the group of a gid line with '%s'",
    (flags) => {
      expect(asked("newgidmap", [`@video:100000:10:${flags}`])).toEqual(["member 1000 alice video"]);
    },
  );

  it.each(["", "uid", "gid", "deny-setgroups", "reserved", "each=10,gid", "fsid"])(
    "is not asked where the answer does not matter: a uid line with '%s'",
    (flags) => {
      expect(asked("newuidmap", [`@video:100000:10:${flags}`], { nss: { ...nss, member: "in\n" } })).toEqual(
        [],
      );
    },
  );

  it("is not asked about ids that are not asked for, nor about lines that do not count", () => {
    const lines = [
      "@video:99990:10:gid",
      "@video:100010:10:x",
      "@video:100000:0:gid",
      "@video:100000:10:gid:",
    ];
    expect(asked("newgidmap", lines)).toEqual([]);
  });

  it("is not asked before the request is known to be one", () => {
    const args = ["$PID", "0", "100000", "0"];
    expect(asked("newgidmap", ["@video:100000:10:gid"], { args })).toEqual([]);
  });

  it("is asked about each group once, and about sixteen at most", () => {
    const lines = Array.from({ length: 40 }, (_, i) => `@g${i % 20}:100000:10:gid`);
    expect(asked("newgidmap", lines)).toEqual(
      Array.from({ length: 16 }, (_, i) => `member 1000 alice g${i}`),
    );
    const memberOf = (group: string) => ({ nss: { ...nss, member: { [group]: "in\n" } } });
    expect(gids(lines, map, memberOf("g15"))).toBe("mapped");
    expect(runProgram(withLines("newgidmap", lines, map, memberOf("g16"))).status).toBe(1);
  });

  it("is not asked again after it did not answer in time", () => {
    const member = { slow: -1010, video: "in\n" };
    const lines = ["@slow:100000:1:deny-setgroups", "@video:100000:10:gid"];
    expect(asked("newgidmap", lines, { nss: { ...nss, member } })).toEqual(["member 1000 alice slow"]);
    expect(runProgram(withLines("newgidmap", lines, map, { nss: { ...nss, member } })).status).toBe(1);
  });
});
