// SPDX-License-Identifier: MIT
//
// What getsubids reads: the tables of sub-ids, or a plugin.
import { failed, failedWith, type ListCase, lines, nothing, onlySubuid } from "./getsubids-case.js";

const nsswitch = (line: string) => ({ "/etc/nsswitch.conf": `passwd: files\n${line}\n` });

export const tables: ListCase[] = [
  {
    name: "overlapping and equal lines",
    args: ["bob"],
    files: onlySubuid("bob:5:5\nbob:5:5\nbob:7:9\n"),
    stdout: lines("bob", "5 5", "5 5", "7 9"),
  },
  {
    name: "many lines",
    args: ["bob"],
    files: onlySubuid(Array.from({ length: 30_000 }, (_, i) => `bob:${i * 7}:${i}\n`).join("")),
    stdout: lines("bob", ...Array.from({ length: 30_000 }, (_, i) => `${i * 7} ${i}`)),
  },
  { name: "no line", args: ["bob"], files: onlySubuid(""), ...nothing("bob") },
  { name: "no file", args: ["bob"], files: onlySubuid(null), ...nothing("bob") },
  {
    name: "lines that do not count",
    args: ["bob"],
    files: onlySubuid("bob:0x10:1\nbob:010:1\nbob:4294967295:9\nbob:1:2:3\nbob::1\nbob:8:1\n"),
    stdout: ["0: bob 8 1"],
    shadow: { stdout: lines("bob", "16 1", "8 1", "4294967295 9", "1 2", "8 1") },
    reason: "compat",
  },
  {
    name: "a NUL",
    args: ["bob"],
    files: onlySubuid("bob:1:1\0\nbob:2:2\n"),
    stdout: ["0: bob 2 2"],
    shadow: failed,
    reason: "nul",
  },
  {
    name: "a symbolic link",
    args: ["bob"],
    files: { "/etc/elsewhere": "bob:1:1\n", ...onlySubuid({ symlink: "/etc/elsewhere" }) },
    stdout: ["0: bob 1 1"],
    shadow: failed,
    reason: "symlink",
  },
  {
    name: "a link to nothing",
    args: ["bob"],
    files: onlySubuid({ symlink: "/etc/elsewhere" }),
    ...failedWith(
      "cannot open /etc/subuid: A symbolic link to nothing",
      "the link has to be repaired or removed",
    ),
  },
  {
    name: "a file that cannot be read",
    args: ["bob"],
    files: onlySubuid({ content: "bob:200000:10\n", mode: 0o600 }),
    ...failedWith(
      "cannot open /etc/subuid: Permission denied",
      "the caller has to be able to read it: chmod 644 /etc/subuid",
    ),
  },
  {
    name: "a directory",
    args: ["bob"],
    files: onlySubuid({ directory: true }),
    ...failedWith(
      "cannot open /etc/subuid: Not a regular file",
      "/etc/subuid has to be a regular file, or absent",
    ),
  },
  {
    name: "somebody's file",
    args: ["bob"],
    files: onlySubuid({ content: "bob:200000:10\n", uid: 1000 }),
    ...failedWith(
      "cannot open /etc/subuid: Not owned by root",
      "it would work after: chown root /etc/subuid",
    ),
    shadow: { stdout: ["0: bob 200000 10"] },
    reason: "tableFile",
  },
  {
    name: "a user database that cannot be read",
    args: ["ghost"],
    files: { "/etc/passwd": { content: "", mode: 0o600 } },
    ...failedWith(
      "cannot open /etc/passwd: Permission denied",
      "the caller has to be able to read it: chmod 644 /etc/passwd",
    ),
    shadow: { stdout: ["0: ghost 700000 1"] },
    reason: "tableFile",
  },
  {
    name: "standard output is full",
    args: ["bob"],
    caller: { stdout: "/dev/full" },
    stderr: ["getsubids: cannot write the list: No space left on device"],
    shadow: { status: 0 },
    reason: "write",
  },
  { name: "standard output is closed", args: ["bob"], caller: { close: [1] }, status: 0 },
];

const unloadable = (name: string) =>
  failedWith(
    `the sub-id source '${name}' of /etc/nsswitch.conf could not be asked: the plugin cannot be loaded`,
    `'bob' has no range in the sub-id source '${name}' of /etc/nsswitch.conf, and none in /etc/usernamespaces that is under no restriction`,
  );
const grantsNothing = failedWith(
  "'bob' has no range in the sub-id source 'example' of /etc/nsswitch.conf, and none in /etc/usernamespaces that is under no restriction",
);
const plugin = (content: string) => ({ ...nsswitch("subid: example"), "/etc/subid-example": content });

export const plugins: ListCase[] = [
  {
    name: "the plugin's order, with touching and equal ranges",
    args: ["bob"],
    files: plugin("bob:uid:500:10\nbob:gid:1:1\nbob:uid:300:10\nbob:uid:310:10\nbob:uid:500:10\n"),
    stdout: lines("bob", "500 10", "300 10", "310 10", "500 10"),
  },
  { name: "gids", args: ["-g", "bob"], files: plugin("bob:uid:5:1\nbob:gid:7:1\n"), stdout: ["0: bob 7 1"] },
  {
    name: "a uid, asked for as it is",
    args: ["1001"],
    files: plugin("1001:uid:5:1\n"),
    stdout: ["0: 1001 5 1"],
  },
  {
    name: "several hundred ranges",
    args: ["bob"],
    files: plugin("bob:uid:7:1\n".repeat(900)),
    stdout: lines("bob", ...Array<string>(900).fill("7 1")),
  },
  {
    name: "files is no plugin",
    args: ["bob"],
    files: nsswitch("subid: files example"),
    stdout: ["0: bob 200000 10"],
  },
  { name: "a user whom it does not know", args: ["bob"], files: plugin("ann:uid:1:1\n"), ...grantsNothing },
  {
    name: "a user whom it grants nothing",
    args: ["bob"],
    files: plugin("bob:gid:7:1\n"),
    ...grantsNothing,
    shadow: { status: 0 },
    reason: "empty",
  },
  {
    name: "a failure",
    args: ["bob"],
    files: plugin("bob:status:3\n"),
    ...failedWith(
      "the sub-id source 'example' of /etc/nsswitch.conf could not be asked: the name service failed",
      "'bob' has no range in the sub-id source 'example' of /etc/nsswitch.conf, and none in /etc/usernamespaces that is under no restriction",
    ),
  },
  {
    name: "a plugin that is not there",
    args: ["bob"],
    files: nsswitch("subid: absent"),
    ...unloadable("absent"),
    shadow: {
      stdout: ["0: bob 200000 10"],
      stderr: [
        "Error opening libsubid_absent.so: libsubid_absent.so: cannot open shared object file: No such file or directory",
        "Using files",
      ],
    },
    reason: "plugin",
  },
];
