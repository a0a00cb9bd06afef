// SPDX-License-Identifier: MIT
//
// usernsctl doctor on machines that are made of files: one that is well, and what each defect makes of it.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Finding } from "../../src/ctl/doctor/finding.js";
import { hasCapability } from "../../src/ctl/doctor/helpers.js";
import { Machine } from "../../src/ctl/doctor/machine.js";
import { doctor, examine } from "../../src/ctl/doctor.js";
import { program } from "./tables.js";

const reason = process.getuid?.() === 0 ? undefined : "setuid root helpers and tables of root's take root";

const mounts = (more = "") =>
  `1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n2 1 0:5 / /proc rw,nosuid - proc proc rw\n${more}`;

const sound: Record<string, string> = {
  "etc/passwd": "ann:x:1000:1000::/home/ann:/bin/sh\n",
  "etc/subuid": "ann:100000:65536\n",
  "etc/subgid": "ann:100000:65536\n",
  "home/ann/file": "",
  "proc/self/mountinfo": mounts(),
  "proc/self/status": "Name:\tnode\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\n",
  "proc/sys/kernel/osrelease": "6.1.0-37-amd64\n",
  "proc/sys/user/max_user_namespaces": "15000\n",
  "proc/sys/kernel/unprivileged_userns_clone": "1\n",
  "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "0\n",
  "proc/sys/fs/suid_dumpable": "2\n",
};

let root: string;

