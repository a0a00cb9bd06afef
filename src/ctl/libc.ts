// SPDX-License-Identifier: MIT
//
// The C library's user database, called through koffi.
import { createRequire } from "node:module";
import { Failure } from "./failure.js";

const MOST_BYTES = 1 << 24;
const ERANGE = 34;
const MOST_GROUPS = 65536;

/** A user as the database has him. */
export interface Passwd {
  pw_name: string;
  pw_uid: number;
  pw_gid: number;
  pw_dir: string;
}

/** A group, with the names of its members. */
export interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** koffi as CommonJS: as a module it looks for its native part in a way that Node.js 18 does not know. */
function loadKoffi(): typeof import("koffi") {
  try {
    return createRequire(import.meta.url)("koffi/indirect");
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new Failure(`koffi, by which the name service is asked, cannot be loaded: ${reason}`);
  }
}

/** A call that fills a struct with strings of a buffer that we have to find the size for. */
export type Lookup = (entry: object, strings: Buffer, size: number, result: unknown[]) => number;

/** The same as the C library has it, behind what is looked for. */
type LookupOf<Key> = (key: Key, ...rest: Parameters<Lookup>) => number;

/** The result of a lookup: true if there is an entry, false if there is none, or an errno. */
function look(lookup: Lookup, entry: object): boolean | number {
  for (let size = 4096; size <= MOST_BYTES; size *= 4) {
    const result = [null];
    const error = lookup(entry, Buffer.alloc(size), size, result);
    if (error !== ERANGE) return error === 0 ? result[0] !== null : error;
  }
  return ERANGE;
}

/** The calls, bound at the first use of any. */
export class CLibrary {
  static #instance: CLibrary | undefined;

  static get(): CLibrary {
    CLibrary.#instance ??= new CLibrary();
    return CLibrary.#instance;
  }

  readonly koffi = loadKoffi();
  readonly #process = this.koffi.load(null);
  readonly #byUid: LookupOf<number>;
  readonly #byName: LookupOf<string>;
  readonly #group: LookupOf<string>;
  readonly #groupList: (user: string, gid: number, groups: Uint32Array, count: number[]) => number;
  readonly #open: (path: string, mode: string) => unknown;
  readonly #close: (stream: unknown) => number;
  readonly #next: LookupOf<unknown>;
  /** malloc and free. */
  readonly allocate: (bytes: number) => unknown;
  readonly free: (memory: unknown) => void;

  private constructor() {
    const string = "const char *";
    this.koffi.struct("passwd", {
      pw_name: string,
      pw_passwd: string,
      pw_uid: "uint32_t",
      pw_gid: "uint32_t",
      pw_gecos: string,
      pw_dir: string,
      pw_shell: string,
    });
    this.koffi.struct("group", { gr_name: string, gr_passwd: string, gr_gid: "uint32_t", gr_mem: "void *" });
    const bind = (declaration: string) => this.#process.func(declaration);
    const room = "void *strings, size_t size, _Out_ void **result";
    this.#byUid = bind(`int getpwuid_r(uint32_t uid, _Out_ passwd *entry, ${room})`);
    this.#byName = bind(`int getpwnam_r(const char *name, _Out_ passwd *entry, ${room})`);
    this.#group = bind(`int getgrnam_r(const char *name, _Out_ group *entry, ${room})`);
    this.#groupList = bind(
      "int getgrouplist(const char *user, uint32_t gid, _Out_ uint32_t *groups, _Inout_ int *count)",
    );
    this.#open = bind("void *fopen(const char *path, const char *mode)");
    this.allocate = bind("void *malloc(size_t bytes)");
    this.free = bind("void free(void *memory)");
    this.#close = bind("int fclose(void *stream)");
    this.#next = bind(`int fgetpwent_r(void *stream, _Out_ passwd *entry, ${room})`);
  }

  /** Who has this uid; null if nobody, or the errno of a failure. */
  userByUid(uid: number): Passwd | null | number {
    return this.userBy((...rest) => this.#byUid(uid, ...rest));
  }

  /** Who has this name, likewise. */
  userByName(name: string): Passwd | null | number {
    return this.userBy((...rest) => this.#byName(name, ...rest));
  }

  /** A user as any call of getpwnam_r's form has him. */
  userBy(lookup: Lookup): Passwd | null | number {
    const entry: Partial<Passwd> = {};
    const found = look(lookup, entry);
    if (typeof found === "number") return found;
    return found ? (entry as Passwd) : null;
  }

  /** The group of this name, likewise. */
  groupByName(name: string): Group | null | number {
    return this.groupBy((...rest) => this.#group(name, ...rest));
  }

  /** A group as any call of getgrnam_r's form has it. */
  groupBy(lookup: Lookup): Group | null | number {
    // The members are pointers into the strings, which have to be there while they are read.
    const kept: { entry?: Group } = {};
    const raw: { gr_name?: string; gr_gid?: number; gr_mem?: unknown } = {};
    const found = look((entry, strings, size, result) => {
      const error = lookup(entry, strings, size, result);
      if (error === 0 && result[0] !== null)
        kept.entry = { name: raw.gr_name ?? "", gid: raw.gr_gid ?? 0, members: this.#list(raw.gr_mem) };
      return error;
    }, raw);
    return typeof found === "number" ? found : (kept.entry ?? null);
  }

  /** The strings of an array that ends with a null pointer. */
  #list(array: unknown): string[] {
    const strings: string[] = [];
    const size = this.koffi.sizeof("void *");
    for (let i = 0; ; i++) {
      const each = this.koffi.decode(array, i * size, "const char *");
      if (each === null) return strings;
      strings.push(each);
    }
  }

  /** The groups of a user, `gid` among them; undefined if they cannot be listed. */
  groupsOf(name: string, gid: number): number[] | undefined {
    const groups = new Uint32Array(MOST_GROUPS);
    const count = [MOST_GROUPS];
    if (this.#groupList(name, gid, groups, count) < 0) return undefined;
    return [...groups.subarray(0, count[0])];
  }

  /** The users of a file of passwd(5)'s form; undefined if it cannot be opened. */
  usersOf(path: string): Passwd[] | undefined {
    const stream = this.#open(path, "re");
    if (stream === null) return undefined;
    const users: Passwd[] = [];
    for (;;) {
      const user = this.userBy((...rest) => this.#next(stream, ...rest));
      if (user === null || typeof user === "number") break;
      users.push(user);
    }
    this.#close(stream);
    return users;
  }

  /** A shared library of the loader's own directories; undefined if there is none of that name. */
  library(name: string): import("koffi").LibraryHandle | undefined {
    try {
      return this.koffi.load(name);
    } catch {
      return undefined;
    }
  }
}
