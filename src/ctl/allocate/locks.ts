// SPDX-License-Identifier: MIT
//
// The locks that useradd and usermod take: lckpwdf(3)'s, a lock on /etc/.pwd.lock, and FILE.lock beside each
// file, which is made by a link so that it appears with the holder's process id in it.
import { closeSync, constants, linkSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../attempt.js";
import { locateForChange, openRegular, type Place } from "../below.js";
import { Failure } from "../failure.js";
import { CLibrary } from "../libc.js";
import type { RangeTable } from "../lines.js";
import { plain } from "../output.js";
import { readText } from "../people.js";
import { paths } from "../tables.js";
import { unlinkIfPossible, unlinkIfThere } from "./unlink.js";

const PAUSE = 20;
const F_TLOCK = 2;
const F_GETLK = 5;
const F_WRLCK = 1;
const LARGEST_PID = 2 ** 31 - 1;

/** Does the work while it holds the locks of the tables below `root`; others' are waited for. */
export function withLocks<T>(root: string, tables: readonly RangeTable[], seconds: number, work: () => T): T {
  const deadline = Date.now() + seconds * 1000;
  const places = new Map(tables.map((table) => [table, placeOf(root, paths[table])]));
  const passwords = lockPasswords(placeOf(root, "/etc/.pwd.lock"), deadline);
  const held: string[] = [];
  try {
    for (const place of places.values()) {
      lockFile(place, deadline);
      held.push(place.access);
    }
    return work();
  } finally {
    // If that fails, whoever comes next sees that the lock's process is gone.
    for (const file of held) unlinkIfPossible(`${file}.lock`);
    closeSync(passwords);
  }
}

/** Where the locks are is said by names, whatever links these are. */
function placeOf(root: string, path: string): Place {
  return attempt(`lock ${join(root, path)}`, () => locateForChange(root, path, false));
}

/** As lckpwdf(3), which knows no other root than "/": lockf(3) takes the same lock as its fcntl(2). */
function lockPasswords(place: Place, deadline: number): number {
  const { path } = place;
  const descriptor = attempt(`lock ${path}`, () => openLock(place));
  const { koffi } = CLibrary.get();
  const lockf = koffi.load(null).func("int lockf(int fd, int command, long length)");
  const { EAGAIN, EACCES } = koffi.os.errno;
  const isLocked = () => {
    if (lockf(descriptor, F_TLOCK, 0) === 0) return true;
    const error = koffi.errno();
    if (error !== EAGAIN && error !== EACCES) throw new Failure(`cannot lock ${path}: error ${error}`);
    return false;
  };
  waitFor(isLocked, deadline, () => `${holderOf(descriptor)} has locked ${path}; end it if it hangs`);
  return descriptor;
}

/** Opens a file, which is made if there is none. */
function openLock(place: Place): number {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  try {
    return openSync(place.access, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return openRegular(place, O_WRONLY);
  }
}

/** Who has locked what is open, as a message calls him. */
function holderOf(descriptor: number): string {
  const { koffi } = CLibrary.get();
  const lock = koffi.struct({ type: "short", whence: "short", start: "long", length: "long", pid: "int" });
  const fcntl = koffi.load(null).func("fcntl", "int", ["int", "int", koffi.inout(koffi.pointer(lock))]);
  const wanted = { type: F_WRLCK, whence: 0, start: 0, length: 0, pid: 0 };
  fcntl(descriptor, F_GETLK, wanted);
  return wanted.pid > 0 ? processText(wanted.pid) : "another program";
}

/** As shadow's commonio: the link is the lock, and one of a process that is gone counts as none. */
function lockFile(place: Place, deadline: number): void {
  const lock = { ...place, path: `${place.path}.lock`, access: `${place.access}.lock` };
  const own = `${place.access}.${process.pid}`;
  // What a killed process of the same id left may be the lock itself: its content must not become ours.
  unlinkIfPossible(own);
  try {
    attempt(`lock ${place.path}`, () => writeFileSync(own, `${process.pid}\0`, { flag: "wx", mode: 0o600 }));
    const isLocked = () => isLinked(own, lock) || (isStale(lock) && isLinked(own, lock));
    waitFor(isLocked, deadline, () => {
      const holder = holderIn(lock);
      const who = holder === undefined ? "another program" : processText(holder);
      return `${who} holds ${lock.path}; remove that if it is no program that changes accounts`;
    });
  } finally {
    unlinkIfPossible(own);
  }
}

function isLinked(own: string, lock: Place): boolean {
  try {
    linkSync(own, lock.access);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    return attempt(`make ${lock.path}`, () => {
      throw error;
    });
  }
}

/** Whether the lock's holder is gone; then the lock is removed. */
function isStale(lock: Place): boolean {
  const holder = holderIn(lock);
  // We have it not yet: a lock with our process id is of one who had that before.
  if (holder !== undefined && holder !== process.pid && isAlive(holder)) return false;
  attempt(`remove ${lock.path}`, () => unlinkIfThere(lock.access));
  return true;
}

/** The process that a lock names; undefined if the lock is gone. */
function holderIn(lock: Place): number | undefined {
  const help = "remove it if no program is changing the file";
  let text: string;
  try {
    text = beginningOf(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Failure(`${lock.path} cannot be read: ${help}`);
  }
  const [, pid] = /^([1-9][0-9]{0,9})\n?(\0|$)/.exec(text) ?? [];
  if (pid === undefined || Number(pid) > LARGEST_PID)
    throw new Failure(`${lock.path} names no process: ${help}`);
  return Number(pid);
}

function beginningOf(lock: Place): string {
  const descriptor = openRegular(lock, constants.O_RDONLY);
  try {
    const room = Buffer.alloc(32);
    return room.toString("latin1", 0, readSync(descriptor, room));
  } finally {
    closeSync(descriptor);
  }
}

/** Whether it is a process: a thread may have the id of one that is gone, and takes signals too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  const [, group] = /^Tgid:\s*(\d+)$/m.exec(readText(`/proc/${pid}/status`)) ?? [];
  return group === undefined || Number(group) === pid;
}

function processText(pid: number): string {
  const command = readText(`/proc/${pid}/comm`).trimEnd();
  return command === "" ? `process ${pid}` : `process ${pid} (${plain(command)})`;
}

function waitFor(isDone: () => boolean, deadline: number, why: () => string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (!isDone()) {
    if (Date.now() >= deadline) throw new Failure(`the files are being changed: ${why()}`);
    Atomics.wait(clock, 0, 0, PAUSE);
  }
}
