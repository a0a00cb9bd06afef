// SPDX-License-Identifier: MIT
//
// Each reason for a refusal: what the caller is told, and what syslog is.
import { describe, expect, it } from "vitest";
import { PID, type World } from "../model/world.js";
import { asking, refusal, run } from "./run.js";

const logOf = (changes: Partial<World>) => run(changes).log;

describe("ids that nothing grants", () => {
  it("are refused with what the caller has", () => {
    const changes = { table: "bob:1:1\nalice:100000:10\n1000:100020:1\n", args: asking("0 100010 5") };
    expect(refusal(changes)).toEqual([
      "newuidmap: uid range [0-5) -> [100010-100015) not allowed",
      "newuidmap: alice may map 100000-100009 (/etc/subuid:2), 100020 (/etc/subuid:3) and the own uid 1000",
    ]);
    expect(logOf(changes)).toEqual([
      "uid 1000: uid range [0-5) -> [100010-100015) not allowed: not granted (alice)",
    ]);
  });

  it("are refused by newgidmap in its own words", () => {
    const changes = { tool: "newgidmap" as const, gid: 1000, table: "", args: asking("0 44 1") };
    expect(refusal(changes)).toEqual([
      "newgidmap: gid range [0-1) -> [44-45) not allowed",
      "newgidmap: alice has no range in /etc/subgid and may map only the own gid 1000",
      "newgidmap: an administrator can add one: usermod --add-subgids FIRST-LAST alice",
    ]);
    expect(logOf(changes)).toEqual(["uid 1000: gid range [0-1) -> [44-45) not allowed: not granted (alice)"]);
  });

  it("are those of the first extent that is not allowed", () => {
    const args = asking("0 1000 1 1 100000 10 11 5 1 12 6 1");
    expect(refusal({ args })[0]).toBe("newuidmap: uid range [11-12) -> [5-6) not allowed");
  });

  it("come before what the kernel would not take", () => {
    const args = asking("0 1000 1 0 5 1");
    expect(refusal({ args })[0]).toBe("newuidmap: uid range [0-1) -> [5-6) not allowed");
  });

  it("are explained with at most eight lines of each kind", () => {
    const sound = Array.from({ length: 10 }, (_, i) => `alice:${200 + 2 * i}:1\n`).join("");
    const broken = "alice:x:1\n".repeat(10);
    const lines = refusal({ table: sound + broken, args: asking("0 5 1") });
    const listed = Array.from({ length: 8 }, (_, i) => `${200 + 2 * i} (/etc/subuid:${i + 1})`).join(", ");
    expect(lines[1]).toBe(`newuidmap: alice may map ${listed} and 2 more and the own uid 1000`);
    expect(lines.slice(2)).toEqual(
      Array.from(
        { length: 8 },
        (_, i) => `newuidmap: /etc/subuid:${i + 11} does not count: its start is no plain decimal number`,
      ),
    );
  });

  it("tell nothing of other users' lines", () => {
    const text = refusal({ table: "bob:200000:10\nalicea:1:x\n1001:3:3\n", args: asking("0 200000 1") }).join(
      "\n",
    );
    expect(text).not.toMatch(/bob|alicea|1001|200009/);
  });
});

describe("the own id", () => {
  it("is allowed with a count of 1, at any place", () => {
    expect(run({ table: "", args: asking("0 1000 1") }).map).toBe("0 1000 1\n");
    expect(run({ table: "", args: asking("4294967294 1000 1") }).status).toBe(0);
    expect(refusal({ table: "", args: asking("0 1000 2") })[0]).toContain("[1000-1002) not allowed");
    expect(refusal({ table: "", args: asking("0 999 2") })[0]).toContain("[999-1001) not allowed");
  });

  it("is the uid for newuidmap and the gid for newgidmap", () => {
    const passwd = "alice:x:1000:100::/:\n";
    const map = (tool: World["tool"], id: number) =>
      run({ tool, passwd, gid: 100, table: "", args: asking(`0 ${id} 1`) }).status;
    expect([map("newuidmap", 1000), map("newuidmap", 100)]).toEqual([0, 1]);
    expect([map("newgidmap", 1000), map("newgidmap", 100)]).toEqual([1, 0]);
  });

  it("is the group that the caller runs with, where another than the primary one will do", () => {
    const changes = {
      tool: "newgidmap" as const,
      gid: 44,
      loginDefs: "GRANT_AUX_GROUP_SUBIDS yes\n",
      table: "",
    };
    expect(run({ ...changes, args: asking("0 44 1") }).status).toBe(0);
    expect(run({ ...changes, args: asking("0 1000 1") }).status).toBe(1);
  });

  it("does not fill a gap between grants", () => {
    const table = "alice:990:10\nalice:1001:10\n";
    expect(refusal({ table, args: asking("0 990 21") })[1]).toBe(
      "newuidmap: 1000 is what is not granted of it",
    );
    expect(run({ table, args: asking("0 990 10 10 1000 1 11 1001 10") }).status).toBe(0);
  });
});

