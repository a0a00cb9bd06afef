// SPDX-License-Identifier: MIT
//
// What usernsctl lint finds in ranges: ids of others, overlaps, what is too small or differs.
import { describe, it } from "vitest";
import { expectFindings, type Judged } from "./findings.js";
import { unavailable } from "./tables.js";

/** The same ranges as gids, so that nothing differs. */
const alike = (lines: Judged[], findings: Judged[] = []): Record<string, Judged[]> => ({
  subuid: lines,
  subgid: lines.map(([line], i) => findings[i] ?? [line]),
});

const LOGINS = "ids of login users (UID_MIN to UID_MAX of login.defs)";
const THEIR_GROUPS = "ids of login users' groups (GID_MIN to GID_MAX of login.defs)";
const HOMED = "holds 60001-60705, ids of systemd-homed's users and of sessions";
const SERVICES = "holds 61184-65519, ids that systemd gives to services (DynamicUser)";
const FOREIGN =
  "holds 2147352576-2147418111, ids that systemd keeps for files of other systems (foreign ids)";
const POOL = (side: string) => `SUB_${side}_MIN to SUB_${side}_MAX hold it, and it does not read this file`;

describe.skipIf(unavailable)(`usernsctl lint${unavailable && `: ${unavailable}`}`, () => {
  it("finds them in a line of all ids", () => {
    expectFindings({
      subuid: [
        [
          "alice:0:4294967296",
          "7: error: holds 1, the uid of daemon, and 4 more of existing accounts",
          "7: warning: holds 1-999, ids of system accounts",
          `7: warning: holds 1000-60000, ${LOGINS}`,
          `7: warning: ${FOREIGN}`,
          "7: warning: holds 4294967295, the id -1, which cannot be mapped",
          `7: warning: ${HOMED}`,
          `7: warning: ${SERVICES}`,
          "7: warning: holds 65534, the id of nobody",
          "7: warning: holds 65535, the id -1 where ids have 16 bits",
          "7: error: holds id 0, which is root's",
        ],
      ],
    });
  });

  it("finds ids that are somebody else's", () => {
    expectFindings(
      alike(
        [
          [
            "alice:0:65536",
            "7: error: holds 1, the uid of daemon, and 4 more of existing accounts",
            "7: warning: holds 1-999, ids of system accounts",
            `7: warning: holds 1000-60000, ${LOGINS}`,
            `7: warning: ${HOMED}`,
            `7: warning: ${SERVICES}`,
            "7: warning: holds 65534, the id of nobody",
            "7: warning: holds 65535, the id -1 where ids have 16 bits",
            "7: error: holds id 0, which is root's",
          ],
          ["bob:2147352576:65536", `5: warning: ${FOREIGN}`],
          ["1003:4294901760:65536", "6: warning: holds 4294967295, the id -1, which cannot be mapped"],
          ["1002:65536:65536"],
        ],
        [
          [
            "alice:0:65536",
            "7: error: holds 1, the gid of daemon, and 3 more of existing accounts",
            "7: warning: holds 1-999, ids of system accounts",
            `7: warning: holds 1000-60000, ${THEIR_GROUPS}`,
            `7: warning: ${HOMED}`,
            `7: warning: ${SERVICES}`,
            "7: warning: holds 65534, the id of nobody",
            "7: warning: holds 65535, the id -1 where ids have 16 bits",
            "7: error: holds id 0, which is root's",
          ],
          ["bob:2147352576:65536", `5: warning: ${FOREIGN}`],
          ["1003:4294901760:65536", "6: warning: holds 4294967295, the id -1, which cannot be mapped"],
        ],
      ),
    );
  });

  it("asks login.defs where the login ids are", () => {
    expectFindings(
      alike(
        [["alice:100000:65536", `7: warning: holds 100000-150000, ${LOGINS}`]],
        [
          [
            "alice:100000:65536",
            "7: warning: holds 100000-164999, ids of system accounts",
            `7: warning: holds 165000-165535, ${THEIR_GROUPS}`,
          ],
        ],
      ),
      {
        "etc/login.defs": [
          "UID_MIN 70000",
          "UID_MAX\t150000",
          "# GID_MIN 5",
          "GID_MIN 165000",
          "GID_MAX 166000",
        ],
      },
    );
  });

  it("finds groups of the system's that setgroups is not denied with", () => {
    expectFindings({
      usernamespaces: [
        ["@video:44:1:gid", "8: error: holds 44, the gid of video"],
        ["alice:1:1:gid,deny-setgroups"],
        ["@alice:1000:1:gid,deny-setgroups"],
        ["bob:1000:1:gid,deny-setgroups"],
      ],
    });
  });

  it("finds what is granted twice below a line that holds both", () => {
    expectFindings({
      subuid: [
        ["alice:100000:65536"],
        [
          "bob:110000:65536",
          "1: warning: bob gets other gids than uids: uids 110000-175535, gids 165536-231071",
          "5: error: 110000-165535 is granted to alice too (etc/subuid:1)",
        ],
        ["1002:300000:65536"],
        ["1002:300000:65536", "6: warning: the same as line 3"],
      ],
      subgid: [["alice:100000:65536"], ["bob:165536:65536"], ["1002:300000:65536"]],
      usernamespaces: [
        [
          "1003:90000:400000:fsid",
          "6: warning: 100000-165535 is granted to alice too (etc/subgid:1) and 2 more lines",
          "6: warning: 100000-165535 is granted to alice too (etc/subuid:1) and 3 more lines",
          ...["GID", "UID"].map(
            (side) =>
              `6: warning: useradd may give 100000-489999 to others: SUB_${side}_MIN to SUB_${side}_MAX hold it, and it ` +
              "does not read this file",
          ),
        ],
      ],
    });
  });

  it("finds what several are granted", () => {
    const tables = (file: string): Judged[] => [
      ["alice:100000:65536"],
      ["bob:200000:65536"],
      [
        "1003:90000:200000",
        `6: error: 100000-165535 is granted to alice too (etc/${file}:1) and 1 more line`,
      ],
      ["1002:700000:65536"],
      ["bob:765535:65536", `5: error: 765535 is granted to 2000 too (etc/${file}:4)`],
      ["1000:400000:65536"],
      ["alice:400001:65536", `7: warning: 400001-465535 is granted to alice twice (etc/${file}:6)`],
      ["1000:400000:65536", "6: warning: the same as line 6"],
    ];
    const onDisk = (file: string) => `5: warning: 465536 is granted to alice too (etc/${file}:7)`;
    expectFindings({
      subuid: tables("subuid"),
      subgid: tables("subgid"),
      usernamespaces: [
        ["bob:465536:1:fsid", onDisk("subgid"), onDisk("subuid")],
        ["alice:1900000000:65536:uid,gid"],
        [
          "bob:1900000000:65536:",
          "5: error: 1900000000-1900065535 is granted to alice too (etc/usernamespaces:2)",
        ],
      ],
    });
  });

  it("finds grants that are refused, and what nobody gets", () => {
    const tables = (file: string): Judged[] => [
      ["alice:2000224256:65536"],
      [
        "bob:2000224256:65536",
        "5: warning: 2000224256-2000289791 is divided in slices and refused (etc/usernamespaces:1)",
        `5: error: 2000224256-2000289791 is granted to alice too (etc/${file}:1)`,
      ],
      [
        "1003:700000000:65536",
        "6: warning: 700000005-700000014 is reserved for bob and refused (etc/usernamespaces:3)",
      ],
    ];
    expectFindings({
      subuid: tables("subuid"),
      subgid: tables("subgid"),
      usernamespaces: [
        ["*:2000224256:131072:each=65536"],
        ["containers:700000000:10:uid,reserved"],
        [
          "bob:700000005:10:reserved",
          "5: error: nobody gets 700000005-700000009: etc/usernamespaces:2 reserves it too",
        ],
        [
          "@video:2000289792:65536:each=65536,first=5000",
          "8: error: nobody gets 2000289792-2000355327: etc/usernamespaces:1 divides it in slices too",
        ],
      ],
    });
  });

  it("takes what somebody reserves of his own slice for his", () => {
    expectFindings({
      usernamespaces: [
        ["*:2000224256:131072:each=65536"],
        ["bob:2000289792:10:reserved"],
        [
          "alice:2000290000:10:reserved",
          "7: error: nobody gets 2000290000-2000290009: etc/usernamespaces:1 divides it in slices too",
        ],
      ],
    });
  });

  it("finds lines for several that name uids", () => {
    const why = "uids go to single users, or to several in slices (each=)";
    expectFindings({
      usernamespaces: [
        ["*:1900000000:65536:", `20: warning: grants no uids: ${why}`],
        ["@video:1910000000:65536:uid", `25: warning: grants nothing: ${why}`],
        ["@video:1920000000:65536:uid,reserved"],
      ],
    });
  });

  it("finds slices that do not fit", () => {
    expectFindings({
      usernamespaces: [
        ["*:1900000000:65535:each=65536", "14: error: holds no slice of 65536 ids"],
        ["*:1910000000:65537:each=65536", "14: warning: the last 1910065536 is in no slice"],
        ["*:1920000000:1000:each=100", "19: warning: slices of 100 ids; images need 65536"],
      ],
    });
  });

  it("finds users with too few ids, or with other gids than uids", () => {
    expectFindings({
      subuid: [
        ["alice:100000:65535", "14: warning: alice gets 65535 uids; images need 65536"],
        ["bob:200000:65535"],
        ["1001:265535:1"],
        [
          "1002:300000:65536",
          "1: warning: 2000 gets other gids than uids: uids 300000-365535, gids 300001-365536",
        ],
        [
          "1003:400000:65536",
          "1: warning: j\u00f6rg gets other gids than uids: uids 400000-465535, gids none",
        ],
      ],
      subgid: [
        ["alice:100000:65535", "14: warning: alice gets 65535 gids; images need 65536"],
        ["bob:200000:65536"],
        ["1002:300001:65536"],
      ],
    });
  });

  it("takes slices and several lines together for enough", () => {
    expectFindings({
      ...alike([["alice:100000:10"], ["bob:200000:32768"]]),
      usernamespaces: [["*:2000224256:65536:each=65536"], ["bob:1900000000:32768:"]],
    });
  });

  it("finds what useradd does not see", () => {
    expectFindings(
      {
        ...alike([["bob:300000:65536"]]),
        usernamespaces: [
          [
            "alice:150000:100000:",
            `7: warning: useradd may give 150000-199999 to others: ${POOL("UID")}`,
            `7: warning: useradd may give 200000-249999 to others: ${POOL("GID")}`,
          ],
          ["bob:300000:65536:reserved"],
          [
            "containers:120000:10:uid,reserved",
            `12: warning: useradd may give 120000-120009 to others: ${POOL("UID")}`,
          ],
          ["alice:260000:10:"],
        ],
      },
      {
        "etc/login.defs": [
          "SUB_UID_MIN 100000",
          "SUB_UID_MAX 199999",
          "SUB_GID_MIN 200000",
          "SUB_GID_MAX 249999",
        ],
      },
    );
  });

  it("counts lines in systemd's containers' ids where a program gives these to containers", () => {
    const containers = (name: string) =>
      `holds some of 524288-1879048191, ids that ${name} gives to containers; and 1 more line`;
    const lines: Judged[] = [
      ["alice:500000:65536", `7: warning: ${containers("systemd-nspawn")}`],
      ["bob:600000:65536"],
      ["1003:400000:65536"],
    ];
    expectFindings(alike(lines, [lines[0] as Judged]), { "usr/bin/systemd-nspawn": "" });
    expectFindings(alike(lines.map(([line]) => [line])));
  });
});
