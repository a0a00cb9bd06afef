// SPDX-License-Identifier: MIT
//
// --bind and --fsid-map: what is refused, what newfsidmap is told, and when.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Host, main } from "./fake-host.js";
import { complaint, type Extents } from "./run.js";

const map = "--fsid-map=b:0:300000:65536";

/** What is called on the way to the program. */
function calls(args: string[], host: Host = {}): string[] {
  return main([...args, "true"], { ...host, answers: { runProgram: -2, ...host.answers } }).calls;
}

/** The command lines of newfsidmap, with PID for the process that it is shown. */
function told(args: string[], host: Host = {}): string[] {
  return calls(args, host)
    .filter((call) => call.startsWith("runNewfsidmap "))
    .map((call) => call.replace("runNewfsidmap ", "").replace("  ", " PID "));
}

describe("the command line", () => {
  it.each([
    "",
    ":",
    "/a",
    "/a:",
    ":/b",
    ":/b:ro",
    "/a::ro",
    "/a:/b:",
    "/a:/b:rw",
    "/a:/b:RO",
    "/a:/b:ro:",
    "/a:/b:ro:ro",
    "/a:/b:/c",
    "/a:/b\n:x",
  ])("refuses --bind %j", (bind) => {
    const quoted = bind.replace("\n", "\\x0a");
    const reason = `userns: --bind: '${quoted}' is neither SOURCE:TARGET nor SOURCE:TARGET:ro`;
    expect(complaint(["--bind", bind, map])).toBe(reason);
    expect(complaint([map, `--bind=${bind}`])).toBe(reason);
  });

  it("refuses a target that is not absolute, and a path that is too long", () => {
    expect(complaint(["--bind=a:b", map])).toBe("userns: --bind: TARGET 'b' is no absolute path");
    expect(complaint(["--bind=a:\x1b:ro", map])).toBe("userns: --bind: TARGET '\\x1b' is no absolute path");
    const long = "userns: --bind: a path is longer than 4095 bytes";
    expect(complaint([`--bind=${"x".repeat(4096)}:/b`, map])).toBe(long);
    expect(complaint([`--bind=a:/${"x".repeat(4095)}`, map])).toBe(long);
    expect(complaint([`--bind=a:/${"x".repeat(9000)}:ro`, map])).toBe(long);
    const most = `/${"x".repeat(4094)}`;
    expect(told([`--bind=${most}:${most}`, map])[0]).toContain(` ${most} ${most} PID `);
  });

  it("refuses the one without the other", () => {
    expect(complaint(["--bind=/a:/b"])).toBe("userns: --bind needs --fsid-map: the ids on disk and inside");
    expect(complaint([map])).toBe("userns: --fsid-map means nothing without --bind");
  });

  it.each([
    "",
    "u",
    "b:",
    "x:0:1:1",
    "0:1:1",
    "bb:0:1:1",
    "b0:1:1",
    "B:0:1:1",
    "b:0:1",
    "b:0:1:1:1",
    "b:0,1,1",
    `b:0:1:${"1".repeat(200)}`,
  ])("refuses --fsid-map %j", (wrong) => {
    const reason = "is none of u:INSIDE:DISK:COUNT, g:INSIDE:DISK:COUNT and b:INSIDE:DISK:COUNT";
    expect(complaint(["--bind=/a:/b", "--fsid-map", wrong])).toBe(`userns: --fsid-map: '${wrong}' ${reason}`);
  });

  it.each([
    ["u:x:1:1", "INSIDE 'x' is no plain decimal number"],
    ["g::1:1", "INSIDE '' is no plain decimal number"],
    ["b:0:0x10:1", "DISK '0x10' is hexadecimal: write it in decimal"],
    ["b:0:4294967296:1", "DISK '4294967296' is larger than any id"],
    ["b:0:1:-1", "COUNT '-1' is negative"],
    ["b:0:1:0", "COUNT is 0: a range holds at least one id"],
    ["b:4294967295:1:1", "INSIDE 4294967295 with COUNT 1 goes beyond the last id, 4294967294"],
    ["g:0:4294967294:2", "DISK 4294967294 with COUNT 2 goes beyond the last id, 4294967294"],
  ])("refuses the numbers of --fsid-map %j", (wrong, reason) => {
    expect(complaint(["--bind=/a:/b", `--fsid-map=${wrong}`])).toBe(`userns: --fsid-map: ${reason}`);
  });

  it("refuses more than 340 maps of a kind", () => {
    const maps = (letter: string, count: number) =>
      Array.from({ length: count }, (_, i) => `--fsid-map=${letter}:${i}:${300000 + i}:1`);
    const many = "userns: --fsid-map: a map has at most 340 lines";
    expect(complaint(["--bind=/a:/b", ...maps("u", 341)])).toBe(many);
    expect(complaint(["--bind=/a:/b", ...maps("g", 170), ...maps("b", 171)])).toBe(many);
    expect(told(["--bind=/a:/b", ...maps("u", 340), ...maps("g", 340)])[0]?.split(" ")).toHaveLength(6 + 680);
  });
});

