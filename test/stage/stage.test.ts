// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "./stage.js";

const reason = await Stage.unavailable();
const alice = { uid: 1000, gid: 1000, groups: [44] };

describe("the stage", () => {
  let stage: Stage;
  beforeAll(async () => {
    if (reason) return;
    stage = await Stage.start({ etc: "hermetic" });
  });
  afterAll(() => stage?.close());
  beforeEach((context) => context.skip(reason !== undefined, reason));

  const sh = (script: string, caller = {}, target: object | null = null) =>
    stage.run({ argv: ["/bin/sh", "-c", script], caller: { ...alice, ...caller }, target });

  it("runs a program as the caller", async () => {
    const out = await sh("id -u; id -G; echo oops >&2; exit 3");
    expect(out).toMatchObject({
      status: 3,
      signal: 0,
      timedOut: false,
      stdout: "1000\n1000 44\n",
      stderr: "oops\n",
    });
  });

  it("shows files and no others", async () => {
    await stage.only({
      "/etc/subuid": "alice:1:2\n",
      "/etc/login.defs": null,
      "/etc/subgid": { symlink: "subuid" },
    });
    expect((await sh("cd /etc; echo *; cat subgid")).stdout).toBe(
      "group nsswitch.conf passwd subgid subuid\nalice:1:2\n",
    );
    await stage.only({ "/etc/x": { content: "\0\t\n%é", mode: 0o640, gid: 44 } });
    expect((await sh("cd /etc; echo *; stat -c %a:%g x; cat x")).stdout).toBe(
      "group login.defs nsswitch.conf passwd subgid subuid x\n640:44\n\0\t\n%é",
    );
  });

  it("refuses to touch the machine's files", async () => {
    await expect(stage.files({ "/usr/stage-was-here": "" })).rejects.toThrow(
      "cannot set up /usr/stage-was-here",
    );
  });

  it("makes a target with a namespace of its own", async () => {
    const out = await stage.run({
      argv: [
        "/bin/sh",
        "-c",
        "stat -c %u:%g /proc/$0; readlink /proc/$0/ns/user /proc/self/ns/user | uniq | wc -l",
        "$PID",
      ],
      caller: alice,
    });
    expect(out).toMatchObject({ stdout: "1000:1000\n2\n", uidMap: "", gidMap: "", setgroups: "allow" });
  });

  it("makes the other kinds of target", async () => {
    const look = {
      argv: ["/bin/sh", "-c", "stat -c %u /proc/$0/uid_map; cat /proc/$0/uid_map", "$PID"],
      caller: alice,
    };
    const run = (target: object) => stage.run({ ...look, target });
    expect((await run({ namespaces: 0 })).uidMap).toBe("0 0 4294967295");
    expect((await run({ undumpable: true })).stdout).toBe("0\n");
    expect((await run({ end: "gone" })).stdout).toBe("");
    expect((await run({ end: "zombie" })).stdout).toMatch(/^0\n/);
    expect(await run({ uidMap: "0 1000 1", gidMap: "0 1000 1", denySetgroups: true })).toMatchObject({
      uidMap: "0 1000 1",
      gidMap: "0 1000 1",
      setgroups: "deny",
    });
    expect((await run({ namespaces: 2 })).uidMap).toBe("");
    expect((await run({ uid: 1001, gid: 1001 })).stdout).toBe("1001\n");
  });

  it("sets the caller's surroundings", async () => {
    const status = await stage.exec({
      argv: ["/bin/grep", "-E", "NoNewPrivs|SigIgn|SigBlk", "/proc/self/status"],
      caller: { ...alice, noNewPrivs: true, ignore: ["SIGHUP"], block: ["SIGUSR1"] },
    });
    expect(status.stdout).toBe("SigBlk:\t0000000000000200\nSigIgn:\t0000000000000001\nNoNewPrivs:\t1\n");
    const fds = { 9: { path: "/proc/self", flags: ["O_PATH", "O_DIRECTORY"] } };
    expect(
      (await sh("ulimit -n; pwd; ls /proc/self/fd", { limits: { nofile: 20 }, cwd: "/usr", fds })).stdout,
    ).toBe("20\n/usr\n0\n1\n2\n3\n9\n");
    expect((await sh("echo x", { stdout: "/dev/full" })).status).toBe(1);
    expect((await sh("test -e /proc/self/fd/0", { close: [0] })).status).toBe(1);
    const env = await stage.exec({ argv: ["/usr/bin/env"], caller: { ...alice, env: { A: "b" } } });
    expect(env.stdout).toBe("A=b\n");
  });

  it("kills what takes too long", async () => {
    const out = await stage.run({ argv: ["/bin/sleep", "100"], caller: alice, target: null, timeout: 50 });
    expect(out).toMatchObject({ timedOut: true, signal: 9, status: -1 });
  });

  it("says what the caller could not do", async () => {
    await expect(stage.exec({ argv: ["/nonexistent"], caller: alice })).rejects.toThrow(
      "the caller could not execute the program: No such file or directory",
    );
  });

  it("keeps bytes that are no UTF-8", async () => {
    expect((await sh("printf '\\377\\n'")).stdout).toBe("\xff\n");
  });

  it("reads what is sent to syslog", async () => {
    expect((await sh("logger -t me hello")).log).toEqual([expect.stringMatching(/me: hello$/)]);
  });

  it("installs programs with capabilities, setuid, and where neither counts", async () => {
    const grep = async (path: string) =>
      (await stage.exec({ argv: [path, "CapEff", "/proc/self/status"], caller: alice })).stdout
        .replace(/.*\t0*/, "")
        .trim();
    expect(await grep(await stage.install("/bin/grep", "a", { caps: ["cap_setuid"] }))).toBe("80");
    expect(await grep(await stage.install("/bin/grep", "b", { setuid: true }))).not.toBe("");
    expect(await grep(await stage.install("/bin/grep", "c", { setuid: true, nosuid: true }))).toBe("");
    expect(await grep(await stage.install("/bin/grep", "/usr/bin/newuidmap", { caps: ["cap_setgid"] }))).toBe(
      "40",
    );
  });
});
