// SPDX-License-Identifier: MIT
//
// Everything that a run of newuidmap or newgidmap depends on, as plain data. Bytes are characters: one
// character from \0 to \xff stands for one byte.

export type Tool = "newuidmap" | "newgidmap";

/** A file's bytes; null where there is no such file; or why it cannot be opened (-errno, or a Refusal of src/host.ts). */
export type FileState = string | null | number;

/** In the first argument: the target's process id. */
export const PID = "$PID";

export interface Target {
  uid: number;
  gid: number;
  /** What its setgroups file says. */
  setgroups: "allow" | "deny";
  /** The map that the program would write is there already. */
  mapped: boolean;
}

/** What the name service answers: text, or a Refusal of src/host.ts. */
export type Answer = string | number;

export interface NameService {
  user: Answer;
  ranges: Answer;
  /** Whether the caller is a member: the same for every group, or by group; those left out are unknown. */
  member?: Answer | Partial<Record<string, Answer>>;
}

export interface World {
  tool: Tool;
  /** The arguments behind argv[0]. */
  args: string[];
  uid: number;
  gid: number;
  passwd: FileState;
  nsswitch: FileState;
  loginDefs: FileState;
  /** /etc/subuid for newuidmap, /etc/subgid for newgidmap. */
  table: FileState;
  /** The table is a symbolic link to a file with these bytes. */
  linked: boolean;
  /** /etc/usernamespaces. */
  usernamespaces: FileState;
  target: Target;
  nss: NameService;
}

/** "uid" or "gid". */
export function kindOf(tool: Tool): "uid" | "gid" {
  return tool === "newuidmap" ? "uid" : "gid";
}

/** What the name service answers where nobody is known: NssUnknown and NssMissing of src/host.ts. */
export const nobodyKnown: NameService = { user: -1012, ranges: -1009 };

/** The answer to the question whether the caller is a member of a group. */
export function memberAnswer({ member = -1012 }: NameService, group: string): Answer {
  if (typeof member !== "object") return member;
  return Object.hasOwn(member, group) ? (member[group] as Answer) : -1012;
}

/** alice, uid and gid 1000, who is granted 100000-165535, asks for it; with what is said otherwise. */
export function world(changes: Partial<World> = {}): World {
  const uid = changes.uid ?? 1000;
  const gid = changes.gid ?? uid;
  return {
    tool: "newuidmap",
    args: [PID, "0", "100000", "65536"],
    uid,
    gid,
    passwd:
      "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n",
    nsswitch: "passwd: files\n",
    loginDefs: "",
    table: "alice:100000:65536\n",
    linked: false,
    usernamespaces: null,
    nss: nobodyKnown,
    ...changes,
    target: { uid, gid, setgroups: "allow", mapped: false, ...changes.target },
  };
}
