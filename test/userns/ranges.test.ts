// SPDX-License-Identifier: MIT
//
// The caller's ranges where he does not spell a map out: their order, and what is left out.
import { describe, expect, it } from "vitest";
import { type Host, main } from "./fake-host.js";
import { asked, type Extents, refusal } from "./run.js";

const passwd = "alice:x:1000:1000::/:/bin/sh\n";
const tables = (subids: string[], entries: string[] = []): Host => ({
  tables: { 0: passwd, 3: subids.join("\n"), 4: subids.join("\n"), 5: entries.join("\n") },
});
const own = [0, 1000, 1];

describe("the default map", () => {
  it.each<[string, string[], string[], Extents]>([
    ["is the own id without a grant", [], [], [own]],
    [
      "has the ranges in the order of the lines",
      ["alice:300000:10", "alice:100000:5"],
      [],
      [own, [1, 300000, 10], [11, 100000, 5]],
    ],
    [
      "merges ranges where the first of them stands, also those of both files",
      ["alice:300000:10", "alice:100000:5", "1000:300010:5"],
      ["alice:99990:10:", "alice:50000:1:"],
      [own, [1, 300000, 15], [16, 99990, 15], [31, 50000, 1]],
    ],
    [
      "leaves the own id out of a range that holds it",
      ["alice:990:20"],
      [],
      [own, [1, 990, 10], [11, 1001, 9]],
    ],
    [
      "leaves outside id 0 and the number behind the last id out",
      ["alice:0:3", "alice:4294967294:2"],
      [],
      [own, [1, 1, 2], [3, 4294967294, 1]],
    ],
    ["has the slice of the uid", [], ["*:700000:30:each=10,first=999"], [own, [1, 700010, 10]]],
  ])("%s", (_, subids, entries, extents) => {
    expect(asked([], tables(subids, entries)).uids).toEqual(extents);
  });

  it("goes without what exceeds 340 lines", () => {
    const subids = Array.from({ length: 400 }, (_, i) => `alice:${2 * i + 1}:1`);
    const run = main(["--gid-map=0 1000 1"], { ...tables(subids), answers: { runShell: -2 } });
    expect(asked(["--gid-map=0 1000 1"], tables(subids)).uids).toHaveLength(340);
    expect(run.stderr.split("\n")[0]).toBe("userns: left out: 61 uids: the map has no room for more lines");
  });

  it("goes without what exceeds 4,095 bytes", () => {
    const subids = Array.from({ length: 300 }, (_, i) => `alice:${2000000000 + 2 * i}:1`);
    const { uids } = asked([], tables(subids));
    const bytes = (lines: Extents) => lines.map((line) => `${line.join(" ")}\n`).join("").length;
    expect(bytes(uids)).toBeLessThanOrEqual(4095);
    expect(bytes([...uids, [uids.length, 2000000000 + 2 * uids.length, 1]])).toBeGreaterThan(4095);
  });

  it("says what it leaves out, and of which kind", () => {
    const entries = [
      "bob:100005:5:reserved,uid",
      "alice:44:1:gid,deny-setgroups",
      "alice:290000:9:fsid",
      "*:50:1:gid",
    ];
    const run = main([], { ...tables(["alice:100000:20"], entries), answers: { runShell: -2 } });
    expect(run.stderr.split("\n").slice(0, -2)).toEqual([
      "userns: left out: uid 100005-100009 (/etc/subuid:1): restricted by /etc/usernamespaces",
      "userns: left out: uid 290000-290008 (/etc/usernamespaces:3): for file-system ids alone",
      "userns: left out: gid 44 (/etc/usernamespaces:2): mapped only with setgroups denied",
      "userns: left out: gid 290000-290008 (/etc/usernamespaces:3): for file-system ids alone",
      "userns: left out: gid 50 (/etc/usernamespaces:4): granted to several users, without each=",
    ]);
  });
});

it("says of which kind of ids the plugin could not be asked", () => {
  const host = { tables: { 0: passwd, 1: "subid: sss\n" }, answers: { askNss: -1009, runShell: -2 } };
  expect(main([], host).stderr.split("\n").slice(0, 2)).toEqual([
    "userns: the sub-id source 'sss' could not be asked for uids: the name-service program cannot be started, see FILES in newuidmap(1)",
    "userns: the sub-id source 'sss' could not be asked for gids: the name-service program cannot be started, see FILES in newuidmap(1)",
  ]);
});

describe("--map-auto", () => {
  it("leaves room for what -c maps", () => {
    expect(asked(["-c", "--map-auto"], tables(["alice:100000:2000"])).uids).toEqual([
      [1000, 1000, 1],
      [0, 100000, 1000],
      [1001, 101000, 1000],
    ]);
  });

  it("fails if there is no range", () => {
    expect(refusal(["--map-auto"], tables([]))).toEqual([
      "userns: --map-auto: there is no range of uids to map; -r or -c maps the own id",
    ]);
    expect(refusal(["--map-groups=auto"], tables([], ["alice:44:1:gid,deny-setgroups"]))).toEqual([
      "userns: --map-groups: there is no range of gids to map; -r or -c maps the own id",
      "userns: left out: gid 44 (/etc/usernamespaces:1): mapped only with setgroups denied",
    ]);
  });
});

describe("--map-users=all and --map-groups=all", () => {
  it("map every id of the own namespace as itself", () => {
    const lines = Array.from(
      { length: 340 },
      (_, i) => `${10 * i}`.padStart(10) + `${100000 + 20 * i}`.padStart(11) + "10".padStart(11),
    );
    const files = {
      "/proc/self/uid_map": `${lines.join("\n")}\n`,
      "/proc/self/gid_map": `${" ".repeat(9)}0 0 4294967295\n`,
    };
    const { uids, gids } = asked(["--map-users=all", "--map-groups=all"], { files });
    expect(uids).toEqual(lines.map((_, i) => [10 * i, 10 * i, 10]));
    expect(gids).toEqual([[0, 0, 4294967295]]);
  });
});
