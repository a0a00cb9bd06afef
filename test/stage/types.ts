// SPDX-License-Identifier: MIT
//
// What a test says to the stage, and what it hears.

/** What stands at a path: the bytes of a root-owned file of mode 0644, nothing, or something special. */
export type File = string | Uint8Array | null | SpecialFile;

export interface SpecialFile {
  content?: string | Uint8Array;
  symlink?: string;
  fifo?: true;
  directory?: true;
  mode?: number;
  uid?: number;
  gid?: number;
}

export interface Install {
  /** File capabilities, permitted and effective. */
  caps?: Capability[];
  /** Setuid root: mode 4755. */
  setuid?: boolean;
  mode?: number;
  uid?: number;
  gid?: number;
  /** On a mount where neither setuid nor capabilities count. */
  nosuid?: boolean;
}

/** The capabilities that tests hand out, by bit. */
export const capabilities = {
  cap_chown: 0,
  cap_dac_override: 1,
  cap_setgid: 6,
  cap_setuid: 7,
  cap_sys_ptrace: 19,
  cap_sys_admin: 21,
  cap_setfcap: 31,
} as const;

export type Capability = keyof typeof capabilities;

/** The resource limits that tests set, by Linux's number. */
export const limits = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  sigpending: 11,
} as const;

/** The open flags that tests give descriptors (x86-64 and the generic ABI agree on all but O_DIRECTORY). */
export type OpenFlag = "O_RDONLY" | "O_WRONLY" | "O_RDWR" | "O_PATH" | "O_DIRECTORY" | "O_NOFOLLOW";

/** A descriptor that the program inherits, opened with the caller's ids; `$PID` in the path is the target's. */
export type Descriptor = { path: string; flags?: OpenFlag[] } | "pidfd";

export interface Caller {
  uid: number;
  gid: number;
  groups?: number[];
  noNewPrivs?: boolean;
  /** The whole environment; PATH alone by default. */
  env?: Record<string, string>;
  /** One number for the soft and the hard limit. */
  limits?: Partial<Record<keyof typeof limits, number>>;
  fds?: Record<number, Descriptor>;
  /** Descriptors closed at the last moment, 0 to 2 among them if wished. */
  close?: number[];
  ignore?: NodeJS.Signals[];
  block?: NodeJS.Signals[];
  cwd?: string;
  /** /dev/null by default. */
  stdin?: string;
  /** Captured by default; or a file, such as /dev/full. */
  stdout?: string;
  stderr?: string;
}

export interface Target {
  /** The caller's by default. */
  uid?: number;
  gid?: number;
  groups?: number[];
  /** User namespaces that it makes, one inside the other: 1 by default, 0 for a process that makes none. */
  namespaces?: number;
  /** It clears its dumpable attribute, so its /proc files become root's. */
  undumpable?: boolean;
  /** Its namespace has "deny" in setgroups before the case begins. */
  denySetgroups?: boolean;
  /** Maps that are written, by root, before the case begins. */
  uidMap?: string;
  gidMap?: string;
  /** It has ended before the case begins, and been reaped ("gone") or not ("zombie"). */
  end?: "gone" | "zombie";
}

export interface Case {
  /** What is executed; argv[0] if it is not said. */
  program?: string;
  /** `$PID` in it is the target's pid. */
  argv: string[];
  caller: Caller;
  /** A child in a user namespace of its own by default; null for no target at all. */
  target?: Target | null;
  /** In milliseconds. */
  timeout?: number;
}

export interface Outcome {
  /** -1 if a signal ended the program. */
  status: number;
  signal: number;
  /** It was killed when its time was over. */
  timedOut: boolean;
  /** Decoded as UTF-8 if it is that, else one byte a character. */
  stdout: string;
  stderr: string;
  /** The target's, as seen from the initial namespace: lines of single blanks, no newline after the last. */
  uidMap?: string;
  gidMap?: string;
  setgroups?: string;
  /** What was sent to /dev/log, if the stage has one of its own. */
  log: string[];
  /** The target's pid, 0 without one. */
  pid: number;
  maxrssKiB: number;
  /** From just before the program was started until it had ended. */
  wallNs: number;
}
