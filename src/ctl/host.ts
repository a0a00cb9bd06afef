// SPDX-License-Identifier: MIT
//
// Runs the helpers' own modules on tables of any source, for any user, on a request that is not made: there is
// no target and nothing is written. What the module asks of the host is declared in src/host.ts.
/// <reference path="./assembly.d.ts" />
import type * as boundary from "../host.js";
import { Privilege, Relation, type Table } from "../host.js";
import { Memory } from "./memory.js";
import type { NameService } from "./nss.js";
import { load, type ProgramName } from "./programs.js";
import type { Span } from "./spans.js";

const MOST_PAGES = 16;
const NSS_FAILED = -1011;

/** Where the tables are read, one of them open at a time. */
export interface TableSource {
  /** Opens a table and closes the one before, as openTable of src/host.ts. */
  open(table: Table): number;
  /** Reads on into `room`, as readTable of src/host.ts. */
  read(room: Uint8Array): number;
  /** Closes the table that is open, if one is. */
  close(): void;
}

/** A run of a program for a user. */
export interface Request {
  program: ProgramName;
  /** The arguments behind argv[0]. */
  args: string[];
  uid: number;
  gid: number;
  tables: TableSource;
  names: NameService;
  /** What the target's setgroups file would say; "allow" if nothing is said. */
  setgroups?: Setgroups;
}

/** What stands in a process's setgroups file. */
export type Setgroups = "allow" | "deny";

/** What came of a run. */
export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
  /** The map that the program would have written; "" if none. */
  map: string;
  setgroups: Setgroups;
}

/** The end of the program, thrown to unwind it. */
class Exit {
  constructor(readonly status: number) {}
}

/** The calls that newuidmap, newgidmap and getsubids make. */
type Calls = Pick<
  typeof boundary,
  | "argumentCount"
  | "argument"
  | "callerUid"
  | "callerGid"
  | "openTable"
  | "readTable"
  | "openTarget"
  | "statTarget"
  | "targetUid"
  | "targetGid"
  | "setgroupsDenied"
  | "denySetgroups"
  | "openMap"
  | "writeMap"
  | "privilege"
  | "targetRelation"
  | "targetNamespaceOwner"
  | "mapWritten"
  | "askNss"
  | "print"
  | "log"
  | "exit"
>;

/** Runs a program to its end. */
export function run(request: Request): Outcome {
  const host = new Host(request);
  const instance = new WebAssembly.Instance(load(request.program), { host: { ...host.calls() } });
  const { memory, main } = instance.exports as { memory: WebAssembly.Memory; main: () => void };
  host.memory.use(memory);
  try {
    main();
    throw new Error(`${request.program} took no decision`);
  } catch (end) {
    if (end instanceof Exit) host.outcome.status = end.status;
    else if (end instanceof WebAssembly.RuntimeError) host.trapped();
    else throw end;
  } finally {
    request.tables.close();
  }
  return host.outcome;
}

/** What libsubid_usernamespaces.so gives a program that asks for an owner's ranges; undefined if it cannot tell. */
export function pluginRanges(
  owner: string,
  kind: "uid" | "gid",
  request: Pick<Request, "uid" | "gid" | "tables" | "names">,
): Span[] | undefined {
  const host = new Host({ program: "subid", args: [], ...request }, [owner]);
  const ranges: Span[] = [];
  const giveRange = (start: bigint, count: bigint) => {
    ranges.push({ start: Number(start), end: Number(start + count) });
  };
  const imports = { host: { ...host.calls(), giveRange, giveOwner: () => {} } };
  const { exports } = new WebAssembly.Instance(load("subid"), imports);
  host.memory.use(exports.memory as WebAssembly.Memory);
  try {
    const status = (exports.listOwnerRanges as (gids: boolean) => number)(kind === "gid");
    return status === 0 ? ranges : undefined;
  } catch (end) {
    if (end instanceof Exit || end instanceof WebAssembly.RuntimeError) return undefined;
    throw end;
  } finally {
    request.tables.close();
  }
}

class Host {
  readonly memory = new Memory();
  readonly outcome: Outcome;
  readonly #argv: Buffer[];

  constructor(
    readonly request: Request,
    argv = [request.program, ...request.args],
  ) {
    const { setgroups = "allow" } = request;
    this.#argv = argv.map((word) => Buffer.from(word));
    this.outcome = { status: 1, stdout: "", stderr: "", map: "", setgroups };
  }

  /** The target is the user's own process in a namespace that he has just made. */
  calls(): Calls {
    const { uid, gid, tables } = this.request;
    return {
      argumentCount: () => this.#argv.length,
      argument: (index, into) => this.#argument(index, into),
      callerUid: () => uid,
      callerGid: () => gid,
      openTable: (table) => tables.open(table),
      readTable: (into, at, count) => tables.read(this.memory.array(into, at + count).subarray(at)),
      openTarget: () => 0,
      statTarget: () => 0,
      targetUid: () => uid,
      targetGid: () => gid,
      setgroupsDenied: () => (this.outcome.setgroups === "deny" ? 1 : 0),
      denySetgroups: () => {
        this.outcome.setgroups = "deny";
        return 0;
      },
      openMap: () => 0,
      writeMap: (text, length) => {
        this.outcome.map = this.memory.text(text, 0, length);
        return 0;
      },
      privilege: () => Privilege.Held | Privilege.MapsRoot,
      targetRelation: () => Relation.Child,
      targetNamespaceOwner: () => BigInt(uid),
      mapWritten: () => 0,
      askNss: (request, length, into) => this.#askNss(this.memory.array(request, length), into),
      print: (stream, text, length) => this.#print(stream, this.memory.array(text, length)),
      log: () => {},
      exit: (status) => {
        throw new Exit(status === 0 ? 0 : 1);
      },
    };
  }

  /** What native/runtime.c says. */
  trapped(): void {
    const full = this.memory.pages === MOST_PAGES;
    const what = full
      ? "out of memory: the tables hold more for this caller than fits"
      : "internal error: a trap";
    this.outcome.stderr += `${this.request.program}: ${what}\n`;
  }

  #argument(index: number, into: number): number {
    const word = this.#argv[index];
    if (!word) throw new Error("no such argument");
    const room = this.memory.array(into);
    if (word.length > room.length) return -1;
    room.set(word);
    return word.length;
  }

  #askNss(question: Uint8Array, into: number): number {
    const words = Buffer.from(question).toString().split("\0").slice(0, -1);
    const answer = this.request.names.ask(words);
    if (typeof answer === "number") return answer;
    const bytes = Buffer.from(answer);
    const room = this.memory.array(into);
    // As names.c reads it: an answer that fills the buffer is too long.
    if (bytes.length >= room.length) return NSS_FAILED;
    room.set(bytes);
    return bytes.length;
  }

  #print(stream: number, text: Uint8Array): number {
    this.outcome[stream === 1 ? "stdout" : "stderr"] += Buffer.from(text).toString();
    return 0;
  }
}
