// SPDX-License-Identifier: MIT
//
// What a refused caller is told of /etc/usernamespaces, and what syslog is.
import { describe, expect, it } from "vitest";
import type { World } from "../model/world.js";
import { runProgram } from "./fake-host.js";
import { refusal } from "./run.js";
import { granted, withLines } from "./usernamespaces.js";

const nss = { user: -1012, ranges: -1009, member: { in: "in\n", out: "out\n" } };
const subids = { ...granted, nss };
const notAllowed = "newuidmap: uid range [0-100) -> [100000-100100) not allowed";

/** The lines behind shadow's first one. */
function told(lines: string[], changes: Partial<World> = subids, map = "0 100000 100"): string[] {
  const [first, ...rest] = refusal(withLines("newuidmap", lines, map, changes));
  expect(first).toMatch(/^newuidmap: uid range \[\d+-\d+\) -> \[\d+-\d+\) not allowed$/);
  return rest;
}

/** Why the ids are barred: what is said before what may be mapped. */
function why(lines: string[], changes: Partial<World> = subids): string[] {
  const all = told(lines, changes);
  return all.slice(
    0,
    all.findIndex((line) => /^newuidmap: alice (may map|has no range)/.test(line)),
  );
}

describe("a restriction", () => {
  it("is explained behind shadow's words, and told to syslog", () => {
    const run = runProgram(withLines("newuidmap", "bob:100005:10:reserved", "0 100000 100", granted));
    expect(run.stderr).toBe(
      [
        notAllowed,
        "newuidmap: 100005-100014 is reserved for bob (/etc/usernamespaces:1)",
        "newuidmap: alice may map 100000-100004 (/etc/subuid:1), 100015-165535 (/etc/subuid:1) and the own uid 1000",
        "",
      ].join("\n"),
    );
    expect(run.log).toEqual([
      "uid 1000: uid range [0-100) -> [100000-100100) not allowed: restricted (alice)",
    ]);
  });

  it("is explained by newgidmap in its own words", () => {
    const lines = refusal(withLines("newgidmap", "bob:100005:10:reserved", "0 100000 100", granted));
    expect(lines).toEqual([
      "newgidmap: gid range [0-100) -> [100000-100100) not allowed",
      "newgidmap: 100005-100014 is reserved for bob (/etc/usernamespaces:1)",
      "newgidmap: alice may map 100000-100004 (/etc/subgid:1), 100015-165535 (/etc/subgid:1) and the own gid 1000",
    ]);
  });

  it.each([
    ["1001:100000:10:reserved", "100000-100009 is reserved for 1001 (/etc/usernamespaces:2)"],
    [
      "nobody-of-this-name:100099:10:reserved",
      "100099 is reserved for nobody-of-this-name (/etc/usernamespaces:2)",
    ],
    ["*:100050:1:reserved", "100050 is reserved (/etc/usernamespaces:2)"],
    ["@in:99990:100:reserved", "100000-100089 is reserved (/etc/usernamespaces:2)"],
    ["@gone:100000:100:reserved", "100000-100099 is reserved (/etc/usernamespaces:2)"],
    ["b\x1bb\x80:100000:10:reserved", "100000-100009 is reserved for b\\x1bb\\x80 (/etc/usernamespaces:2)"],
    ["*:100000:100:each=10", "100010-100099 is kept for the slices of other users (/etc/usernamespaces:2)"],
    [
      "*:100000:100:each=10,first=990",
      "100000-100099 is kept for the slices of other users (/etc/usernamespaces:2)",
    ],
    [
      "@out:100000:100:each=100",
      "100000-100099 is kept for the slices of other users (/etc/usernamespaces:2)",
    ],
    [
      "@gone:100000:100:each=10",
      "100000-100099 is kept for the slices of other users (/etc/usernamespaces:2): whether alice is a member of @gone cannot be known",
    ],
    [
      "alice:100000:10:isolated",
      "100000-100009 is refused because of a flag that cannot be read (/etc/usernamespaces:2)",
    ],
    [
      "*:100000:10:uid,",
      "100000-100009 is refused because of a flag that cannot be read (/etc/usernamespaces:2)",
    ],
    [
      "@in:100000:10:UID",
      "100000-100009 is refused because of a flag that cannot be read (/etc/usernamespaces:2)",
    ],
    [
      "@gone:100000:10:uid ",
      "100000-100009 is refused because of a flag that cannot be read (/etc/usernamespaces:2): whether alice is a member of @gone cannot be known",
    ],
  ])("of the line '%s' is named", (line, expected) => {
    expect(why(["# a comment", line])).toEqual([`newuidmap: ${expected}`]);
  });

  it("of each line that bars the ids is named, up to eight", () => {
    expect(why(["bob:100000:2:reserved", "carol:100000:1:reserved", "alice:100000:100:reserved"])).toEqual([
      "newuidmap: 100000-100001 is reserved for bob (/etc/usernamespaces:1)",
      "newuidmap: 100000 is reserved for carol (/etc/usernamespaces:2)",
    ]);
    expect(why(Array(10).fill("bob:100000:1:reserved"))).toHaveLength(8);
  });

  it("is named for the first barred part of the request", () => {
    expect(why(["bob:100050:10:reserved", "carol:100010:10:reserved"])).toEqual([
      "newuidmap: 100010-100019 is reserved for carol (/etc/usernamespaces:2)",
    ]);
  });

  it("of two lines with slices is named with both", () => {
    expect(why(["*:100000:1000:each=1000", "", "*:100000:1000:each=1000"])).toEqual([
      "newuidmap: 100000-100099 is divided by another line too, so no slice counts (/etc/usernamespaces:1)",
      "newuidmap: 100000-100099 is divided by another line too, so no slice counts (/etc/usernamespaces:3)",
    ]);
  });
});

