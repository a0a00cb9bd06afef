// SPDX-License-Identifier: MIT
//
// What a case of the table is. The cases themselves stand in cases/, one file a topic.

import type { Caller, File, Target } from "../stage/stage.js";
import type { ReasonName } from "./reasons.js";

/** What the program leaves behind. */
export interface Result {
  /** 0 without `stderr`, else 1. */
  status?: number;
  stdout?: string;
  /** Lines without their newlines; see `fill` for what may stand in them. */
  stderr?: string[];
  /** The map of the tool's kind, lines separated by newlines; by default there is none. */
  map?: string;
  /** "allow" by default. */
  setgroups?: "allow" | "deny";
}

/** How the program is installed. */
export type Installed = "caps" | "setuid" | "bare" | "nosuid caps" | "nosuid setuid" | "other caps";

/**
 * One case: what is set up and asked for, and what comes of it. The result stands in the case itself: it is
 * what all subjects do. `explained` are the lines that our programs add to `stderr`, after it.
 */
export interface Case extends Result {
  name: string;
  /** newuidmap by default; `both` makes two cases of it. */
  tool?: "newuidmap" | "newgidmap" | "both";
  /** /etc/subuid for newuidmap, /etc/subgid for newgidmap. */
  table?: File;
  files?: Record<string, File>;
  /** alice, uid and gid 1000, by default; what is given is added to that. */
  caller?: Partial<Caller>;
  target?: Target;
  /** The first argument, $PID by default. */
  to?: string;
  /** The other arguments, separated by blanks, or one by one where that is not enough. */
  args?: string | string[];
  /** The whole argv, argv[0] included, where even that is not enough. */
  argv?: string[];
  /** By default as each subject is usually installed: shadow setuid, ours with capabilities. */
  installed?: Installed;
  explained?: string[];
  /** What both versions of shadow do where that is not the case's own result. */
  shadow?: Result;
  /** What Debian's 4.13 does, if it differs from the above. */
  shadow413?: Result;
  /** What 4.20 does, if it differs from the above. */
  shadow420?: Result;
  /** Why our result is another one than shadow's: must stand wherever one of the three does. */
  reason?: ReasonName;
}

/** The cases of a topic. */
export interface Topic {
  topic: string;
  cases: Case[];
}
