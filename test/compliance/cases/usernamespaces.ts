// SPDX-License-Identifier: MIT
//
// /etc/usernamespaces, which shadow does not know: what it does instead is what /etc/subuid and /etc/subgid say.
import type { Case, Topic } from "../case.js";
import { noRange } from "../wording.js";

const path = "/etc/usernamespaces";
const subids = "alice:100000:65536\n";
const reason = "usernamespaces";
/** One range for every user from uid 1000 to 3244. */
const slices = "*:2000224256:147128320:each=65536\n";

/** Shadow's words for ids that are not allowed, first in the map. */
function refused(outside: number, count: number): string[] {
  return [`$TOOL: $KIND range [0-${count}) -> [${outside}-${outside + count}) not allowed`];
}

/** A grant of the file's. */
function grants(
  name: string,
  file: string,
  [outside, count]: [number, number],
  more: Partial<Case> = {},
): Case {
  const map = `0 ${outside} ${count}`;
  const shadow = { stderr: refused(outside, count) };
  return { name, files: { [path]: file }, args: map, map, shadow, reason, ...more };
}

/** What the file does not grant, and shadow does not either. */
function denies(
  name: string,
  file: string,
  outside: number,
  explained: string[],
  more: Partial<Case> = {},
): Case {
  const stderr = refused(outside, 10);
  return { name, files: { [path]: file }, args: `0 ${outside} 10`, stderr, explained, ...more };
}

/** What the file keeps of the ids 100000 to 100009, which alice's sub-ids hold; `rest` is what it leaves of them. */
function keeps(name: string, file: string, why: string[], rest: string[], more: Partial<Case> = {}): Case {
  const map = "0 100000 10";
  const may = rest.map((ids) => `${ids} (/etc/sub$KIND:1)`).join(", ");
  return {
    name,
    table: subids,
    files: { [path]: file },
    args: map,
    stderr: refused(100000, 10),
    explained: [...why.map((line) => `$TOOL: ${line}`), `$TOOL: alice may map ${may} and the own $KIND 1000`],
    shadow: { map },
    reason,
    ...more,
  };
}

/** What the file does not keep. */
function leaves(name: string, file: string, more: Partial<Case> = {}): Case {
  const map = "0 100000 10";
  return { name, table: subids, files: { [path]: file }, args: map, map, ...more };
}

const behind = ["100010-165535"];
const gid: Partial<Case> = { tool: "newgidmap" };
const denied: Partial<Case> = { tool: "newgidmap", setgroups: "deny" };
const both: Partial<Case> = { tool: "both" };

export const granting: Topic = {
  topic: "grants of /etc/usernamespaces",
  cases: [
    grants("a line of the caller's", "alice:300000:10:\n", [300000, 10], both),
    grants("a line of the caller's uid, without a newline", "1000:300000:10:uid,gid", [300000, 10], both),
    grants("a slice of a line for everybody", slices, [2000224256, 65536], both),
    grants("the slice of another user", slices, [2000289792, 65536], {
      ...both,
      caller: { uid: 1001, gid: 1001 },
    }),
    grants("slices that begin with another uid", "*:300000:100:each=10,first=999\n", [300010, 10], both),
    grants("a slice for a member of a group", "@video:300000:100:each=10\n", [300000, 10], both),
    grants("a group id, with setgroups denied", "alice:44:1:gid,deny-setgroups\n", [44, 1], denied),
    grants("a group id, with setgroups left alone", "alice:44:1:gid\n", [44, 1], gid),
    grants("a group id for everybody", "*:44:1:gid,deny-setgroups\n", [44, 1], denied),
    grants("a group id for a group's members", "@video:44:1:gid,deny-setgroups\n", [44, 1], denied),
    grants("a group id for those whose primary group it is", "@alice:44:1:\n", [44, 1], gid),
    grants("a line that goes on where the sub-ids end", "alice:165536:10:\n", [100000, 65546], {
      tool: "both",
      table: subids,
    }),
    denies("no grant of uids for everybody", "*:300000:10:\n", 300000, noRange),
    denies("no grant of uids for a group", "@video:300000:10:uid,gid\n", 300000, noRange),
    denies("no grant for a group that the caller is not in", "@users:300000:10:gid\n", 300000, noRange, gid),
    denies("no grant for a group that is not known", "@nonesuch:300000:10:gid\n", 300000, noRange, gid),
    denies("no grant of other kinds", "alice:300000:10:gid,fsid\n", 300000, noRange),
    denies("no grant by a reservation", "alice:300000:10:reserved\n", 300000, noRange),
    denies(
      "no slice for a uid before the first",
      slices,
      2000224256,
      [
        "$TOOL: 2000224256-2000224265 is kept for the slices of other users (/etc/usernamespaces:1)",
        ...noRange.map((line) => line.replaceAll("alice", "old").replace("1000", "500")),
        "$TOOL: uid 500 is outside of the slices of /etc/usernamespaces:1, which are for uid 1000-3244: it would take another line with first=500",
      ],
      {
        ...both,
        caller: { uid: 500, gid: 500 },
        files: { [path]: slices, "/etc/passwd": "old:x:500:500::/:\n" },
      },
    ),
  ],
};

