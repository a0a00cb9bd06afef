// SPDX-License-Identifier: MIT
import { Kind } from "../policy/kind";
import { lineLength, MOST_BYTES, MOST_LINES, Request } from "../policy/request";

/** What the caller's own id is asked to be, besides what else is mapped. */
export enum Single {
  None = 0,
  /** -r: inside 0. */
  Root = 1,
  /** -c: the same inside as outside. */
  Current = 2,
}

/** Extents of a map in the order in which they were asked for. */
export class Extents {
  inside: StaticArray<u64> = new StaticArray<u64>(4);
  outside: StaticArray<u64> = new StaticArray<u64>(4);
  count: StaticArray<u64> = new StaticArray<u64>(4);
  length: i32 = 0;
  /** How long the map is as text. */
  private bytes: u32 = 0;

  /** Whether the kernel takes no further line. */
  get full(): bool {
    return this.length >= (MOST_LINES as i32);
  }

  /** Whether the kernel takes this line too. */
  fits(inside: u64, outside: u64, count: u64): bool {
    return !this.full && this.bytes + lineLength(inside, outside, count) <= MOST_BYTES;
  }

  add(inside: u64, outside: u64, count: u64): void {
    if (this.length == this.count.length) this.grow();
    this.inside[this.length] = inside;
    this.outside[this.length] = outside;
    this.count[this.length] = count;
    this.bytes += lineLength(inside, outside, count);
    this.length++;
  }

  toRequest(kind: Kind): Request {
    const request = new Request(kind, this.length);
    for (let i = 0; i < this.length; i++) request.set(i, this.inside[i], this.outside[i], this.count[i]);
    return request;
  }

  private grow(): void {
    this.inside = doubled(this.inside);
    this.outside = doubled(this.outside);
    this.count = doubled(this.count);
  }
}

function doubled(values: StaticArray<u64>): StaticArray<u64> {
  const more = new StaticArray<u64>(values.length * 2);
  for (let i = 0; i < values.length; i++) more[i] = values[i];
  return more;
}

/** The map that is asked for, of one kind of ids. */
export class MapWish {
  single: Single = Single.None;
  /** All granted ranges. */
  auto: bool = false;
  /** Every id as it is. */
  all: bool = false;
  /** The extents are the whole map: --uid-map or --gid-map. */
  raw: bool = false;
  readonly extents: Extents = new Extents();
  /** The option that last said something of this map, as the user wrote it. */
  option: string = "";

  /** Whether any option says something of this map; if not, it is the default one. */
  get asked(): bool {
    return this.option.length > 0;
  }
}
