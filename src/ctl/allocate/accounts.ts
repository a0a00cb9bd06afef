// SPDX-License-Identifier: MIT
//
// The accounts that the name service lists: those of a network are in no file, and useradd's ranges may hold
// their ids (CVE-2024-56433). A service that does not list what it knows (SSSD by default) stays silent.
import { CLibrary } from "../libc.js";
import { plain } from "../output.js";
import type { Taken } from "./taken.js";

/** The ids of all users and groups that the name service lists. */
export function systemIds(): Taken[] {
  return [...listed("pw", "passwd", "uid"), ...listed("gr", "group", "gid")];
}

/** The entries of a database, by the C library's set..ent, get..ent and end..ent. */
function listed(prefix: "pw" | "gr", type: "passwd" | "group", noun: "uid" | "gid"): Taken[] {
  const { koffi } = CLibrary.get();
  const library = koffi.load(null);
  const bind = (declaration: string): (() => unknown) => library.func(declaration);
  const next = bind(`void *get${prefix}ent()`);
  const taken: Taken[] = [];
  bind(`void set${prefix}ent()`)();
  for (let entry = next(); entry !== null; entry = next()) {
    const fields: Record<string, unknown> = koffi.decode(entry, type);
    const id = Number(fields[`${prefix}_${noun}`]);
    taken.push({ start: id, end: id + 1, what: `the ${noun} of ${plain(String(fields[`${prefix}_name`]))}` });
  }
  bind(`void end${prefix}ent()`)();
  return taken;
}
