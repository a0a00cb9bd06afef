// SPDX-License-Identifier: MIT
//
// How usernsctl add replaces files, and what it says where it cannot.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLibrary } from "../../src/ctl/libc.js";
import { bothAdded, canMount, canRun, done, failed, files, isRoot, Root } from "./allocate.js";

const here = new Root();
const etc = (name: string) => here.etc(name);
const argv = (...args: string[]) => here.argv(...args);
const library = () => CLibrary.get().koffi.load(null);

/** Whether the attribute could be set. */
function setAttribute(path: string, name: string, value: Buffer): boolean {
  const set = library().func("int setxattr(const char *, const char *, const void *, size_t, int)");
  return set(path, name, value, value.length, 0) === 0;
}

/** The value of an attribute; undefined if there is none. */
function attribute(path: string, name: string): string | undefined {
  const get = library().func("long getxattr(const char *, const char *, _Out_ void *, size_t)");
  const value = Buffer.alloc(1024);
  const size = Number(get(path, name, value, value.length));
  return size < 0 ? undefined : value.toString("latin1", 0, size);
}

/** An access control list that lets uid 1001 read and write besides, in the kernel's form. */
function accessList(): Buffer {
  const entries = [
    [0x01, 6, -1],
    [0x02, 6, 1001],
    [0x04, 4, -1],
    [0x10, 6, -1],
    [0x20, 4, -1],
  ] as const;
  const list = Buffer.alloc(4 + 8 * entries.length);
  list.writeUInt32LE(2);
  entries.forEach(([tag, permissions, id], i) => {
    list.writeUInt16LE(tag, 4 + 8 * i);
    list.writeUInt16LE(permissions, 6 + 8 * i);
    list.writeInt32LE(id, 8 + 8 * i);
  });
  return list;
}

/** Nothing but what was there at first and the lock of lckpwdf is there, and it is as it was. */
function expectNothingChanged(): void {
  expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, files.subgid]);
  const left = readdirSync(join(here.path, "etc")).filter((name) => !/^(\.pwd\.lock|.*-)$/.test(name));
  expect(left.sort()).toEqual(["group", "passwd", "subgid", "subuid"]);
}

describe.skipIf(!isRoot)("usernsctl add (as root)", () => {
  it("keeps bytes, owner, mode and extended attributes, and a link", ({ skip }) => {
    const odd = "# \xff\r\n\nbob:100000:65536\r\n\0bob";
    here.put("real", "");
    here.spawn("sh", "-c", `printf '# \\377\\r\\n\\nbob:100000:65536\\r\\n\\000bob' >${etc("real")}`);
    rmSync(etc("subuid"));
    symlinkSync("real", etc("subuid"));
    chownSync(etc("real"), 0, 5);
    chmodSync(etc("real"), 0o644);
    const set = setAttribute(etc("real"), "trusted.label", Buffer.from("v"));
    expect(here.run("add", "alice", "400000:1")).toEqual(bothAdded("400000:1"));
    expect(here.text("real")).toBe(`${odd}\nalice:400000:1\n`);
    expect(here.text("real-")).toBe(odd);
    expect(lstatSync(etc("subuid")).isSymbolicLink()).toBe(true);
    for (const name of ["real", "real-"]) {
      const { gid, mode, nlink } = statSync(etc(name));
      expect([gid, mode & 0o7777, nlink]).toEqual([5, 0o644, 1]);
    }
    skip(!set, "the file system has no extended attributes");
    expect(attribute(etc("real"), "trusted.label")).toBe("v");
  });
  it("keeps the access list of a file, and gives none to a file that has none", ({ skip }) => {
    const name = "system.posix_acl_access";
    const list = accessList();
    skip(
      !setAttribute(join(here.path, "etc"), "system.posix_acl_default", list) ||
        !setAttribute(etc("subgid"), name, list),
      "the file system has no access control lists",
    );
    expect(here.run("add", "alice").status).toBe(1);
    expect(attribute(etc("subuid"), name)).toBeUndefined();
    expect(attribute(etc("subgid"), name)).toBe(list.toString("latin1"));
    expect([statSync(etc("subuid")).mode & 0o777, statSync(etc("subgid")).mode & 0o777]).toEqual([
      0o644, 0o664,
    ]);
  });
  it("warns of a table that the helpers refuse, or that not everybody can read", () => {
    chmodSync(etc("subuid"), 0o666);
    chmodSync(etc("subgid"), 0o640);
    const added = bothAdded("165536:65536");
    expect(here.run("add", "alice")).toEqual({
      ...added,
      status: 1,
      stderr:
        "usernsctl: DIR/etc/subuid: the helpers refuse this file: others than its owner can write it\n" +
        "usernsctl: DIR/etc/subgid: not everybody can read it, and the helpers read it as their caller\n",
    });
  });
  it("changes neither table if one cannot be written", () => {
    mkdirSync(etc("subgid+"));
    expect(here.run("add", "alice")).toEqual(
      failed("cannot write DIR/etc/subgid+: illegal operation on a directory"),
    );
    rmSync(etc("subgid+"), { recursive: true });
    expectNothingChanged();
  });
  it("changes neither table if the old one cannot be kept", () => {
    mkdirSync(etc("subgid-"));
    expect(here.run("add", "alice")).toEqual(
      failed("cannot replace DIR/etc/subgid-: illegal operation on a directory"),
    );
    expectNothingChanged();
  });
  it("says that a table may be immutable", ({ skip }) => {
    skip(!canRun("chattr", "+i", etc("subgid")), "no file can be made immutable here");
    const { status, stderr } = here.run("add", "alice");
    here.spawn("chattr", "-i", etc("subgid"));
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        "usernsctl: cannot replace DIR/etc/subgid: operation not permitted; it may be immutable (lsattr)\n",
    });
    expectNothingChanged();
  });
  it("keeps the old table where a file may not grow so large", () => {
    const large = "bob:100000:65536\n".repeat(1000);
    here.put("subuid", large);
    const command = `ulimit -f 8; exec ${process.execPath} "$@"`;
    expect(here.run("free").status).toBe(0);
    const { status, stderr } = here.spawn("sh", "-c", command, "sh", ...argv("add", "alice"));
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        "usernsctl: cannot write DIR/etc/subuid+: file too large; raise the limit of the file size (ulimit -f)\n",
    });
    expect(here.text("subuid")).toBe(large);
    expect(existsSync(etc("subuid+"))).toBe(false);
  });
  it("tells those who are not root that only root can", () => {
    chmodSync(here.path, 0o755);
    const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", process.execPath];
    expect(here.spawn("setpriv", ...nobody, ...argv("add", "alice"))).toEqual(
      failed("cannot lock DIR/etc/.pwd.lock: permission denied; only root can"),
    );
    expect(here.spawn("setpriv", ...nobody, ...argv("add", "alice", "5:1", "--dry-run"))).toEqual({
      status: 1,
      stdout: "",
      stderr: "usernsctl: 5 is not free: 5 is taken (ids of system accounts)\n",
    });
    expect(here.spawn("setpriv", ...nobody, ...argv("free"))).toEqual(done("165536:65536\n"));
  });
});

