// SPDX-License-Identifier: MIT
//
// Runs the wasm that ships on a host made of plain data. Every call is checked as native/ checks it: what
// the shim would end the program for throws a BoundaryError, and the test that caused it fails.

import { compiledModule } from "../model/modules.js";
import {
  type Answer,
  type FileState,
  kindOf,
  memberAnswer,
  PID,
  type Tool,
  type World,
} from "../model/world.js";

/** Our program asked for something that the shim would have killed it for. */
export class BoundaryError extends Error {}

/** The target's process id on this host. */
export const pid = 4242;

/** What goes wrong on the way: each is what the call of that name answers. */
export interface Faults {
  openTarget?: number;
  statTarget?: number;
  setgroupsDenied?: number;
  denySetgroups?: number;
  openMap?: number;
  writeMap?: number;
  print?: number;
  /** Reading of the table fails with `code` once `at` bytes of it were read. */
  read?: { table: keyof typeof tables; at: number; code: number };
}

/** What the program learns when it explains a failed write. */
export interface Circumstances {
  privilege: number;
  relation: number;
  namespaceOwner: number;
  mapWritten: number;
}

export interface Options {
  faults?: Faults;
  circumstances?: Partial<Circumstances>;
  /** How many bytes the next read of a table delivers at most; everything by default. */
  chunk?: () => number;
}

export interface Run {
  status: number;
  /** A trap of the module's; the shim answers it with a message and status 1. */
  trapped: boolean;
  stdout: string;
  stderr: string;
  log: string[];
  /** What was written as the map; "" if nothing. */
  map: string;
  setgroups: "allow" | "deny";
  /** The questions to the name service, their words separated by blanks. */
  questions: string[];
  /** The groups that it was asked about. */
  groups: string[];
  /** The calls in their order; reads and what cannot fail are left out. */
  calls: string[];
  /** The memory at the end, in pages of 64 KiB. */
  pages: number;
}

const tables = { passwd: 0, nsswitch: 1, loginDefs: 2, subuid: 3, subgid: 4, usernamespaces: 5 };
const NSS_FAILED = -1011;
const tableNames = Object.keys(tables) as (keyof typeof tables)[];

const modules = new Map<Tool, WebAssembly.Module>();

/** The wasm of a program, compiled once. */
export function moduleOf(tool: Tool): WebAssembly.Module {
  const found = modules.get(tool) ?? compiledModule(tool);
  modules.set(tool, found);
  return found;
}

/** The end of the program, thrown to unwind it. */
class Exit {
  constructor(readonly status: number) {}
}

/** Runs the program of a world to its end. */
export function runProgram(world: World, options: Options = {}): Run {
  const host = new FakeHost(world, options);
  const instance = new WebAssembly.Instance(moduleOf(world.tool), { host: host.calls() });
  const { memory, main } = instance.exports as { memory: WebAssembly.Memory; main: () => void };
  host.memory = memory;
  try {
    main();
    throw new BoundaryError("no decision was taken");
  } catch (end) {
    if (end instanceof Exit) host.run.status = end.status;
    else if (end instanceof WebAssembly.RuntimeError) host.run.trapped = true;
    else throw end;
  }
  host.run.pages = memory.buffer.byteLength / 65536;
  return host.run;
}

/** A name that nss.c takes. */
function validName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that a name must not hold
  return /^[^:\0-\x1f\x7f]{1,256}$/.test(name);
}

class FakeHost {
  memory!: WebAssembly.Memory;
  readonly run: Run;
  #argv: Buffer[];
  #table: Buffer | undefined;
  #tableName: keyof typeof tables = "passwd";
  #read = 0;
  #pinned = false;
  #looked = false;
  #mapOpened = false;
  #mapOpen = false;
  #setgroupsWritten = false;

