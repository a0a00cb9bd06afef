// SPDX-License-Identifier: MIT
//
// What the main process asks of the helper, and how it is written down between them: 32-bit numbers, the lowest
// byte first. Whoever reads it believes nothing of it.
import { Kind } from "../policy/kind";
import { MOST_LINES, NO_ID, Request } from "../policy/request";
import { Message } from "../text/message";
import { Setgroups } from "./options";

const NUMBER: u32 = 4;
const HEAD: u32 = 4;
const PER_EXTENT: u32 = 3;
/** The most bytes of a request. */
export const LONGEST_REQUEST: u32 = NUMBER * (HEAD + 2 * PER_EXTENT * MOST_LINES);

/** The maps of a namespace, and how it is to be set up. */
export class Asked {
  constructor(
    readonly uids: Request,
    readonly gids: Request,
    readonly setgroups: Setgroups,
    readonly disableUserns: bool,
  ) {}
}

function put(into: Message, value: u64): void {
  for (let i: u32 = 0; i < NUMBER; i++) into.byte((value >> (8 * i)) as u8);
}

function putExtents(into: Message, request: Request): void {
  for (let i = 0; i < request.length; i++) {
    put(into, request.inside[i]);
    put(into, request.outside[i]);
    put(into, request.count[i]);
  }
}

/** Writes a request down. Each map has 1 to 340 extents whose numbers are in range. */
export function encode(asked: Asked): Message {
  const into = new Message(LONGEST_REQUEST);
  put(into, asked.setgroups);
  put(into, asked.disableUserns ? 1 : 0);
  put(into, asked.uids.length);
  put(into, asked.gids.length);
  putExtents(into, asked.uids);
  putExtents(into, asked.gids);
  return into;
}

function numberAt(bytes: StaticArray<u8>, index: u32): u32 {
  let value: u32 = 0;
  for (let i = NUMBER; i > 0; i--) value = (value << 8) | bytes[index * NUMBER + i - 1];
  return value;
}

function extents(bytes: StaticArray<u8>, kind: Kind, first: u32, count: u32): Request {
  const request = new Request(kind, count);
  for (let i: u32 = 0; i < count; i++) {
    const at = first + PER_EXTENT * i;
    const inside: u64 = numberAt(bytes, at);
    const outside: u64 = numberAt(bytes, at + 1);
    const length: u64 = numberAt(bytes, at + 2);
    assert(length > 0 && inside + length <= NO_ID && outside + length <= NO_ID);
    request.set(i, inside, outside, length);
  }
  return request;
}

/** Reads a request of `length` bytes; what `encode` does not write is a trap. */
export function decode(bytes: StaticArray<u8>, length: u32): Asked {
  assert(length >= NUMBER * HEAD);
  const setgroups = numberAt(bytes, 0);
  const disable = numberAt(bytes, 1);
  const uids = numberAt(bytes, 2);
  const gids = numberAt(bytes, 3);
  assert(setgroups <= (Setgroups.Deny as u32) && disable <= 1);
  assert(uids > 0 && gids > 0 && uids <= MOST_LINES && gids <= MOST_LINES);
  assert(length == NUMBER * (HEAD + PER_EXTENT * (uids + gids)));
  return new Asked(
    extents(bytes, Kind.Uid, HEAD, uids),
    extents(bytes, Kind.Gid, HEAD + PER_EXTENT * uids, gids),
    setgroups as Setgroups,
    disable == 1,
  );
}
