// SPDX-License-Identifier: MIT
//
// usernsctl free, add, remove and reserve, in a root directory of their own.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bothAdded, done, failed, files, isRoot, Root, refused } from "./allocate.js";

const here = new Root();
const etc = (name: string) => here.etc(name);
const put = (name: string, text: string) => here.put(name, text);
const text = (name: string) => here.text(name);
const run = (...args: string[]) => here.run(...args);

describe("usernsctl free", () => {
  it("finds the first ids behind those that are granted", () => {
    expect(run("free")).toEqual(done("165536:65536\n"));
  });
  it("finds a range of the size and alignment", () => {
    expect(run("free", "--size", "100", "--align", "1000", "--json")).toEqual(
      done('{\n  "start": 166000,\n  "count": 100\n}\n'),
    );
  });
  it("passes over ids that another table of the three has", () => {
    put("subgid", "bob:165536:10\n");
    put("usernamespaces", "*:231082:65536:each=65536\n");
    expect(run("free")).toEqual(done("165546:65536\n"));
    expect(run("free", "--size", "65537")).toEqual(done("296618:65537\n"));
  });
  it("passes over ids of accounts", () => {
    put("passwd", `${files.passwd}remote:x:165600:165601::/:/bin/sh\n`);
    put("group", `${files.group}remote:x:170000:\n`);
    expect(run("free")).toEqual(done("170001:65536\n"));
  });
  it("passes over a line that does not count, and over a gap that is too small", () => {
    put("usernamespaces", "alice:165537:10:nonsense\n");
    expect(run("free", "--size", "1")).toEqual(done("165536:1\n"));
    expect(run("free", "--size", "2")).toEqual(done("165547:2\n"));
  });
  it("takes the pool from login.defs and from usernsctl.conf", () => {
    put("login.defs", "SUB_UID_MIN 700000\nSUB_UID_COUNT 1000\nSUB_GID_COUNT 900\n");
    expect(run("free")).toEqual(done("700000:1000\n"));
    put("usernsctl.conf", "; here\npool = 100-199, 800000-900000\nsize = 5\nalign = 7\n");
    expect(run("free")).toEqual(done("800002:5\n"));
  });
  it("takes the larger of both counts, and one where login.defs has useradd give none", () => {
    put("login.defs", "SUB_UID_COUNT 10\nSUB_GID_COUNT 20\n");
    expect(run("free")).toEqual(done("165536:20\n"));
    put("login.defs", "SUB_UID_COUNT 0\nSUB_GID_COUNT 0\n");
    expect(run("free")).toEqual(done("165536:65536\n"));
  });
  it("takes ids that uids and gids may have", () => {
    put("login.defs", "SUB_UID_MAX 900000\nSUB_GID_MIN 800000\nSUB_GID_MAX 2000000\n");
    expect(run("free")).toEqual(done("800000:65536\n"));
    put("login.defs", "SUB_UID_MAX 700000\nSUB_GID_MIN 800000\n");
    expect(run("free")).toEqual(
      failed(
        "no id is both in SUB_UID_MIN to SUB_UID_MAX and in SUB_GID_MIN to SUB_GID_MAX of login.defs: " +
          "name a pool in /etc/usernsctl.conf",
      ),
    );
  });
  it("takes what systemd's containers may have last", () => {
    mkdirSync(join(here.path, "usr/bin"), { recursive: true });
    put("../usr/bin/systemd-nspawn", "");
    put("usernsctl.conf", "pool = 500000-2000000000\n");
    expect(run("free")).toEqual(done("1879048192:65536\n"));
    put("usernsctl.conf", "pool = 500000-600000\n");
    expect(run("free")).toEqual(done("500000:65536\n"));
  });
  it("takes what Incus takes by itself last", () => {
    mkdirSync(join(here.path, "opt/incus/bin"), { recursive: true });
    put("../opt/incus/bin/incusd", "");
    put("usernsctl.conf", "pool = 990000-2000000000\n");
    expect(run("free", "--size", "10000")).toEqual(done("990000:10000\n"));
    expect(run("free", "--size", "10001")).toEqual(done("1001000000:10001\n"));
  });
  it("finds a range in 100,000 lines of each table", () => {
    const lines = (flags: string) =>
      Array.from({ length: 100_000 }, (_, i) => `u${i}:${100_000 + 1000 * i}:999${flags}\n`).join("");
    for (const name of ["subuid", "subgid"]) put(name, lines(""));
    put("usernamespaces", lines(":reserved"));
    expect(run("free")).toEqual(done("100099999:65536\n"));
    expect(run("free", "--size", "1")).toEqual(done("100999:1\n"));
  });
  it("says that nothing is free", () => {
    put("usernsctl.conf", "pool = 100000-165600, 5-6\n");
    expect(run("free")).toEqual(
      refused(
        "no 65536 ids in a row are free in 100000-165600, 5-6: name another pool in /etc/usernsctl.conf, or a smaller --size",
      ),
    );
  });
  it.each([
    ["pools = 1-2\n", "/etc/usernsctl.conf: unknown setting 'pools': there are pool, size and align"],
    ["pool = 5-4\n", "/etc/usernsctl.conf: pool: '5-4' is not FIRST-LAST"],
    ["size = many\n", "/etc/usernsctl.conf: size: 'many' is no number of ids"],
  ])("refuses the setting %j", (settings, message) => {
    put("usernsctl.conf", settings);
    expect(run("free")).toEqual(failed(message));
  });
  it("does not go on without settings that cannot be read", () => {
    mkdirSync(etc("usernsctl.conf"));
    expect(run("free")).toEqual(failed("cannot read DIR/etc/usernsctl.conf: it is no regular file"));
  });
  it("does not go on without a table that cannot be read", () => {
    rmSync(etc("subuid"));
    symlinkSync("nowhere", etc("subuid"));
    expect(run("free")).toEqual(failed("cannot read DIR/etc/subuid: it is a link that leads nowhere"));
  });
});