describe.skipIf(!canMount)("usernsctl add (needs root and mount namespaces)", () => {
  it("says that the file system is read-only", () => {
    expect(here.inside("mount -o remount,bind,ro /etc; $usernsctl add alice")).toEqual(
      failed(
        "cannot lock /etc/.pwd.lock: read-only file system; remount it writable, or work on a copy with --root",
      ),
    );
    expectNothingChanged();
  });
  it("keeps the old table where the file system is full", () => {
    const script = `cp -a /etc ${here.path}/copy && mount -t tmpfs -o size=600k,mode=755 none /etc && cp -a ${here.path}/copy/* /etc || exit 9
      yes alice:300000:1 | head -c 400000 >/etc/subgid; cp /etc/subgid ${here.path}/before
      $usernsctl add alice; status=$?; cmp /etc/subuid ${here.path}/copy/subuid; cmp /etc/subgid ${here.path}/before; ls /etc; exit $status`;
    expect(here.inside(script)).toEqual({
      status: 2,
      stdout: "group\npasswd\nsubgid\nsubuid\nsubuid-\n",
      stderr: "usernsctl: cannot write /etc/subgid+: no space left on device; make room and try again\n",
    });
  });
  it("leaves nothing behind where there is no room for a lock", () => {
    const script = `cp -a /etc ${here.path}/copy && mount -t tmpfs -o size=64k,mode=755 none /etc && cp -a ${here.path}/copy/* /etc || exit 9
      cat /dev/zero >/etc/filler 2>/dev/null; $usernsctl add alice; status=$?; ls /etc; exit $status`;
    expect(here.inside(script)).toEqual({
      status: 2,
      stdout: "filler\ngroup\npasswd\nsubgid\nsubuid\n",
      stderr: "usernsctl: cannot lock /etc/subuid: no space left on device; make room and try again\n",
    });
  });
  it.each([
    ["is there", ""],
    ["was not there", "rm /etc/subuid; "],
  ])(
    "says that a mount point cannot be replaced; the other table, which %s, becomes the old one",
    (_, first) => {
      const { mode } = statSync(etc("subuid"));
      const mounted = `${first}mount --bind /etc/subgid /etc/subgid; $usernsctl add alice 300000:1`;
      expect(here.inside(mounted)).toEqual(
        failed(
          "cannot replace /etc/subgid: resource busy or locked; it is a mount point, which cannot be replaced: " +
            "change what is mounted there",
        ),
      );
      if (first !== "") {
        expect(existsSync(etc("subuid"))).toBe(false);
        here.put("subuid", files.subuid);
      }
      expectNothingChanged();
      expect(statSync(etc("subuid")).mode).toBe(mode);
    },
  );
});
