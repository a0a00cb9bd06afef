// SPDX-License-Identifier: MIT
//
// Extended attributes: SELinux labels and access control lists. Node.js has no calls for them.
import { Failure } from "../failure.js";
import { CLibrary } from "../libc.js";
import { plain } from "../output.js";

const MOST_BYTES = 65536;
/**
 * Sums of the content: the kernel makes them anew, and those of the old content would lock the file. And privileges of
 * a program: a table is none.
 */
const notCopied = new Set(["security.ima", "security.evm", "security.capability"]);

/** Gives an open file the attributes of another, the one at `path`, and no others: those that its directory gave it are gone. */
export function copyAttributes(path: string, from: number, to: number): void {
  const library = CLibrary.get().koffi.load(null);
  const list = library.func("long flistxattr(int fd, _Out_ void *names, size_t size)");
  const get = library.func("long fgetxattr(int fd, const char *name, _Out_ void *value, size_t size)");
  const set = library.func(
    "int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)",
  );
  const remove = library.func("int fremovexattr(int fd, const char *name)");
  const wanted = namesBy((room) => list(from, room, room.length));
  const value = Buffer.alloc(MOST_BYTES);
  for (const name of wanted) {
    const size = Number(get(from, name, value, value.length));
    if (size < 0 || set(to, name, value, size, 0) !== 0)
      throw new Failure(`cannot copy the attribute ${plain(name)} of ${path}`);
  }
  for (const name of namesBy((room) => list(to, room, room.length)))
    if (!wanted.includes(name) && !name.startsWith("security.") && remove(to, name) !== 0)
      throw new Failure(`cannot keep the attribute ${plain(name)} from the file that replaces ${path}`);
}

/** The names that a call lists, but for those that are not copied; a file system without attributes has none. */
function namesBy(list: (room: Buffer) => number | bigint): string[] {
  const room = Buffer.alloc(MOST_BYTES);
  const length = Math.max(0, Number(list(room)));
  const names = room.toString("utf8", 0, length).split("\0").slice(0, -1);
  return names.filter((name) => !notCopied.has(name));
}
