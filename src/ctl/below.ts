// SPDX-License-Identifier: MIT
//
// Files below a root directory, which may be wholly another's: an image, or what a container lives in. Links are
// followed as a program does that has the directory as its root (RESOLVE_IN_ROOT of openat2(2)): no link and no ".."
// leads out. What has been passed is held open, so that nobody who moves or replaces it meanwhile leads out either.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { constants as system } from "node:os";
import { join } from "node:path";
import { attempt, Reason } from "./attempt.js";
import { Failure } from "./failure.js";

const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const O_PATH = 0o10000000;
/** As the kernel has it. */
const MOST_LINKS = 40;
/** As many as a path can have; links may make it longer, by a thousand each. */
const MOST_STEPS = 2048;
const MOST_BYTES = 1 << 28;

/** A link that leads nowhere. */
export class Dangling extends Reason {
  constructor() {
    super("it is a link that leads nowhere");
  }
}

/** Something else than a regular file. */
export class NotRegular extends Reason {
  constructor() {
    super("it is no regular file");
  }
}

/** Where a path leads: a name, which is no link, in a directory. */
export interface Place {
  /** As messages call it. */
  readonly path: string;
  /** The same for this process alone, while `release` is not called. */
  readonly access: string;
  /** Whether the way to it is in others' hands. */
  readonly isForeign: boolean;
  /** Whether a mount lies between the root directory and the directory. */
  isOutside(): boolean;
  /** Lets go of the directory. */
  release(): void;
}

/** Where a path below the root directory leads; its last name is taken as it is unless links are to be followed. */
export function locate(root: string, path: string, follows: boolean): Place {
  if (root !== "/") return new Walk(root, follows).to(path);
  const access = follows ? realPath(path) : path;
  return { path: access, access, isForeign: false, isOutside: () => false, release: () => {} };
}

/**
 * The same for who is going to change what is there. Where the root directory is that of a container, mounts in it are
 * the container's: one may have brought in a directory of the machine's.
 */
export function locateForChange(root: string, path: string, follows: boolean): Place {
  const place = locate(root, path, follows);
  if (!place.isOutside()) return place;
  place.release();
  throw new Reason(`it is on another mount than ${root}`);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    if (lstatSync(path, { throwIfNoEntry: false })) throw new Dangling();
    return path;
  }
}

/** A way down from a root directory. */
class Walk {
  /** The directories that it is in, the root directory first. */
  readonly #open: number[];
  readonly #names: string[] = [];
  #links = 0;
  #steps = 0;
  /** Whether the path itself is a link, no matter whether a directory on its way is. */
  #isLink = false;

  constructor(
    readonly root: string,
    readonly follows: boolean,
  ) {
    this.#open = [pinned(root)];
  }

  to(path: string): Place {
    try {
      return this.#go(stepsOf(path));
    } catch (error) {
      this.#leave(1);
      throw codeOf(error) === "ENOENT" && this.#isLink ? new Dangling() : error;
    }
  }

  /** Goes the steps, the last of them first. */
  #go(steps: string[]): Place {
    for (let name = steps.pop(); name !== undefined; name = steps.pop()) {
      if (++this.#steps > MOST_STEPS) throw errno("ELOOP");
      const isLast = steps.length === 0;
      const at = `${ofDescriptor(this.#open[this.#open.length - 1] as number)}/${name}`;
      const link = name === ".." || (isLast && !this.follows) ? undefined : linkAt(at);
      if (link !== undefined) {
        if (++this.#links > MOST_LINKS) throw errno("ELOOP");
        if (isLast) this.#isLink = true;
        if (link.startsWith("/")) this.#leave(1);
        steps.push(...stepsOf(link));
      } else if (name === "..") this.#leave(Math.max(1, this.#open.length - 1));
      else if (isLast) return this.#place(name, at);
      else this.#enter(name, at);
    }
    throw errno("EISDIR");
  }

  #enter(name: string, at: string): void {
    this.#open.push(openSync(at, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    this.#names.push(name);
  }

  /** Goes up until it is in so many directories. */
  #leave(count: number): void {
    for (const descriptor of this.#open.splice(count)) closeSync(descriptor);
    this.#names.splice(count - 1);
  }

