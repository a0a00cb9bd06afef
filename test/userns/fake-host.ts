// SPDX-License-Identifier: MIT
//
// Runs the wasm of userns as its main process, on a host that notes what is asked of it: for what is decided
// before the kernel is.
import { compiledModule } from "../model/modules.js";

type Answer = number | bigint;

/** What the host is like; every call that is not named answers 0. */
export interface Host {
  /** What calls answer, by name. */
  answers?: Record<string, Answer>;
  /** The files that @FILE can name, and the own maps. */
  files?: Record<string, string>;
  /** The tables by their number in src/host.ts; by default an /etc/passwd with the caller, uid 1000, in it. */
  tables?: Record<number, string>;
  /** $SHELL; not set by default. */
  shell?: string;
}

/** How a run ended: with a status, or with a trap of the module's. */
export interface Run {
  status: number | "trap";
  stdout: string;
  stderr: string;
  /** The calls that act on the process, as words: `unshare 0x10000000`, `changeRoot /srv`. */
  calls: string[];
  /** What the helper was asked for. */
  request: Buffer;
}

let compiled: WebAssembly.Module | undefined;

/** The wasm, compiled once. */
export function module(): WebAssembly.Module {
  compiled ??= compiledModule("userns");
  return compiled;
}

class Exit {
  constructor(readonly status: number) {}
}

/** Runs userns with the arguments to its end, as long as the host's answers are what it takes to get there. */
export function main(args: string[], host: Host = {}): Run {
  const fake = new FakeHost(["userns", ...args], host);
  const { memory, main } = new WebAssembly.Instance(module(), { host: fake.imports() }).exports as {
    memory: WebAssembly.Memory;
    main: () => void;
  };
  fake.memory = memory;
  try {
    main();
    throw new Error("main returned");
  } catch (end) {
    if (end instanceof Exit) fake.run.status = end.status;
    else if (!(end instanceof WebAssembly.RuntimeError)) throw end;
  }
  return fake.run;
}

class FakeHost {
  memory!: WebAssembly.Memory;
  readonly run: Run = { status: "trap", stdout: "", stderr: "", calls: [], request: Buffer.alloc(0) };
  readonly #argv: Buffer[];
  #file: Buffer | undefined;
  #table: Buffer = Buffer.alloc(0);

  constructor(
    argv: string[],
    readonly host: Host,
  ) {
    this.#argv = argv.map((word) => Buffer.from(word, "latin1"));
  }

  /** Every call that the module imports: those that need more than to be noted, and the others. */
  imports(): Record<string, (...values: number[]) => unknown> {
    const silent: Record<string, (...values: number[]) => unknown> = {
      argumentCount: () => this.#argv.length,
      argument: (index, into) => this.#argument(index as number, into as number),
      argumentPart: (index, offset, into) => this.#copy(this.#word(index, offset), into),
      callerUid: () => 1000,
      callerGid: () => 1000,
      openTable: (which) => this.#openTable(which as number),
      readTable: (into, at, count) => {
        const part = this.#table.subarray(0, count);
        this.#table = this.#table.subarray(part.length);
        new Uint8Array(this.memory.buffer).set(part, (into as number) + (at as number));
        return part.length;
      },
      openFile: (index, offset) => this.#openFile(this.#word(index, offset).toString("latin1")),
      readFile: (into) => {
        if (!this.#file) throw new Error("no file is open");
        const length = this.#copy(this.#file, into);
        this.#file = length > 0 ? this.#file.subarray(length) : undefined;
        return length;
      },
      openOwnMap: (gids) => this.#openFile(gids ? "/proc/self/gid_map" : "/proc/self/uid_map"),
      // What the programs need is held.
      privilege: () => 1,
      shell: (into) => this.#copy(Buffer.from(this.host.shell ?? ""), into),
      print: (stream, text, length) => {
        this.run[stream === 1 ? "stdout" : "stderr"] += this.#bytes(text, length).toString("latin1");
        return 0;
      },
      exit: (status) => {
        throw new Exit(status === 1 ? 125 : (status as number));
      },
      setting: () => -2n,
    };
    const names = WebAssembly.Module.imports(module()).map(({ name }) => name);
    return Object.fromEntries(
      names.map((name) => [name, (...values: number[]) => this.#call(name, silent[name], values)]),
    );
  }

  #call(name: string, silent: ((...values: number[]) => unknown) | undefined, values: number[]): unknown {
    const answer = this.host.answers?.[name];
    if (name === "askHelper") this.run.request = this.#bytes(values[0] as number, values[1]);
    else if (!silent) this.run.calls.push([name, ...this.#words(name, values)].join(" "));
    return answer ?? silent?.(...values) ?? 0;
  }

  #words(name: string, values: number[]): (string | number)[] {
    const [first, second] = values as [number, number];
    if (name === "runNewfsidmap")
      return this.#bytes(first, second).toString("latin1").split("\0").slice(0, -1);
    if (name === "unshare") return [`0x${(first >>> 0).toString(16)}`];
    if (["changeRoot", "changeDirectory", "mountProc"].includes(name))
      return first === 0 ? [] : [this.#word(first, second).toString("latin1")];
    return values.map((value) => (typeof value === "number" ? value >>> 0 : value));
  }

  /** The bytes of an array of the module's, whose size stands in the four bytes before it. */
  #bytes(at: number | undefined, length?: number): Buffer {
    const start = (at as number) >>> 0;
    const size = new DataView(this.memory.buffer).getUint32(start - 4, true);
    const wanted = length ?? size;
    if (wanted > size || start + wanted > this.memory.buffer.byteLength)
      throw new Error("a buffer outside of the memory");
    return Buffer.from(new Uint8Array(this.memory.buffer, start, wanted));
  }

  #copy(from: Buffer, into: number | undefined): number {
    const room = this.#bytes(into).length;
    const part = from.subarray(0, room);
    new Uint8Array(this.memory.buffer).set(part, (into as number) >>> 0);
    return part.length;
  }

  #argument(index: number, into: number): number {
    const word = this.#word(index, 0);
    return word.length > this.#bytes(into).length ? -1 : this.#copy(word, into);
  }

  #word(index: number | undefined, offset: number | undefined): Buffer {
    if (index === 0) return Buffer.alloc(0);
    const word = this.#argv[index as number];
    if (!word || (offset as number) > word.length) throw new Error("no such argument");
    return word.subarray(offset);
  }

  #openTable(which: number): number {
    const table = (this.host.tables ?? { 0: "alice:x:1000:1000::/:/bin/sh\n" })[which];
    this.#table = Buffer.from(table ?? "", "latin1");
    return table === undefined ? 1 : 0;
  }

  #openFile(name: string): number {
    const file = this.host.files?.[name];
    if (this.#file) throw new Error("a second file");
    if (file === undefined) return -2;
    this.#file = Buffer.from(file, "latin1");
    return 0;
  }
}
