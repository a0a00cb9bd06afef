// SPDX-License-Identifier: MIT
//
// The lines of a table as numbers in arrays: 100,000 of them as objects with texts would keep the collector of garbage
// busy for longer than all that is asked of them takes.
import type { Entry } from "./lines.js";
import type { TableFile } from "./lint/files.js";

const COLON = 0x3a;

/** What is known of the lines of a table, in the order in which they are reported; columns are bytes from 0. */
export class Columns {
  /** Where the lines of the file begin, those too that are left out. */
  readonly starts: Uint32Array;
  readonly number: Uint32Array;
  readonly length: Uint32Array;
  /** The number of its first field in `owners`. */
  readonly owner: Uint32Array;
  readonly owners: Names;
  readonly fault: Uint8Array;
  readonly faultAt: Uint32Array;
  readonly startAt: Uint32Array;
  readonly countAt: Uint32Array;
  readonly flagsAt: Uint32Array;
  readonly start: Uint32Array;
  readonly count: Uint32Array;
  readonly entries: Entry[] = [];

  constructor(readonly file: TableFile) {
    const { bytes } = file;
    this.starts = startsOf(bytes);
    const numbers = () => new Uint32Array(this.starts.length);
    this.number = numbers();
    this.length = numbers();
    this.owner = numbers();
    this.owners = new Names(bytes);
    this.fault = new Uint8Array(this.starts.length);
    this.faultAt = numbers();
    this.startAt = numbers();
    this.countAt = numbers();
    this.flagsAt = numbers();
    this.start = numbers();
    this.count = numbers();
  }
}

/** The first fields of lines, each made once: few owners have many lines. */
class Names {
  readonly names: string[] = [];
  /** Where the first field of each begins, and its length. */
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  /** By the hash of its bytes the number of the last name of that hash, from 1, and of that the one before. */
  readonly #last = new Int32Array(1 << 16);
  readonly #before: number[] = [];

  constructor(private readonly bytes: Buffer) {}

  /** The number of the field that begins at byte `start` and ends with a colon, or after `most` bytes. */
  at(start: number, most: number): number {
    let hash = 0;
    let end = start;
    for (; end < start + most && this.bytes[end] !== COLON; end++)
      hash = (Math.imul(hash, 31) + (this.bytes[end] as number)) | 0;
    const bucket = (hash ^ (hash >>> 16)) & 0xffff;
    for (let i = this.#last[bucket] as number; i > 0; i = this.#before[i - 1] as number)
      if (this.#is(i - 1, start, end)) return i - 1;
    this.#starts.push(start);
    this.#lengths.push(end - start);
    this.#before.push(this.#last[bucket] as number);
    this.#last[bucket] = this.names.push(this.bytes.toString("utf8", start, end));
    return this.names.length - 1;
  }

  #is(name: number, start: number, end: number): boolean {
    if (this.#lengths[name] !== end - start) return false;
    const offset = (this.#starts[name] as number) - start;
    for (let at = start; at < end; at++) if (this.bytes[at] !== this.bytes[at + offset]) return false;
    return true;
  }
}

/** Where the lines of a text begin. */
function startsOf(bytes: Buffer): Uint32Array {
  const starts = [0];
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0x0a) starts.push(at + 1);
  return Uint32Array.from(starts);
}
