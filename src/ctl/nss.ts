// SPDX-License-Identifier: MIT
//
// The name service, asked and answering as native/nss.c does for the helpers.
import { Refusal } from "../host.js";
import { CLibrary, type Passwd } from "./libc.js";
import { everySourceDenies } from "./sources.js";

/** Answers the questions of askNss in src/host.ts: a text, or a Refusal. */
export interface NameService {
  ask(words: readonly string[]): string | number;
}

/** Where the tables lie below another root: what this machine's name service knows says nothing about them. */
export const noNames: NameService = {
  ask: ([what]) => (what === "ranges" ? Refusal.NssPlugin : Refusal.NssUnknown),
};

/** A name service whose answers about a user's groups are looked at: those that left it open are kept. */
export class NotedNames implements NameService {
  /** Groups of which it is not known whether the user is in them. */
  readonly open = new Set<string>();

  constructor(private readonly names: NameService) {}

  ask(words: readonly string[]): string | number {
    const answer = this.names.ask(words);
    const [what, , , group = ""] = words;
    if (what === "member" && answer !== "in\n" && answer !== "out\n") this.open.add(group);
    return answer;
  }
}

const LONGEST_NAME = 256;
const END_OF_IDS = 2 ** 32;
const SUBID_TYPES = { uid: 1, gid: 2 } as const;
const SUBID_SUCCESS = 0;
const SUBID_UNKNOWN_USER = 1;

/** A plugin of libsubid that the loader finds. */
export function pluginOf(source: string): import("koffi").LibraryHandle | undefined {
  return CLibrary.get().library(`libsubid_${source}.so`);
}

/** A name that can stand in one field of one line. */
function isName(name: string): boolean {
  const length = Buffer.byteLength(name);
  return length > 0 && length <= LONGEST_NAME && !/[:\p{Cc}]/u.test(name);
}

/** The machine's own name service, through the C library, and the plugins of libsubid. */
export class SystemNames implements NameService {
  readonly #library = CLibrary.get();

  ask([what, ...words]: readonly string[]): string | number {
    const [one = "", two = "", three = ""] = words;
    if (what === "user") return this.#user(Number(one));
    if (what === "name") return isName(one) ? described(this.#library.userByName(one)) : Refusal.NssFailed;
    if (what === "member") return this.#member(Number(one), two, three);
    if (what === "ranges") return this.#ranges(one, two, three === "uid" ? "uid" : "gid");
    throw new Error("a malformed question");
  }

  #user(uid: number): string | number {
    const user = this.#library.userByUid(uid);
    return isPasswd(user) && user.pw_uid !== uid ? Refusal.NssFailed : described(user);
  }

  #member(uid: number, name: string, groupName: string): string | number {
    const user = this.#library.userByUid(uid);
    if (!isName(name) || !isName(groupName) || !isPasswd(user) || user.pw_uid !== uid)
      return Refusal.NssFailed;
    const group = this.#library.groupByName(groupName);
    if (group === null) return Refusal.NssUnknown;
    if (typeof group === "number" || group.name !== groupName) return Refusal.NssFailed;
    if (user.pw_gid === group.gid || group.members.includes(name)) return "in\n";
    if (this.#library.groupsOf(name, user.pw_gid)?.includes(group.gid)) return "in\n";
    const out = !holds(uid, group.gid) && everySourceDenies(name, user.pw_gid, group);
    return out ? "out\n" : Refusal.NssFailed;
  }

  #ranges(plugin: string, name: string, kind: keyof typeof SUBID_TYPES): string | number {
    if (!isName(name)) return Refusal.NssFailed;
    const { koffi } = this.#library;
    const list = pluginOf(plugin);
    if (!list) return Refusal.NssPlugin;
    const ranges: unknown[] = [null];
    const count = [0];
    try {
      const status: number = list.func(
        "int shadow_subid_list_owner_ranges(const char *owner, int type, _Out_ void **ranges, _Out_ int *count)",
      )(name, SUBID_TYPES[kind], ranges, count);
      if (status === SUBID_UNKNOWN_USER) return Refusal.NssUnknown;
      if (status !== SUBID_SUCCESS) return Refusal.NssFailed;
    } catch {
      return Refusal.NssPlugin;
    }
    const [length = 0] = count;
    if (length < 0 || (length > 0 && ranges[0] === null)) return Refusal.NssFailed;
    if (length === 0) return "";
    const numbers: (number | bigint)[] = koffi.decode(
      ranges[0],
      koffi.array("unsigned long", 2 * length, "Array"),
    );
    if (numbers.some((each) => each > END_OF_IDS)) return Refusal.NssFailed;
    return numbers.map((each, i) => `${each}${i % 2 === 0 ? " " : "\n"}`).join("");
  }
}

/** Whether usernsctl itself runs with the group as this user, from a source that may be away now. */
function holds(uid: number, gid: number): boolean {
  return process.getuid?.() === uid && [process.getgid?.(), ...(process.getgroups?.() ?? [])].includes(gid);
}

function isPasswd(found: Passwd | null | number): found is Passwd {
  return found !== null && typeof found !== "number";
}

function described(found: Passwd | null | number): string | number {
  if (found === null) return Refusal.NssUnknown;
  if (typeof found === "number" || !isName(found.pw_name)) return Refusal.NssFailed;
  return `${found.pw_name}:${found.pw_uid}:${found.pw_gid}\n`;
}
