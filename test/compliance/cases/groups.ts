// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";
import { noRange } from "../wording.js";

const video = { uid: 1000, gid: 44 };
const yes = "GRANT_AUX_GROUP_SUBIDS yes\n";

export const groups: Topic = {
  topic: "groups",
  cases: [
    {
      name: "a supplementary group",
      tool: "newgidmap",
      caller: { groups: [44] },
      args: "0 44 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [44-45) not allowed"],
      explained: noRange,
    },
    {
      name: "a supplementary group that a line grants",
      tool: "newgidmap",
      caller: { groups: [44] },
      table: "alice:44:1\n",
      args: "0 44 1",
      map: "0 44 1",
    },
    {
      name: "the own group and a supplementary one",
      tool: "newgidmap",
      caller: { groups: [44] },
      args: "0 1000 1 1 44 1",
      stderr: ["$TOOL: $KIND range [1-2) -> [44-45) not allowed"],
      explained: noRange,
    },
    {
      name: "a caller in another group than the primary one",
      tool: "newuidmap",
      caller: video,
      args: "0 1000 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "a caller in another group than the primary one",
      tool: "newgidmap",
      caller: video,
      args: "0 1000 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "a target in another group than the caller",
      tool: "newuidmap",
      target: { gid: 44 },
      args: "0 1000 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:1000 pw_gid:1000 st_gid:44",
      ],
      explained: ["$TOOL: the process runs with gid 44, the caller with gid 1000"],
    },
    {
      name: "a target in another group than the caller",
      tool: "newgidmap",
      target: { gid: 44 },
      args: "0 1000 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:1000 pw_gid:1000 st_gid:44",
      ],
      explained: ["$TOOL: the process runs with gid 44, the caller with gid 1000"],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": yes },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes, for newuidmap",
      caller: video,
      files: { "/etc/login.defs": yes },
      args: "0 1000 1",
      map: "0 1000 1",
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes, the primary group",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": yes },
      args: "0 1000 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [1000-1001) not allowed"],
      explained: [
        "$TOOL: alice has no range in /etc/sub$KIND and may map only the own $KIND 44",
        "$TOOL: an administrator can add one: usermod --add-sub$KINDs FIRST-LAST alice",
      ],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes, the target in another group",
      tool: "newgidmap",
      target: { gid: 44 },
      files: { "/etc/login.defs": yes },
      args: "0 1000 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:1000 pw_gid:1000 st_gid:44",
      ],
      explained: ["$TOOL: the process runs with gid 44, the caller with gid 1000"],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes, the target of another user",
      tool: "newgidmap",
      target: { uid: 1001 },
      files: { "/etc/login.defs": yes },
      args: "0 1000 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1000",
      ],
      explained: ["$TOOL: the process runs as uid 1001, the caller is uid 1000"],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS no",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": "GRANT_AUX_GROUP_SUBIDS no\n" },
      args: "0 44 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS YES",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": "GRANT_AUX_GROUP_SUBIDS YES\n" },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
    },
    {
      name: 'GRANT_AUX_GROUP_SUBIDS "yes"',
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": 'GRANT_AUX_GROUP_SUBIDS "yes"\n' },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
      shadow420: {
        stderr: [
          "$TOOL: Target process is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
        ],
      },
      reason: "quotes",
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS with tabs",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": "\tGRANT_AUX_GROUP_SUBIDS\t\tyes\t\n" },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS 1",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": "GRANT_AUX_GROUP_SUBIDS 1\n" },
      args: "0 44 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS in a comment",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": `#${yes}` },
      args: "0 44 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes and no",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": `${yes}GRANT_AUX_GROUP_SUBIDS no\n` },
      args: "0 44 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS no and yes",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": `GRANT_AUX_GROUP_SUBIDS no\n${yes}` },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
    },
    {
      name: "GRANT_AUX_GROUP_SUBIDS yes without a newline",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": yes.trimEnd() },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
    },
    {
      name: "no login.defs",
      tool: "newgidmap",
      files: { "/etc/login.defs": null },
      args: "0 1000 1",
      map: "0 1000 1",
      setgroups: "deny",
    },
    {
      name: "no login.defs, in another group than the primary one",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": null },
      args: "0 44 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
      ],
      explained: [
        "$TOOL: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ],
    },
    {
      name: "a login.defs of the caller's",
      tool: "newgidmap",
      caller: video,
      files: { "/etc/login.defs": { content: yes, uid: 1000 } },
      args: "0 44 1",
      stderr: ["$TOOL: cannot open /etc/login.defs: Not owned by root"],
      explained: ["$TOOL: it would work after: chown root /etc/login.defs"],
      shadow: { map: "0 44 1", setgroups: "deny" },
      reason: "tableFile",
    },
  ],
};
