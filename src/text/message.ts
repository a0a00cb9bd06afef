// SPDX-License-Identifier: MIT
import { exit, print } from "../host";
import { characterAt, lengthOf } from "./packed";

const NEWLINE: u8 = 0x0a;
const HEX = "0123456789abcdef";

/** Text under construction in a buffer of fixed size; what does not fit is cut off. */
export class Message {
  readonly bytes: StaticArray<u8>;
  length: u32 = 0;

  /**
   * @param capacity in bytes
   * @param program the name that each line of an error message starts with
   */
  constructor(
    capacity: i32,
    private readonly program: string = "",
  ) {
    this.bytes = new StaticArray<u8>(capacity);
  }

  byte(value: u8): this {
    if (this.length < (this.bytes.length as u32)) {
      this.bytes[this.length] = value;
      this.length++;
    }
    return this;
  }

  /** Appends a text of ours, which is ASCII. */
  text(value: string): this {
    const length = lengthOf(value);
    for (let i: u32 = 0; i < length; i++) this.byte(characterAt(value, i));
    return this;
  }

  /** Appends a number in decimal. */
  number(value: u64): this {
    let divisor: u64 = 1;
    while (value / divisor >= 10) divisor *= 10;
    for (; divisor > 0; divisor /= 10) this.byte((0x30 + ((value / divisor) % 10)) as u8);
    return this;
  }

  /** Appends bytes [from, to) as they are. */
  raw(bytes: StaticArray<u8>, from: u32, to: u32): this {
    for (let i = from; i < to; i++) this.byte(bytes[i]);
    return this;
  }

  /** Appends bytes [from, to) of somebody else's, so that they cannot act on a terminal or forge a line. */
  escaped(bytes: StaticArray<u8>, from: u32, to: u32): this {
    for (let i = from; i < to; i++) {
      const byte: u32 = bytes[i];
      const plain = byte >= 0x20 && byte < 0x7f && byte != 0x5c;
      if (plain) this.byte(byte as u8);
      else
        this.text("\\x")
          .byte(characterAt(HEX, byte >> 4))
          .byte(characterAt(HEX, byte & 15));
    }
    return this;
  }

  /** Appends bytes [from, to) escaped and between quotes. */
  quoted(bytes: StaticArray<u8>, from: u32, to: u32): this {
    return this.text("'").escaped(bytes, from, to).text("'");
  }

  /** Appends an extent's ids as shadow prints them: inclusive start, exclusive end. */
  halfOpen(start: u64, count: u64): this {
    return this.text("[")
      .number(start)
      .text("-")
      .number(start + count)
      .text(")");
  }

  /** Appends ids as the tables' readers think of them: first and last, or the only one. */
  span(start: u64, end: u64): this {
    this.number(start);
    return end - start == 1 ? this : this.text("-").number(end - 1);
  }

  newline(): this {
    return this.byte(NEWLINE);
  }

  /** Begins a line of an error message. */
  line(text: string): this {
    if (this.length > 0) this.newline();
    return this.text(this.program).text(": ").text(text);
  }

  /** Prints it all on stderr and ends the program with status 1. */
  end(): void {
    // Even of a message that was cut off the last line is one.
    this.length = min(this.length, (this.bytes.length as u32) - 1);
    this.newline();
    print(2, this.bytes, this.length);
    exit(1);
    unreachable();
  }
}

/** An error message of a program's. */
export function complain(program: string): Message {
  return new Message(4096, program);
}
