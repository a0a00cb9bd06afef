// SPDX-License-Identifier: MIT
//
// The ids of accounts. Those of a network are in no file, and useradd's ranges may hold their ids (CVE-2024-56433); a
// service that does not list what it knows (SSSD by default) is asked about some of the ids that are to be given.
import { CLibrary } from "../libc.js";
import { plain } from "../output.js";
import type { People } from "../people.js";
import type { Span } from "../spans.js";
import type { Taken } from "./taken.js";

const PROBES = 16;

/** An account that the name service lists. */
export interface Account {
  name: string;
  id: number;
}

/** Ids that are taken by an account; noun is what they are to it. */
export function idOf(noun: "uid" | "gid", { name, id }: Account): Taken {
  return { start: id, end: id + 1, what: `the ${noun} of ${plain(name)}` };
}

/** The users, or the groups, that the name service lists besides those of the file. */
export function listedBesides(noun: "uid" | "gid", people: People): Account[] {
  const known = new Set(people.listed.map(({ id }) => id));
  const [prefix, type] = noun === "uid" ? ["pw", "passwd"] : ["gr", "group"];
  const { koffi } = CLibrary.get();
  const library = koffi.load(null);
  const bind = (declaration: string): (() => unknown) => library.func(declaration);
  const next = bind(`void *get${prefix}ent()`);
  const place = koffi.offsetof(type, `${prefix}_${noun}`);
  const accounts: Account[] = [];
  bind(`void set${prefix}ent()`)();
  for (let entry = next(); entry !== null; entry = next()) {
    const id = Number(koffi.decode(entry, place, "uint32_t"));
    if (!known.has(id)) accounts.push({ name: String(koffi.decode(entry, 0, "const char *")), id });
  }
  bind(`void end${prefix}ent()`)();
  return accounts;
}

/** All of a range, if the name service knows an account in it: it is asked about ids from the first to the last. */
export function accountWithin({ start, end }: Span, users: People): Taken | undefined {
  const probes = Math.min(PROBES, end - start);
  for (let i = 0; i < probes; i++) {
    const id = i === 0 ? start : start + Math.floor(((end - 1 - start) * i) / (probes - 1));
    const user = users.withId(id);
    if (user) return { start, end, what: `${id} is the uid of ${plain(user.name)}` };
  }
  return undefined;
}
