// SPDX-License-Identifier: MIT
import { decimal, equals, isDigits } from "../tables/fields";
import { Message } from "../text/message";
import { Word } from "./word";

/** More characters are no number of ours. */
const LONGEST: i32 = 64;
const ZERO: u8 = 0x30;
const MINUS: u8 = 0x2d;

/** The characters of a number, or of a name, as the user wrote them. */
export class Token {
  readonly bytes: StaticArray<u8> = new StaticArray<u8>(LONGEST);
  length: u32 = 0;
  /** There were more than fit. */
  cut: bool = false;

  clear(): void {
    this.length = 0;
    this.cut = false;
  }

  add(byte: u8): void {
    this.cut = this.length == LONGEST;
    if (this.cut) return;
    this.bytes[this.length] = byte;
    this.length++;
  }

  /** Takes on the whole text of a word. */
  take(word: Word): this {
    this.length = word.read(0, this.bytes);
    this.cut = this.length == LONGEST;
    return this;
  }

  /** The plain decimal number; NO_NUMBER if it is none. */
  get value(): u64 {
    return decimal(this.bytes, 0, this.length);
  }

  /** Whether it is the ASCII text `text`. */
  is(text: string): bool {
    return equals(this.bytes, 0, this.length, text);
  }

  quote(message: Message): Message {
    message.quoted(this.bytes, 0, this.length);
    return this.cut ? message.text("...") : message;
  }

  /** Whether it is a plain decimal number of at most `most`. */
  isNumber(most: u64): bool {
    return !this.cut && this.value <= most;
  }

  /** Says why it is no such number. */
  explain(message: Message, tooLarge: string): Message {
    if (this.cut) return message.text("is too long to be a number");
    this.quote(message);
    const bytes = this.bytes;
    const length = this.length;
    const octal = length > 1 && bytes[0] == ZERO && isDigits(bytes, 0, length);
    const hex = length > 2 && bytes[0] == ZERO && (bytes[1] | 0x20) == 0x78;
    if (octal) return message.text(" begins with 0, which would make it octal: write it in decimal");
    if (hex) return message.text(" is hexadecimal: write it in decimal");
    if (isDigits(bytes, 0, length)) return message.text(tooLarge);
    if (length > 1 && bytes[0] == MINUS && isDigits(bytes, 1, length)) return message.text(" is negative");
    return message.text(" is no plain decimal number");
  }
}