it("the number behind the last id is not among what he may map", () => {
  expect(refusal({ table: "alice:4294967290:6\n", args: asking("0 70000 1") })[1]).toBe(
    "newuidmap: alice may map 4294967290-4294967294 (/etc/subuid:1) and the own uid 1000",
  );
});

describe("outside uid 0", () => {
  const root = { uid: 0, passwd: "root:x:0:0::/:/bin/sh\n" };

  it("is not among what he may map, whatever a line grants", () => {
    expect(refusal({ table: "alice:0:65536\n", args: asking("0 70000 1") })[1]).toBe(
      "newuidmap: alice may map 1-65535 (/etc/subuid:1) and the own uid 1000",
    );
    expect(refusal({ table: "alice:0:1\n", args: asking("0 70000 1") })[1]).toBe(
      "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
    );
  });

  it("is for root alone, whatever a line says", () => {
    const changes = { table: "alice:0:65536\n", args: asking("0 0 1") };
    expect(refusal(changes)).toEqual([
      "newuidmap: uid range [0-1) -> [0-1) not allowed",
      "newuidmap: outside uid 0 is root's own: nobody else may map it",
    ]);
    expect(logOf(changes)).toEqual(["uid 1000: uid range [0-1) -> [0-1) not allowed: outside uid 0 (alice)"]);
    expect(refusal({ ...changes, args: asking("5 0 65536") })[1]).toContain("outside uid 0");
    expect(run({ ...changes, args: asking("0 1 65535") }).status).toBe(0);
  });

  it("is root's own id, and more of it needs a grant as for anybody", () => {
    expect(run({ ...root, table: "", args: asking("0 0 1") }).map).toBe("0 0 1\n");
    expect(refusal({ ...root, table: "", args: asking("0 0 2") })[0]).toContain("not allowed");
    expect(run({ ...root, table: "root:0:65536\n", args: asking("0 0 65536") }).status).toBe(0);
  });

  it("is an id like others among groups", () => {
    const changes = { tool: "newgidmap" as const, table: "alice:0:1\n", args: asking("0 0 1") };
    expect(run(changes)).toMatchObject({ status: 0, map: "0 0 1\n" });
  });
});

describe("extents that overlap", () => {
  const invalid = "newuidmap: write to uid_map failed: Invalid argument";

  it.each([
    ["0 100000 10 9 100010 10", "inside: '0 100000 10' and '9 100010 10'"],
    ["9 100010 10 0 100000 10", "inside: '9 100010 10' and '0 100000 10'"],
    ["5 100000 1 5 100010 1", "inside: '5 100000 1' and '5 100010 1'"],
    ["0 100000 100 50 100200 1", "inside: '0 100000 100' and '50 100200 1'"],
    ["0 100000 10 10 100009 10", "outside: '0 100000 10' and '10 100009 10'"],
    ["0 1000 1 1 1000 1", "outside: '0 1000 1' and '1 1000 1'"],
    ["0 100000 10 0 100000 10", "inside: '0 100000 10' and '0 100000 10'"],
  ])("'%s' are refused", (map, text) => {
    expect(refusal({ args: asking(map) })).toEqual([invalid, `newuidmap: extents 1 and 2 overlap ${text}`]);
    expect(logOf({ args: asking(map) })[0]).toMatch(/not allowed: overlapping extents \(alice\)$/);
  });

  it("are the first two where more begin at the same id", () => {
    const lines = refusal({ args: asking("5 100000 1 5 100010 1 5 100020 1") });
    expect(lines[1]).toBe("newuidmap: extents 1 and 2 overlap inside: '5 100000 1' and '5 100010 1'");
  });

  it("are named by their places", () => {
    const args = asking("0 100000 10 20 100020 10 40 100040 10 25 100060 1");
    expect(refusal({ args })[1]).toBe(
      "newuidmap: extents 2 and 4 overlap inside: '20 100020 10' and '25 100060 1'",
    );
  });

  it("are none where they touch, in any order", () => {
    expect(run({ args: asking("10 100010 10 0 100000 10 20 100020 10") }).map).toBe(
      "10 100010 10\n0 100000 10\n20 100020 10\n",
    );
  });

  it("leave setgroups as it was", () => {
    const changes = { tool: "newgidmap" as const, table: "", args: asking("0 1000 1 1 1000 1") };
    expect(refusal(changes)[0]).toBe("newgidmap: write to gid_map failed: Invalid argument");
  });
});

