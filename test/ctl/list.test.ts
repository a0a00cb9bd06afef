// SPDX-License-Identifier: MIT
//
// What usernsctl list says: every line with its place, and what it comes to.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Root, unavailable } from "./tables.js";

const subids = ["alice:100000:65536", "bob:165536:65536", "1000:300000:10"];
const usernamespaces = [
  "# slices",
  "*:2000224256:147128320:each=65536",
  "@video:44:1:gid,deny-setgroups",
  "containers:300000:5:reserved",
  "containers:700000000:65536:",
  "alice:710000000:65536:fsid",
  "alice:720000000:1:gid,deny-setgroups",
  "*:720000000:10:uid",
  "bob:730000000:10:uid,nonsense",
  "bob:730000000",
];

describe.skipIf(unavailable)(`usernsctl list${unavailable && `: ${unavailable}`}`, () => {
  let root: Root;
  beforeAll(() => {
    root = new Root({ "etc/subuid": subids, "etc/subgid": subids, "etc/usernamespaces": usernamespaces });
  });
  afterAll(() => root.remove());

  it("lists all lines, and what they come to for each user", () => {
    const { status, stdout, stderr } = root.run("list");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "etc/subuid:1           alice       grants uids 100000-165535",
      "etc/subuid:2           bob         grants uids 165536-231071",
      "etc/subuid:3           1000        grants uids 300000-300009",
      "etc/subgid:1           alice       grants gids 100000-165535",
      "etc/subgid:2           bob         grants gids 165536-231071",
      "etc/subgid:3           1000        grants gids 300000-300009",
      "etc/usernamespaces:2   *           grants uids and gids 2000224256-2147352575 in slices of 65536 from uid 1000 on",
      "etc/usernamespaces:3   @video      grants gids 44, setgroups denied",
      "etc/usernamespaces:4   containers  reserves uids, gids and ids on disk 300000-300004",
      "etc/usernamespaces:5   containers  grants uids and gids 700000000-700065535",
      "etc/usernamespaces:6   alice       grants ids on disk 710000000-710065535",
      "etc/usernamespaces:7   alice       grants gids 720000000, setgroups denied",
      "etc/usernamespaces:8   *           grants nothing of 720000000-720000009",
      "etc/usernamespaces:9   bob         refuses 730000000-730000009: its flags cannot be read",
      "etc/usernamespaces:10  bob         does not count: usernsctl lint says why",
      "",
      "alice, uid 1000, gid 1000, may have",
      "  uids: 100000-165535, 300005-300009, 2000224256-2000289791 and the own 1000",
      "  gids: 100000-165535, 300005-300009, 720000000, 2000224256-2000289791 and the own 1000",
      "  on disk besides: 710000000-710065535",
      "  with setgroups denied: gids 720000000",
      "  refused uids: 300000-300004",
      "  refused gids: 300000-300004",
      "  not known: whether he is in video; their lines restrict him and grant nothing",
      "",
      "bob, uid 1001, gid 1001, may have",
      "  uids: 165536-231071, 2000289792-2000355327 and the own 1001",
      "  gids: 165536-231071, 2000289792-2000355327 and the own 1001",
      "  not known: whether he is in video; their lines restrict him and grant nothing",
      "",
    ]);
  });

  it("lists what concerns a user, by name or uid", () => {
    const byName = root.run("list", "bob");
    expect(byName).toEqual(root.run("list", "1001"));
    expect(byName).toMatchObject({ status: 0, stderr: "" });
    expect(byName.stdout.split("\n")).toEqual([
      "etc/subuid:2           bob     grants uids 165536-231071",
      "etc/subgid:2           bob     grants gids 165536-231071",
      "etc/usernamespaces:2   *       grants uids and gids 2000289792-2000355327, a slice of 2000224256-2147352575",
      "etc/usernamespaces:3   @video  grants gids 44, setgroups denied",
      "etc/usernamespaces:8   *       grants nothing of 720000000-720000009",
      "etc/usernamespaces:9   bob     refuses 730000000-730000009: its flags cannot be read",
      "etc/usernamespaces:10  bob     does not count: usernsctl lint says why",
      "",
      "bob, uid 1001, gid 1001, may have",
      "  uids: 165536-231071, 2000289792-2000355327 and the own 1001",
      "  gids: 165536-231071, 2000289792-2000355327 and the own 1001",
      "  not known: whether he is in video; their lines restrict him and grant nothing",
      "",
    ]);
  });

  it("names the line that keeps a user from what he is granted", () => {
    expect(root.run("list", "alice").stdout).toContain(
      "etc/usernamespaces:4  containers  reserves uids, gids and ids on disk 300000-300004\n",
    );
  });

  it("prints JSON", () => {
    const { status, stdout } = root.run("list", "--json", "alice");
    expect(status).toBe(0);
    const { lines, users, more } = JSON.parse(stdout);
    expect(more).toBe(0);
    expect(lines[0]).toEqual({
      file: "etc/subuid",
      line: 1,
      owner: "alice",
      counts: true,
      text: "grants uids 100000-165535",
      start: 100000,
      count: 65536,
    });
    expect(lines.find(({ line }: { line: number }) => line === 7)).toMatchObject({
      kinds: ["gid"],
      grants: ["gid"],
      keeps: [],
      denySetgroups: true,
      reserved: false,
      each: 0,
    });
    expect(users).toHaveLength(1);
    expect(users[0]).toMatchObject({
      user: { name: "alice", uid: 1000, gid: 1000 },
      openGroups: ["video"],
      ids: { fsid: { allowed: [{ start: 710000000, count: 65536 }], refused: [], denied: [] } },
    });
  });

  it("sums up 64 users, and says how many more there are", () => {
    const ids = Array.from({ length: 66 }, (_, i) => i + 2000);
    const other = new Root({
      "etc/passwd": ids.map((id) => `user${id}:x:${id}:${id}::/:/bin/sh`),
      "etc/subuid": ids.map((id) => `user${id}:${id * 1000}:1000`),
    });
    const { stdout } = other.run("list");
    expect(stdout.match(/^user\d+, uid/gm)).toEqual(ids.slice(0, 64).map((id) => `user${id}, uid`));
    expect(stdout.endsWith("\n\n2 more users: usernsctl list USER\n")).toBe(true);
    const { users, more } = JSON.parse(other.run("list", "--json").stdout);
    expect([users.length, more]).toEqual([64, 2]);
    other.remove();
  });

  it("says that a user is nobody", () => {
    const stderr = "usernsctl: there is no user 'carol'\n";
    expect(root.run("list", "carol")).toEqual({ status: 2, stdout: "", stderr });
  });

  it("says where another source has the place of the two tables", () => {
    const other = new Root({
      "etc/subuid": subids,
      "etc/subgid": subids,
      "etc/nsswitch.conf": ["subid: sss"],
    });
    expect(other.run("list", "alice")).toEqual({
      status: 1,
      stdout:
        "no line of the tables grants or restricts anything\n" +
        "ranges come from 'sss', which nsswitch.conf names, not from subuid and subgid\n" +
        "\nalice, uid 1000, gid 1000, may have\n  uids: the own 1000\n  gids: the own 1000\n",
      stderr:
        "usernsctl: the sub-id source 'sss' of /etc/nsswitch.conf could not be asked: the plugin cannot be loaded\n",
    });
    other.remove();
  });

  it("says why a table cannot be read", () => {
    const other = new Root({ "etc/subgid": subids });
    other.write("etc/subuid", subids, 0o666);
    const { status, stderr } = other.run("list", "alice");
    expect(status).toBe(1);
    expect(stderr.split("\n")).toEqual([
      "usernsctl: cannot open /etc/subuid: Others than its owner can write it",
      "usernsctl: it would work after: chmod go-w /etc/subuid",
      "usernsctl: etc/subuid: the helpers refuse this file: others than its owner can write it",
      "",
    ]);
    other.remove();
  });
});
