// SPDX-License-Identifier: MIT
//
// The files that the programs read, opened and judged as native/table.c does. Whether the user himself could
// read them is not asked: usernsctl tells about others.
import { closeSync, fstatSync, readSync, type Stats, statSync } from "node:fs";
import { Opened, Refusal, Table } from "../host.js";
import { Dangling, NotRegular, openBelow } from "./below.js";
import type { TableSource } from "./host.js";

/** The paths of the tables. */
export const paths: Readonly<Record<Table, string>> = {
  [Table.Passwd]: "/etc/passwd",
  [Table.Nsswitch]: "/etc/nsswitch.conf",
  [Table.LoginDefs]: "/etc/login.defs",
  [Table.Subuid]: "/etc/subuid",
  [Table.Subgid]: "/etc/subgid",
  [Table.Usernamespaces]: "/etc/usernamespaces",
};

const INITIAL_USER_NAMESPACE = 0xeffffffd;
const OVERFLOW_ID = 65534;
const OTHERS_MAY_WRITE = 0o022;
const EIO = 5;

/** A failed call as the boundary has it: a Refusal, or a negative errno. */
function failure(error: unknown): number {
  if (error instanceof Dangling) return Refusal.Dangling;
  if (error instanceof NotRegular) return Refusal.NotRegular;
  return (error as NodeJS.ErrnoException).errno ?? -EIO;
}

function inInitialUserNamespace(): boolean {
  try {
    return statSync("/proc/self/ns/user").ino === INITIAL_USER_NAMESPACE;
  } catch {
    return true;
  }
}

/** Root's, also where a user namespace shows that as the overflow id. */
function isRoots({ uid }: Stats): boolean {
  return uid === 0 || (uid === OVERFLOW_ID && !inInitialUserNamespace());
}

/** Why the helpers do not read a regular file: a Refusal, or 0 if they do. */
export function judge(stats: Stats): number {
  if (!isRoots(stats)) return Refusal.NotRoots;
  if ((stats.mode & OTHERS_MAY_WRITE) !== 0) return Refusal.Writable;
  return 0;
}

/** The tables below a root directory, one of them open at a time. */
export class Tables implements TableSource {
  #descriptor: number | undefined;
  #remaining = 0;

  /** @param absent tables that are to be taken as absent */
  constructor(
    readonly root: string,
    readonly absent: ReadonlySet<Table> = new Set(),
  ) {}

  /** As openTable of src/host.ts. */
  open(table: Table): number {
    this.close();
    const path = paths[table];
    if (path === undefined) throw new Error("no such table");
    if (this.absent.has(table)) return Opened.Absent;
    try {
      return this.#openPath(path);
    } catch (error) {
      this.close();
      return failure(error);
    }
  }

  #openPath(path: string): number {
    this.#descriptor = openBelow(this.root, path);
    if (this.#descriptor === undefined) return Opened.Absent;
    const stats = fstatSync(this.#descriptor);
    this.#remaining = stats.size;
    const verdict = judge(stats);
    if (verdict !== 0) this.close();
    return verdict;
  }

  /** Reads on into `room`, as readTable of src/host.ts. */
  read(room: Uint8Array): number {
    if (this.#descriptor === undefined) throw new Error("no table is open");
    const wanted = Math.min(room.length, this.#remaining);
    if (wanted === 0) return 0;
    try {
      const got = readSync(this.#descriptor, room, 0, wanted, null);
      this.#remaining -= got;
      return got === 0 ? Refusal.Truncated : got;
    } catch (error) {
      return failure(error);
    }
  }

  /** Closes the table that is open, if one is. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