describe("newfsidmap", () => {
  it("is told the paths, and the maps as they were written", () => {
    const maps = ["--fsid-map=u:0:300000:10", "--fsid-map", "g:00:1:1".replace("00", "0"), map];
    expect(told(["--bind=a b:/c", ...maps])).toEqual([
      "newfsidmap --bind -- a b /c PID u:0:300000:10 g:0:1:1 b:0:300000:65536",
    ]);
    expect(told(["--bind", "-x:/c:ro", map])).toEqual([
      "newfsidmap --read-only --bind -- -x /c PID b:0:300000:65536",
    ]);
  });

  it("is run for each bind in order", () => {
    expect(told(["--bind=/a:/b", map, "--bind=/c:/d:ro", "--bind=/b:/e"])).toEqual([
      "newfsidmap --bind -- /a /b PID b:0:300000:65536",
      "newfsidmap --read-only --bind -- /c /d PID b:0:300000:65536",
      "newfsidmap --bind -- /b /e PID b:0:300000:65536",
    ]);
  });

  it("is run for many binds", () => {
    const binds = Array.from({ length: 500 }, (_, i) => `--bind=/${"x".repeat(200)}:/${i}`);
    expect(told([...binds, map])).toHaveLength(500);
  });

  const steps = (args: string[]) => calls(args).map((call) => call.replace(/^(runNewfsidmap) .*/, "$1"));
  const all = [
    "--bind=/a:/b",
    "--bind=/a:/c",
    map,
    "-r",
    "-pf",
    "--mount-proc",
    "-R/srv",
    "--propagation=slave",
  ];

  it("comes after the propagation and before what is the program's alone", () => {
    expect(steps(all)).toEqual([
      "startHelper",
      "startBinder",
      "unshare 0x30020000",
      "setPropagation 2",
      "keepNamespaces",
      "joinNamespaces",
      "runNewfsidmap",
      "runNewfsidmap",
      "endBinder",
      "fork 1",
      "groupsDenied",
      "changeRoot /srv",
      "changeDirectory",
      "mountProc",
      "dropGroups",
      "closeFrom 3",
      "runProgram 9",
    ]);
  });

  it("comes in the outer namespaces of --disable-userns, once the inner maps are written", () => {
    expect(steps(["--disable-userns", ...all]).slice(0, 15)).toEqual([
      "startHelper",
      "startBinder",
      "unshare 0x10000000",
      "limitUserNamespaces",
      "unshare 0x20000",
      "keepNamespaces",
      "holdNamespace",
      "unshare 0x10000000",
      "handOver",
      "joinNamespaces",
      "runNewfsidmap",
      "runNewfsidmap",
      "endBinder",
      "unshare 0x20020000",
      "setPropagation 2",
    ]);
  });

  it("is not made ready where there is nothing to bind", () => {
    for (const options of [["-m"], ["-m", "--disable-userns"]])
      expect(steps(options).filter((step) => /binder|Namespaces$|newfsidmap/i.test(step))).toEqual(
        options.length > 1 ? ["limitUserNamespaces", "filterUserNamespaces"] : [],
      );
  });
});

