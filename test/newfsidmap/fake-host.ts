// SPDX-License-Identifier: MIT
//
// Runs the wasm of newfsidmap that ships until it has decided, on a host made of plain data: that is where it opens
// the source, or writes the maps of a kernel that has them. What is recorded is checked as native/ checks it.
import type { FsidWorld } from "../model/fsid.js";
import { compiledModule } from "../model/modules.js";
import { memberAnswer } from "../model/world.js";

/** An extent of the map that was recorded: id on disk, or inside for the maps of the kernel; its counterpart; how many. */
export type Recorded = [first: number, second: number, count: number];

/** How a run ended: refused is 1, decided is 0. */
export interface Run {
  status: number | "trap";
  stderr: string[];
  log: string[];
  uids: Recorded[];
  gids: Recorded[];
  /** The groups that the name service was asked about. */
  asked: string[];
  /** Whether the target's setgroups was looked at. */
  looked: boolean;
  /** How many groups there was room for, each time they were asked for. */
  rooms: number[];
}

let compiled: WebAssembly.Module | undefined;

class Exit {
  constructor(readonly status: number) {}
}

/** Runs newfsidmap in a world until it has decided. */
export function decide(world: FsidWorld): Run {
  compiled ??= compiledModule("newfsidmap");
  const host = new FakeHost(world);
  const { memory, main } = new WebAssembly.Instance(compiled, { host: host.imports(compiled) }).exports as {
    memory: WebAssembly.Memory;
    main: () => void;
  };
  host.memory = memory;
  try {
    main();
    throw new Error("no decision was taken");
  } catch (end) {
    if (end instanceof Exit) host.run.status = end.status;
    else if (!(end instanceof WebAssembly.RuntimeError)) throw end;
  }
  return host.run;
}

class FakeHost {
  memory!: WebAssembly.Memory;
  readonly run: Run = {
    status: "trap",
    stderr: [],
    log: [],
    uids: [],
    gids: [],
    asked: [],
    looked: false,
    rooms: [],
  };
  readonly #argv: Buffer[];
  #table: Buffer = Buffer.alloc(0);

  constructor(readonly world: FsidWorld) {
    this.#argv = ["newfsidmap", ...world.args].map((word) => Buffer.from(word, "latin1"));
  }

  /** Every call that the module imports; those that matter to no decision answer 0. */
  imports(module: WebAssembly.Module): Record<string, (...values: number[]) => unknown> {
    const { uid, gid } = this.world;
    const calls: Record<string, (...values: number[]) => unknown> = {
      argumentCount: () => this.#argv.length,
      argumentPart: (index, offset, into) =>
        this.#fill(into, (this.#argv[index as number] as Buffer).subarray(offset)),
      callerUid: () => uid,
      callerGid: () => gid,
      targetUid: () => uid,
      targetGid: () => gid,
      hasFsidMaps: () => 1,
      openTable: (which) => this.#openTable(which as number),
      readTable: (into, at, count) => this.#readTable(into as number, at as number, count as number),
      readTargetMap: (gids, into) =>
        this.#readTargetMap(this.world[gids ? "gidMap" : "uidMap"], into as number),
      callerGroups: (into) => this.#callerGroups(into as number),
      setgroupsDenied: () => {
        this.run.looked = true;
        return this.world.setgroups;
      },
      askNss: (request, length, into) => this.#askNss(this.#text(request, length), into as number),
      recordExtent: (gids, first, second, count) => this.#record(gids !== 0, first, second, count),
      print: (_stream, text, length) => {
        this.run.stderr.push(...this.#text(text, length).split("\n").slice(0, -1));
        return 0;
      },
      log: (text, length) => void this.run.log.push(this.#text(text, length)),
      openSource: () => this.#end(0),
      writeFsidMap: () => this.#end(0),
      exit: (status) => this.#end(status as number),
    };
    const names = WebAssembly.Module.imports(module).map(({ name }) => name);
    return Object.fromEntries(names.map((name) => [name, calls[name] ?? (() => 0)]));
  }

  #end(status: number): never {
    throw new Exit(status);
  }

  /** The elements of an array of the module's, whose size in bytes stands in the four bytes before it. */
  #array(at: number | undefined): Uint8Array {
    const start = (at as number) >>> 0;
    const size = new DataView(this.memory.buffer).getUint32(start - 4, true);
    if (start + size > this.memory.buffer.byteLength) throw new Error("a buffer outside of the memory");
    return new Uint8Array(this.memory.buffer, start, size);
  }

  #text(at: number | undefined, length: number | undefined): string {
    const bytes = this.#array(at);
    if ((length as number) > bytes.length) throw new Error("a buffer shorter than its length");
    return Buffer.from(bytes.subarray(0, length)).toString("latin1");
  }

  #fill(into: number | undefined, bytes: Uint8Array): number {
    const room = this.#array(into);
    room.set(bytes.subarray(0, room.length));
    return Math.min(room.length, bytes.length);
  }

  #openTable(which: number): number {
    const { passwd, nsswitch, loginDefs, subuid, subgid, usernamespaces } = this.world;
    const table = [passwd, nsswitch, loginDefs, subuid, subgid, usernamespaces][which];
    this.#table = Buffer.from(typeof table === "string" ? table : "", "latin1");
    return typeof table === "number" ? table : table === null ? 1 : 0;
  }

  #readTable(into: number, at: number, count: number): number {
    const part = this.#table.subarray(0, count);
    this.#table = this.#table.subarray(part.length);
    this.#array(into).set(part, at);
    return part.length;
  }

  #readTargetMap(map: string | number, into: number): number {
    if (typeof map === "number") return map;
    return map.length > this.#array(into).length ? -7 : this.#fill(into, Buffer.from(map, "latin1"));
  }

  /** As getgroups(2): EINVAL where they do not fit. */
  #callerGroups(into: number): number {
    const { groups } = this.world;
    const room = this.#array(into);
    this.run.rooms.push(room.length / 4);
    if (typeof groups === "number") return groups;
    if (groups.length > room.length / 4) return -22;
    for (const [i, group] of groups.entries())
      new DataView(room.buffer, room.byteOffset).setUint32(4 * i, group, true);
    return groups.length;
  }

  #askNss(question: string, into: number): number {
    const [verb, ...words] = question.split("\0");
    if (verb === "member") this.run.asked.push(words[2] as string);
    const { nss } = this.world;
    const answer =
      verb === "member" ? memberAnswer(nss, words[2] as string) : verb === "user" ? nss.user : nss.ranges;
    return typeof answer === "number" ? answer : this.#fill(into, Buffer.from(answer, "latin1"));
  }

  #record(gids: boolean, ...numbers: (number | undefined)[]): void {
    const [first, second, count] = numbers.map((value) => (value as number) >>> 0) as Recorded;
    const end = Math.max(first, second) + count;
    const maps = this.world.args[0]?.startsWith("--") !== true;
    const recorded = gids ? this.run.gids : this.run.uids;
    if (second === 0 || (first === 0 && !maps)) throw new Error("id 0 on disk or in the kernel");
    if (count === 0 || end > 0xffffffff || recorded.push([first, second, count]) > 340)
      throw new Error("an impossible extent");
  }
}
