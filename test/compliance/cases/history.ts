// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";
import { noRange, overflow } from "../wording.js";

const args = "0 100000 10";
const own = "0 1000 1";

export const history: Topic = {
  topic: "attacks of the past",
  cases: [
    {
      name: "CVE-2016-6252: a count of -1",
      table: "alice:0:4294967295\n",
      args: "0 0 -1",
      stderr: overflow,
      explained: ["$TOOL: count '-1' is negative"],
      shadow413: { stderr: ["$TOOL: subuid overflow detected."] },
      reason: "overflow413",
    },
    {
      name: "CVE-2016-6252: a count of 2^64-1",
      table: "alice:0:4294967295\n",
      args: "0 0 18446744073709551615",
      stderr: overflow,
      explained: ["$TOOL: count '18446744073709551615' is larger than any id"],
      shadow413: { stderr: ["$TOOL: subuid overflow detected."] },
      reason: "overflow413",
    },
    {
      name: "CVE-2016-6252: a count of 2^32+1",
      table: "alice:100000:1\n",
      args: "0 100000 4294967297",
      stderr: overflow,
      explained: ["$TOOL: count '4294967297' is larger than any id"],
      shadow413: { stderr: ["$TOOL: subuid overflow detected."] },
      reason: "overflow413",
    },
    {
      name: "CVE-2016-6251: LOGNAME and USER name another user",
      table: "bob:100000:10\n",
      args,
      caller: { env: { LOGNAME: "bob", USER: "bob", HOME: "/home/bob" } },
      stderr: ["$TOOL: $KIND range [0-10) -> [100000-100010) not allowed"],
      explained: noRange,
    },
    {
      name: "CVE-2018-7169: a group dropped by an own map",
      tool: "newgidmap",
      caller: { groups: [44] },
      args: own,
      map: "0 1000 1",
      setgroups: "deny",
    },
    {
      name: "a line for host root with a count of 0",
      table: "alice:0:0\n",
      args: "0 0 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [0-1) not allowed"],
      explained: ["$TOOL: outside uid 0 is root's own: nobody else may map it"],
      shadow413: { map: "0 0 1" },
      reason: "root",
    },
    {
      name: "a line for host root with a count of 0, and a count of 0",
      table: "alice:0:0\n",
      args: "0 0 0",
      stderr: overflow,
      explained: ["$TOOL: count is 0: a range holds at least one id"],
      shadow413: { stderr: ["$TOOL: $KIND range [0-0) -> [0-0) not allowed"] },
      reason: "count413",
    },
    {
      name: "a line for host root",
      table: "alice:0:1\n",
      args: "0 0 1",
      stderr: ["$TOOL: $KIND range [0-1) -> [0-1) not allowed"],
      explained: ["$TOOL: outside uid 0 is root's own: nobody else may map it"],
      shadow: { map: "0 0 1" },
      reason: "root",
    },
    {
      name: "fd:N of a directory with a file named uid_map",
      to: "fd:9",
      args: own,
      files: { "/tmp/d": { directory: true, uid: 1000 }, "/tmp/d/uid_map": { symlink: "/etc/passwd" } },
      caller: { fds: { 9: { path: "/tmp/d" } } },
      stderr: ["$USAGE"],
      explained: ["$TOOL: descriptor 9 is not open on the directory of a process in this /proc"],
    },
  ],
};
