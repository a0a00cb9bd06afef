// SPDX-License-Identifier: MIT
//
// The library: what newuidmap and newgidmap decide of tables that are given, said by the very modules that the
// programs are made of.
import { Opened, Refusal, Table } from "../host.js";
import { run, type TableSource } from "./host.js";
import type { NameService } from "./nss.js";

/** A file's bytes, or its text in UTF-8. */
export type Content = string | Uint8Array;

/** The files that are read, by what they are called in /etc; one that is left out does not exist. */
export interface Tables {
  passwd?: Content;
  nsswitch?: Content;
  loginDefs?: Content;
  subuid?: Content;
  subgid?: Content;
  usernamespaces?: Content;
}

/** Who asks. */
export interface User {
  uid: number;
  gid: number;
  /** The login name, where `tables.passwd` has none for the uid. */
  name?: string;
  /**
   * The groups that the user is a member of, by name, the primary one included. Without it no membership is known:
   * then a line for a group restricts, and never grants.
   */
  groups?: readonly string[];
}

/** One line of a map: `count` ids from `inside` on are those from `outside` on. */
export interface Extent {
  inside: number;
  outside: number;
  count: number;
}

/** What a process's setgroups file says. */
export type Setgroups = "allow" | "deny";

/** A map that somebody wants, and all that the decision depends on. */
export interface Question {
  program: "newuidmap" | "newgidmap";
  user: User;
  tables: Tables;
  /** The map: extents, or the words that would stand behind the pid on the command line. */
  request: readonly Extent[] | string;
  /** What setgroups says in the namespace before; "allow" if it is left out. */
  setgroups?: Setgroups;
}

/** What the program would do. */
export interface Verdict {
  allowed: boolean;
  /** What it would say on standard error, line by line. */
  messages: string[];
  /** What it would write as the map; "" if it is refused. */
  map: string;
  /** What setgroups would say afterwards. */
  setgroups: Setgroups;
}

const LARGEST_ID = 2 ** 32 - 2;

/**
 * Decides whether a user may have a map, as newuidmap and newgidmap do for a process of his that has just made its
 * user namespace. Nothing of the machine is looked at, and nothing is written.
 * @throws TypeError if the question is none
 */
export function decide({ program, user, tables, request, setgroups = "allow" }: Question): Verdict {
  if (program !== "newuidmap" && program !== "newgidmap") throw new TypeError(`no such program: ${program}`);
  const { uid, gid } = user;
  for (const id of [uid, gid])
    if (!Number.isInteger(id) || id < 0 || id > LARGEST_ID) throw new TypeError(`no id: ${id}`);
  const outcome = run({
    program,
    args: [TARGET, ...words(request)],
    uid,
    gid,
    tables: new GivenTables(tables),
    names: new GivenNames(user),
    setgroups,
  });
  const { status, stderr, map } = outcome;
  return {
    allowed: status === 0,
    messages: stderr.split("\n").slice(0, -1),
    map,
    setgroups: outcome.setgroups,
  };
}

/** Any process: it is the user's whichever it is. */
const TARGET = "1";

function words(request: readonly Extent[] | string): string[] {
  if (typeof request === "string") return request.split(/\s+/).filter(Boolean);
  return request.flatMap(({ inside, outside, count }) => [inside, outside, count].map(String));
}

const tableNames: Record<Table, keyof Tables> = {
  [Table.Passwd]: "passwd",
  [Table.Nsswitch]: "nsswitch",
  [Table.LoginDefs]: "loginDefs",
  [Table.Subuid]: "subuid",
  [Table.Subgid]: "subgid",
  [Table.Usernamespaces]: "usernamespaces",
};

class GivenTables implements TableSource {
  #rest: Uint8Array = new Uint8Array();

  constructor(readonly tables: Tables) {}

  open(table: Table): number {
    const content = this.tables[tableNames[table]];
    this.#rest = typeof content === "string" ? Buffer.from(content) : (content ?? new Uint8Array());
    return content === undefined ? Opened.Absent : Opened.Open;
  }

  read(room: Uint8Array): number {
    const bytes = this.#rest.subarray(0, room.length);
    room.set(bytes);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes.length;
  }

  close(): void {}
}

/** The name service, which knows of this user what is said of him, and has no plugin. */
class GivenNames implements NameService {
  constructor(readonly user: User) {}

  ask([what, ...operands]: readonly string[]): string | number {
    const { uid, gid, name, groups } = this.user;
    if (what === "user") return name === undefined ? Refusal.NssUnknown : `${name}:${uid}:${gid}\n`;
    if (what === "ranges") return Refusal.NssPlugin;
    if (what !== "member") throw new Error("a malformed question");
    const [, , group = ""] = operands;
    if (!groups) return Refusal.NssFailed;
    return groups.includes(group) ? "in\n" : "out\n";
  }
}
