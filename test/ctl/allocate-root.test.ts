// SPDX-License-Identifier: MIT
//
// usernsctl with a --root that is wholly an attacker's: nothing outside of it is changed, and nothing there is believed.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import {
  bothAdded,
  canMount,
  canRun,
  done,
  failed,
  files,
  isRoot,
  program,
  type Result,
  Root,
} from "./allocate.js";

const here = new Root();
const etc = (name: string) => here.etc(name);
let outside: string;
let before: string[];

/** Everything in a directory, with its times. */
function everythingIn(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) return [name, ...everythingIn(path)];
    return [name, `${stats.ino} ${stats.ctimeMs}`, readFileSync(path, "latin1")];
  });
}

// What links lead to has a user more, and other ids.
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "outside-"));
  const script = `mkdir "$0/etc" && cd "$0/etc" && echo eve:x:1000:1000::/: >passwd && echo eve:x:1000: >group &&
    echo eve:100000:5 | tee subuid >subgid && echo SUB_UID_MIN 700000 >login.defs && echo pool = 700000-900000 >usernsctl.conf`;
  execFileSync("sh", ["-c", script, outside]);
  before = everythingIn(outside);
});
afterEach(() => {
  const after = everythingIn(outside);
  rmSync(outside, { recursive: true });
  expect(after).toEqual(before);
});

/** Puts a link in place of a file. */
function link(name: string, target: string): void {
  rmSync(etc(name), { recursive: true, force: true });
  symlinkSync(target, etc(name));
}

const lost = (name: string) => failed(`cannot read DIR/etc/${name}: it is a link that leads nowhere`);
const irregular = (name: string) => failed(`cannot read DIR/etc/${name}: it is no regular file`);
const readers = ["passwd", "group", "login.defs", "usernsctl.conf", "nsswitch.conf"];

