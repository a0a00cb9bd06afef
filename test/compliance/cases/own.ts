// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";
import { noRange } from "../wording.js";

export const ownId: Topic = {
  topic: "the own id",
  cases: [
    { name: "alone", tool: "newuidmap", args: "0 1000 1", map: "0 1000 1" },
    { name: "alone", tool: "newgidmap", args: "0 1000 1", map: "0 1000 1", setgroups: "deny" },
    { name: "to itself", tool: "newuidmap", args: "1000 1000 1", map: "1000 1000 1" },
    { name: "to itself", tool: "newgidmap", args: "1000 1000 1", map: "1000 1000 1", setgroups: "deny" },
    { name: "to the last id", args: "4294967294 1000 1", map: "4294967294 1000 1" },
    {
      name: "with a count of 2",
      tool: "both",
      args: "0 1000 2",
      stderr: ["$TOOL: $KIND range [0-2) -> [1000-1002) not allowed"],
      explained: noRange,
    },
    {
      name: "the id before it",
      tool: "both",
      args: "0 999 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [999-1000) not allowed"],
      explained: noRange,
    },
    {
      name: "together with a line",
      table: "alice:100000:10\n",
      args: "0 1000 1 1 100000 10",
      map: "0 1000 1\n1 100000 10",
    },
    {
      name: "behind a line",
      table: "alice:100000:10\n",
      args: "0 100000 10 10 1000 1",
      map: "0 100000 10\n10 1000 1",
    },
    {
      name: "the uid is no gid",
      tool: "newgidmap",
      caller: { uid: 1000, gid: 44 },
      files: { "/etc/passwd": "alice:x:1000:44::/:\n" },
      args: "0 1000 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [1000-1001) not allowed"],
      explained: [
        "$TOOL: alice has no range in /etc/sub$KIND and may map only the own $KIND 44",
        "$TOOL: an administrator can add one: usermod --add-sub$KINDs FIRST-LAST alice",
      ],
    },
    {
      name: "the gid is no uid",
      tool: "newuidmap",
      caller: { uid: 1000, gid: 44 },
      files: { "/etc/passwd": "alice:x:1000:44::/:\n" },
      args: "0 44 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [44-45) not allowed"],
      explained: noRange,
    },
    {
      name: "a gid unlike the uid",
      tool: "newgidmap",
      caller: { uid: 1000, gid: 44 },
      files: { "/etc/passwd": "alice:x:1000:44::/:\n" },
      args: "0 44 1",
      map: "0 44 1",
      setgroups: "deny",
    },
    { name: "root's", tool: "newuidmap", caller: { uid: 0, gid: 0 }, args: "0 0 1", map: "0 0 1" },
    {
      name: "root's",
      tool: "newgidmap",
      caller: { uid: 0, gid: 0 },
      args: "0 0 1",
      map: "0 0 1",
      setgroups: "deny",
    },
    {
      name: "of a caller with an unreadable table",
      table: { content: "", mode: 0o600 },
      args: "0 1000 1",
      stderr: ["$TOOL: cannot open /etc/sub$KIND: Permission denied"],
      explained: ["$TOOL: the caller has to be able to read it: chmod 644 /etc/sub$KIND"],
      shadow: { map: "0 1000 1" },
      reason: "tableFile",
    },
  ],
};