describe("what the caller may map", () => {
  const elsewhere = (lines: string[], changes: Partial<World> = { table: "", nss }) =>
    told(lines, changes, "0 5 1");

  it("is what the file grants, line by line", () => {
    const lines = ["alice:300000:10:", "1000:400000:1:uid", "bob:1:1:", "*:2000224256:147128320:each=65536"];
    expect(elsewhere(lines)).toEqual([
      "newuidmap: alice may map 300000-300009 (/etc/usernamespaces:1), 400000 (/etc/usernamespaces:2), 2000224256-2000289791 (/etc/usernamespaces:4) and the own uid 1000",
    ]);
  });

  it("is what both files grant, less what is barred", () => {
    const lines = ["alice:300000:10:", "bob:300004:2:reserved", "bob:100000:65530:reserved"];
    expect(elsewhere(lines, subids)).toEqual([
      "newuidmap: alice may map 165530-165535 (/etc/subuid:1), 300000-300003 (/etc/usernamespaces:1), 300006-300009 (/etc/usernamespaces:1) and the own uid 1000",
    ]);
  });

  it("is nothing where all of it is barred", () => {
    expect(elsewhere(["alice:300000:10:", "bob:300000:10:reserved"])).toEqual([
      "newuidmap: alice may map only the own uid 1000",
    ]);
  });

  it("tells nothing of what is granted to others, or of other kinds", () => {
    const lines = [
      "bob:300000:10:",
      "alice:300020:10:gid",
      "alice:300040:10:fsid",
      "*:44:1:gid",
      "@out:1:1:each=1",
    ];
    expect(elsewhere(lines)).toEqual([
      "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
      "newuidmap: an administrator can add one: usermod --add-subuids FIRST-LAST alice",
    ]);
  });

  it("is at most eight pieces", () => {
    const lines = Array.from({ length: 10 }, (_, i) => `alice:${300000 + 2 * i}:1:`);
    const listed = Array.from(
      { length: 8 },
      (_, i) => `${300000 + 2 * i} (/etc/usernamespaces:${i + 1})`,
    ).join(", ");
    expect(elsewhere(lines)).toEqual([`newuidmap: alice may map ${listed} and 2 more and the own uid 1000`]);
  });

  it.each([
    [999, "1000-1009"],
    [1010, "1000-1009"],
    [0, "1000-1009"],
  ])("says what it would take where uid %i is outside of the slices", (uid, slices) => {
    const passwd = `alice:x:${uid}:${uid}::/:\n`;
    const lines = told(["*:300000:100:each=10"], { table: "", uid, passwd }, "0 300000 1");
    expect(lines).toContain(
      `newuidmap: uid ${uid} is outside of the slices of /etc/usernamespaces:1, which are for uid ${slices}: it would take another line with first=${uid}`,
    );
  });
});

