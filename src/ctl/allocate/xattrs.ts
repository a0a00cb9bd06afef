// SPDX-License-Identifier: MIT
//
// Extended attributes: SELinux labels and access control lists. Node.js has no calls for them.
import { Failure } from "../failure.js";
import { CLibrary } from "../libc.js";

const MOST_BYTES = 65536;
/** Sums of the content: the kernel makes them anew, and those of the old content would lock the file. */
const sums = new Set(["security.ima", "security.evm"]);

/** Gives the open file the attributes of the one at `from`. */
export function copyAttributes(from: string, to: number): void {
  const library = CLibrary.get().koffi.load(null);
  const list = library.func("long listxattr(const char *path, _Out_ void *names, unsigned long size)");
  const get = library.func(
    "long getxattr(const char *path, const char *name, _Out_ void *value, unsigned long size)",
  );
  const set = library.func(
    "int fsetxattr(int fd, const char *name, const void *value, unsigned long size, int flags)",
  );
  const room = Buffer.alloc(MOST_BYTES);
  // A file system without attributes has none to copy.
  const length = Math.max(0, Number(list(from, room, room.length)));
  for (const name of room.toString("utf8", 0, length).split("\0").slice(0, -1)) {
    if (sums.has(name)) continue;
    const value = Buffer.alloc(MOST_BYTES);
    const size = Number(get(from, name, value, value.length));
    if (size < 0 || set(to, name, value, size, 0) !== 0)
      throw new Failure(`cannot copy the attribute ${name} of ${from}`);
  }
}
