// SPDX-License-Identifier: MIT
//
// How the lines of /etc/subuid and /etc/subgid are read.
import { describe, expect, it } from "vitest";
import { asking, refusal, run } from "./run.js";

const one = { args: asking("0 100000 10") };
const line = "alice:100000:10";
const allowed = (table: string) => run({ ...one, table }).status === 0;

describe("a table", () => {
  it.each([
    ["with one line", `${line}\n`],
    ["without a final newline", line],
    ["with empty lines", `\n\n${line}\n\n`],
    ["with the line last of many", `${"bob:1:1\n".repeat(5000)}${line}\n`],
    ["with the line last of many and no final newline", `${"bob:1:1\n".repeat(5000)}${line}`],
    ["with a NUL in another line", `bob\0:1:1\n\0\n${line}\n`],
    ["with bytes that are no text", `\xff\xfe\x80\n${line}\n`],
    ["with CRLF in another line", `bob:1:1\r\n${line}\n`],
    ["with a number that only shadow reads in another line", `alice:0x1:1\n${line}\n`],
  ])("grants %s", (_name, table) => {
    expect(allowed(table)).toBe(true);
  });

  it.each([
    "",
    "\n",
    `#${line}\n`,
    ` ${line}\n`,
    `\xef\xbb\xbf${line}\n`,
    "Alice:100000:10\n",
    "alice 100000 10\n",
    "alice\n",
    ":100000:10\n",
  ])("has no line of alice's in %j", (table) => {
    expect(refusal({ ...one, table })).toEqual([
      "newuidmap: uid range [0-10) -> [100000-100010) not allowed",
      "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
      "newuidmap: an administrator can add one: usermod --add-subuids FIRST-LAST alice",
    ]);
  });

  const fields = "it has to be USER:START:COUNT";
  const start = "its start is no plain decimal number";
  const count = "its count is no plain decimal number";
  it.each([
    ["alice:", fields],
    ["alice:100000", fields],
    ["alice:100000:", fields],
    ["alice::10", fields],
    ["alice:::", fields],
    [`${line}:`, fields],
    [`${line}:x`, fields],
    ["alice:0x186A0:10", start],
    ["alice:0303240:10", start],
    ["alice:+100000:10", start],
    ["alice: 100000:10", start],
    ["alice:-1:10", start],
    ["alice:100000:0xa", count],
    [`${line} `, count],
    [`${line}\r`, count],
    [`${line}#`, count],
    ["alice:100000:9999999999999999999", count],
    ["alice:4294967296:0", "its range goes beyond the last id"],
    ["alice:100000:4294867297", "its range goes beyond the last id"],
    ["alice:999999999999999999:999999999999999999", "its range goes beyond the last id"],
    [`${line}\0`, "it holds a NUL byte"],
    ["alice:100000\0:10", "it holds a NUL byte"],
  ])("has a line that does not count in %j", (broken, reason) => {
    const lines = refusal({ ...one, table: `bob:1:1\n${broken}\n` });
    expect(lines[1]).toBe("newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000");
    expect(lines[3]).toBe(`newuidmap: /etc/subuid:2 does not count: ${reason}`);
  });

  it("may name ids up to 2^32", () => {
    expect(allowed("alice:1:4294967295\n")).toBe(true);
    expect(allowed("alice:100000:4294867296\n")).toBe(true);
  });

  it("grants nothing with a count of 0", () => {
    expect(refusal({ ...one, table: "alice:100000:0\nalice:0:0\n" })[1]).toBe(
      "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
    );
  });

  it("that does not exist is an empty one", () => {
    expect(run({ table: null, args: asking("0 1000 1") }).status).toBe(0);
    expect(refusal({ ...one, table: null })[1]).toBe(
      "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
    );
  });

  it("may be a symbolic link", () => {
    expect(run({ ...one, linked: true }).status).toBe(0);
  });
});