describe("what the kernel takes", () => {
  const extents = (count: number, inside: number, outside = 100000) => [
    PID,
    ...Array.from({ length: count }, (_, i) => [inside + i, outside + 2 * i, 1].map(String)).flat(),
  ];

  it("is 340 lines", () => {
    const table = "alice:2001:1000\n";
    expect(run({ table, args: extents(340, 0, 2001) }).map.split("\n")).toHaveLength(341);
    expect(refusal({ table, args: extents(341, 0, 2001) })).toEqual([
      "newuidmap: write to uid_map failed: Invalid argument",
      "newuidmap: 341 extents: the kernel takes at most 340",
    ]);
    expect(logOf({ table, args: extents(341, 0, 2001) })[0]).toMatch(
      /not allowed: too many extents \(alice\)$/,
    );
  });

  it("is 4095 bytes", () => {
    // 204 lines of 20 bytes are 4080; the last one makes 4095 or 4096.
    const full = extents(204, 4e9);
    expect(run({ args: [...full, "1", "165535", "1"] }).map).toHaveLength(4091);
    expect(run({ args: [...full, "10000", "165535", "1"] }).map).toHaveLength(4095);
    expect(refusal({ args: [...full, "100000", "165535", "1"] })).toEqual([
      "newuidmap: write to uid_map failed: Invalid argument",
      "newuidmap: the map has 4096 bytes: the kernel takes at most 4095",
    ]);
    expect(logOf({ args: [...full, "100000", "165535", "1"] })[0]).toMatch(
      /not allowed: too long \(alice\)$/,
    );
  });
});

describe("syslog", () => {
  it("gets a name with its control characters escaped, and nothing else of the caller's", () => {
    const passwd = "al\x1b\\\x7f\xe9:x:1000:1000::/:\n";
    expect(logOf({ passwd, table: "", args: asking("0 5 1") })).toEqual([
      "uid 1000: uid range [0-1) -> [5-6) not allowed: not granted (al\\x1b\\x5c\\x7f\\xe9)",
    ]);
    expect(refusal({ passwd, table: "", args: asking("0 5 1") })[1]).toBe(
      "newuidmap: al\\x1b\\x5c\\x7f\\xe9 has no range in /etc/subuid and may map only the own uid 1000",
    );
  });

  it("gets nothing of what is allowed, or misused", () => {
    expect(logOf({})).toEqual([]);
    expect(logOf({ args: asking("0 x 1") })).toEqual([]);
  });
});

describe("the order of the steps", () => {
  it("is the target, the caller, the owner, the grants, the request, the map", () => {
    expect(run().calls).toEqual([
      "openTarget 4242",
      "open passwd",
      "statTarget",
      "open nsswitch",
      "open subuid",
      "open usernamespaces",
      "openMap",
      "writeMap",
    ]);
  });

  it("has setgroups just before the map", () => {
    expect(run({ tool: "newgidmap", args: asking("0 1000 1") }).calls.slice(-5)).toEqual([
      "open usernamespaces",
      "setgroupsDenied",
      "denySetgroups",
      "openMap",
      "writeMap",
    ]);
  });

  it("touches nothing of the target's where a request is refused", () => {
    const { calls } = run({ tool: "newgidmap", table: "", args: asking("0 5 1") });
    expect(calls).toEqual([
      "openTarget 4242",
      "open passwd",
      "statTarget",
      "open nsswitch",
      "open subgid",
      "open usernamespaces",
      "open usernamespaces",
      "open usernamespaces",
      "open subgid",
      "open usernamespaces",
      "log",
      "print 2",
    ]);
  });
});
