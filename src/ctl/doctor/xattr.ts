// SPDX-License-Identifier: MIT
//
// Extended attributes, which Node.js has no calls for.
import { CLibrary } from "../libc.js";

const MOST_BYTES = 65536;
const ENODATA = 61;
const EOPNOTSUPP = 95;

let bound: ((path: string, name: string, value: Buffer, size: number) => number) | undefined;

/** The length of the attribute, or a negative errno. */
function getxattr(path: string, name: string, value: Buffer): number {
  const { koffi } = CLibrary.get();
  bound ??= koffi
    .load(null)
    .func("long getxattr(const char *path, const char *name, void *value, size_t size)");
  const length = Number((bound as NonNullable<typeof bound>)(path, name, value, value.length));
  return length < 0 ? -koffi.errno() : length;
}

/** The bytes of an attribute; undefined if there is none, or none that can be read. */
export function readAttribute(path: string, name: string): Buffer | undefined {
  const value = Buffer.alloc(MOST_BYTES);
  const length = getxattr(path, name, value);
  return length < 0 ? undefined : value.subarray(0, length);
}

/** Whether the file system has attributes that users may set; undefined if it does not say. */
export function hasUserAttributes(path: string): boolean | undefined {
  const length = getxattr(path, "user.usernamespaces", Buffer.alloc(MOST_BYTES));
  if (length >= 0 || length === -ENODATA) return true;
  return length === -EOPNOTSUPP ? false : undefined;
}