  #place(name: string, access: string): Place {
    if (this.#isLink) lstatSync(access);
    const path = join(this.root, ...this.#names, name);
    const [root, ...way] = this.#open as [number, ...number[]];
    const isOutside = () => mountOf(root) !== mountOf(way.at(-1) ?? root);
    return { path, access, isForeign: true, isOutside, release: () => this.#leave(1) };
  }
}

const roots = new Map<string, number>();

/** The root directory, the same one from its first use on. */
function pinned(root: string): number {
  const known = roots.get(root);
  if (known !== undefined) return known;
  const descriptor = attempt(`open ${root}`, () => openSync(root, O_PATH | O_DIRECTORY));
  const found = fstatSync(descriptor);
  // A link to it may be anybody's, and here the name service and what is live would not be asked.
  if (isSame(found, statSync("/"))) throw new Failure(`${root} is / by another name: leave --root out`);
  const seen = statSync(ofDescriptor(descriptor), { throwIfNoEntry: false });
  if (!seen || !isSame(found, seen)) throw new Failure("--root needs /proc, which is not mounted");
  roots.set(root, descriptor);
  return descriptor;
}

/** The target of a link; undefined if it is none. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EINVAL" || code === "ENOENT") return undefined;
    throw error;
  }
}

/** Opens a regular file below the root directory; undefined if there is none. */
export function openBelow(root: string, path: string): number | undefined {
  try {
    const place = locate(root, path, true);
    try {
      return openRegular(place, O_RDONLY);
    } finally {
      place.release();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Opens a file if it is a regular one, and else does not touch it: a device may act when it is opened. */
export function openRegular({ access, isForeign }: Place, flags: number): number {
  const found = openSync(access, O_PATH | O_NOFOLLOW);
  try {
    if (!fstatSync(found).isFile()) throw new NotRegular();
    return openSync(isForeign ? ofDescriptor(found) : access, flags | O_NONBLOCK | O_NOCTTY);
  } finally {
    closeSync(found);
  }
}

/** A file as it was read. */
export interface Content {
  bytes: Buffer;
  stats: Stats;
}

/** Reads a regular file below the root directory; undefined if there is none. Whatever else keeps it from that is an error. */
export function readBelow(root: string, path: string): Content | undefined {
  return withFile(root, path, (descriptor, stats) => ({ bytes: readAll(descriptor, stats.size), stats }));
}

/** Does something with an open regular file below the root directory; undefined if there is none. */
export function withFile<T>(
  root: string,
  path: string,
  work: (descriptor: number, stats: Stats) => T,
): T | undefined {
  return attempt(`read ${join(root, path)}`, () => {
    const descriptor = openBelow(root, path);
    if (descriptor === undefined) return undefined;
    try {
      const stats = fstatSync(descriptor);
      if (stats.size > MOST_BYTES) throw new Reason("it is larger than 256 MiB");
      return work(descriptor, stats);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** So many bytes, as the helpers read a table: a file that says it is empty may have no end. */
function readAll(descriptor: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const got = readSync(descriptor, bytes, at, size - at, null);
    if (got === 0) throw new Reason("it has become shorter meanwhile; try again");
    at += got;
  }
  return bytes;
}

/** Its text, empty if there is none. */
export function textBelow(root: string, path: string): string {
  return readBelow(root, path)?.bytes.toString() ?? "";
}

/** Whether there is something of that name below the root directory. */
export function isBelow(root: string, path: string): boolean {
  try {
    const place = locate(root, path, true);
    const found = lstatSync(place.access, { throwIfNoEntry: false });
    place.release();
    return found !== undefined;
  } catch {
    return false;
  }
}

/** The names of a path, the last one first. */
function stepsOf(path: string): string[] {
  return path
    .split("/")
    .filter((step) => step !== "" && step !== ".")
    .reverse();
}

/** The id of the mount that an open directory is on. */
function mountOf(descriptor: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1];
}

function ofDescriptor(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/** Whether two are the same file. */
export function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function errno(code: "EISDIR" | "ELOOP"): Error {
  return Object.assign(new Error(code), { code, errno: -system.errno[code] });
}