describe("the maps with --disable-userns", () => {
  const maps = ["--uid-map=0 1000 1\n1 100000 9\n20 200000 10", "--gid-map=0 5000 100"];
  const translated = (...fsids: string[]) =>
    told(["--disable-userns", "--bind=/a:/b", ...maps, ...fsids.map((fsid) => `--fsid-map=${fsid}`)])[0]
      ?.split(" PID ")[1]
      ?.split(" ");

  it("name the ids outside", () => {
    expect(translated("u:0:300000:1", "g:0:300000:1")).toEqual(["u:1000:300000:1", "g:5000:300000:1"]);
    expect(translated("g:99:7:1", "u:25:8:3")).toEqual(["u:200005:8:3", "g:5099:7:1"]);
  });

  it("are cut where those of the namespace are, and hold what is mapped alone", () => {
    expect(translated("b:0:300000:1000")).toEqual([
      "u:1000:300000:1",
      "u:100000:300001:9",
      "u:200000:300020:10",
      "g:5000:300000:100",
    ]);
    expect(translated("u:5:500:20", "g:90:600:5", "g:97:700:10")).toEqual([
      "u:100004:500:5",
      "u:200000:515:5",
      "g:5090:600:5",
      "g:5097:700:3",
    ]);
  });

  it("are an error if nothing of a kind is mapped", () => {
    const run = (fsid: string) =>
      main(["--disable-userns", "--bind=/a:/b", ...maps, `--fsid-map=${fsid}`, "true"]);
    const none = (kind: string) => ({
      status: 125,
      stderr: `userns: --fsid-map: none of its ${kind} is mapped into the namespace\n`,
    });
    expect(run("u:10:300000:10")).toMatchObject(none("uids"));
    expect(run("g:100:300000:10")).toMatchObject(none("gids"));
    expect(run("b:30:300000:10").stderr).toBe(none("uids").stderr);
  });

  it("are an error if they are more than newfsidmap takes", () => {
    const lines = Array.from({ length: 300 }, (_, i) => `${i} ${100000 + 2 * i} 1`).join("\n");
    const same = Array.from({ length: 20 }, () => "--fsid-map=u:0:300000:300");
    const args = ["--disable-userns", "--bind=/a:/b", "--uid-map", lines, ...same, "true"];
    expect(main(args)).toMatchObject({ status: 125, stderr: "userns: --fsid-map: these are too many\n" });
  });

  it("give every inside id the disk id that was asked for, and no other", () => {
    const extents = fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 12 })), {
      minLength: 1,
      maxLength: 4,
    });
    /** An inside id at most once. */
    const sound = (list: Extents) =>
      new Set(
        list.flatMap(([inside = 0, , count = 0]) => Array.from({ length: count }, (_, i) => inside + i)),
      ).size === list.reduce((sum, [, , count = 0]) => sum + count, 0);
    const lookUp = (list: Extents, id: number) => {
      const found = list.find(([from = 0, , count = 0]) => id >= from && id < from + count);
      return found && (found[1] as number) + id - (found[0] as number);
    };
    fc.assert(
      fc.property(extents.filter(sound), extents.filter(sound), (disks, outsides) => {
        const raw = outsides.map((extent) => extent.join(" ")).join("\n");
        const fsids = disks.map((extent) => `--fsid-map=u:${extent.join(":")}`);
        const [line] = told(["--disable-userns", "--bind=/a:/b", "--uid-map", raw, ...fsids]);
        const pieces = (line ?? "").split(" ").filter((word) => word.startsWith("u:"));
        const got = pieces.flatMap((piece) => {
          const [outside = 0, disk = 0, count = 0] = piece.slice(2).split(":").map(Number);
          return Array.from({ length: count }, (_, i) => `${outside + i}:${disk + i}`);
        });
        const wanted = Array.from({ length: 60 }, (_, id) => [lookUp(outsides, id), lookUp(disks, id)])
          .filter((pair) => !pair.includes(undefined))
          .map((pair) => pair.join(":"));
        expect(got.sort()).toEqual(wanted.sort());
      }),
    );
  });
});

describe("a bind that fails", () => {
  const run = (answers: Record<string, number>, ...args: string[]) =>
    main([...args, "--bind=/a\n:/b", "--bind=/c:/d:ro", map, "true"], { answers });

  it.each([
    [1, "newfsidmap ended with status 1"],
    [255, "newfsidmap ended with status 255"],
    [256 + 9, "newfsidmap was ended by signal 9"],
    [-13, "cannot run newfsidmap: Permission denied"],
    [-7, "cannot run newfsidmap: Argument list too long"],
    [-32, "cannot run newfsidmap: Broken pipe"],
    [
      -2,
      "cannot run newfsidmap: No such file or directory\nuserns: it is looked for in PATH; not every installation has it",
    ],
  ])("with %i is named, and ends the binder and userns", (answer, cause) => {
    for (const options of [[], ["--disable-userns"]]) {
      const { status, stderr, calls } = run({ runNewfsidmap: answer }, "-r", ...options);
      expect([status, stderr]).toEqual([125, `userns: cannot bind '/a\\x0a' on '/b': ${cause}\n`]);
      expect(calls.slice(-2).map((call) => call.split(" ")[0])).toEqual(["runNewfsidmap", "endBinder"]);
    }
  });

  it("is quoted as far as a message has room", () => {
    const path = "x".repeat(2000);
    const args = [`--bind=${path}:/${path}`, map, "-r"];
    const quoted = `'${path.slice(0, 1024)}'... on '/${path.slice(0, 1023)}'...`;
    expect(main(args, { answers: { runNewfsidmap: 1 } }).stderr).toBe(
      `userns: cannot bind ${quoted}: newfsidmap ended with status 1\n`,
    );
  });

  it.each(["keepNamespaces", "joinNamespaces"])("because of %s says so", (step) => {
    for (const options of [[], ["--disable-userns"]])
      expect(run({ [step]: -11 }, "-r", ...options)).toMatchObject({
        status: 125,
        stderr: "userns: --bind: cannot make newfsidmap ready: Resource temporarily unavailable\n",
      });
  });
});