describe("a long line", () => {
  const padded = (length: number) => `${line}:`.padEnd(length, "x");
  const faultOf = (length: number) => refusal({ ...one, table: `${padded(length)}\n` })[3];

  it("counts up to 1023 bytes", () => {
    expect(faultOf(1023)).toBe("newuidmap: /etc/subuid:1 does not count: it has to be USER:START:COUNT");
    expect(faultOf(1024)).toBe("newuidmap: /etc/subuid:1 does not count: it is longer than 1023 bytes");
  });

  // About the sizes of the reader's buffers, where a line is cut in different places.
  const sizes = [
    1022, 1023, 1024, 1025, 4078, 4079, 4080, 4081, 4096, 32751, 32752, 32753, 32768, 65536, 200_000,
  ];
  it.each(sizes)("of %i bytes is skipped to its end, never read from its middle", (length) => {
    // Cut anywhere, what follows would read as a line of alice's.
    const long = `${line}${`;${line}`.repeat(length)}`.slice(0, length);
    expect(allowed(`bob:1:1\n${long}\n`)).toBe(false);
    expect(allowed(`bob:1:1\n${long}`)).toBe(false);
    expect(allowed(`${long}\n${line}\n`)).toBe(true);
    expect(allowed(`${line}\n${long}\n`)).toBe(true);
    expect(allowed(`bob:1:1\n${long}\n${long}\n${line}`)).toBe(true);
  });

  it.each(sizes)("of others' of %i bytes leaves the numbers of the lines right", (length) => {
    const table = `${"b".repeat(length)}\nalice:1:x\n`;
    expect(refusal({ ...one, table })[3]).toBe(
      "newuidmap: /etc/subuid:2 does not count: its count is no plain decimal number",
    );
  });

  // Around the ends of the reader's two buffers, and where too little is left in them for a whole line.
  it.each([
    [2500, 4200],
    [31_200, 32_900],
  ])("is found wherever it begins, between bytes %i and %i", (from, to) => {
    const others = "bobby:1000:10\n".repeat(3000);
    // As long as a sound line can be, nearly.
    const name = "alice".repeat(51);
    const wrong: number[] = [];
    for (let before = from; before < to; before++) {
      const table = `${others.slice(0, before)}\n${name}:100000:10\n${others.slice(0, 2002)}`;
      const passwd = `${others.slice(0, before)}\n${name}:x:1000:1000::/:\n${others.slice(0, 2002)}`;
      if (run({ ...one, passwd, table }).status !== 0) wrong.push(before);
    }
    expect(wrong).toEqual([]);
  });
});

describe("a file that cannot be used", () => {
  const texts: [number, string, string?][] = [
    [-5, "Input/output error"],
    [-12, "Cannot allocate memory"],
    [-13, "Permission denied", "the caller has to be able to read it: chmod 644 $FILE"],
    [-20, "Not a directory"],
    [-23, "Too many open files in system"],
    [-24, "Too many open files"],
    [-40, "Too many levels of symbolic links"],
    [-4095, "Unknown error"],
    [-1001, "Not a regular file", "$FILE has to be a regular file, or absent"],
    [-1002, "Not owned by root", "it would work after: chown root $FILE"],
    [-1003, "Others than its owner can write it", "it would work after: chmod go-w $FILE"],
    [-1004, "A symbolic link to nothing", "the link has to be repaired or removed"],
    [-1005, "It became shorter while it was read", "another try may work"],
  ];
  const files = {
    passwd: "passwd",
    nsswitch: "nsswitch.conf",
    loginDefs: "login.defs",
    table: "subuid",
  } as const;

  for (const [key, name] of Object.entries(files)) {
    it.each(texts)(`is named: ${name}, %i`, (code, text, advice) => {
      // login.defs is read only where the group is not the primary one.
      const changes = { [key]: code, ...(key === "loginDefs" ? { gid: 44 } : {}) };
      const path = `/etc/${name}`;
      const lines = [`newuidmap: cannot open ${path}: ${text}`];
      if (advice) lines.push(`newuidmap: ${advice.replace("$FILE", path)}`);
      expect(refusal(changes)).toEqual(lines);
    });
  }

  it("is named by its own table's path", () => {
    const changes = { tool: "newgidmap" as const, table: -1003 };
    expect(refusal(changes)).toEqual([
      "newgidmap: cannot open /etc/subgid: Others than its owner can write it",
      "newgidmap: it would work after: chmod go-w /etc/subgid",
    ]);
  });

  it("is named when reading it fails in the middle", () => {
    const faults = { read: { table: "subuid" as const, at: 5000, code: -1005 } };
    expect(refusal({ table: "bob:1:1\n".repeat(1000) }, { faults })).toEqual([
      "newuidmap: cannot open /etc/subuid: It became shorter while it was read",
      "newuidmap: another try may work",
    ]);
  });
});
