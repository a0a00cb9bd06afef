// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { PID } from "../model/world.js";
import { asking, refusal, run, usage } from "./run.js";

describe("the target", () => {
  it("is asked for, and a map", () => {
    expect(refusal({ args: [] })).toEqual([usage]);
    expect(refusal({ args: [PID] })).toEqual([usage, "newuidmap: no map is given"]);
    expect(refusal({ tool: "newgidmap", args: [] })).toEqual([usage.replaceAll("uid", "gid")]);
  });

  it.each([
    "0",
    "-1",
    "+1",
    " 1",
    "1 ",
    "01",
    "0x1",
    "self",
    "",
    "2147483648",
    "fd:",
    "fd:x",
    "fd:-1",
    "fd: 1",
    "FD:3",
  ])("'%s' is none", (target) => {
    const reason = `newuidmap: target '${target}' is neither a process id in decimal nor fd:N`;
    expect(refusal({ args: [target, "0", "100000", "1"] })).toEqual([usage, reason]);
    expect(refusal({ args: [target] })).toEqual([usage, reason]);
  });

  it("is quoted so that it cannot act on a terminal, if it is not too long for that", () => {
    expect(refusal({ args: ["\x1b[2J\n'\\\xff"] })[1]).toBe(
      "newuidmap: target '\\x1b[2J\\x0a'\\x5c\\xff' is neither a process id in decimal nor fd:N",
    );
    expect(refusal({ args: ["1".repeat(65)] })[1]).toBe("newuidmap: target is too long");
  });

  it("is opened by its number, or by a descriptor", () => {
    expect(run().calls).toContain("openTarget 4242");
    expect(run({ args: ["fd:0", "0", "100000", "1"] })).toMatchObject({ status: 0, map: "0 100000 1\n" });
    expect(run({ args: ["fd:2147483647", "0", "100000", "1"] }).calls).toContain("openTarget fd:2147483647");
  });
});

describe("the triples", () => {
  it.each([1, 2, 4, 5])("are not whole where there are %i words", (count) => {
    const words = Array.from({ length: count }, () => "1");
    expect(refusal({ args: [PID, ...words] })).toEqual([
      `newuidmap: ranges: ${Math.ceil(count / 3)} is wrong for argc: ${count}`,
      usage,
      "newuidmap: each line of the map takes three numbers",
    ]);
  });

  it.each([
    ["", " '' is no plain decimal number"],
    ["x", " 'x' is no plain decimal number"],
    ["1x", " '1x' is no plain decimal number"],
    ["+1", " '+1' is no plain decimal number"],
    [" 1", " ' 1' is no plain decimal number"],
    ["1 ", " '1 ' is no plain decimal number"],
    ["1.0", " '1.0' is no plain decimal number"],
    ["-", " '-' is no plain decimal number"],
    ["-0", " '-0' is no plain decimal number"],
    ["\x1b", " '\\x1b' is no plain decimal number"],
    ["0x10", " '0x10' is hexadecimal: write it in decimal"],
    ["0X10", " '0X10' is hexadecimal: write it in decimal"],
    ["010", " '010' begins with 0, which would make it octal: write it in decimal"],
    ["00", " '00' begins with 0, which would make it octal: write it in decimal"],
  ])("'%s' is no number in any place", (word, reason) => {
    expect(refusal({ args: [PID, word, "1", "1"] })).toEqual([usage, `newuidmap: uid${reason}`]);
    expect(refusal({ args: [PID, "1", word, "1"] })).toEqual([usage, `newuidmap: loweruid${reason}`]);
    expect(refusal({ args: [PID, "1", "100000", word] })).toEqual([usage, `newuidmap: count${reason}`]);
  });

  const overflow = (reason: string) => [
    "newuidmap: subuid overflow detected.",
    usage,
    `newuidmap: ${reason}`,
  ];

  it.each([
    ["4294967296 100000 1", "uid '4294967296' is larger than any id"],
    ["0 18446744073709551616 1", "loweruid '18446744073709551616' is larger than any id"],
    ["0 100000 99999999999999999999", "count '99999999999999999999' is larger than any id"],
    ["-1 100000 1", "uid '-1' is negative"],
    [`0 ${"1".repeat(64)} 1`, `loweruid '${"1".repeat(64)}' is larger than any id`],
    [`0 ${"1".repeat(65)} 1`, "loweruid is too long to be a number"],
    ["0 100000 0", "count is 0: a range holds at least one id"],
    ["4294967295 100000 1", "uid 4294967295 with count 1 goes beyond the last id, 4294967294"],
    ["0 4294967295 1", "loweruid 4294967295 with count 1 goes beyond the last id, 4294967294"],
    ["4294967294 100000 2", "uid 4294967294 with count 2 goes beyond the last id, 4294967294"],
    ["0 100000 4294967295", "loweruid 100000 with count 4294967295 goes beyond the last id, 4294967294"],
  ])("'%s' overflows", (map, reason) => {
    expect(refusal({ args: asking(map) })).toEqual(overflow(reason));
  });

  it("may reach the last id", () => {
    const table = "alice:1:4294967295\n";
    expect(run({ table, args: asking("4294967294 4294967294 1") }).status).toBe(0);
    expect(run({ table, args: asking("0 1 4294967294") }).map).toBe("0 1 4294967294\n");
  });

  it("are judged in their order, and no number before the files were read", () => {
    expect(refusal({ args: asking("0 1 0 x 1 1") })[2]).toBe(
      "newuidmap: count is 0: a range holds at least one id",
    );
    expect(refusal({ table: -13, args: asking("x") })[0]).toBe(
      "newuidmap: cannot open /etc/subuid: Permission denied",
    );
  });

  it("of more than 4096 lines are not read", () => {
    expect(refusal({ args: [PID, ...Array.from({ length: 3 * 4097 }, () => "x")] })).toEqual([
      "newuidmap: write to uid_map failed: Invalid argument",
      "newuidmap: 4097 extents: the kernel takes at most 340",
    ]);
  });
});

describe("help and version", () => {
  it("are answered on stdout before anything is looked at", () => {
    const help = run({ args: ["--help", "x"], passwd: -13 });
    expect(help).toMatchObject({ status: 0, stderr: "", calls: ["print 1"] });
    expect(help.stdout).toBe(
      [
        usage,
        "Write the uid map of the user namespace of a process.",
        "",
        "  <pid>      a process of the caller's, in a user namespace that he made",
        "  fd:<pidfd> the same as an open descriptor of its /proc directory",
        "  then, for each line of the map: first id inside, first id outside, how many",
        "",
        "  --help     print this text",
        "  --version  print the version",
        "",
        "See newuidmap(1) and subuid(5).",
        "",
      ].join("\n"),
    );
    const version = run({ tool: "newgidmap", args: ["--version"] });
    expect(version).toMatchObject({
      status: 0,
      stdout: "newgidmap (usernamespaces) 0.1.0\n",
      calls: ["print 1"],
    });
  });

  it("fail if they cannot be printed", () => {
    expect(run({ args: ["--help"] }, { faults: { print: -28 } }).status).toBe(1);
    expect(run({ args: ["--version"] }, { faults: { print: -28 } }).status).toBe(1);
  });

  it("are no options in another place", () => {
    expect(refusal({ args: [PID, "--help"] })[0]).toBe("newuidmap: ranges: 1 is wrong for argc: 1");
    expect(refusal({ args: ["-h"] })[1]).toBe(
      "newuidmap: target '-h' is neither a process id in decimal nor fd:N",
    );
  });
});
