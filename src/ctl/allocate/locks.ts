// SPDX-License-Identifier: MIT
//
// The locks that useradd and usermod take: lckpwdf(3)'s, a lock on /etc/.pwd.lock, and FILE.lock beside each
// file, which is made by a link so that it appears with the holder's process id in it.
import { closeSync, constants, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { CLibrary } from "../libc.js";

/** Longer than the 15 s of lckpwdf(3): many of us may wait in a row. */
const PATIENCE = 60_000;
const PAUSE = 20;
const F_TLOCK = 2;

/** Does the work while it holds the locks of the files below `root`. */
export function withLocks<T>(root: string, files: readonly string[], work: () => T): T {
  const deadline = Date.now() + PATIENCE;
  const passwords = lockPasswords(join(root, "/etc/.pwd.lock"), deadline);
  const held: string[] = [];
  try {
    for (const file of files) {
      lockFile(file, deadline);
      held.push(file);
    }
    return work();
  } finally {
    for (const file of held) rmSync(`${file}.lock`, { force: true });
    closeSync(passwords);
  }
}

/** As lckpwdf(3), which knows no other root than "/": lockf(3) takes the same lock as its fcntl(2). */
function lockPasswords(path: string, deadline: number): number {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
  const descriptor = attempt(`lock ${path}`, () => openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600));
  const { koffi } = CLibrary.get();
  const lockf = koffi.load(null).func("int lockf(int fd, int command, long length)");
  const { EAGAIN, EACCES } = koffi.os.errno;
  const isLocked = () => {
    if (lockf(descriptor, F_TLOCK, 0) === 0) return true;
    const error = koffi.errno();
    if (error !== EAGAIN && error !== EACCES) throw new Failure(`cannot lock ${path}: error ${error}`);
    return false;
  };
  waitFor(isLocked, deadline, path);
  return descriptor;
}

/** As shadow's commonio: the link is the lock, and one of a process that is gone counts as none. */
function lockFile(file: string, deadline: number): void {
  const [lock, own] = [`${file}.lock`, `${file}.${process.pid}`];
  // What a killed process of the same id left may be the lock itself: its content must not become ours.
  rmSync(own, { force: true });
  attempt(`lock ${file}`, () => {
    const descriptor = openSync(own, "wx", 0o600);
    writeSync(descriptor, `${process.pid}\0`);
    closeSync(descriptor);
  });
  try {
    waitFor(() => isLinked(own, lock) || (isStale(lock) && isLinked(own, lock)), deadline, lock);
  } finally {
    rmSync(own, { force: true });
  }
}

function isLinked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new Failure(`cannot make ${lock}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Whether the lock's holder is gone; then the lock is removed. */
function isStale(lock: string): boolean {
  let holder: number;
  try {
    holder = Number(readFileSync(lock, "latin1").replace(/\0.*/s, ""));
  } catch {
    return true;
  }
  if (!Number.isInteger(holder) || holder <= 0)
    throw new Failure(`${lock} names no process: remove it if no program is changing the file`);
  if (isAlive(holder)) return false;
  rmSync(lock, { force: true });
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function waitFor(isDone: () => boolean, deadline: number, what: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (!isDone()) {
    if (Date.now() > deadline) throw new Failure(`another program is changing the files: it holds ${what}`);
    Atomics.wait(clock, 0, 0, PAUSE);
  }
}

/** Does it, or fails with what could not be done and why. */
export function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Failure(`cannot ${what}: ${code}`);
  }
}
