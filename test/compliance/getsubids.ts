// SPDX-License-Identifier: MIT
//
// What getsubids prints, case by case, with shadow's 4.13 beside it.
import type { Caller, File } from "../stage/stage.js";

/** Why ours prints something else. */
export const reasons = {
  help: "`--help` and `--version` answer on standard output with status 0.",
  names:
    "All lines of the user are listed, as by 4.20 and as newuidmap and newgidmap grant them: also those of another " +
    "name of his uid, and with `-g` those of his uid. 4.13 takes the gid of a group of the same name instead.",
  digits: "A USER of digits is a uid, never a login name.",
  compat: "Lines of /etc/subuid and /etc/subgid that newuidmap and newgidmap do not grant are not listed.",
  nul: "A NUL spoils the line that it is in, not the whole file.",
  symlink: "/etc/subuid and /etc/subgid may be symbolic links: the file at their end is judged.",
  tableFile: "A file that others than root could have written is an error.",
  plugin:
    "Where the plugin that /etc/nsswitch.conf names cannot be loaded, there is no way back to the files.",
  empty: "A plugin that knows the user and grants him nothing is no other than one that does not know him.",
  long: "An owner of more than 255 bytes is nobody's.",
  write: "That the list cannot be written is a failure.",
} as const;

export interface Result {
  /** 1 if there is no `stdout`. */
  status?: number;
  /** Lines without their newlines. */
  stdout?: string[];
  stderr?: string[];
}

/** One case: the result is what both do, but for the lines of `explained`, which ours adds to stderr. */
export interface ListCase extends Result {
  name: string;
  args: string[];
  /** Besides `files`. */
  files?: Record<string, File>;
  caller?: Partial<Caller>;
  explained?: string[];
  /** What 4.13 does where that is not the case's own result. */
  shadow?: Result;
  reason?: keyof typeof reasons;
}

const table = `alice:100000:10
bob:200000:10
1000:300000:20
alicia:400000:5
1500:500000:7
alice:9:0
alice:9:0:
ghost:700000:1
4242:710000:1
2000:720000:1
2001:730000:1
-g:740000:1
+alice:750000:1
alice:600000:65536`;

/** What stands in /etc unless a case says otherwise. */
export const files: Record<string, File> = {
  "/etc/passwd": `root:x:0:0::/:
alice:x:1000:1000::/:
alicia:x:1000:1000::/:
bob:x:1001:1001::/:
2000:x:2001:2001::/:
`,
  "/etc/group": "root:x:0:\nalice:x:1500:\n",
  "/etc/nsswitch.conf": "passwd: files extrausers\ngroup: files extrausers\n",
  "/var/lib/extrausers/passwd": "nora:x:20000:20001::/:\n",
  "/etc/subuid": table,
  "/etc/subgid": table.replaceAll(":600000:", ":650000:"),
};

const usage = {
  stderr: [
    "Usage: getsubids [-g] user",
    "    list subuid ranges for user",
    "    pass -g to list subgid ranges",
  ],
};
const failed = { stderr: ["Error fetching ranges"] };
const failedWith = (...lines: string[]) => ({
  ...failed,
  explained: lines.map((line) => `getsubids: ${line}`),
});
const lines = (owner: string, ...ranges: string[]) => ranges.map((range, i) => `${i}: ${owner} ${range}`);
const own = ["100000 10", "300000 20", "400000 5", "9 0"];
const alices = lines("alice", ...own, "600000 65536");
const alicesOf413 = lines("alice", "100000 10", "300000 20", "9 0", "9 0", "600000 65536");
const unknown = (name: string) => failedWith(`'${name}' has no range in /etc/subuid, and is no user's name`);
const nothing = (name: string, kind = "uid") =>
  failedWith(
    `'${name}' has no range in /etc/sub${kind}, and none in /etc/usernamespaces that is under no restriction`,
  );
const onlySubuid = (content: File) => ({ "/etc/subuid": content });
const leftOver = "getsubids: arguments were left over: the usage is [-g] USER";
const nsswitch = (line: string) => ({ "/etc/nsswitch.conf": `passwd: files\n${line}\n` });

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
    stdout: alices,
    shadow: { stdout: alicesOf413 },
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
    files: onlySubuid({ content: table, mode: 0o600 }),
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
    files: onlySubuid({ content: table, uid: 1000 }),
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