  constructor(
    readonly world: World,
    readonly options: Options,
  ) {
    this.#argv = [world.tool, ...world.args].map((word) =>
      Buffer.from(word.replace(PID, String(pid)), "latin1"),
    );
    this.run = {
      status: 1,
      trapped: false,
      stdout: "",
      stderr: "",
      log: [],
      map: "",
      setgroups: world.target.setgroups,
      questions: [],
      groups: [],
      calls: [],
      pages: 0,
    };
  }

  calls(): Record<string, (...values: never[]) => unknown> {
    const { uid, gid, target } = this.world;
    const usual = { privilege: 33, relation: 1, namespaceOwner: uid, mapWritten: target.mapped ? 1 : 0 };
    const facts = { ...usual, ...this.options.circumstances };
    return {
      argumentCount: () => this.#argv.length,
      argument: (index: number, into: number) => this.#argument(index, into),
      callerUid: () => uid,
      callerGid: () => gid,
      openTable: (table: number) => this.#openTable(table),
      readTable: (into: number, at: number, count: number) => this.#readTable(into, at >>> 0, count >>> 0),
      openTarget: (byDescriptor: number, number: number) =>
        this.#openTarget(byDescriptor !== 0, number >>> 0),
      statTarget: () => this.#statTarget(),
      targetUid: () => this.#afterLook(target.uid),
      targetGid: () => this.#afterLook(target.gid),
      setgroupsDenied: () => this.#setgroupsDenied(),
      denySetgroups: () => this.#denySetgroups(),
      openMap: () => this.#openMap(),
      writeMap: (text: number, length: number) => this.#writeMap(this.#text(text, length)),
      privilege: () => facts.privilege,
      targetRelation: () => facts.relation,
      targetNamespaceOwner: () => BigInt(facts.namespaceOwner),
      mapWritten: () => facts.mapWritten,
      askNss: (request: number, length: number, into: number) =>
        this.#askNss(this.#text(request, length), into),
      print: (stream: number, text: number, length: number) => this.#print(stream, this.#text(text, length)),
      log: (text: number, length: number) => {
        this.#note("log");
        this.run.log.push(this.#text(text, length));
      },
      exit: (status: number) => {
        throw new Exit(status === 0 ? 0 : 1);
      },
    };
  }

  #note(call: string): void {
    this.run.calls.push(call);
  }

  #must(condition: boolean, message: string): void {
    if (!condition) throw new BoundaryError(message);
  }

  /** The bytes of an array of the module's, whose size stands in the four bytes before it. */
  #array(at: number, length?: number): Uint8Array {
    const start = at >>> 0;
    const bytes = this.memory.buffer.byteLength;
    this.#must(start >= 4 && start <= bytes, "a buffer outside of the memory");
    const size = new DataView(this.memory.buffer).getUint32(start - 4, true);
    const wanted = length ?? size;
    this.#must(wanted <= size, "a buffer shorter than its length");
    this.#must(wanted <= bytes - start, "a buffer outside of the memory");
    return new Uint8Array(this.memory.buffer, start, wanted);
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.#array(at, length >>> 0)).toString("latin1");
  }

  #argument(index: number, into: number): number {
    const word = this.#argv[index];
    if (!word) throw new BoundaryError("no such argument");
    const room = this.#array(into);
    if (word.length > room.length) return -1;
    room.set(word);
    return word.length;
  }

  #openTable(table: number): number {
    const { passwd, nsswitch, loginDefs, table: subids, usernamespaces } = this.world;
    const files: Record<string, FileState> = {
      passwd,
      nsswitch,
      loginDefs,
      [`sub${kindOf(this.world.tool)}`]: subids,
      usernamespaces,
    };
    const name = tableNames[table];
    this.#must(name !== undefined && name in files, "no such table");
    this.#tableName = name as keyof typeof tables;
    this.#note(`open ${name}`);
    const file = files[this.#tableName] as FileState;
    this.#table = typeof file === "string" ? Buffer.from(file, "latin1") : undefined;
    this.#read = 0;
    return typeof file === "number" ? file : file === null ? 1 : 0;
  }

  #readTable(into: number, at: number, count: number): number {
    if (!this.#table) throw new BoundaryError("no table is open");
    const room = this.#array(into, at + count).subarray(at);
    const { read } = this.options.faults ?? {};
    const fails = read?.table === this.#tableName;
    if (read && fails && this.#read >= read.at) return read.code;
    const most = Math.max(1, this.options.chunk?.() ?? count);
    const until = Math.min(
      this.#read + Math.min(count, most),
      read && fails ? read.at : Number.MAX_SAFE_INTEGER,
    );
    const bytes = this.#table.subarray(this.#read, until);
    room.set(bytes);
    this.#read += bytes.length;
    return bytes.length;
  }

  #openTarget(byDescriptor: boolean, number: number): number {
    this.#note(byDescriptor ? `openTarget fd:${number}` : `openTarget ${number}`);
    this.#must(!this.#pinned, "a second target");
    this.#must(number <= 0x7fffffff, "the target's number is out of range");
    const answer = this.options.faults?.openTarget ?? (byDescriptor || number === pid ? 0 : -2);
    this.#pinned = answer === 0;
    return answer;
  }

  #statTarget(): number {
    this.#note("statTarget");
    this.#must(this.#pinned, "no target");
    const answer = this.options.faults?.statTarget ?? 0;
    this.#looked = answer === 0;
    return answer;
  }

  #afterLook(id: number): number {
    this.#must(this.#looked, "the target was not looked at");
    return id;
  }

  #mustBeTheCallers(): void {
    const { uid, gid, target } = this.world;
    this.#must(this.#looked && target.uid === uid && target.gid === gid, "the target is not the caller's");
  }

  #setgroupsDenied(): number {
    this.#note("setgroupsDenied");
    return this.options.faults?.setgroupsDenied ?? (this.run.setgroups === "deny" ? 1 : 0);
  }

  #denySetgroups(): number {
    this.#note("denySetgroups");
    this.#mustBeTheCallers();
    this.#must(this.world.tool === "newgidmap", "newuidmap denies no setgroups");
    this.#must(!this.#mapOpened && !this.#setgroupsWritten, "setgroups out of turn");
    this.#setgroupsWritten = true;
    const answer = this.options.faults?.denySetgroups ?? (this.world.target.mapped ? -1 : 0);
    if (answer === 0) this.run.setgroups = "deny";
    return answer;
  }

  #openMap(): number {
    this.#note("openMap");
    this.#mustBeTheCallers();
    this.#must(!this.#mapOpened, "a second map");
    this.#mapOpened = true;
    const answer = this.options.faults?.openMap ?? 0;
    this.#mapOpen = answer === 0;
    return answer;
  }

  #writeMap(text: string): number {
    this.#note("writeMap");
    this.#must(this.#mapOpen, "no map is open");
    this.#mapOpen = false;
    this.#mustStandInArgv(text);
    const answer = this.options.faults?.writeMap ?? (this.world.target.mapped ? -1 : 0);
    if (answer === 0) this.run.map = text;
    return answer;
  }

  #mustStandInArgv(text: string): void {
    const words = this.#argv.slice(2).map((word) => word.toString("latin1"));
    const lines = Array.from(
      { length: words.length / 3 },
      (_, i) => `${words.slice(3 * i, 3 * i + 3).join(" ")}\n`,
    );
    this.#must(
      words.length % 3 === 0 && lines.length > 0 && lines.length <= 340,
      "a map of an impossible size",
    );
    this.#must(text.length <= 4095, "a map of an impossible size");
    this.#must(
      words.every((word) => /^[0-9]{1,10}$/.test(word)),
      "the map is not made of numbers",
    );
    this.#must(text === lines.join(""), "the map is not the one asked for");
    const root = this.world.tool === "newuidmap" && words.some((word, i) => i % 3 === 1 && /^0+$/.test(word));
    this.#must(!root || this.world.uid === 0, "outside uid 0 for a caller who is not root");
  }

  #askNss(request: string, into: number): number {
    const room = this.#array(into);
    const words = request.split("\0").slice(0, -1);
    this.#must(request.endsWith("\0") && request.length <= 512 && words.length <= 4, "a malformed question");
    this.run.questions.push(words.join(" "));
    this.#note("askNss");
    const answer = this.#answer(words);
    if (typeof answer === "number") return answer;
    // As names.c reads it: an answer that fills the buffer is too long.
    if (answer.length >= room.length) return NSS_FAILED;
    room.set(Buffer.from(answer, "latin1"));
    return answer.length;
  }

  #answer(words: string[]): Answer {
    const { uid, nss } = this.world;
    if (words[0] === "user") return nss.user;
    if (words[0] === "ranges") return nss.ranges;
    this.#must(words[0] === "member" && words.length === 4, "a malformed question");
    this.#must(words[1] === String(uid), "a question about another user");
    const group = words[3] as string;
    this.run.groups.push(group);
    return validName(words[2] as string) && validName(group) ? memberAnswer(nss, group) : NSS_FAILED;
  }

  #print(stream: number, text: string): number {
    this.#must(stream === 1 || stream === 2, "no such stream");
    this.#note(`print ${stream}`);
    const answer = this.options.faults?.print ?? 0;
    if (answer === 0) this.run[stream === 1 ? "stdout" : "stderr"] += text;
    return answer;
  }
}
