// SPDX-License-Identifier: MIT
//
// How getsubids is called, and whose ranges it lists.
import { failed, failedWith, type ListCase, lines, nothing, onlySubuid } from "./getsubids-case.js";

const usage = {
  stderr: [
    "Usage: getsubids [-g] user",
    "    list subuid ranges for user",
    "    pass -g to list subgid ranges",
  ],
};
const own = ["100000 10", "300000 20", "400000 5", "9 0"];
const unknown = (name: string) => failedWith(`'${name}' has no range in /etc/subuid, and is no user's name`);
const leftOver = "getsubids: arguments were left over: the usage is [-g] USER";

export const commandLine: ListCase[] = [
  { name: "no argument", args: [], ...usage },
  { name: "-h", args: ["-h"], ...usage },
  {
    name: "--help",
    args: ["--help"],
    stdout: [
      "Usage: getsubids [-g] USER",
      "List the ranges of sub-ids that USER, a login name, may map.",
      "",
      "  -g         list gids, not uids",
      "  --help     print this text",
      "  --version  print the version",
      "",
      "See getsubids(1), subuid(5) and usernamespaces(5).",
    ],
    shadow: failed,
    reason: "help",
  },
  {
    name: "--version",
    args: ["--version"],
    stdout: ["getsubids (usernamespaces) 0.1.0"],
    shadow: failed,
    reason: "help",
  },
  {
    name: "-g alone is a user",
    args: ["-g"],
    ...failedWith("'-g' has no range in /etc/subuid, and is no user's name", "the usage is [-g] USER"),
  },
  {
    name: "-g before -h",
    args: ["-g", "-h"],
    ...failedWith("'-h' has no range in /etc/subgid, and is no user's name", "the usage is [-g] USER"),
  },
  {
    name: "-- is a user",
    args: ["--", "alice"],
    ...failedWith(
      "'--' has no range in /etc/subuid, and is no user's name",
      "arguments were left over: the usage is [-g] USER",
    ),
  },
  {
    name: "-g and two users",
    args: ["-g", "ghost", "alice"],
    ...failedWith(
      "'-g' has no range in /etc/subuid, and is no user's name",
      "arguments were left over: the usage is [-g] USER",
    ),
  },
  { name: "two users", args: ["bob", "ghost"], stdout: ["0: bob 200000 10"], explained: [leftOver] },
  { name: "-g after the user", args: ["bob", "-g"], stdout: ["0: bob 200000 10"], explained: [leftOver] },
  { name: "an empty user", args: [""], ...unknown("") },
];

export const users: ListCase[] = [
  {
    name: "a login name, with the lines of his uid and of its other name",
    args: ["alice"],
    stdout: lines("alice", ...own, "600000 65536"),
    shadow: { stdout: lines("alice", "100000 10", "300000 20", "9 0", "9 0", "600000 65536") },
    reason: "names",
  },
  {
    name: "another name of the uid",
    args: ["alicia"],
    stdout: lines("alicia", ...own, "600000 65536"),
    shadow: { stdout: lines("alicia", "300000 20", "400000 5") },
    reason: "names",
  },
  {
    name: "-g, where a group has the user's name",
    args: ["-g", "alice"],
    stdout: lines("alice", ...own, "650000 65536"),
    shadow: { stdout: lines("alice", "100000 10", "500000 7", "9 0", "9 0", "650000 65536") },
    reason: "names",
  },
  { name: "-g", args: ["-g", "bob"], stdout: ["0: bob 200000 10"] },
  { name: "another caller's", args: ["bob"], caller: { uid: 4242, gid: 4242 }, stdout: ["0: bob 200000 10"] },
  { name: "a uid lists what it owns itself", args: ["1000"], stdout: ["0: 1000 300000 20"] },
  { name: "a uid with -g", args: ["-g", "1000"], stdout: ["0: 1000 300000 20"] },
  { name: "a uid that is nobody's", args: ["4242"], stdout: ["0: 4242 710000 1"] },
  {
    name: "a uid without lines",
    args: ["1001"],
    ...failedWith("'1001' has no range in /etc/subuid: all ranges of a user are listed for his login name"),
  },
  {
    name: "a name of digits",
    args: ["2000"],
    stdout: ["0: 2000 720000 1"],
    shadow: { stdout: lines("2000", "720000 1", "730000 1") },
    reason: "digits",
  },
  { name: "the uid of a name of digits", args: ["2001"], stdout: ["0: 2001 730000 1"] },
  { name: "a name that is nobody's, with a line", args: ["ghost"], stdout: ["0: ghost 700000 1"] },
  { name: "a name that is nobody's", args: ["nobody"], ...unknown("nobody") },
  { name: "the beginning of a name", args: ["alic"], ...unknown("alic") },
  { name: "the beginning of a line", args: ["alice:100000"], ...unknown("alice:100000") },
  { name: "a line", args: ["x\nalice"], ...unknown("x\\x0aalice") },
  { name: "a name of a compat line", args: ["+alice"], ...unknown("+alice") },
  { name: "root, without a line", args: ["root"], ...nothing("root") },
  {
    name: "a user whom only the name service knows",
    args: ["nora"],
    files: onlySubuid("nora:1:2\n20000:5:6\n"),
    stdout: lines("nora", "1 2", "5 6"),
  },
  { name: "such a user without a line", args: ["-g", "nora"], ...nothing("nora", "gid") },
  {
    name: "a name with a control character",
    args: ["a\tb"],
    files: onlySubuid("a\tb:5:5\n"),
    stdout: ["0: a\tb 5 5"],
    explained: ["getsubids: the uid of 'a\\x09b' is not known: the name service failed"],
  },
  {
    name: "no user database",
    args: ["alice"],
    files: { "/etc/passwd": null, ...onlySubuid("alice:5:5\n1000:7:7\n") },
    stdout: ["0: alice 5 5"],
  },
  {
    name: "a name of 255 bytes",
    args: ["n".repeat(255)],
    files: onlySubuid(`${"n".repeat(255)}:5:5\n`),
    stdout: [`0: ${"n".repeat(255)} 5 5`],
  },
  {
    name: "a name of 256 bytes",
    args: ["n".repeat(256)],
    files: onlySubuid(`${"n".repeat(256)}:5:5\n`),
    ...unknown("n".repeat(256)),
    shadow: { stdout: [`0: ${"n".repeat(256)} 5 5`] },
    reason: "long",
  },
  { name: "a name longer than any line", args: ["n".repeat(5000)], ...unknown("") },
];
