// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";
import { noRange } from "../wording.js";

const args = "0 1000 1";

export const targets: Topic = {
  topic: "targets",
  cases: [
    {
      name: "a process without a namespace of its own",
      tool: "newuidmap",
      target: { namespaces: 0 },
      args,
      stderr: ["$TOOL: write to $KIND_map failed: Operation not permitted"],
      map: "0 0 4294967295",
      explained: ["$TOOL: the target has no user namespace of its own: it is in the caller's"],
    },
    {
      name: "a process without a namespace of its own",
      tool: "newgidmap",
      target: { namespaces: 0 },
      args,
      stderr: ["$TOOL: failed to setgroups deny policy: Permission denied"],
      map: "0 0 4294967295",
      explained: ["$TOOL: the target has no user namespace of its own: it is in the caller's"],
      shadow: {
        stderr: ["$TOOL: failed to setgroups deny", " policy: Operation not permitted"],
        map: "0 0 4294967295",
      },
      reason: "setgroupsWords",
    },
    {
      name: "a process of another user",
      tool: "newuidmap",
      target: { uid: 1001, gid: 1001 },
      args,
      stderr: [
        "$TOOL: Target process is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1001",
      ],
      explained: ["$TOOL: the process runs as uid 1001, the caller is uid 1000"],
      shadow413: {
        stderr: [
          "$TOOL: Target process $PID is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1001",
        ],
      },
      reason: "owner413",
    },
    {
      name: "a process of another user",
      tool: "newgidmap",
      target: { uid: 1001, gid: 1001 },
      args,
      stderr: [
        "$TOOL: Target process is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1001",
      ],
      explained: ["$TOOL: the process runs as uid 1001, the caller is uid 1000"],
      shadow413: {
        stderr: [
          "$TOOL: Target $PID is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1001",
        ],
      },
      reason: "owner413",
    },
    {
      name: "a process of another user in the caller's group",
      target: { uid: 1001, gid: 1000 },
      args,
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1000",
      ],
      explained: ["$TOOL: the process runs as uid 1001, the caller is uid 1000"],
    },
    {
      name: "a process of root's",
      target: { uid: 0, gid: 0 },
      args,
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:1000 pw_uid:1000 st_uid:0, gid:1000 pw_gid:1000 st_gid:0",
      ],
      explained: ["$TOOL: the process runs as uid 0, the caller is uid 1000"],
    },
    {
      name: "root on a user's process",
      caller: { uid: 0, gid: 0 },
      target: { uid: 1000, gid: 1000 },
      args: "0 0 1",
      stderr: [
        "$TOOL: $TARGET is owned by a different user: uid:0 pw_uid:0 st_uid:1000, gid:0 pw_gid:0 st_gid:1000",
      ],
      explained: ["$TOOL: the process runs as uid 1000, the caller is uid 0"],
    },
    {
      name: "a process that is gone",
      tool: "both",
      target: { end: "gone" },
      args,
      stderr: ["$TOOL: Could not open proc directory for target $PID: No such file or directory"],
      explained: ["$TOOL: no process $PID can be seen in /proc"],
      shadow413: { stderr: ["$TOOL: Could not open proc directory for target $PID"] },
      shadow420: {
        stderr: ["Could not open proc directory for target $PID: No such file or directory", "$USAGE"],
      },
      reason: "gone",
    },
    {
      name: "a process that has ended and not been waited for",
      target: { end: "zombie" },
      args,
      stderr: ["$TOOL: open of $KIND_map failed: Permission denied"],
      explained: ["$TOOL: the process has ended"],
      shadow413: { map: "0 1000 1" },
      reason: "dumpable413",
    },
    {
      name: "a process that is not dumpable",
      tool: "newuidmap",
      target: { undumpable: true },
      args,
      stderr: ["$TOOL: open of $KIND_map failed: Permission denied"],
      explained: [
        "$TOOL: the target is not dumpable, so that its files in /proc belong to root: it changed its ids or runs a program that its user cannot read (prctl(2), PR_SET_DUMPABLE)",
      ],
      shadow413: { map: "0 1000 1" },
      reason: "dumpable413",
    },
    {
      name: "a process that is not dumpable",
      tool: "newgidmap",
      target: { undumpable: true },
      args,
      stderr: ["$TOOL: failed to setgroups deny policy: Permission denied"],
      explained: [
        "$TOOL: the target is not dumpable, so that its files in /proc belong to root: it changed its ids or runs a program that its user cannot read (prctl(2), PR_SET_DUMPABLE)",
      ],
      shadow413: { map: "0 1000 1", setgroups: "deny" },
      shadow420: { stderr: ["$TOOL: open of $KIND_map failed: Permission denied"], setgroups: "deny" },
      reason: "setgroupsLast",
    },
    {
      name: "a process that is not dumpable, its range granted",
      tool: "both",
      target: { undumpable: true },
      table: "alice:100000:10\n",
      args: "0 100000 10",
      stderr: ["$TOOL: open of $KIND_map failed: Permission denied"],
      explained: [
        "$TOOL: the target is not dumpable, so that its files in /proc belong to root: it changed its ids or runs a program that its user cannot read (prctl(2), PR_SET_DUMPABLE)",
      ],
      shadow413: { map: "0 100000 10" },
      reason: "dumpable413",
    },
    {
      name: "a process two namespaces down",
      tool: "newuidmap",
      target: { namespaces: 2 },
      args,
      stderr: ["$TOOL: write to $KIND_map failed: Operation not permitted"],
      explained: [
        "$TOOL: the target's user namespace is not a child of the caller's: only its direct parent can map it",
      ],
    },
    {
      name: "a process two namespaces down",
      tool: "newgidmap",
      target: { namespaces: 2 },
      args,
      stderr: ["$TOOL: write to $KIND_map failed: Operation not permitted"],
      setgroups: "deny",
      explained: [
        "$TOOL: the target's user namespace is not a child of the caller's: only its direct parent can map it",
      ],
    },
    {
      name: "a map that is written already",
      target: { uidMap: "0 1000 1" },
      args,
      stderr: ["$TOOL: write to $KIND_map failed: Operation not permitted"],
      map: "0 1000 1",
      explained: ["$TOOL: the target's $KIND_map is already written: a namespace is mapped once"],
    },
    {
      name: "a map that is written already",
      tool: "newgidmap",
      target: { gidMap: "0 1000 1" },
      args,
      stderr: ["$TOOL: failed to setgroups deny policy: Operation not permitted"],
      map: "0 1000 1",
      explained: ["$TOOL: the target's $KIND_map is already written: a namespace is mapped once"],
      shadow: {
        stderr: ["$TOOL: failed to setgroups deny", " policy: Operation not permitted"],
        map: "0 1000 1",
      },
      reason: "setgroupsWords",
    },
    {
      name: "the other map written already",
      tool: "newuidmap",
      target: { gidMap: "0 1000 1" },
      args,
      map: "0 1000 1",
    },
    {
      name: "the other map written already",
      tool: "newgidmap",
      target: { uidMap: "0 1000 1" },
      args,
      map: "0 1000 1",
      setgroups: "deny",
    },
    {
      name: "a map written already, and a range not granted",
      target: { uidMap: "0 1000 1" },
      args: "0 5 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [5-6) not allowed"],
      map: "0 1000 1",
      explained: noRange,
    },
    {
      name: "process 1",
      to: "1",
      args,
      stderr: [
        "$TOOL: Target process is owned by a different user: uid:1000 pw_uid:1000 st_uid:0, gid:1000 pw_gid:1000 st_gid:0",
      ],
      explained: ["$TOOL: the process runs as uid 0, the caller is uid 1000"],
      shadow413: {
        stderr: [
          "$TOOL: Target process 1 is owned by a different user: uid:1000 pw_uid:1000 st_uid:0, gid:1000 pw_gid:1000 st_gid:0",
        ],
      },
      reason: "owner413",
    },
  ],
};
