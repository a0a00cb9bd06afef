// SPDX-License-Identifier: MIT
//
// The machine that is examined, and for whom.
import { accessSync, constants, realpathSync, type Stats, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Account, findAccount, usersBelow } from "../account.js";
import { CLibrary } from "../libc.js";
import { type NameService, noNames, SystemNames } from "../nss.js";
import { readText, unescaped } from "../people.js";
import { hasUserAttributes, readAttribute } from "./xattr.js";

/** A line of /proc/self/mountinfo. */
export interface Mount {
  point: string;
  type: string;
  options: string[];
}

/** What the checks look at: all paths are those that the machine itself has. */
export class Machine {
  readonly account: Account;
  readonly names: NameService;
  readonly mounts: Mount[];
  /** The groups of the user. */
  readonly #groups: readonly number[];

  /**
   * @param root the directory below which its files lie
   * @param user a login name or a uid; who calls if undefined
   * @param path the directories in which programs are looked for
   */
  constructor(
    readonly root: string,
    user: string | undefined,
    readonly path: string[],
  ) {
    this.account = findAccount(root, user);
    this.names = root === "/" ? new SystemNames() : noNames;
    this.#groups = this.#groupsOf(this.account);
    this.mounts = parseMounts(this.text("/proc/self/mountinfo"));
  }

  /** The text of a file; "" if it cannot be read. */
  text(path: string): string {
    return readText(join(this.root, path));
  }

  /** What a file is; undefined if there is none, or none that can be looked at: PATH may name closed folders. */
  stat(path: string): Stats | undefined {
    try {
      return statSync(join(this.root, path));
    } catch {
      return undefined;
    }
  }

  /** The files of that name in PATH, in its order: those that the user may execute, and the others. */
  programs(name: string): { usable: string[]; others: string[] } {
    const files = [...new Set(this.path)]
      .filter((folder) => folder.startsWith("/"))
      .map((folder) => resolve(folder, name))
      .filter((path) => this.stat(path)?.isFile());
    const usable = files.filter((path) => this.#mayExecute(path));
    return { usable, others: files.filter((path) => !usable.includes(path)) };
  }

  /** For who calls the kernel says it; for others the modes do, of all directories up to the root too. */
  #mayExecute(path: string): boolean {
    if (this.root === "/" && this.account.uid === process.getuid?.()) return isExecutable(path);
    const parts = this.#real(path).split("/");
    return parts.every((_, i) => i === 0 || this.#maySearch(parts.slice(0, i + 1).join("/")));
  }

  #maySearch(path: string): boolean {
    const { uid = 0, gid = 0, mode = 0 } = this.stat(path) ?? {};
    if (this.account.uid === 0) return (mode & 0o111) !== 0;
    if (this.account.uid === uid) return (mode & 0o100) !== 0;
    return (mode & (this.#groups.includes(gid) ? 0o010 : 0o001)) !== 0;
  }

  /** The bytes of a file's extended attribute; undefined if it has none. */
  attribute(path: string, name: string): Buffer | undefined {
    return readAttribute(join(this.root, path), name);
  }

  /** Whether files there can have extended attributes of users; undefined if that cannot be found out. */
  hasUserAttributes(path: string): boolean | undefined {
    return hasUserAttributes(join(this.root, path));
  }

  /** The mount that a file lies on. */
  mountOf(path: string): Mount | undefined {
    const real = this.#real(path);
    const around = this.mounts.filter(
      ({ point }) => point === "/" || real === point || real.startsWith(`${point}/`),
    );
    // Of mounts at the same place the last one is on top.
    return around.reduce<Mount | undefined>(
      (best, each) => (best && best.point.length > each.point.length ? best : each),
      undefined,
    );
  }

  #real(path: string): string {
    try {
      return this.root === "/" ? realpathSync(path) : path;
    } catch {
      return path;
    }
  }

  #groupsOf({ name, gid }: Account): number[] {
    if (name === undefined) return [gid];
    if (this.root === "/") return CLibrary.get().groupsOf(name, gid) ?? [gid];
    const groups = this.text("/etc/group")
      .split("\n")
      .map((line) => line.split(":"));
    const his = groups.filter(([, , , members = ""]) => members.split(",").includes(name));
    return [gid, ...his.map(([, , id]) => Number(id))];
  }

  /** The home of the user: the caller's own environment knows his better. */
  home(): string | undefined {
    const { uid, name } = this.account;
    if (this.root === "/" && uid === process.getuid?.() && process.env.HOME) return process.env.HOME;
    const found =
      this.root === "/"
        ? CLibrary.get().userByUid(uid)
        : usersBelow(this.root).find((each) => each.pw_name === name);
    return typeof found === "object" ? found?.pw_dir : undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function parseMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [mount = "", superblock = ""] = line.split(" - ");
    const [, , , , point, options = ""] = mount.split(" ");
    const [type = "", , superOptions = ""] = superblock.split(" ");
    if (point === undefined) return [];
    return [{ point: unescaped(point), type, options: [...options.split(","), ...superOptions.split(",")] }];
  });
}
