// SPDX-License-Identifier: MIT
//
// usernsctl free, add, remove and reserve, in a root directory of their own.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../build/usernsctl/usernsctl.mjs");
const isRoot = process.getuid?.() === 0;
const files: Record<string, string> = {
  passwd: "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n",
  group: "root:x:0:\nalice:x:1000:\nbob:x:1001:\n",
  subuid: "# by hand\nbob:100000:65536\n",
  subgid: "bob:100000:65536\n",
};

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "allocate-"));
  mkdirSync(join(root, "etc"));
  for (const [name, text] of Object.entries(files)) put(name, text);
});
afterEach(() => rmSync(root, { recursive: true }));

const etc = (name: string) => join(root, "etc", name);
const put = (name: string, text: string) => writeFileSync(etc(name), text);
const text = (name: string) => readFileSync(etc(name), "latin1");

/** What a command printed, "DIR" where it named the root directory, and its exit status. */
function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, "--root", root], {
    encoding: "latin1",
  });
  return { status, stdout: stdout.replaceAll(root, "DIR"), stderr: stderr.replaceAll(root, "DIR") };
}

const done = (stdout: string) => ({ status: 0, stdout, stderr: "" });
const refused = (stderr: string) => ({ status: 1, stdout: "", stderr: `usernsctl: ${stderr}\n` });
const failed = (stderr: string) => ({ status: 2, stdout: "", stderr: `usernsctl: ${stderr}\n` });

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
    put("login.defs", "SUB_UID_MIN 700000\nSUB_UID_COUNT 1000\n");
    expect(run("free")).toEqual(done("700000:1000\n"));
    put("usernsctl.conf", "; here\npool = 100-199, 800000-900000\nsize = 5\nalign = 7\n");
    expect(run("free")).toEqual(done("800002:5\n"));
  });
  it("says that nothing is free", () => {
    put("usernsctl.conf", "pool = 100000-165600\n");
    expect(run("free")).toEqual(refused("no 65536 ids are free in 100000-165600"));
  });
  it.each([
    ["pools = 1-2\n", "/etc/usernsctl.conf: unknown setting 'pools'"],
    ["pool = 5-4\n", "/etc/usernsctl.conf: pool: '5-4' is not FIRST-LAST"],
    ["size = many\n", "/etc/usernsctl.conf: size: 'many' is no number of ids"],
  ])("refuses the setting %j", (settings, message) => {
    put("usernsctl.conf", settings);
    expect(run("free")).toEqual(failed(message));
  });
});

describe.skipIf(!isRoot)("usernsctl add (as root)", () => {
  const bothAdded = (range: string) =>
    done(`DIR/etc/subuid: added alice:${range}\nDIR/etc/subgid: added alice:${range}\n`);

  it("adds a line to both tables and keeps the others", () => {
    expect(run("add", "alice")).toEqual(bothAdded("165536:65536"));
    expect(text("subuid")).toBe(`${files.subuid}alice:165536:65536\n`);
    expect(text("subgid")).toBe(`${files.subgid}alice:165536:65536\n`);
    expect(text("subuid-")).toBe(files.subuid);
    const left = readdirSync(join(root, "etc")).sort();
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
  it("keeps bytes, owner, mode and extended attributes, and a link", (context) => {
    const odd = "# \xff\r\n\nbob:100000:65536\r\n\0bob";
    writeFileSync(etc("real"), odd, "latin1");
    rmSync(etc("subuid"));
    symlinkSync("real", etc("subuid"));
    chownSync(etc("real"), 0, 5);
    chmodSync(etc("real"), 0o640);
    const set = spawnSync("python3", [
      "-c",
      `import os; os.setxattr(${JSON.stringify(etc("real"))}, "trusted.label", b"v")`,
    ]);
    expect(run("add", "alice", "400000:1")).toEqual(bothAdded("400000:1"));
    expect(text("real")).toBe(`${odd}\nalice:400000:1\n`);
    expect(lstatSync(etc("subuid")).isSymbolicLink()).toBe(true);
    const { gid, mode } = statSync(etc("real"));
    expect([gid, mode & 0o7777]).toEqual([5, 0o640]);
    context.skip(set.status !== 0, "no extended attribute can be set here, or there is no python3");
    const get = `import os; print(os.getxattr(${JSON.stringify(etc("real"))}, "trusted.label").decode())`;
    expect(spawnSync("python3", ["-c", get], { encoding: "utf8" }).stdout).toBe("v\n");
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
  ])("fails for %j", (args, message) => {
    expect(run("add", ...args)).toEqual(failed(message));
  });
  it("gives podman's name a range without a user", () => {
    expect(run("add", "containers").status).toBe(0);
    expect(text("subgid")).toBe(`${files.subgid}containers:165536:65536\n`);
  });
  it("gives a user the range of his uid where login.defs says so, and nobody else", () => {
    put(
      "login.defs",
      "SUB_UID_DETERMINISTIC yes\nSUB_UID_MIN 1000000\nSUB_UID_MAX 4000000000\nSUB_GID_MAX 4000000000\n",
    );
    put("usernsctl.conf", "pool = 900000-1300000\n");
    expect(run("add", "alice")).toEqual(bothAdded("1000000:65536"));
    expect(run("free")).toEqual(done("900000:65536\n"));
    expect(run("add", "alice", "1065536:1")).toEqual(
      refused(
        "1065536 is not free: 1065536 is taken (what useradd gives to other uids (SUB_UID_DETERMINISTIC))",
      ),
    );
  });
  it("takes over the lock of a process that is gone", () => {
    const { pid } = spawnSync("true");
    put("subuid.lock", `${pid}\0`);
    expect(run("add", "alice")).toEqual(bothAdded("165536:65536"));
    expect(existsSync(etc("subuid.lock"))).toBe(false);
  });
  it("does not judge a lock that names no process", () => {
    put("subgid.lock", "");
    expect(run("add", "alice")).toEqual(
      failed("DIR/etc/subgid.lock names no process: remove it if no program is changing the file"),
    );
    expect(
      readdirSync(join(root, "etc"))
        .filter((name) => name.includes("sub"))
        .sort(),
    ).toEqual(["subgid", "subgid.lock", "subuid"]);
  });
  it("changes neither table if one cannot be written", () => {
    mkdirSync(etc("subgid+"));
    expect(run("add", "alice")).toEqual(failed("cannot write DIR/etc/subgid+: ERR_FS_EISDIR"));
    expect([text("subuid"), text("subgid")]).toEqual([files.subuid, files.subgid]);
    expect(existsSync(etc("subuid+"))).toBe(false);
  });
  it("says which table is changed if the other cannot be replaced", () => {
    mkdirSync(etc("subgid-"));
    expect(run("add", "alice")).toEqual(
      failed("cannot replace DIR/etc/subgid: ERR_FS_EISDIR; DIR/etc/subuid is changed already"),
    );
    expect(text("subuid")).toBe(`${files.subuid}alice:165536:65536\n`);
    expect(text("subgid")).toBe(files.subgid);
    expect(existsSync(etc("subgid+"))).toBe(false);
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
  it.each(["", "a:b", "a b", "#a", "a\n"])("refuses the name %j", (name) => {
    expect(run("reserve", name).status).toBe(2);
    expect(existsSync(etc("usernamespaces"))).toBe(false);
  });
});
