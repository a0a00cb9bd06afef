// SPDX-License-Identifier: MIT
import { withFile } from "./below.js";
import { Failure } from "./failure.js";
import { CLibrary, type Passwd } from "./libc.js";

/** A user to speak of. */
export interface Account {
  /** Unknown where no database has him: a uid alone. */
  name: string | undefined;
  uid: number;
  gid: number;
}

const PASSWD = "/etc/passwd";
const LARGEST_UID = 2 ** 32 - 2;

/** Who calls, or who is named: by login name, or by uid, which digits alone always are. */
export function findAccount(root: string, user: string | undefined): Account {
  if (user === undefined) {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    return { name: byUid(root, uid)?.pw_name, uid, gid };
  }
  const uid = /^[0-9]+$/.test(user) ? Number(user) : undefined;
  if (uid !== undefined && uid > LARGEST_UID) throw new Failure(`'${user}' is no uid`);
  const found = uid === undefined ? byName(root, user) : byUid(root, uid);
  if (found) return { name: found.pw_name, uid: found.pw_uid, gid: found.pw_gid };
  if (uid === undefined) throw new Failure(`there is no user '${user}'`);
  // The helpers get no further than to find out that nobody knows him, whatever his group.
  return { name: undefined, uid, gid: uid };
}

function byUid(root: string, uid: number): Passwd | undefined {
  if (root !== "/") return usersBelow(root).find((user) => user.pw_uid === uid);
  return known(CLibrary.get().userByUid(uid), `uid ${uid}`);
}

function byName(root: string, name: string): Passwd | undefined {
  if (root !== "/") return usersBelow(root).find((user) => user.pw_name === name);
  return known(CLibrary.get().userByName(name), `'${name}'`);
}

function known(found: Passwd | null | number, who: string): Passwd | undefined {
  if (typeof found === "number") throw new Failure(`the name service fails when it is asked for ${who}`);
  return found ?? undefined;
}

/** The users of the file below a root directory. */
export function usersBelow(root: string): Passwd[] {
  const users = withFile(root, PASSWD, (descriptor, { size }) =>
    size === 0 ? [] : CLibrary.get().usersOf(`/proc/self/fd/${descriptor}`),
  );
  return users ?? [];
}
