// SPDX-License-Identifier: MIT
//
// The MAP operands: u:INSIDE:DISK:COUNT for uids, g: for gids, b: for both.
import { argumentCount, argumentPart } from "../host";
import { Kind } from "../policy/kind";
import { MOST_LINES, NO_ID, Request } from "../policy/request";
import { find } from "../tables/fields";
import { complain, Message } from "../text/message";
import { USAGE } from "../text/newfsidmap-help";
import { Token } from "../userns/number";
import { Word } from "../userns/word";

const COLON: u8 = 0x3a;
const UIDS: u8 = 0x75;
const GIDS: u8 = 0x67;
const BOTH: u8 = 0x62;
/** Where the numbers of a MAP begin. */
const NUMBERS_AT: u32 = 2;
const NUMBERS: StaticArray<string> = ["INSIDE", "DISK", "COUNT"];
/** In what is longer one of the numbers is larger than any id. */
const LONGEST: i32 = 128;

/** Reads the maps of one kind among the arguments from `first` on; ends if one is malformed or there is none. */
export function readMaps(kind: Kind, first: u32): Request {
  const reader = new MapReader(kind);
  let length = 0;
  for (let index = first; index < argumentCount(); index++) if (reader.take(index)) length++;
  if (length == 0) missing(kind);
  if (length > (MOST_LINES as i32)) tooMany(kind, length);
  const request = new Request(kind, length);
  for (let index = first, at = 0; at < length; index++) {
    if (reader.take(index)) {
      reader.readNumbers();
      request.set(at, reader.numbers[0], reader.numbers[1], reader.numbers[2]);
      at++;
    }
  }
  return request;
}

class MapReader {
  readonly numbers: StaticArray<u64> = new StaticArray<u64>(NUMBERS.length);
  private readonly text: StaticArray<u8> = new StaticArray<u8>(LONGEST);
  private readonly token: Token = new Token();
  private index: u32 = 0;
  private length: u32 = 0;

  constructor(private readonly kind: Kind) {}

  /** Takes on argument `index`: whether it maps ids of the kind; ends if it maps none. */
  take(index: u32): bool {
    this.index = index;
    this.length = argumentPart(index, 0, this.text);
    const letter = this.text[0];
    const known = letter == UIDS || letter == GIDS || letter == BOTH;
    if (!known || this.length < NUMBERS_AT || this.text[1] != COLON)
      this.fault().text("it begins with none of u:, g: and b:").line(USAGE).end();
    return letter == BOTH || letter == (this.kind == Kind.Uid ? UIDS : GIDS);
  }

  /** Reads the numbers of the map that was taken. */
  readNumbers(): void {
    let from = NUMBERS_AT;
    for (let i = 0; i < NUMBERS.length; i++) {
      if (from > this.length) this.fault().text(NUMBERS[i]).text(" is missing").line(USAGE).end();
      const to = find(this.text, COLON, from, this.length);
      this.numbers[i] = this.number(NUMBERS[i], from, to);
      from = to + 1;
    }
    if (from <= this.length) this.fault().text("more than three numbers").line(USAGE).end();
    this.checkEnds();
  }

  private number(name: string, from: u32, to: u32): u64 {
    const token = this.token;
    token.clear();
    for (let at = from; at < to; at++) token.add(this.text[at]);
    if (!token.isNumber(NO_ID))
      token.explain(this.fault().text(name).text(" "), " is larger than any id").line(USAGE).end();
    return token.value;
  }

  private checkEnds(): void {
    const count = this.numbers[2];
    if (count == 0) this.fault().text("COUNT is 0: a range holds at least one id").line(USAGE).end();
    for (let i = 0; i < 2; i++) if (this.numbers[i] + count > NO_ID) this.beyond(i);
  }

  /** No range may reach 2^32-1, which is no id: (uid_t)-1. */
  private beyond(index: i32): void {
    const complaint = this.fault().text(NUMBERS[index]).text(" ").number(this.numbers[index]);
    complaint.text(" with COUNT ").number(this.numbers[2]);
    complaint.text(" goes beyond the last id, 4294967294").line(USAGE).end();
  }

  /** Begins an error message about the map that was taken. */
  private fault(): Message {
    const complaint = complain("newfsidmap").line("MAP ");
    return new Word(this.index, 0).quote(complaint).text(": ");
  }
}

function missing(kind: Kind): void {
  const uids = kind == Kind.Uid;
  const complaint = complain("newfsidmap")
    .line("no ")
    .text(uids ? "uid" : "gid");
  complaint.text(" is mapped: that takes a MAP ").text(uids ? "u" : "g");
  complaint.text(":INSIDE:DISK:COUNT, or b:INSIDE:DISK:COUNT for both").line(USAGE).end();
}

function tooMany(kind: Kind, length: i32): void {
  const complaint = complain("newfsidmap").line("").number(length);
  complaint.text(kind == Kind.Uid ? " uid" : " gid").text(" extents: the kernel takes at most ");
  complaint.number(MOST_LINES).line(USAGE).end();
}
