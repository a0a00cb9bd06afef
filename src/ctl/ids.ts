// SPDX-License-Identifier: MIT
//
// What all sources of ranges come to for a user: build/ids.wasm says it, by the steps of the helpers.
import type { Account } from "./account.js";
import { run } from "./host.js";
import type { NameService } from "./nss.js";
import type { Span } from "./spans.js";
import { Tables } from "./tables.js";

/** Kinds of ids: those of processes, and those of files on disk that are granted besides. */
export const idKinds = ["uid", "gid", "fsid"] as const;
export type IdKind = (typeof idKinds)[number];

/** What a user may have of one kind. */
export interface Ids {
  /** What he may map beside his own id. */
  allowed: Span[];
  /** What is granted to him and refused all the same. */
  refused: Span[];
  /** The gids he may map only after setgroups is denied. */
  denied: Span[];
}

/** What a user may have, and why some of it is not known. */
export interface Sum {
  ids: Record<IdKind, Ids>;
  problems: string[];
}

/** A user and what he may have. */
export interface Summary {
  account: Account;
  sum: Sum;
  /** The groups of which it is not known whether he is in them. */
  open: string[];
}

/** Sums up all that is said of a user. */
export function sumOf({ uid, gid }: Account, root: string, names: NameService): Sum {
  const { stdout, stderr } = run({ program: "ids", args: [], uid, gid, tables: new Tables(root), names });
  const none = (): Ids => ({ allowed: [], refused: [], denied: [] });
  const ids = { uid: none(), gid: none(), fsid: none() };
  for (const line of stdout.split("\n").slice(0, -1)) {
    const [kind, set, start, end] = line.split(" ") as [IdKind, keyof Ids, string, string];
    ids[kind][set].push({ start: Number(start), end: Number(end) });
  }
  return { ids, problems: stderr.split("\n").slice(0, -1) };
}