export const restricting: Topic = {
  topic: "restrictions of /etc/usernamespaces",
  cases: [
    keeps(
      "a range that is reserved for another user",
      "# containers\nbob:100005:10:reserved\n",
      ["100005-100009 is reserved for bob (/etc/usernamespaces:2)"],
      ["100000-100004", "100015-165535"],
      both,
    ),
    keeps(
      "a range that is reserved for a name that nobody has",
      "podman:100000:10:reserved\n",
      ["100000-100009 is reserved for podman (/etc/usernamespaces:1)"],
      behind,
    ),
    keeps(
      "a range that is reserved",
      "*:100000:10:reserved\n",
      ["100000-100009 is reserved (/etc/usernamespaces:1)"],
      behind,
    ),
    leaves("a range that is reserved for the caller", "alice:100000:10:reserved\n", both),
    leaves("a range of other kinds that is reserved", "bob:100000:10:reserved,fsid\n", both),
    leaves("a line of another user's", "bob:100000:10:\n", both),
    keeps(
      "the slices of other users",
      "*:100000:100:each=10,first=999\n",
      ["100000-100009 is kept for the slices of other users (/etc/usernamespaces:1)"],
      ["100010-100019", "100100-165535"],
      {
        ...both,
        explained: [
          "$TOOL: 100000-100009 is kept for the slices of other users (/etc/usernamespaces:1)",
          "$TOOL: alice may map 100010-100019 (/etc/sub$KIND:1), 100100-165535 (/etc/sub$KIND:1), 100010-100019 (/etc/usernamespaces:1) and the own $KIND 1000",
        ],
      },
    ),
    keeps(
      "slices that overlap",
      "*:100000:100:each=100\n*:100000:10:each=10\n",
      [
        "100000-100009 is divided by another line too, so no slice counts (/etc/usernamespaces:1)",
        "100000-100009 is divided by another line too, so no slice counts (/etc/usernamespaces:2)",
      ],
      behind,
      {
        explained: [
          "$TOOL: 100000-100009 is divided by another line too, so no slice counts (/etc/usernamespaces:1)",
          "$TOOL: 100000-100009 is divided by another line too, so no slice counts (/etc/usernamespaces:2)",
          "$TOOL: alice may map 100010-165535 (/etc/subuid:1), 100010-100099 (/etc/usernamespaces:1) and the own uid 1000",
        ],
      },
    ),
    keeps(
      "slices of a group that is not known",
      "@nonesuch:100000:10:each=10\n",
      [
        "100000-100009 is kept for the slices of other users (/etc/usernamespaces:1): whether alice is a member of @nonesuch cannot be known",
      ],
      behind,
    ),
    leaves("deny-setgroups in the map of uids", "alice:100005:1:deny-setgroups\n"),
    leaves("deny-setgroups of a line of uids", "alice:100005:1:uid,deny-setgroups\n", {
      ...denied,
      shadow: { map: "0 100000 10" },
      reason,
    }),
    leaves(
      "deny-setgroups of a group that the caller is not in",
      "@users:100005:1:gid,deny-setgroups\n",
      gid,
    ),
    leaves("deny-setgroups of a group that is not known", "@nonesuch:100005:1:gid,deny-setgroups\n", {
      ...denied,
      shadow: { map: "0 100000 10" },
      reason,
    }),
    leaves(
      "deny-setgroups of a group that the process holds and the user database does not list",
      "@users:100005:1:deny-setgroups\n",
      {
        ...denied,
        caller: { groups: [100] },
        shadow: { map: "0 100000 10" },
        reason,
      },
    ),
    ...(["newuidmap", "newgidmap"] as const).map((tool) => ({
      name: "the own id, which nothing takes away",
      tool,
      files: { [path]: "bob:1000:1:reserved\n*:0:4294967296:broken\n" },
      args: "0 1000 1",
      map: "0 1000 1",
      setgroups: tool === "newgidmap" ? ("deny" as const) : ("allow" as const),
    })),
    {
      name: "outside uid 0, which no line grants",
      files: { [path]: "alice:0:1:\n1000:0:1:uid\n" },
      args: "0 0 1",
      stderr: refused(0, 1),
      explained: ["$TOOL: outside uid 0 is root's own: nobody else may map it"],
    },
  ],
};