describe.skipIf(!isRoot)("usernsctl add (as root)", () => {
  it("adds a line to both tables and keeps the others", () => {
    expect(run("add", "alice")).toEqual(bothAdded("165536:65536"));
    expect(text("subuid")).toBe(`${files.subuid}alice:165536:65536\n`);
    expect(text("subgid")).toBe(`${files.subgid}alice:165536:65536\n`);
    expect(text("subuid-")).toBe(files.subuid);
    const left = readdirSync(join(here.path, "etc")).sort();
    expect(left).toEqual([".pwd.lock", "group", "passwd", "subgid", "subgid-", "subuid", "subuid-"]);
  });
  it("knows a user by uid, and takes the range that is named", () => {
    expect(run("add", "1000", "300000:10", "--json")).toEqual(
      done(
        `${JSON.stringify({ owner: "alice", start: 300000, count: 10, added: ["DIR/etc/subuid", "DIR/etc/subgid"] }, null, 2)}\n`,
      ),
    );
    expect(text("subgid")).toBe(`${files.subgid}alice:300000:10\n`);
  });
  it("makes tables that are not there, readable by all", () => {
    rmSync(etc("subuid"));
    expect(run("add", "alice")).toEqual(bothAdded("165536:65536"));
    expect(text("subuid")).toBe("alice:165536:65536\n");
    expect(statSync(etc("subuid")).mode & 0o7777).toBe(0o644);
  });
  it("shows the change and makes none", () => {
    put("subuid", "bob:100000:65536");
    const head = (name: string) => `--- DIR/etc/${name}\n+++ DIR/etc/${name}\n`;
    expect(run("add", "alice", "--dry-run")).toEqual(
      done(
        `${head("subuid")}@@ -1 +1,2 @@\n-bob:100000:65536\n\\ No newline at end of file\n+bob:100000:65536\n+alice:165536:65536\n` +
          `${head("subgid")}@@ -1 +1,2 @@\n bob:100000:65536\n+alice:165536:65536\n`,
      ),
    );
    expect(text("subuid")).toBe("bob:100000:65536");
    expect(text("subgid")).toBe(files.subgid);
    expect(existsSync(etc(".pwd.lock"))).toBe(false);
  });
  it.each([
    ["165535:10", "165535-165544 is not free: 165535 is taken (DIR/etc/subuid:2)"],
    ["1000:1", "1000 is not free: 1000 is taken (the uid of alice)"],
    ["0:1", "0 is not free: 0 is taken (the uid of root)"],
    [
      "61000:300",
      "61000-61299 is not free: 61184-61299 is taken (ids that systemd gives to services (DynamicUser))",
    ],
  ])("refuses %s", (range, message) => {
    expect(run("add", "alice", range)).toEqual(refused(message));
    expect(text("subuid")).toBe(files.subuid);
  });
  it.each([
    [["nosuch"], "there is no user 'nosuch'"],
    [["4000"], "there is no user with uid 4000"],
    [["alice", "1:0"], "'1:0' is not START:COUNT"],
    [["alice", "4294967290:6"], "'4294967290:6' is not START:COUNT"],
    [["alice", "--size", "0"], "--size: '0' is no number of ids"],
    [
      ["alice", "300000:5", "--size", "5"],
      "--size and --align are for a range that is to be found, and one is named",
    ],
    [["alice", "--wait", "-1"], "--wait: '-1' is no number of seconds"],
  ])("fails for %j", (args, message) => {
    expect(run("add", ...args)).toEqual(failed(message));
  });
  it("gives podman's name a range without a user", () => {
    expect(run("add", "containers").status).toBe(0);
    expect(text("subgid")).toBe(`${files.subgid}containers:165536:65536\n`);
  });
  describe("where login.defs says that ranges follow from the uid", () => {
    const deterministic = "SUB_UID_DETERMINISTIC yes\nSUB_GID_DETERMINISTIC Yes\n";
    const taken = (name: string) => `is taken (what useradd gives to other uids (${name}))`;

    it("gives that of the uid, and it to nobody else", () => {
      put(
        "login.defs",
        `${deterministic}SUB_UID_MIN 1000000\nSUB_UID_MAX 4000000000\nSUB_GID_MIN 1000000\nSUB_GID_MAX 4000000000\n`,
      );
      put("usernsctl.conf", "pool = 900000-1300000\n");
      expect(run("add", "alice")).toEqual(bothAdded("1000000:65536"));
      expect(run("free")).toEqual(done("900000:65536\n"));
      expect(run("add", "alice", "1065536:1")).toEqual(
        refused(`1065536 is not free: 1065536 ${taken("SUB_UID_DETERMINISTIC")}`),
      );
    });
    it("has shadow's defaults for it, and keeps the ranges of uids up to SUB_UID_MAX", () => {
      put("login.defs", deterministic);
      expect(run("free")).toEqual(
        refused(
          "no 65536 ids in a row are free in 100000-600100000: what useradd gives to uids by itself " +
            "(SUB_UID_DETERMINISTIC) counts; name another pool in /etc/usernsctl.conf, or a smaller --size",
        ),
      );
      put("login.defs", `${deterministic}UID_MIN 998\nSUB_UID_MAX 200000\nSUB_GID_MAX 200000\n`);
      expect(run("add", "alice")).toEqual(
        refused(
          "the range of uid 1000 by SUB_UID_DETERMINISTIC of login.defs lies behind SUB_UID_MAX: raise it, or name a range",
        ),
      );
      expect(run("free", "--size", "1000")).toEqual(done("196608:1000\n"));
    });
    it("does not give other gids than uids", () => {
      put("login.defs", `${deterministic}SUB_UID_MIN 1000000\nSUB_GID_MIN 2000000\n`);
      expect(run("add", "alice")).toEqual(
        failed(
          "login.defs gives uid 1000 other gids than uids: set SUB_GID_MIN and SUB_GID_COUNT to what SUB_UID_MIN and " +
            "SUB_UID_COUNT are, or edit the files",
        ),
      );
    });
  });
  it("completes what one table has of a user, and does not repeat it", () => {
    put("subuid", `${files.subuid}1000:300000:5\n`);
    expect(run("add", "alice", "300000:5")).toEqual(done("DIR/etc/subgid: added alice:300000:5\n"));
    expect(run("add", "alice", "300000:5")).toEqual(refused("alice has 300000:5 in both files already"));
    expect(run("add", "alice", "300000:4")).toEqual(
      refused("300000-300003 is not free: 300000-300003 is taken (DIR/etc/subuid:3)"),
    );
    expect(run("add", "bob", "300000:5")).toEqual(
      refused("300000-300004 is not free: 300000-300004 is taken (DIR/etc/subuid:3)"),
    );
  });
  it("gives what is reserved to whom it is reserved for", () => {
    put("usernamespaces", "1000:300000:10:reserved\n");
    expect(run("add", "bob", "300000:10")).toEqual(
      refused("300000-300009 is not free: 300000-300009 is taken (DIR/etc/usernamespaces:1)"),
    );
    expect(run("add", "alice", "300005:10")).toEqual(bothAdded("300005:10"));
  });
  it("names a user by uid where a line could not have the name", () => {
    put("passwd", `${files.passwd}2000:x:1002:1002::/:\n`);
    expect(run("add", "1002", "300000:1").stdout).toBe(
      "DIR/etc/subuid: added 1002:300000:1\nDIR/etc/subgid: added 1002:300000:1\n",
    );
  });
  it("prints the difference as JSON", () => {
    rmSync(etc("subgid"));
    const { status, stdout } = run("add", "alice", "300000:1", "--dry-run", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      owner: "alice",
      start: 300000,
      count: 1,
      added: ["DIR/etc/subuid", "DIR/etc/subgid"],
      diff:
        "--- DIR/etc/subuid\n+++ DIR/etc/subuid\n@@ -1,2 +1,3 @@\n # by hand\n bob:100000:65536\n+alice:300000:1\n" +
        "--- DIR/etc/subgid\n+++ DIR/etc/subgid\n@@ -0,0 +1 @@\n+alice:300000:1\n",
    });
    expect(existsSync(etc("subgid"))).toBe(false);
  });
  it("writes nothing where a plugin has the ranges", () => {
    put("nsswitch.conf", "subid: sss\n");
    expect(run("add", "alice")).toEqual(
      failed(
        "nsswitch.conf says subid: sss, and /etc/subuid and /etc/subgid are not read: give the range there",
      ),
    );
    put("nsswitch.conf", "subid: usernamespaces\n");
    expect(run("add", "alice")).toEqual(bothAdded("165536:65536"));
  });
});

