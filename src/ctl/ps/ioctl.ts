// SPDX-License-Identifier: MIT
//
// What the kernel says of a user namespace that is held open: ioctl_ns(2).
import { closeSync, fstatSync, openSync } from "node:fs";
import { CLibrary } from "../libc.js";

const NS_GET_PARENT = 0xb702;
const NS_GET_OWNER_UID = 0xb704;

let bound: ((descriptor: number, request: number, result: Uint32Array | null) => number) | undefined;

function ioctl(descriptor: number, request: number, result: Uint32Array | null = null): number {
  bound ??= CLibrary.get()
    .koffi.load(null)
    .func("int ioctl(int descriptor, unsigned long request, void *result)");
  return (bound as NonNullable<typeof bound>)(descriptor, request, result);
}

/** A user namespace and who made it. */
export interface Identity {
  id: number;
  /** As this user namespace has the uid; undefined if it cannot be known. */
  owner: number | undefined;
}

/**
 * The user namespace behind a link of /proc, and the ones around it as far as they can be seen: up to this one, which is
 * the last; one that is no descendant of this one stands alone.
 */
export function lineage(link: string): Identity[] {
  const result: Identity[] = [];
  for (let descriptor = openSync(link, "r"); descriptor >= 0; ) {
    const uid = new Uint32Array(1);
    const known = ioctl(descriptor, NS_GET_OWNER_UID, uid) === 0;
    result.push({ id: fstatSync(descriptor).ino, owner: known ? uid[0] : undefined });
    const parent = ioctl(descriptor, NS_GET_PARENT);
    closeSync(descriptor);
    descriptor = parent;
  }
  return result;
}
