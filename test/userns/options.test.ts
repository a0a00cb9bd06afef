// SPDX-License-Identifier: MIT
//
// The command line of userns: what is refused, and in which words; what reaches the kernel, and in which order.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { main } from "./fake-host.js";
import { complaint, refusal, steps } from "./run.js";

const tryHelp = "userns: try 'userns --help'";

describe("what is asked for on the command line", () => {
  it.each([
    ["-x", "unknown option '-x'"],
    ["-mpx", "unknown option '-x'"],
    ["-\xff", "unknown option '-\\xff'"],
    ["-U", "unknown option '-U'"],
    ["--bogus", "unknown option '--bogus'"],
    ["--bogus=3", "unknown option '--bogus'"],
    ["--=3", "unknown option '--'"],
    ["--map", "unknown option '--map'"],
    ["--mountx", "unknown option '--mountx'"],
    ["--Mount", "unknown option '--Mount'"],
    ["--\x1b[2J\n", "unknown option '--\\x1b[2J\\x0a'"],
    [`--${"x".repeat(70)}`, `unknown option '--${"x".repeat(64)}...'`],
    ["--fork=yes", "option '--fork' takes no argument"],
    ["--help=", "option '--help' takes no argument"],
    ["-S", "option '-S' needs an argument"],
    ["-mG", "option '-G' needs an argument"],
    ["--setuid", "option '--setuid' needs an argument"],
    ["--uid-map", "option '--uid-map' needs an argument"],
  ])("%j is refused", (word, reason) => {
    expect(refusal([word])).toEqual([`userns: ${reason}`, tryHelp]);
    expect(refusal(["-f", word])).toEqual([`userns: ${reason}`, tryHelp]);
  });

  it.each([
    [["-S", "x"], "-S: 'x' is no plain decimal number"],
    [["-Sx"], "-S: 'x' is no plain decimal number"],
    [["-S=0"], "-S: '=0' is no plain decimal number"],
    [["--setuid="], "--setuid: '' is no plain decimal number"],
    [["--setuid", "01"], "--setuid: '01' begins with 0, which would make it octal: write it in decimal"],
    [["--setuid", "0x1"], "--setuid: '0x1' is hexadecimal: write it in decimal"],
    [["--setgid=-1"], "--setgid: '-1' is negative"],
    [["-G4294967295"], "-G: '4294967295' is larger than any id"],
    [["-G99999999999999999999"], "-G: '99999999999999999999' is larger than any id"],
    [[`-G${"9".repeat(64)}`], "-G: is too long to be a number"],
    [["--preserve-fds=1073741824"], "--preserve-fds: '1073741824' is too many"],
    [["--preserve-fds=-1"], "--preserve-fds: '-1' is negative"],
    [["--setgroups=no"], "--setgroups: 'no' is neither allow nor deny"],
    [["--setgroups", "Allow"], "--setgroups: 'Allow' is neither allow nor deny"],
    [["--propagation=rprivate"], "--propagation: 'rprivate' is none of private, shared, slave, unchanged"],
    [["--kill-child=0"], "--kill-child: '0' is no signal"],
    [["--kill-child=65"], "--kill-child: '65' is no signal"],
    [["--kill-child="], "--kill-child: '' is no signal"],
    [["--kill-child=SIGNONE"], "--kill-child: 'SIGNONE' is no signal"],
  ])("the argument of %j is refused", (words, reason) => {
    expect(complaint(words)).toBe(`userns: ${reason}`);
  });

  it.each([
    [["-r", "-c"], "-r and -c exclude each other"],
    [["-c", "-r"], "-r and -c exclude each other"],
    [["--setgroups=allow", "--setgroups=deny"], "--setgroups=allow and --setgroups=deny exclude each other"],
    [["--uid-map=0 1 1", "--map-users=auto"], "--uid-map and --map-users exclude each other"],
    [["--map-users=0:1:1", "--uid-map=0 1 1"], "--map-users and --uid-map exclude each other"],
    [["--map-users=all", "--uid-map=0 1 1"], "--map-users and --uid-map exclude each other"],
    [["--uid-map=0 1 1", "-r"], "--uid-map and -r exclude each other"],
    [["--gid-map=0 1 1", "-r"], "--gid-map and -r exclude each other"],
    [["-c", "--gid-map=0 1 1"], "-c and --gid-map exclude each other"],
    [["--map-auto", "--gid-map=0 1 1"], "--map-auto and --gid-map exclude each other"],
    [["--map-groups=auto", "--gid-map=0 1 1"], "--map-groups and --gid-map exclude each other"],
    [["--map-root-user", "--uid-map=0 1 1"], "--map-root-user and --uid-map exclude each other"],
    [["--uid-map=0 1 1", "--uid-map=0 1 1"], "--uid-map is given twice"],
    [["--gid-map=0 1 1", "--gid-map=1 2 1"], "--gid-map is given twice"],
  ])("%j contradicts itself", (words, reason) => {
    expect(complaint(words)).toBe(`userns: ${reason}`);
  });

  it("may be said twice where it is the same", () => {
    expect(steps(["-r", "-r", "--setgroups=deny", "--setgroups=deny", "-S1", "-S", "2", "true"])).toContain(
      "takeUid 2",
    );
  });

  it("--help names every option, --version the release", () => {
    const help = main(["--help"]);
    expect({ ...help, stdout: "" }).toMatchObject({ status: 0, stderr: "", stdout: "" });
    const table = readFileSync("src/userns/optiontable.ts", "utf8");
    const names = [...table.matchAll(/^ {2}"(-.| {2})[-:=] --([a-z-]+)",$/gm)];
    expect(names.length).toBe(31);
    for (const [, letter, name] of names) {
      expect(help.stdout).toMatch(new RegExp(`--${name}\\b`));
      if (letter !== "  ") expect(help.stdout).toMatch(new RegExp(`${letter}, --${name}\\b`));
    }
    expect(main(["-h"]).stdout).toBe(help.stdout);
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(main(["-V"])).toMatchObject({ status: 0, stdout: `userns (usernamespaces) ${version}\n` });
    expect(main(["-mV", "--bogus"]).stdout).toBe(main(["--version"]).stdout);
    expect(main(["--help"], { answers: { print: -28 } }).status).toBe(125);
  });
});

