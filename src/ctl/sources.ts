// SPDX-License-Identifier: MIT
//
// The sources of the group database, each asked by itself: a lookup goes on where one fails, and does not tell. So
// does native/nss.c, which has "out" of a group said by every source.
import { readFileSync } from "node:fs";
import { CLibrary, type Group, type Lookup } from "./libc.js";

const NOT_FOUND = 0;
const SUCCESS = 1;
const EAGAIN = 11;

/** Whether each source that the machine's groups come from answers, and has not this user in the group. */
export function everySourceDenies(name: string, primary: number, group: Group): boolean {
  let text: string;
  try {
    text = readFileSync("/etc/nsswitch.conf", "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && denies("files", name, primary, group);
  }
  const lines = text.split("\n").map((line) => /^[ \t]*(group|initgroups)(?=[ \t:]|$)([^#]*)/.exec(line));
  const sources = lines.flatMap((match) => (match?.[2] ?? "").replace(/\[[^\]]*\]?/g, " ").split(/[ \t:]+/));
  const preset = lines.some((match) => match?.[1] === "group") ? [] : ["files"];
  return [...sources.filter(Boolean), ...preset].every((source) => denies(source, name, primary, group));
}

function denies(source: string, name: string, primary: number, group: Group): boolean {
  const getGroup = lookupOf<string>(source, "getgrnam_r");
  const listGroups = functionOf(
    source,
    "initgroups_dyn",
    "const char *user, uint32_t primary, _Inout_ long *count, _Inout_ long *size, _Inout_ void **groups, long limit, " +
      "_Out_ int *error",
  );
  if (!getGroup && !listGroups) return false;
  if (getGroup && mayHave(getGroup(group.name), name, group)) return false;
  return !listGroups || !mayList(listGroups, name, primary, group.gid);
}

type SourceFunction = (...values: unknown[]) => number;

/** A function of a source's module, or the one that the C library has for a source of its own. */
function functionOf(source: string, what: string, parameters: string): SourceFunction | undefined {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(source)) return undefined;
  const library = CLibrary.get();
  try {
    const module = library.library(`libnss_${source}.so.2`) ?? library.koffi.load(null);
    return module.func(`int _nss_${source}_${what}(${parameters})`);
  } catch {
    return undefined;
  }
}

const lookups = {
  getpwnam_r: "const char *name, _Out_ passwd *entry",
  getpwuid_r: "uint32_t uid, _Out_ passwd *entry",
  getgrnam_r: "const char *name, _Out_ group *entry",
};

/** A source's own lookup, in the form that the C library's have; undefined if it has none. */
export function lookupOf<Key>(
  source: string,
  what: keyof typeof lookups,
): ((key: Key) => Lookup) | undefined {
  const ask = functionOf(source, what, `${lookups[what]}, void *strings, size_t size, _Out_ int *error`);
  if (!ask) return undefined;
  return (key) => (entry, strings, size, result) => {
    const error = [0];
    const status = ask(key, entry, strings, size, error);
    if (status === SUCCESS) result[0] = entry;
    return status === SUCCESS || status === NOT_FOUND ? 0 : error[0] || EAGAIN;
  };
}

/** Whether the source has the user among the group's members, has another group of that name, or fails. */
function mayHave(lookup: Lookup, user: string, { name, gid }: Group): boolean {
  const own = CLibrary.get().groupBy(lookup);
  if (own === null) return false;
  return typeof own === "number" || own.name !== name || own.gid !== gid || own.members.includes(user);
}

/** Whether the source has the group among the user's, or fails. */
function mayList(listGroups: SourceFunction, user: string, primary: number, gid: number): boolean {
  const library = CLibrary.get();
  // A module may move the list: it has to be the C library's.
  const groups = [library.allocate(4)];
  const count = [1];
  library.koffi.encode(groups[0], "uint32_t", primary);
  const status = listGroups(user, primary, count, [1], groups, -1, [0]);
  const { koffi } = library;
  const all: number[] = koffi.decode(groups[0], koffi.array("uint32_t", Number(count[0]), "Array"));
  library.free(groups[0]);
  return status !== NOT_FOUND && (status !== SUCCESS || all.includes(gid));
}