function lay(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function install(folder: string, mode = 0o4755): void {
  for (const name of ["newuidmap", "newgidmap"]) {
    lay({ [`${folder}/${name}`]: "" });
    chmodSync(join(root, folder, name), mode);
  }
}

/** What is said of a check, and no word of what is well. */
function complaints(): string[] {
  const findings = examine(new Machine(root, "ann", ["/usr/local/bin", "/usr/bin"]));
  return findings
    .filter(({ verdict }) => verdict !== "ok")
    .map(({ check, verdict, found }) => `${verdict} ${check}: ${found}`);
}

beforeEach((context) => {
  context.skip(reason !== undefined, reason);
  root = mkdtempSync(join(tmpdir(), "doctor-"));
  lay(sound);
  install("usr/bin");
});

afterEach(() => {
  if (!reason) rmSync(root, { recursive: true, force: true });
});

describe("a machine that is well", () => {
  it("gives no complaint, and each check its word", () => {
    const findings = examine(new Machine(root, "ann", ["/usr/bin"]));
    expect(findings.map(({ verdict, check, found }) => `${verdict} ${check}: ${found}`)).toEqual([
      "ok newuidmap: /usr/bin/newuidmap: setuid root",
      "ok newgidmap: /usr/bin/newgidmap: setuid root",
      "ok no_new_privs: it is not set here",
      "ok bounding set: holds cap_setuid and cap_setgid",
      "ok user.max_user_namespaces: 15000",
      "ok kernel.unprivileged_userns_clone: 1",
      "ok kernel.apparmor_restrict_unprivileged_userns: 0",
      "ok nsswitch.conf: ranges come from the files",
      "ok uids of ann: 65536 beside the own one",
      "ok gids of ann: 65536 beside the own one",
      "ok /proc: shows all processes",
      "ok fs.suid_dumpable: 2",
      "ok home: /home/ann (ext4)",
    ]);
  });
});

describe("the helpers", () => {
  it("may be missing", () => {
    rmSync(join(root, "usr/bin/newgidmap"));
    expect(complaints()).toEqual(["problem newgidmap: there is none in PATH (/usr/local/bin:/usr/bin)"]);
  });

  it("may be executable for others than the user, or lie where he cannot go", () => {
    chmodSync(join(root, "usr/bin/newuidmap"), 0o4754);
    expect(complaints()).toEqual(["problem newuidmap: ann may not execute /usr/bin/newuidmap"]);
    lay({ "etc/group": "container:x:700:bob,ann\n" });
    chownSync(join(root, "usr/bin/newuidmap"), 0, 700);
    chmodSync(join(root, "usr/bin/newuidmap"), 0o4754);
    expect(complaints()).toEqual([]);
    chownSync(join(root, "usr/bin/newuidmap"), 0, 701);
    chmodSync(join(root, "usr/bin/newuidmap"), 0o4754);
    install("usr/local/bin");
    expect(complaints()).toEqual([
      "warning newgidmap: /usr/local/bin/newgidmap: setuid root, and hides /usr/bin/newgidmap",
    ]);
    chmodSync(join(root, "usr/local"), 0o700);
    expect(complaints()).toEqual(["problem newuidmap: ann may not execute /usr/local/bin/newuidmap"]);
  });

  it("are looked for behind folders of PATH that cannot be looked into", () => {
    mkdirSync(join(root, "usr/local"));
    symlinkSync("bin", join(root, "usr/local/bin"));
    expect(complaints()).toEqual([]);
  });

  it("may have file capabilities", () => {
    install("usr/bin", 0o755);
    execFileSync("setcap", ["cap_setuid=ep", join(root, "usr/bin/newuidmap")]);
    execFileSync("setcap", ["cap_setgid=p", join(root, "usr/bin/newgidmap")]);
    expect(complaints()).toEqual([
      "problem newgidmap: /usr/bin/newgidmap has neither cap_setgid as a file capability nor setuid root: copies and " +
        "images lose it",
    ]);
  });

  it("may be hidden by others in PATH", () => {
    install("usr/local/bin", 0o755);
    chmodSync(join(root, "usr/local/bin/newgidmap"), 0o4755);
    expect(complaints()).toEqual([
      "problem newuidmap: /usr/local/bin/newuidmap has neither cap_setuid as a file capability nor setuid root: copies " +
        "and images lose it, and hides /usr/bin/newuidmap",
      "warning newgidmap: /usr/local/bin/newgidmap: setuid root, and hides /usr/bin/newgidmap",
    ]);
  });

  it("may lie on a nosuid mount, or be writable", () => {
    lay({ "proc/self/mountinfo": mounts("3 1 8:2 / /usr rw,nosuid - ext4 /dev/sda2 rw\n") });
    chmodSync(join(root, "usr/bin/newgidmap"), 0o4775);
    expect(complaints()).toEqual([
      "problem newuidmap: /usr/bin/newuidmap lies on a file system that is mounted with nosuid, where its privilege " +
        "does not count",
      "problem newgidmap: others than root can write /usr/bin/newgidmap",
    ]);
  });
});

describe("hasCapability", () => {
  it("wants it permitted and effective", () => {
    const attribute = (flags: number, permitted: number) => {
      const bytes = Buffer.alloc(20);
      bytes.writeUInt32LE(0x02000000 | flags, 0);
      bytes.writeUInt32LE(permitted, 4);
      return bytes;
    };
    expect(hasCapability(attribute(1, 0x80), 7)).toBe(true);
    expect(hasCapability(attribute(0, 0x80), 7)).toBe(false);
    expect(hasCapability(attribute(1, 0x40), 7)).toBe(false);
    expect(hasCapability(Buffer.alloc(4), 7)).toBe(false);
    expect(hasCapability(undefined, 7)).toBe(false);
  });
});

describe("each setting", () => {
  const cases: [Record<string, string>, string[]][] = [
    [
      { "proc/self/status": "CapBnd:\t000001ffffffff7f\nNoNewPrivs:\t1\n" },
      [
        "problem no_new_privs: it is set here: no program has more privilege than its caller",
        "problem bounding set: cap_setuid can be had by no program here",
      ],
    ],
    [
      { "proc/sys/user/max_user_namespaces": "0\n" },
      ["problem user.max_user_namespaces: 0: nobody may make a user namespace"],
    ],
    [
      { "proc/sys/user/max_user_namespaces": "10\n" },
      ["warning user.max_user_namespaces: 10: few user namespaces for each user"],
    ],
    [
      { "proc/sys/kernel/unprivileged_userns_clone": "0\n" },
      ["problem kernel.unprivileged_userns_clone: 0: only root may make a user namespace"],
    ],
    [
      { "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" },
      [
        "warning kernel.apparmor_restrict_unprivileged_userns: 1: a program without a profile of AppArmor has no " +
          "capabilities in the user namespace that it makes",
      ],
    ],
    [
      { "proc/sys/fs/suid_dumpable": "1\n" },
      [
        "problem fs.suid_dumpable: 1: programs with privilege can be traced by their callers, so that the helpers do " +
          "not ask the name service",
      ],
    ],
    [
      { "proc/self/mountinfo": mounts("4 2 0:9 / /proc rw - proc proc rw,hidepid=invisible\n") },
      [
        "warning /proc: it is mounted with hidepid=invisible: processes that users cannot trace are hidden from them " +
          "and their containers' tools",
      ],
    ],
    [{ "etc/subuid": "" }, ["problem uids of ann: there is no range"]],
    [
      { "etc/subgid": "ann:100000:1000\n" },
      [
        "warning gids of ann: 1000 are too few for most images, which want 65536",
        "warning ranges of ann: he has 65536 uids and 1000 gids: containers want as many of both",
      ],
    ],
    [
      { "etc/subuid": "", "etc/subgid": "", "etc/usernamespaces": "ann:100000:65536:\n" },
      ["problem podman: it does not find the uids and gids that /etc/usernamespaces grants"],
    ],
    [
      { "proc/self/mountinfo": mounts("3 1 0:40 / /home rw - nfs4 server:/home rw\n") },
      [
        "warning home: /home/ann (nfs4) is not known to have idmapped mounts in Linux 6.1.0-37-amd64: newfsidmap and " +
          "podman's idmap option ask for them",
      ],
    ],
    [
      { "proc/self/mountinfo": mounts("3 1 0:40 / /home rw - tmpfs tmpfs rw\n") },
      [
        "warning home: /home/ann (tmpfs) is not known to have idmapped mounts in Linux 6.1.0-37-amd64: newfsidmap and " +
          "podman's idmap option ask for them",
      ],
    ],
    [
      {
        "proc/self/mountinfo": mounts("3 1 0:40 / /home rw - tmpfs tmpfs rw\n"),
        "proc/sys/kernel/osrelease": "6.10.2\n",
      },
      [],
    ],
    [
      { "etc/passwd": "ann:x:1000:1000::/nowhere:/bin/sh\n" },
      ["warning home: there is no directory /nowhere"],
    ],
  ];
  it.each(cases)("%o", (files, expected) => {
    lay(files);
    expect(complaints()).toEqual(expected);
  });
});

describe("what to do where there are no ranges", () => {
  const advice = () =>
    examine(new Machine(root, "ann", ["/usr/bin"]))
      .filter(({ check }) => check === "uids of ann")
      .map((finding) => finding.advice);

  it("is to add them, or to have them added where they come from", () => {
    lay({ "etc/subuid": "", "etc/subgid": "" });
    expect(advice()).toEqual(["as root: usernsctl add ann"]);
    lay({ "etc/nsswitch.conf": "subid: usernamespaces\n" });
    expect(advice()).toEqual(["as root: usernsctl add ann"]);
    lay({ "etc/nsswitch.conf": "subid: sss\n" });
    expect(advice()).toEqual(["have them given where 'sss', which nsswitch.conf names, has its ranges"]);
  });
});

describe("a home without extended attributes of users", () => {
  it("is told of", () => {
    // ramfs has none; what the file system is called does not matter here.
    const script = `mount -n -t ramfs ramfs "$1/home/ann" && exec "$2" "$3" doctor ann --root "$1" --json`;
    const words = ["-m", "sh", "-c", script, "sh", root, process.execPath, program];
    const { stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8", env: { PATH: "/usr/bin" } });
    expect(stderr).toBe("");
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.filter(({ verdict }) => verdict !== "ok")).toEqual([
      {
        check: "home",
        verdict: "warning",
        found: "/home/ann (ext4) has no extended attributes of users, which overlay needs",
        advice: "keep images elsewhere: graphroot in ~/.config/containers/storage.conf",
      },
    ]);
  });
});

describe("the command", () => {
  function run(...args: string[]): { text: string; status: typeof process.exitCode } {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    vi.stubEnv("PATH", "/usr/bin");
    try {
      const program = new Command().exitOverride();
      doctor(program);
      program.parse(["node", "usernsctl", "doctor", "ann", "--root", root, ...args]);
      return { text: write.mock.calls.map(([text]) => text).join(""), status: process.exitCode };
    } finally {
      write.mockRestore();
      vi.unstubAllEnvs();
      process.exitCode = undefined;
    }
  }

  it("prints a line for each check, what to do below it, and exits with 1 if there is something", () => {
    expect(run().status).toBe(undefined);
    lay({ "proc/sys/user/max_user_namespaces": "0\n" });
    const { text, status } = run();
    expect(status).toBe(1);
    expect(text.split("\n").slice(3, 7)).toEqual([
      "ok       bounding set: holds cap_setuid and cap_setgid",
      "problem  user.max_user_namespaces: 0: nobody may make a user namespace",
      "         -> as root: sysctl -w user.max_user_namespaces=15000, and the same in /etc/sysctl.d",
      "ok       kernel.unprivileged_userns_clone: 1",
    ]);
  });

  it("prints the same as JSON", () => {
    const { user, findings } = JSON.parse(run("--json").text);
    expect(user).toEqual({ name: "ann", uid: 1000, gid: 1000 });
    expect(findings[0]).toEqual({
      check: "newuidmap",
      verdict: "ok",
      found: "/usr/bin/newuidmap: setuid root",
    });
  });
});