describe("the program", () => {
  const runs = (args: string[]) => steps(args).filter((step) => step.startsWith("run"));

  it("begins at the first operand, or after --", () => {
    expect(runs(["true"])).toEqual(["runProgram 1"]);
    expect(runs(["true", "--bogus", "-x"])).toEqual(["runProgram 1"]);
    expect(runs(["-f", "--", "--bogus"])).toEqual(["runProgram 3"]);
    expect(runs(["--", "--"])).toEqual(["runProgram 2"]);
    expect(runs(["-"])).toEqual(["runProgram 1"]);
    expect(runs([""])).toEqual(["runProgram 1"]);
    expect(runs(["-S", "--", "true"])).toEqual([]);
    expect(runs(["-w", "-f", "true"])).toEqual(["runProgram 3"]);
  });

  it("is the shell where none is named: SHELL if it is a whole path", () => {
    expect(runs([])).toEqual(["runShell 0"]);
    expect(runs(["-m", "--"])).toEqual(["runShell 0"]);
    const shell = (value: string) => steps([], { shell: value }).at(-1);
    expect(shell("/bin/zsh")).toBe("runShell 1");
    expect(shell("zsh")).toBe("runShell 0");
    expect(shell(`/${"x".repeat(4096)}`)).toBe("runShell 0");
  });

  it.each([
    [-2, 127, "No such file or directory"],
    [-13, 126, "Permission denied"],
    [-7, 126, "Argument list too long"],
    [-20, 126, "Not a directory"],
    [-40, 126, "Too many levels of symbolic links"],
  ])("that cannot be run because of %i ends with %i", (runProgram, status, cause) => {
    const run = main(["--", "x\ny"], { answers: { runProgram } });
    expect(run).toMatchObject({ status, stderr: `userns: cannot run 'x\\x0ay': ${cause}\n` });
  });

  it("that has no interpreter, and a shell that is not there, are explained", () => {
    expect(main(["x"], { answers: { runProgram: -8 } })).toMatchObject({
      status: 126,
      stderr:
        "userns: cannot run 'x': Exec format error\nuserns: a script begins with a line such as #!/bin/sh\n",
    });
    const noShell = { answers: { runShell: -2 } };
    expect(main([], { ...noShell, shell: "/bin/zsh" })).toMatchObject({
      status: 127,
      stderr:
        "userns: cannot run '/bin/zsh': No such file or directory\n" +
        "userns: it is what SHELL says: a program can be named instead\n",
    });
    expect(main([], noShell).stderr).toBe("userns: cannot run '/bin/sh': No such file or directory\n");
  });
});