describe.skipIf(!isRoot)("usernsctl remove (as root)", () => {
  it("takes away exactly the lines of the range, however they name the user", () => {
    put("subuid", "bob:1:2\n# bob:300000:5\nbob:300000:5\n1001:300000:5\nalice:300000:5\nbob:300000:6\n");
    put("usernamespaces", "bob:300000:5:uid\nbob:300000:5:reserved\n");
    expect(run("remove", "bob", "300000:5")).toEqual(
      done("DIR/etc/subuid: removed bob:300000:5\nDIR/etc/usernamespaces: removed bob:300000:5\n"),
    );
    expect(text("subuid")).toBe("bob:1:2\n# bob:300000:5\nalice:300000:5\nbob:300000:6\n");
    expect(text("usernamespaces")).toBe("bob:300000:5:uid\n");
    expect(text("subgid")).toBe(files.subgid);
  });
  it("takes a line from a user who is gone", () => {
    put("subgid", "gone:300000:5\n");
    expect(run("remove", "gone", "300000:5")).toEqual(done("DIR/etc/subgid: removed gone:300000:5\n"));
    expect(text("subgid")).toBe("");
  });
  it("shows the change and makes none", () => {
    put("subuid", "a:1:1\nb:2:1\nc:3:1\nd:4:1\nbob:100000:5\ne:5:1\nf:6:1\ng:7:1\nh:8:1\n");
    expect(run("remove", "bob", "100000:5", "--dry-run").stdout).toBe(
      "--- DIR/etc/subuid\n+++ DIR/etc/subuid\n@@ -2,7 +2,6 @@\n b:2:1\n c:3:1\n d:4:1\n-bob:100000:5\n e:5:1\n f:6:1\n g:7:1\n",
    );
    expect(text("subuid")).toContain("bob:100000:5\n");
  });
  it("finds a line in 100,000", () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `bob:${100_000 + 1000 * i}:999\n`);
    put("subuid", lines.join(""));
    expect(run("remove", "bob", "50100000:999")).toEqual(done("DIR/etc/subuid: removed bob:50100000:999\n"));
    expect(text("subuid")).toBe(lines.toSpliced(50_000, 1).join(""));
  });
  it("refuses a range that no line has", () => {
    expect(run("remove", "bob", "100000:65535")).toEqual(
      refused("no line gives bob 100000:65535, or reserves it"),
    );
  });
});