describe("a line that does not count", () => {
  const none = [
    "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
    "newuidmap: an administrator can add one: usermod --add-subuids FIRST-LAST alice",
  ];
  const faults: [line: string, fault: string][] = [
    [`alice:300000:10:${"x".repeat(1024)}`, "does not count: it is longer than 1023 bytes"],
    ["alice:300000:10:\0", "does not count: it holds a NUL byte"],
    ["alice:300000:10", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    ["alice:300000:10::", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    ["alice", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    ["alice::10:", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    [":300000:10:", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    ["@:300000:10:", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    ["bob", "does not count: it has to be USER:START:LENGTH:FLAGS"],
    ["alice:0x1:10:", "does not count: its start is no plain decimal number"],
    ["1000:300000:1k:", "does not count: its count is no plain decimal number"],
    ["*:300000:0:", "does not count: its count is no plain decimal number"],
    ["alice:4294967296:1:", "does not count: its range goes beyond the last id"],
    ["@in:300000:4294967296:", "does not count: its range goes beyond the last id"],
    ["@gone:300000:x:", "does not count: its count is no plain decimal number"],
    ["alice:300000:10:isolated", "grants nothing: its flags cannot be read"],
    ["alice:300000:10:each=5", "grants nothing: its flags cannot be read"],
  ];

  it.each(faults)("is named to whom it concerns: %j", (line, fault) => {
    expect(told(["#", line], { table: "", nss }, "0 5 1")).toEqual([
      ...none,
      `newuidmap: /etc/usernamespaces:2 ${fault}`,
    ]);
  });

  it.each(["bob:x:1:", "1001:1:0:", "@out:1:1:x", "bob:1:1:1:1", "#alice:x", "alicea:x:1:"])(
    "is nobody else's business: %s",
    (line) => {
      expect(told([line], { table: "", nss }, "0 5 1")).toEqual(none);
    },
  );

  it("is one of eight at most that are named", () => {
    expect(told(Array(10).fill("alice:x:1:"), { table: "", nss }, "0 5 1")).toHaveLength(none.length + 8);
  });
});

describe("the file", () => {
  const failed = (usernamespaces: number) =>
    refusal(withLines("newuidmap", [], "0 1000 1", { usernamespaces }));

  it.each([
    [-5, ["Input/output error"]],
    [-13, ["Permission denied", "the caller has to be able to read it: chmod 644 /etc/usernamespaces"]],
    [-1001, ["Not a regular file", "/etc/usernamespaces has to be a regular file, or absent"]],
    [-1002, ["Not owned by root", "it would work after: chown root /etc/usernamespaces"]],
    [-1003, ["Others than its owner can write it", "it would work after: chmod go-w /etc/usernamespaces"]],
  ])("that cannot be opened is named: %i", (code, [reason, ...rest]) => {
    expect(failed(code)).toEqual([
      `newuidmap: cannot open /etc/usernamespaces: ${reason}`,
      ...rest.map((line) => `newuidmap: ${line}`),
    ]);
  });

  it("with more separate ranges than are held is an error", () => {
    const lines = Array.from({ length: 8_193 }, (_, i) => `alice:${100000 + 2 * i}:1:`);
    const run = runProgram(withLines("newuidmap", lines, "0 100000 65536"));
    expect(run).toMatchObject({ status: 1, trapped: false, map: "" });
    expect(run.stderr).toBe("newuidmap: too many separate ranges concern the caller\n");
  });

  it("with many ranges kept from the caller refuses what they bar, and too many are an error", () => {
    const barred = (count: number) =>
      Array.from({ length: count }, (_, i) => `bob:${100001 + 2 * i}:1:reserved`);
    const ask = (count: number) => runProgram(withLines("newuidmap", barred(count), "0 100000 65536"));
    expect(ask(8_192)).toMatchObject({ status: 1, trapped: false, map: "" });
    expect(ask(8_192).stderr).toContain("newuidmap: 100001 is reserved for bob (/etc/usernamespaces:1)\n");
    expect(ask(8_193).stderr).toBe("newuidmap: too many separate ranges concern the caller\n");
  });

  it.each([
    ["divided into slices", "newuidmap", "*", "each=1"],
    ["under deny-setgroups", "newgidmap", "alice", "gid,deny-setgroups"],
  ] as const)(
    "with too many ranges %s is an error, though all that is asked for is one grant",
    (_, tool, owner, flags) => {
      const lines = Array.from({ length: 8_193 }, (_, i) => `${owner}:${100001 + 2 * i}:1:${flags}`);
      const ask = (count: number) =>
        runProgram(withLines(tool, lines.slice(0, count), "0 100000 65536", granted));
      expect(ask(8_192)).toMatchObject({ status: 0, map: "0 100000 65536\n" });
      expect(ask(8_193)).toMatchObject({ status: 1, trapped: false, map: "", setgroups: "allow" });
      expect(ask(8_193).stderr).toBe(`${tool}: too many separate ranges concern the caller\n`);
    },
  );
});