describe("the steps to it", () => {
  it("are few without options", () => {
    const plain = steps(["true"]);
    expect(plain[0]).toBe("unshare 0x10000000");
    expect(plain.slice(1).filter((step) => !/^(take[UG]id|startHelper)/.test(step))).toEqual([
      "groupsDenied",
      "dropGroups",
      "closeFrom 3",
      "runProgram 1",
    ]);
  });

  it.each([
    ["-m", "--mount", 0x20000],
    ["-u", "--uts", 0x4000000],
    ["-i", "--ipc", 0x8000000],
    ["-n", "--net", 0x40000000],
    ["-p", "--pid", 0x20000000],
    ["-C", "--cgroup", 0x2000000],
    ["-T", "--time", 0x80],
  ])("%s, %s makes that namespace", (letter, name, flag) => {
    const expected = `unshare 0x${(0x10000000 + flag).toString(16)}`;
    expect(steps([letter, "true"])[0]).toBe(expected);
    expect(steps([name, "true"])[0]).toBe(expected);
  });

  it("come in an order that works, each with what it was told", () => {
    const all = steps([
      ...["-mpf", "--kill-child", "--mount-proc=/srv/p", "-R", "/srv", "--wd=/tmp", "-S5", "-G", "6"],
      ...["--keep-caps", "--propagation=slave", "--no-new-privs", "--preserve-fds=2", "true"],
    ]);
    expect(all).toEqual([
      "unshare 0x30020000",
      "setPropagation 2",
      "fork 1",
      "groupsDenied",
      "changeRoot /srv",
      "changeDirectory",
      "changeDirectory /tmp",
      "mountProc /srv/p",
      "dropGroups",
      "keepCapabilities",
      "takeGid 6",
      "takeUid 5",
      "passCapabilities",
      "dieWithParent 9",
      "setNoNewPrivileges",
      "closeFrom 5",
      "runProgram 14",
    ]);
  });

  const has = (args: string[]) => steps([...args, "true"]).slice(1);

  it("imply one another where unshare's do", () => {
    expect(has(["--kill-child=TERM"])).toEqual(expect.arrayContaining(["fork 0", "dieWithParent 15"]));
    expect(has(["--kill-child=SIGHUP"])).toContain("dieWithParent 1");
    expect(has(["--kill-child=SYS"])).toContain("dieWithParent 31");
    expect(has(["--kill-child=64"])).toContain("dieWithParent 64");
    expect(steps(["--mount-proc", "true"])[0]).toBe("unshare 0x10020000");
    expect(has(["--mount-proc"])).toEqual(expect.arrayContaining(["setPropagation 0", "mountProc"]));
    expect(has(["-R/srv"])).toEqual(expect.arrayContaining(["changeRoot /srv", "changeDirectory"]));
  });

  it("of --disable-userns make two namespaces, limit the outer one and filter", () => {
    const { calls } = main(["--disable-userns", "-m", "true"], { answers: { runProgram: -2 } });
    const order = [
      "unshare",
      "limitUserNamespaces",
      "holdNamespace",
      "unshare",
      "handOver",
      "filterUserNamespaces",
      "dropGroups",
    ];
    expect(calls.map((call) => call.split(" ")[0]).filter((name) => order.includes(name as string))).toEqual(
      order,
    );
    expect(calls.filter((call) => call.startsWith("unshare"))).toEqual([
      "unshare 0x10000000",
      "unshare 0x10020000",
    ]);
  });

  it("leave the propagation alone where it is asked for, and without -m", () => {
    const propagation = (...args: string[]) => has(args).filter((step) => step.startsWith("setPropagation"));
    expect(propagation("-m")).toEqual(["setPropagation 0"]);
    expect(propagation("-m", "--propagation=shared")).toEqual(["setPropagation 1"]);
    expect(propagation("-m", "--propagation", "unchanged")).toEqual([]);
    expect(propagation("--propagation=slave")).toEqual([]);
  });

  it("leave the groups where setgroups is denied", () => {
    const groups = (groupsDenied: number) =>
      steps(["true"], { answers: { groupsDenied } }).filter((step) => step === "dropGroups");
    expect(groups(1)).toEqual([]);
    expect(groups(0)).toEqual(["dropGroups"]);
    expect(groups(-2)).toEqual(["dropGroups"]);
  });

  it("the last of several arguments counts", () => {
    expect(has(["-w/a", "-w", "/b", "-R", "/c", "--root=/d"])).toEqual(
      expect.arrayContaining(["changeRoot /d", "changeDirectory /b"]),
    );
  });
});

