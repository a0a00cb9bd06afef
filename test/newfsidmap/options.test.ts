// SPDX-License-Identifier: MIT
//
// The command line of newfsidmap: what is refused, and in which words; what is read of the rest.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { commandLine, type Run } from "./command-line.js";

let main: (args: string[], print?: number) => Run;
beforeAll(async () => {
  main = await commandLine();
});

const usage =
  "newfsidmap: usage: newfsidmap [--read-only] [--noexec] [--bind SOURCE TARGET | --fd N SOURCE] PID MAP...\n";

/** Expects that a command line ends with one line and the usage. */
function refused(args: string[], reason: string): void {
  expect(main(args)).toEqual({ status: 1, stdout: "", stderr: `newfsidmap: ${reason}\n${usage}` });
}

/** What is read of a command line: the ways, the process, the uids and the gids. */
function read(args: string[]): string[] {
  const { status, stdout, stderr } = main(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

const all = "b:0:100000:65536";
const digits = (count: number) => "9".repeat(count);

describe("options", () => {
  it.each([
    [["-x"], "unknown option '-x'"],
    [["-h"], "unknown option '-h'"],
    [["--bogus"], "unknown option '--bogus'"],
    [["--bogus=3"], "unknown option '--bogus'"],
    [["--=3"], "unknown option '--'"],
    [["--bin", "/s", "/t", "1", all], "unknown option '--bin'"],
    [["--bindx", "/s", "/t", "1", all], "unknown option '--bindx'"],
    [["--bind", "--\x1b[2J\n"], "unknown option '--\\x1b[2J\\x0a'"],
    [[`--${"x".repeat(70)}`], `unknown option '--${"x".repeat(62)}'...`],
    [[`--${"x".repeat(60)}=${"y".repeat(70)}`], `unknown option '--${"x".repeat(60)}'`],
    [["--bind=/s", "/t", "1", all], "option '--bind' takes no argument"],
    [["--read-only="], "option '--read-only' takes no argument"],
    [["--noexec=yes"], "option '--noexec' takes no argument"],
    [["--help=all"], "option '--help' takes no argument"],
    [["--version="], "option '--version' takes no argument"],
    [["--fd"], "option '--fd' needs an argument"],
    [["--bind", "--fd"], "option '--fd' needs an argument"],
    [["--fd="], "--fd: '' is no plain decimal number"],
    [["--fd", "x"], "--fd: 'x' is no plain decimal number"],
    [["--fd", "--", "/s"], "--fd: '--' is no plain decimal number"],
    [["--fd=03"], "--fd: '03' begins with 0, which would make it octal: write it in decimal"],
    [["--fd=0x3"], "--fd: '0x3' is hexadecimal: write it in decimal"],
    [["--fd=-1"], "--fd: '-1' is negative"],
    [["--fd=1073741824"], "--fd: '1073741824' is larger than any descriptor"],
    [["--fd", digits(64)], "--fd: is too long to be a number"],
    [["--bind", "--fd=3", "/s", "1", all], "--bind and --fd exclude each other"],
    [["--fd", "3", "--bind", "/s", "/t", "1", all], "--bind and --fd exclude each other"],
    [["--read-only", "1", all], "--read-only needs --bind or --fd"],
    [["--noexec", "1", all], "--noexec needs --bind or --fd"],
    [["--noexec", "--read-only"], "--read-only needs --bind or --fd"],
  ])("%j are refused", (args, reason) => refused(args, reason));

  it("--help names every option, --version the release", () => {
    const { status, stdout, stderr } = main(["--bind", "--help", "--bogus"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.startsWith(usage.replace("newfsidmap: ", ""))).toBe(true);
    expect(stdout.endsWith("\nSee newfsidmap(1).\n")).toBe(true);
    const names = /NAMES[^=]*= \[(.*)\]/.exec(readFileSync("src/newfsidmap/options.ts", "utf8"))?.[1];
    const options = JSON.parse(`[${names}]`) as string[];
    expect(options.length).toBe(6);
    expect(options.filter((name) => !stdout.includes(`\n  ${name} `))).toEqual([]);
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(main(["--version"])).toEqual({
      status: 0,
      stdout: `newfsidmap (usernamespaces) ${version}\n`,
      stderr: "",
    });
  });

  it("--help that cannot be printed is a failure", () => {
    expect(main(["--help"], -28).status).toBe(1);
    expect(main(["--version"], -28).status).toBe(1);
  });
});

describe("operands", () => {
  it.each([
    [[], "PID is missing"],
    [["--"], "PID is missing"],
    [["--bind"], "SOURCE is missing"],
    [["--bind", "/s"], "TARGET is missing"],
    [["--bind", "/s", "/t"], "PID is missing"],
    [["--bind", "/s", "/t", "1"], "MAP is missing"],
    [["--fd", "3"], "SOURCE is missing"],
    [["--fd", "3", "/s"], "PID is missing"],
    [["--fd=3", "/s", "1"], "MAP is missing"],
    [["1"], "MAP is missing"],
    [["--bind", "/s", "t", "1", all], "TARGET 't' is no absolute path"],
    [["--bind", "/s", "", "1", all], "TARGET '' is no absolute path"],
    [["--bind", "/s", "1", all], "TARGET '1' is no absolute path"],
    [["--bind", "/s", "\n", "1", all], "TARGET '\\x0a' is no absolute path"],
    [["--bind", "/s", "t".repeat(1024), "1"], `TARGET '${"t".repeat(1024)}'... is no absolute path`],
  ])("%j are refused", (args, reason) => refused(args, reason));

  it.each([
    "",
    "0",
    "-1",
    "01",
    "0x1",
    "+1",
    "self",
    "1 ",
    "2147483648",
    "18446744073709551617",
    digits(64),
    "fd:",
    "fd:-1",
    "fd:03",
    "fd:2147483648",
    "FD:3",
    "/s",
    "u:0:0:1",
  ])("PID %j is refused", (pid) => {
    refused(["--", pid, all], `PID '${pid}' is neither a process id in decimal nor fd:N`);
    refused(["--bind", "/s", "/t", pid], `PID '${pid}' is neither a process id in decimal nor fd:N`);
  });
});

describe("maps", () => {
  const letters = "it begins with none of u:, g: and b:";
  const octal = "begins with 0, which would make it octal: write it in decimal";
  it.each([
    ["", letters],
    ["u", letters],
    ["u0:1:1", letters],
    ["0:100000:65536", letters],
    ["U:0:1:1", letters],
    ["x:0:1:1", letters],
    ["uid:0:1:1", letters],
    ["--read-only", letters],
    ["u:", "INSIDE '' is no plain decimal number"],
    ["u:0", "DISK is missing"],
    ["u:0:1", "COUNT is missing"],
    ["u:0:1:", "COUNT '' is no plain decimal number"],
    ["u:0::1", "DISK '' is no plain decimal number"],
    ["u:0:1:1:", "more than three numbers"],
    ["u:0:1:1:1", "more than three numbers"],
    [`u${":0".repeat(100)}`, "more than three numbers"],
    ["u:0 :1:1", "INSIDE '0 ' is no plain decimal number"],
    ["u:a:1:1", "INSIDE 'a' is no plain decimal number"],
    ["u:0:1,1:1", "DISK '1,1' is no plain decimal number"],
    ["u:0:-1:1", "DISK '-1' is negative"],
    ["u:0:1:0x10", "COUNT '0x10' is hexadecimal: write it in decimal"],
    ["u:00:1:1", `INSIDE '00' ${octal}`],
    ["u:0:0100000:1", `DISK '0100000' ${octal}`],
    ["u:4294967296:1:1", "INSIDE '4294967296' is larger than any id"],
    ["u:0:18446744073709551616:1", "DISK '18446744073709551616' is larger than any id"],
    ["u:0:1:99999999999", "COUNT '99999999999' is larger than any id"],
    [`u:0:${digits(64)}:1`, `DISK '${digits(64)}' is larger than any id`],
    [`u:0:${digits(65)}:1`, "DISK is too long to be a number"],
    ["u:0:1:0", "COUNT is 0: a range holds at least one id"],
    ["u:4294967295:1:1", "INSIDE 4294967295 with COUNT 1 goes beyond the last id, 4294967294"],
    ["u:0:4294967290:6", "DISK 4294967290 with COUNT 6 goes beyond the last id, 4294967294"],
    ["u:1:0:4294967295", "INSIDE 1 with COUNT 4294967295 goes beyond the last id, 4294967294"],
  ])("%j is refused", (map, reason) => {
    refused(["1", map, all], `MAP '${map}': ${reason}`);
    refused(["--bind", "/s", "/t", "fd:0", all, map], `MAP '${map}': ${reason}`);
    const gids = map.replace(/^u:/, "g:");
    refused(["--fd=0", "/s", "1", all, gids], `MAP '${gids}': ${reason}`);
    const both = map.replace(/^u:/, "b:");
    refused(["1", both], `MAP '${both}': ${reason}`);
  });

  it("in which a control character or a long text stands are quoted safely", () => {
    refused(["1", "u:0:1\x1b:1"], "MAP 'u:0:1\\x1b:1': DISK '1\\x1b' is no plain decimal number");
    const long = `u:0:1:${"x".repeat(2000)}`;
    refused(["1", long], `MAP '${long.slice(0, 1024)}'...: COUNT is too long to be a number`);
  });

  it("of one kind alone are not enough", () => {
    const how = (letter: string) =>
      `that takes a MAP ${letter}:INSIDE:DISK:COUNT, or b:INSIDE:DISK:COUNT for both`;
    refused(["1", "g:0:1:1"], `no uid is mapped: ${how("u")}`);
    refused(["1", "u:0:1:1", "u:1:2:1"], `no gid is mapped: ${how("g")}`);
    refused(["--bind", "/s", "/t", "1", "u:0:1:1"], `no gid is mapped: ${how("g")}`);
  });

  const many = (letter: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${letter}:${i}:${i}:1`);

  it("are at most 340 of each kind", () => {
    refused(["1", ...many("u", 341), all], "342 uid extents: the kernel takes at most 340");
    refused(["1", ...many("g", 341), "u:0:1:1"], "341 gid extents: the kernel takes at most 340");
    refused(["1", ...many("b", 341)], "341 uid extents: the kernel takes at most 340");
    refused(["1", ...many("u", 100_000)], "100000 uid extents: the kernel takes at most 340");
    const extents = many("u", 340).map((_, i) => ` ${i}>${i}*1`);
    expect(read(["1", ...many("g", 340), ...many("u", 340)]).slice(2)).toEqual([
      `uids:${extents.join("")}`,
      `gids:${extents.join("")}`,
    ]);
  });
});

describe("what is read", () => {
  it.each([
    [["7", all], "way 0, source 0, target 0, socket 0", "7"],
    [["--", "7", all], "way 0, source 0, target 0, socket 0", "7"],
    [["--bind", "s", "/t", "2147483647", all], "way 1, source 2, target 3, socket 0", "2147483647"],
    [["--bind", "--", "--s", "/", "fd:0", all], "way 1, source 3, target 4, socket 0", "fd:0"],
    [["--bind", "-", "/t", "fd:2147483647", all], "way 1, source 2, target 3, socket 0", "fd:2147483647"],
    [["--bind", "", "/t", "1", all], "way 1, source 2, target 3, socket 0", "1"],
    [["--read-only", "--bind", "s", "/t", "1", all], "way 1, source 3, target 4, socket 0, read-only", "1"],
    [["--bind", "--noexec", "s", "/t", "1", all], "way 1, source 3, target 4, socket 0, noexec", "1"],
    [["--fd", "0", "/s", "1", all], "way 2, source 3, target 0, socket 0", "1"],
    [["--fd=9", "--fd=1073741823", "/s", "1", all], "way 2, source 3, target 0, socket 1073741823", "1"],
    [
      ["--noexec", "--fd=9", "--read-only", "--noexec", "/s", "1", all],
      "way 2, source 5, target 0, socket 9, read-only, noexec",
      "1",
    ],
  ])("of %j", (args, way, pid) => {
    expect(read(args)).toEqual([way, pid, "uids: 0>100000*65536", "gids: 0>100000*65536"]);
  });

  it("are the maps of each kind, in their order", () => {
    expect(
      read(["1", "g:0:44:1", "b:0:1000:1", "u:1:100000:9", "b:4294967294:0:1", "g:0:0:4294967295"]),
    ).toEqual([
      "way 0, source 0, target 0, socket 0",
      "1",
      "uids: 0>1000*1 1>100000*9 4294967294>0*1",
      "gids: 0>44*1 0>1000*1 4294967294>0*1 0>0*4294967295",
    ]);
  });
});
