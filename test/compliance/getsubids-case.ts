// SPDX-License-Identifier: MIT
//
// What a case of getsubids' table is, with shadow's 4.13 beside ours, and what the cases share.
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

/** What both say where there is nothing to list, and the lines that explain it, without the program's name. */
export const failed = { stderr: ["Error fetching ranges"] };
export const failedWith = (...explained: string[]) => ({
  ...failed,
  explained: explained.map((line) => `getsubids: ${line}`),
});
export const nothing = (name: string, kind = "uid") =>
  failedWith(
    `'${name}' has no range in /etc/sub${kind}, and none in /etc/usernamespaces that is under no restriction`,
  );

/** The lines of a list. */
export const lines = (owner: string, ...ranges: string[]) =>
  ranges.map((range, i) => `${i}: ${owner} ${range}`);

/** Another /etc/subuid. */
export const onlySubuid = (content: File) => ({ "/etc/subuid": content });