describe.skipIf(!isRoot)("usernsctl add in a hostile root directory (as root)", () => {
  it.each(["/", "../../../../../../../.."])("follows a link to %s as its own programs do", (top) => {
    mkdirSync(join(here.path, outside, "etc"), { recursive: true });
    here.put(join("..", outside, "etc/subuid"), "bob:5:5");
    link("subuid", join(top, outside, "etc/subuid"));
    expect(here.run("add", "alice", "300000:1")).toEqual(bothAdded("300000:1"));
    const real = join("..", outside, "etc/subuid");
    expect([here.text(real), here.text(`${real}-`)]).toEqual(["bob:5:5\nalice:300000:1\n", "bob:5:5"]);
  });
  it("follows a link to its own etc", () => {
    renameSync(etc(""), join(here.path, "real"));
    symlinkSync("/real", join(here.path, "etc"));
    expect(here.run("add", "alice", "300000:1")).toEqual(bothAdded("300000:1"));
    expect(here.text("../real/subuid")).toBe(`${files.subuid}alice:300000:1\n`);
  });
  it.each(["subuid", "usernamespaces"])("does not follow a link of %s out", (name) => {
    link(name, join(outside, "etc", name));
    expect(here.run("add", "alice", "300000:1")).toEqual(lost(name));
    link(name, join("../..", outside, "etc", name));
    expect(here.run("add", "alice", "300000:1")).toEqual(lost(name));
    link(name, name);
    expect(here.run("free")).toEqual(
      failed(`cannot read DIR/etc/${name}: too many symbolic links encountered`),
    );
  });
  it.each(readers)("does not believe what a link of %s leads to outside", (name) => {
    link(name, join(outside, "etc", name));
    expect(here.run("add", "alice", "300000:1")).toEqual(lost(name));
  });
  it("knows no user of an etc outside", () => {
    renameSync(etc(""), join(here.path, "real"));
    symlinkSync(join(outside, "etc"), join(here.path, "etc"));
    expect(here.run("add", "eve", "300000:1").status).toBe(2);
    expect(here.run("list", "eve")).toEqual(failed("there is no user 'eve'"));
  });
  it.each([...readers, "subuid", "usernamespaces"])("does not wait for a pipe in place of %s", (name) => {
    rmSync(etc(name), { force: true });
    here.spawn("mkfifo", etc(name));
    expect(here.run("add", "alice", "300000:1")).toEqual(irregular(name));
  });
  it("does not open a device", () => {
    rmSync(etc("passwd"));
    here.spawn("mknod", etc("passwd"), "c", "1", "5");
    expect(here.run("add", "alice", "300000:1")).toEqual(irregular("passwd"));
  });
  it.each([
    [".pwd.lock", "cannot lock DIR/etc/.pwd.lock: it is no regular file"],
    ["subuid.lock", "DIR/etc/subuid.lock cannot be read: remove it if no program is changing the file"],
  ])("takes neither a link nor a pipe for the lock %s", (name, message) => {
    link(name, join(outside, "etc/new"));
    expect(here.run("add", "alice")).toEqual(failed(message));
    rmSync(etc(name));
    here.spawn("mkfifo", etc(name));
    expect(here.run("add", "alice")).toEqual(failed(message));
    rmSync(etc(name));
    mkdirSync(etc(name));
    expect(here.run("add", "alice")).toEqual(failed(message));
  });
  it("writes through no link that lies where it puts a file", () => {
    for (const name of ["subuid+", "subuid-", "subgid+", "subgid-"]) link(name, join(outside, "etc/subuid"));
    expect(here.run("add", "alice", "300000:1")).toEqual(bothAdded("300000:1"));
    expect(here.text("subgid-")).toBe(files.subgid);
  });
  it("changes neither table where nothing can be removed", ({ skip }) => {
    skip(!canRun("chattr", "+a", etc("")), "no directory can be append-only here");
    const result = here.run("add", "alice", "300000:1");
    here.spawn("chattr", "-a", etc(""));
    expect(result).toEqual(
      failed("cannot replace DIR/etc/subuid-: operation not permitted; it may be immutable (lsattr)"),
    );
    expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, files.subgid]);
    // What stays are locks of a process that is gone.
    expect(here.run("add", "alice", "300000:1")).toEqual(bothAdded("300000:1"));
  });
  it("says of an old lock that it cannot be removed", ({ skip }) => {
    here.put("subuid.lock", `${2 ** 31 - 1}\0`);
    skip(!canRun("chattr", "+i", etc("subuid.lock")), "no file can be made immutable here");
    const result = here.run("add", "alice");
    here.spawn("chattr", "-i", etc("subuid.lock"));
    expect(result).toEqual(
      failed("cannot remove DIR/etc/subuid.lock: operation not permitted; it may be immutable (lsattr)"),
    );
  });
  it("is not held up by links of very many steps", () => {
    renameSync(etc(""), join(here.path, "real"));
    mkdirSync(join(here.path, "a"));
    const steps = `/..${"/a/..".repeat(810)}`;
    for (let i = 1; i < 39; i++) symlinkSync(`${i + 1}${steps}`, join(here.path, `${i}`));
    symlinkSync("a", join(here.path, "39"));
    symlinkSync("1/../real", join(here.path, "etc"));
    expect(here.run("free")).toEqual(
      failed("cannot read DIR/etc/subuid: too many symbolic links encountered"),
    );
  });
  it("makes no program of a table", () => {
    chmodSync(etc("subuid"), 0o6755);
    expect(here.run("add", "alice", "300000:1")).toEqual(bothAdded("300000:1"));
    expect([statSync(etc("subuid")).mode & 0o7777, statSync(etc("subuid-")).mode & 0o7777]).toEqual([
      0o755, 0o755,
    ]);
  });
  it("has to be there", () => {
    const gone = here.spawn(process.execPath, program, "add", "root", "--root", join(here.path, "gone"));
    expect(gone).toEqual(failed("cannot open DIR/gone: no such file or directory"));
  });
  it.skipIf(!canMount)("is not the machine itself", () => {
    expect(here.inside("cd /etc && ln -s / top && $usernsctl add alice --root top")).toEqual(
      failed("top is / by another name: leave --root out"),
    );
    expect(here.inside('$usernsctl add alice --root ""')).toEqual(failed("--root needs a directory"));
    expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, files.subgid]);
  });
});

describe.skipIf(!canMount)("mounts in a root directory (as root, with mount namespaces)", () => {
  /** Runs a command where something of the machine's is mounted below the directory. */
  function beside(source: string, script: string, ...args: string[]): Result {
    mkdirSync(join(here.path, "host"));
    const mounted = `cd "$0" && mount --bind "$1" host && ${script} && shift && exec "$@"`;
    const words = [here.path, source, process.execPath, ...here.argv(...args)];
    return here.spawn("unshare", "-m", "sh", "-c", mounted, ...words);
  }

  it("do not bring in what is changed", () => {
    const link = "ln -sf /host/etc/subgid etc/subgid";
    expect(beside(outside, link, "add", "alice", "300000:1")).toEqual(
      failed("cannot replace DIR/etc/subgid: it is on another mount than DIR"),
    );
    rmSync(join(here.path, "host"), { recursive: true });
    expect(beside(outside, "mount --bind host/etc etc", "add", "eve", "300000:1")).toEqual(
      failed("cannot lock DIR/etc/subuid: it is on another mount than DIR"),
    );
    expect(here.text("subuid")).toBe(files.subuid);
  });
  it("bring in no file without an end", () => {
    const link = (name: string) => `ln -sf /host/$$/pagemap etc/${name}`;
    expect(beside("/proc", link("subuid"), "free")).toEqual(done("165536:65536\n"));
    rmSync(join(here.path, "host"), { recursive: true });
    expect(beside("/proc", link("passwd"), "explain", "--user", "alice", "--podman")).toEqual(
      failed("there is no user 'alice'"),
    );
  });
});