/** A line that is not as it has to be, beside a sound one. */
function broken(name: string, line: string, fault?: string): Case[] {
  const file = `${line}\nalice:400000:10:\n`;
  const explained = ["$TOOL: alice may map 400000-400009 (/etc/usernamespaces:2) and the own $KIND 1000"];
  if (fault) explained.push(`$TOOL: /etc/usernamespaces:1 ${fault}`);
  const more = { args: "0 300000 10", tool: "both" as const };
  return [
    denies(name, file, 300000, explained, more),
    grants(`${name}, which spoils no other line`, file, [400000, 10], { tool: "both" }),
  ];
}

const fields = "does not count: it has to be USER:START:LENGTH:FLAGS";
const flags = "grants nothing: its flags cannot be read";
const unreadable = "100000-100009 is refused because of a flag that cannot be read (/etc/usernamespaces:1)";

export const brokenLines: Topic = {
  topic: "broken lines of /etc/usernamespaces",
  cases: [
    ...broken(
      "a line that is too long",
      `alice:300000:10:${"uid,".repeat(300)}`,
      "does not count: it is longer than 1023 bytes",
    ),
    ...broken("a NUL", "alice:300000:10:\0", "does not count: it holds a NUL byte"),
    ...broken("three fields", "alice:300000:10", fields),
    ...broken("five fields", "alice:300000:10:uid:gid", fields),
    ...broken("no user", ":300000:10:uid", fields),
    ...broken("a group without a name", "@:300000:10:gid", fields),
    ...broken(
      "a start that is no number",
      "alice:300k:10:",
      "does not count: its start is no plain decimal number",
    ),
    ...broken(
      "a length that is no number",
      "alice:300000:0x10:",
      "does not count: its count is no plain decimal number",
    ),
    ...broken("a length of 0", "alice:300000:0:", "does not count: its count is no plain decimal number"),
    ...broken(
      "a range beyond the last id",
      "alice:300000:4294967296:",
      "does not count: its range goes beyond the last id",
    ),
    ...broken("another user's broken line", "bob:300000:x:"),
    ...broken("a broken line of a group that the caller is not in", "@users:300000:x:"),
    ...broken(
      "a broken line of a group that the caller is in",
      "@video:300000:x:",
      "does not count: its count is no plain decimal number",
    ),
    ...["isolated", "uid,", "uid,uid", "UID", "uid ", "each=10", "reserved,first=5", "\r"].map((word) =>
      keeps(`the flags ${JSON.stringify(word)}`, `alice:100000:10:${word}\n`, [unreadable], behind, {
        tool: "both",
        explained: [
          `$TOOL: ${unreadable}`,
          "$TOOL: alice may map 100010-165535 (/etc/sub$KIND:1) and the own $KIND 1000",
          `$TOOL: /etc/usernamespaces:1 ${flags}`,
        ],
      }),
    ),
    leaves("the broken flags of another user's line", "bob:100000:10:isolated\n", { tool: "both" }),
    ...[
      {
        content: slices,
        uid: 1000,
        why: "Not owned by root",
        hint: "it would work after: chown root /etc/usernamespaces",
      },
      {
        content: slices,
        mode: 0o666,
        why: "Others than its owner can write it",
        hint: "it would work after: chmod go-w /etc/usernamespaces",
      },
      {
        content: slices,
        mode: 0o600,
        why: "Permission denied",
        hint: "the caller has to be able to read it: chmod 644 /etc/usernamespaces",
      },
    ].map(({ why, hint, ...file }) => ({
      name: `a file that is not as it has to be: ${why}`,
      files: { [path]: file },
      args: "0 1000 1",
      stderr: [`$TOOL: cannot open /etc/usernamespaces: ${why}`],
      explained: [`$TOOL: ${hint}`],
      shadow: { map: "0 1000 1" },
      reason: "usernamespaces" as const,
    })),
    leaves("a file that does not exist", "", { files: { [path]: null } }),
    grants("a file at the end of a symbolic link", "", [300000, 10], {
      files: { [path]: { symlink: "linked" }, "/etc/linked": "alice:300000:10:\n" },
    }),
  ],
};