describe("a step that fails", () => {
  const EPERM = -1;
  const proc = "userns: cannot mount proc on '/proc': Operation not permitted";
  it.each<[string[], Record<string, number | bigint>, string[]]>([
    [
      ["-R/nowhere"],
      { changeRoot: -2 },
      ["cannot change the root directory to '/nowhere': No such file or directory"],
    ],
    [["-R/srv"], { changeDirectory: -13 }, ["cannot change the working directory to '/': Permission denied"]],
    [
      ["--wd=a\x1b"],
      { changeDirectory: -20 },
      ["cannot change the working directory to 'a\\x1b': Not a directory"],
    ],
    [["-f"], { fork: -11 }, ["cannot fork: Resource temporarily unavailable"]],
    [["-m"], { setPropagation: -22 }, ["cannot set the propagation of the mounts: Invalid argument"]],
    [[], { dropGroups: EPERM }, ["cannot give up the supplementary groups: Operation not permitted"]],
    [
      ["-S5"],
      { takeUid: -22 },
      ["cannot take on uid 5: Invalid argument", "uid 5 is not mapped into the namespace"],
    ],
    [
      ["-G6"],
      { takeGid: -22 },
      ["cannot take on gid 6: Invalid argument", "gid 6 is not mapped into the namespace"],
    ],
    [["-S5"], { takeUid: -11 }, ["cannot take on uid 5: Resource temporarily unavailable"]],
    [
      ["--keep-caps"],
      { keepCapabilities: EPERM },
      ["--keep-caps: cannot keep the capabilities: Operation not permitted"],
    ],
    [
      ["--keep-caps"],
      { passCapabilities: EPERM },
      ["--keep-caps: cannot pass the capabilities on: Operation not permitted"],
    ],
    [
      ["--disable-userns"],
      { filterUserNamespaces: -95 },
      ["--disable-userns is not supported on this architecture"],
    ],
    [
      ["--disable-userns"],
      { filterUserNamespaces: -22 },
      ["--disable-userns: cannot install the seccomp filter: Invalid argument"],
    ],
    [
      ["--disable-userns"],
      { limitUserNamespaces: -13 },
      ["--disable-userns: cannot write to /proc/sys/user/max_user_namespaces: Permission denied"],
    ],
    [
      ["--no-new-privs"],
      { setNoNewPrivileges: -22 },
      ["--no-new-privs: cannot set no_new_privs: Invalid argument"],
    ],
    [["--kill-child"], { dieWithParent: -22 }, ["--kill-child: cannot ask for the signal: Invalid argument"]],
    [
      [],
      { closeFrom: -38 },
      ["cannot close the descriptors: Function not implemented", "it takes Linux 5.9 or later"],
    ],
  ])("%j with %j", (args, answers, lines) => {
    const run = main([...args, "true"], { answers });
    expect(run.stderr.trimEnd().split("\n")).toEqual(
      expect.arrayContaining(lines.map((line) => `userns: ${line}`)),
    );
    expect(run.status).toBe(125);
    expect(run.calls.some((call) => call.startsWith("run"))).toBe(false);
  });

  it("because proc may not be mounted says what it takes", () => {
    const complain = (args: string[], answers: Record<string, number | bigint> = {}) =>
      main([...args, "true"], { answers: { mountProc: EPERM, ...answers } }).stderr;
    const takes = "userns: it takes a pid namespace of the caller's own and a process in it: -p and -f";
    expect(complain(["--mount-proc"])).toContain(`${proc}\n${takes}\n`);
    expect(complain(["-p", "--mount-proc"])).toContain(`${proc}\n${takes}\n`);
    expect(complain(["-pf", "--mount-proc=/p"])).toContain(
      "userns: cannot mount proc on '/p': Operation not permitted\n" +
        "userns: it takes a /proc that nothing is mounted over: in a container there often is\n",
    );
  });

  const creation = (answers: Record<string, number | bigint>, ...args: string[]) => {
    const run = main([...args, "true"], { answers });
    expect(run.status).toBe(125);
    expect(run.request.length).toBe(0);
    return run.stderr.trimEnd().split("\n");
  };
  const refused = "userns: cannot create the namespaces: Operation not permitted";

  it("because there may be no namespaces says who refuses them, if that can be known", () => {
    expect(creation({ unshare: EPERM })).toEqual([
      refused,
      "userns: user namespaces are refused in a chroot, by some seccomp filters and security modules,",
      "userns: and to a uid or gid that the caller's own namespace does not map",
    ]);
    expect(creation({ unshare: EPERM, setting: 0n })).toEqual([
      refused,
      "userns: /proc/sys/kernel/unprivileged_userns_clone is 0: users may not create user namespaces",
    ]);
    expect(creation({ unshare: EPERM, setting: 1n })).toEqual([
      refused,
      "userns: AppArmor restricts user namespaces to programs with a profile that allows them",
      "userns: (/proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1)",
    ]);
    expect(creation({ unshare: -28 })).toEqual([
      "userns: cannot create the namespaces: No space left on device",
      "userns: a limit in /proc/sys/user is reached, or user namespaces are nested 32 deep",
    ]);
    expect(creation({ unshare: -28, setting: 0n })[1]).toBe(
      "userns: /proc/sys/user/max_user_namespaces is 0: no user namespaces are allowed",
    );
  });

  it("because the kernel has no such namespace says which it may be", () => {
    expect(creation({ unshare: -22 }, "-T")).toEqual([
      "userns: cannot create the namespaces: Invalid argument",
      "userns: -T takes Linux 5.6 or later, built with time namespaces",
    ]);
    expect(creation({ unshare: -22 }, "-n")[1]).toBe(
      "userns: this kernel lacks one of those that were asked for",
    );
  });
});
