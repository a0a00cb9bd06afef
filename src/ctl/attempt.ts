// SPDX-License-Identifier: MIT
//
// How a failed system call is told of: what could not be done, why, and what would help.
import { getSystemErrorMap } from "node:util";
import { Failure } from "./failure.js";

const advice: Readonly<Record<string, string>> = {
  EROFS: "remount it writable, or work on a copy with --root",
  ENOSPC: "make room and try again",
  EDQUOT: "make room and try again",
  EFBIG: "raise the limit of the file size (ulimit -f)",
  EPERM: "it may be immutable (lsattr)",
  EBUSY: "it is a mount point, which cannot be replaced: change what is mounted there",
};

/** Why something cannot be done, where that is no system call's failure. */
export class Reason extends Error {}

/** Does it, or fails with what could not be done, why, and what would help. */
export function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Reason) throw new Failure(`cannot ${what}: ${error.message}`);
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Failure(`cannot ${what}: ${reasonOf(code, errno)}`);
  }
}

function reasonOf(code: string, errno: number | undefined): string {
  const [, reason = code] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  const isDenied = code === "EACCES" || code === "EPERM";
  const help = isDenied && process.geteuid?.() !== 0 ? "only root can" : advice[code];
  return help === undefined ? reason : `${reason}; ${help}`;
}
