// SPDX-License-Identifier: MIT
//
// The name service, asked for users and groups that are not in the files.
import { CLibrary, type Group, type Passwd } from "./libc.js";
import type { Person } from "./people.js";
import { lookupOf } from "./sources.js";

/** Lookups of a user or a group. */
export interface Asking {
  byName(name: string): Person | undefined;
  byId?(id: number): Person | undefined;
}

/**
 * A lookup of what the files do not have: by each of the other sources itself, because the C library would read the
 * files through for every name that nobody has; by the C library where actions say how the sources are used.
 */
function behindFiles<Key, Found>(
  words: readonly string[],
  bySource: (source: string) => ((key: Key) => Found | null | number) | undefined,
  byLibrary: (key: Key) => Found | null | number,
): ((key: Key) => Found | undefined) | undefined {
  const others = words.filter((word) => word !== "files" && word.toLowerCase() !== "[success=merge]");
  if (others.length === 0) return undefined;
  const simple = words.includes("files") && !others.some((word) => word.startsWith("["));
  let lookups: (typeof byLibrary)[] | undefined;
  return (key) => {
    lookups ??= simple ? others.flatMap((source) => bySource(source) ?? []) : [byLibrary];
    for (const lookup of lookups) {
      const found = lookup(key);
      if (found !== null && typeof found !== "number") return found;
    }
    return undefined;
  };
}

/** The users whom the files do not have; undefined where nsswitch.conf has the files alone asked. */
export function askUsers(nsswitch: string): Asking | undefined {
  const words = wordsOf(nsswitch, "passwd");
  const by = <Key>(what: "getpwnam_r" | "getpwuid_r", byLibrary: (key: Key) => Passwd | null | number) =>
    behindFiles<Key, Passwd>(
      words,
      (source) => {
        const lookup = lookupOf<Key>(source, what);
        return lookup && ((key) => CLibrary.get().userBy(lookup(key)));
      },
      byLibrary,
    );
  const byName = by<string>("getpwnam_r", (name) => CLibrary.get().userByName(name));
  const byId = by<number>("getpwuid_r", (uid) => CLibrary.get().userByUid(uid));
  const person = (found: Passwd | undefined) =>
    found && { name: found.pw_name, id: found.pw_uid, gid: found.pw_gid };
  return byName && byId && { byName: (name) => person(byName(name)), byId: (id) => person(byId(id)) };
}

/** The groups, likewise. */
export function askGroups(nsswitch: string): Asking | undefined {
  const words = wordsOf(nsswitch, "group");
  const byName = behindFiles<string, Group>(
    words,
    (source) => {
      const lookup = lookupOf<string>(source, "getgrnam_r");
      return lookup && ((name) => CLibrary.get().groupBy(lookup(name)));
    },
    (name) => CLibrary.get().groupByName(name),
  );
  return (
    byName && {
      byName: (name) => {
        const found = byName(name);
        return found && { name: found.name, id: found.gid, gid: found.gid };
      },
    }
  );
}

/** The words for a database in nsswitch.conf, actions in brackets among them. */
function wordsOf(nsswitch: string, database: string): string[] {
  const line = nsswitch.split("\n").find((each) => each.trimStart().startsWith(`${database}:`)) ?? "";
  return line.replace(/#.*|^\s*\w+:/g, "").match(/\[[^\]]*\]?|[^\s[]+/g) ?? [];
}