describe.skipIf(!isRoot || !canRun("cc", "--version"))("meanwhile (as root, with a C compiler)", () => {
  let library: string;
  beforeAll(() => {
    library = join(mkdtempSync(join(tmpdir(), "meanwhile-")), "meanwhile.so");
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, "test/ctl/meanwhile.c"]);
  });
  afterAll(() => rmSync(join(library, ".."), { recursive: true }));

  /** Runs add; an accomplice runs a script before call number `at` of those on files of this path. */
  function addBeside(script: string, path: string, at: number, user = "alice"): Result & { calls: number } {
    const counted = join(here.path, "calls");
    rmSync(counted, { force: true });
    const settings = Object.entries({ "": script, _PATH: path, _AT: `${at}`, _COUNT: counted });
    const words = settings.map(([name, value]) => `MEANWHILE${name}=${value}`);
    const argv = here.argv("add", user, "300000:1");
    const result = here.spawn("env", `LD_PRELOAD=${library}`, ...words, process.execPath, ...argv);
    return { ...result, calls: statSync(counted, { throwIfNoEntry: false })?.size ?? 0 };
  }

  const IN_ROOT = "/proc/self/fd/";

  it("is led out by nobody who swaps a directory, before whichever call", () => {
    const { calls, ...result } = addBeside("", IN_ROOT, 0);
    expect(result).toEqual(bothAdded("300000:1"));
    expect(calls).toBeGreaterThan(50);
    const swap = `cd ${here.path} && mv etc was && ln -s ${outside}/etc etc`;
    const step = Math.ceil(calls / countOf("MEANWHILE_RUNS", 8));
    for (let at = 1 + (seedOf("FC_SEED") % step); at <= calls; at += step) {
      for (const [name, text] of Object.entries(files)) here.put(name, text);
      const { status } = addBeside(swap, IN_ROOT, at);
      expect(readlinkSync(join(here.path, "etc")), `${at}`).toBe(`${outside}/etc`);
      expect(everythingIn(outside), `${at}`).toEqual(before);
      const texts = [here.text("../was/subuid"), here.text("../was/subgid")];
      const added = status === 0 ? "alice:300000:1\n" : "";
      expect(texts, `${at}`).toEqual([files.subuid + added, files.subgid + added]);
      rmSync(join(here.path, "etc"));
      renameSync(join(here.path, "was"), join(here.path, "etc"));
    }
  });
  it("takes owner and mode from no other file than the content", () => {
    here.put("su", "#!/bin/sh\n");
    chmodSync(etc("su"), 0o4755);
    const swap = `mv ${etc("su")} ${etc("subgid")}`;
    const { calls, ...result } = addBeside(swap, "/subuid+", 1);
    expect([result, calls]).toEqual([
      failed(
        "cannot read DIR/etc/subgid: a program that does not take the locks has changed it meanwhile; try again",
      ),
      expect.any(Number),
    ]);
    expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, "#!/bin/sh\n"]);
  });
  it("puts back the other table though what it has written cannot be removed", () => {
    const { status, stderr } = addBeside(`cd ${here.path}/etc && rm subgid+ && mkdir subgid+`, "/subgid+", 6);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: "usernsctl: cannot replace DIR/etc/subgid: not a directory\n",
    });
    expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, files.subgid]);
  });
  it("says what stays changed where it cannot be put back", () => {
    // Before the last of six calls, by which the new table takes its place.
    const script = `cd ${here.path}/etc && rm subuid- subgid && mkdir subgid`;
    const { status, stderr } = addBeside(script, "/subgid+", 6);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        "usernsctl: cannot replace DIR/etc/subgid: illegal operation on a directory; " +
        "DIR/etc/subuid cannot be put back and stays changed\n",
    });
    expect(here.text("subuid")).toBe(`${files.subuid}alice:300000:1\n`);
  });
  it.each([
    ["appends a line", `echo eve:5:5 >>etc/subgid`],
    ["writes it anew", `echo eve:5:5 >etc/new && mv etc/new etc/subgid`],
    ["removes it", `rm etc/subgid`],
  ])("does not undo what an editor does that %s", (_, script) => {
    const { status } = addBeside(`cd ${here.path} && ${script}; cp etc/subgid late || true`, "/subuid+", 1);
    expect(status).toBe(2);
    expect(here.text("subuid")).toBe(files.subuid);
    const is = (path: string) => existsSync(etc(path)) && here.text(path);
    expect(is("subgid")).toBe(is("../late"));
  });
});