describe.skipIf(!isRoot)("usernsctl reserve (as root)", () => {
  it("adds a line to /etc/usernamespaces, and add keeps clear of it", () => {
    expect(run("reserve", "incus", "--size", "1000")).toEqual(
      done("DIR/etc/usernamespaces: added incus:165536:1000\n"),
    );
    expect(text("usernamespaces")).toBe("incus:165536:1000:reserved\n");
    expect(run("free")).toEqual(done("166536:65536\n"));
  });
  it("keeps from others what is granted to him, and not what is another's", () => {
    expect(run("reserve", "bob", "100000:65536")).toEqual(
      done("DIR/etc/usernamespaces: added bob:100000:65536\n"),
    );
    expect(run("reserve", "bob", "100000:65536")).toEqual(
      refused("100000-165535 is not free: 100000-165535 is taken (DIR/etc/usernamespaces:1)"),
    );
    expect(run("reserve", "alice", "165000:1000")).toEqual(
      refused("165000-165999 is not free: 165000-165535 is taken (DIR/etc/subuid:2)"),
    );
  });
  it.each(["", "a:b", "a b", "#a", "a\n", "a\ufffd", "é".repeat(129)])("refuses the name %j", (name) => {
    expect(run("reserve", name).status).toBe(2);
    expect(existsSync(etc("usernamespaces"))).toBe(false);
  });
});
