// SPDX-License-Identifier: MIT
//
// The locks that usernsctl add takes, held by others.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { bothAdded, canRun, done, failed, files, isRoot, program, Root } from "./allocate.js";

const here = new Root();
let holder: ChildProcess | undefined;
afterEach(() => holder?.kill("SIGKILL"));

/** Starts a process and returns its id. */
function hold(command: string, ...args: string[]): ChildProcess {
  holder = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  return holder;
}

/** Nothing is changed, and nothing lies about. */
function expectNoTrace(...others: string[]): void {
  const left = readdirSync(join(here.path, "etc")).sort();
  expect(left).toEqual([".pwd.lock", "group", "passwd", "subgid", "subuid", ...others].sort());
  expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, files.subgid]);
}

/** Takes lckpwdf's lock on a file and says so. struct flock is that of 64 bits. */
const lckpwdf = `use Fcntl; open(F, ">", $ARGV[0]);
my $lock = pack("ssx4qqix4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die;
$| = 1; print "locked"; sleep`;

describe.skipIf(!isRoot)("usernsctl add (as root)", () => {
  it("takes over the lock of a process that is gone", () => {
    const { pid } = spawnSync("true");
    here.put("subuid.lock", `${pid}\0`);
    expect(here.run("add", "alice")).toEqual(bothAdded("165536:65536"));
    expect(existsSync(here.etc("subuid.lock"))).toBe(false);
  });
  it.skipIf(!canRun("unshare", "-pf", "true"))(
    "takes over a lock that names its own process, which has the id of one that is gone",
    () => {
      here.put("subgid.lock", "1\0");
      const argv = [program, "add", "alice", "--root", here.path, "--wait", "0"];
      expect(here.spawn("unshare", "-pf", process.execPath, ...argv)).toEqual(bothAdded("165536:65536"));
    },
  );
  it.each(["", "0", "sleep\0", "-1\0", "2147483648\0"])("does not judge a lock that says %j", (text) => {
    here.put("subgid.lock", text);
    expect(here.run("add", "alice")).toEqual(
      failed("DIR/etc/subgid.lock names no process: remove it if no program is changing the file"),
    );
    expectNoTrace("subgid.lock");
  });
  it("names a live process that holds the lock of a file", () => {
    const { pid } = hold("sleep", "1000");
    here.put("subgid.lock", `${pid}\0`);
    expect(here.run("add", "alice", "--wait", "0")).toEqual(
      failed(
        `the files are being changed: process ${pid} (sleep) holds DIR/etc/subgid.lock; ` +
          "remove that if it is no program that changes accounts",
      ),
    );
    expectNoTrace("subgid.lock");
  });
  it("names a live process that holds the lock of lckpwdf", async ({ skip }) => {
    skip(spawnSync("perl", ["-v"]).error !== undefined, "perl is not installed");
    const { pid, stdout } = hold("perl", "-e", lckpwdf, here.etc(".pwd.lock"));
    if (stdout) await once(stdout, "data");
    expect(here.run("remove", "bob", "100000:65536", "--wait", "0")).toEqual(
      failed(
        `the files are being changed: process ${pid} (perl) has locked DIR/etc/.pwd.lock; end it if it hangs`,
      ),
    );
    expectNoTrace();
    // Who changes nothing waits for nobody.
    expect(here.run("free")).toEqual(done("165536:65536\n"));
  });
  it("waits for the lock", async () => {
    const { pid } = hold("sleep", "1000");
    here.put("subuid.lock", `${pid}\0`);
    const waiting = spawn(process.execPath, [program, "add", "alice", "--root", here.path]);
    while (!existsSync(here.etc(`subuid.${waiting.pid}`))) await setTimeout(10);
    rmSync(here.etc("subuid.lock"));
    expect(await once(waiting, "exit")).toEqual([0, null]);
    expect(here.text("subuid")).toBe(`${files.subuid}alice:165536:65536\n`);
  });
});
