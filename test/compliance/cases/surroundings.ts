// SPDX-License-Identifier: MIT
import type { Topic } from "../case.js";

const table = "alice:100000:10\n";
const args = "0 100000 10";

export const surroundings: Topic = {
  topic: "the caller's surroundings",
  cases: [
    { name: "an empty environment", tool: "both", table, args, caller: { env: {} }, map: "0 100000 10" },
    {
      name: "an environment that means trouble",
      table,
      args,
      caller: {
        env: {
          LD_PRELOAD: "/tmp/evil.so",
          LD_LIBRARY_PATH: "/tmp",
          TZ: "/tmp/tz",
          LANG: "xx_XX",
          POSIXLY_CORRECT: "1",
        },
      },
      map: "0 100000 10",
    },
    {
      name: "no descriptors at all",
      tool: "both",
      table,
      args,
      caller: { close: [0, 1, 2] },
      map: "0 100000 10",
    },
    { name: "no descriptors at all, refused", table, args: "0 5 1", caller: { close: [0, 1, 2] }, status: 1 },
    {
      name: "a full device as stderr, refused",
      table,
      args: "0 5 1",
      caller: { stderr: "/dev/full" },
      status: 1,
    },
    {
      name: "a full device as stdout, --help",
      argv: ["$TOOL", "--help"],
      caller: { stdout: "/dev/full" },
      status: 1,
      shadow: { stderr: ["$USAGE"] },
      reason: "help",
    },
    {
      name: "a working directory that is not to be read",
      table,
      args,
      files: { "/tmp/d": { directory: true, mode: 0 } },
      caller: { cwd: "/tmp/d" },
      map: "0 100000 10",
    },
    {
      name: "blocked and ignored signals",
      table,
      args,
      caller: {
        block: ["SIGTERM", "SIGCHLD", "SIGALRM", "SIGPIPE", "SIGUSR1"],
        ignore: ["SIGHUP", "SIGCHLD", "SIGINT"],
      },
      map: "0 100000 10",
    },
    { name: "a file size limit of 0", table, args, caller: { limits: { fsize: 0 } }, map: "0 100000 10" },
    { name: "no process more", table, args, caller: { limits: { nproc: 0 } }, map: "0 100000 10" },
    {
      name: "sixty supplementary groups",
      tool: "both",
      table,
      args,
      caller: { groups: Array.from({ length: 60 }, (_, i) => 3000 + i) },
      map: "0 100000 10",
    },
  ],
};

export const nsswitch: Topic = {
  topic: "the source of sub-ids in nsswitch.conf",
  cases: [
    { name: "no nsswitch.conf", table, args, files: { "/etc/nsswitch.conf": null }, map: "0 100000 10" },
    { name: "files", table, args, files: { "/etc/nsswitch.conf": "subid: files\n" }, map: "0 100000 10" },
    {
      name: "files first",
      table,
      args,
      files: { "/etc/nsswitch.conf": "subid:\tfiles sss\n" },
      map: "0 100000 10",
    },
    { name: "a comment", table, args, files: { "/etc/nsswitch.conf": "#subid: sss\n" }, map: "0 100000 10" },
    { name: "an empty list", table, args, files: { "/etc/nsswitch.conf": "subid:\n" }, map: "0 100000 10" },
    {
      name: "a plugin that is not there",
      tool: "both",
      table,
      args,
      files: { "/etc/nsswitch.conf": "subid: missing\n" },
      stderr: ["$TOOL: $KIND range [0-10) -> [100000-100010) not allowed"],
      explained: [
        "$TOOL: the sub-id source 'missing' of /etc/nsswitch.conf could not be asked: the plugin cannot be loaded",
        "$TOOL: alice may map only the own $KIND 1000",
      ],
      shadow: {
        status: 0,
        stderr: [
          "Error opening libsubid_missing.so: libsubid_missing.so: cannot open shared object file: No such file or directory",
          "Using files",
        ],
        map: "0 100000 10",
      },
      reason: "plugin",
    },
    {
      name: "a plugin named by a path",
      table,
      args,
      files: { "/etc/nsswitch.conf": "subid: /../../tmp/x\n" },
      stderr: ["$TOOL: $KIND range [0-10) -> [100000-100010) not allowed"],
      explained: [
        "$TOOL: the sub-id source '/../../tmp/x' of /etc/nsswitch.conf could not be asked: that is no plugin's name",
        "$TOOL: alice may map only the own $KIND 1000",
      ],
      shadow: {
        status: 0,
        stderr: [
          "Error opening libsubid_/../../tmp/x.so: libsubid_/../../tmp/x.so: cannot open shared object file: No such file or directory",
          "Using files",
        ],
        map: "0 100000 10",
      },
      reason: "plugin",
    },
  ],
};
