// SPDX-License-Identifier: MIT
import { argumentPart } from "../host";
import { Message } from "../text/message";

/** The most bytes of a word that a message quotes. */
const MOST_QUOTED: i32 = 1024;

/** Text of the caller's that stays where it is: argument `index` from byte `offset` on. Index 0: there is none. */
export class Word {
  constructor(
    readonly index: u32 = 0,
    readonly offset: u32 = 0,
  ) {}

  get given(): bool {
    return this.index != 0;
  }

  /** The text from its byte `from` on, as much as fits into `into`: how many bytes. */
  read(from: u32, into: StaticArray<u8>): u32 {
    return argumentPart(this.index, this.offset + from, into) as u32;
  }

  /** Appends the text between quotes, as far as a message has room for it. */
  quote(message: Message): Message {
    const text = new StaticArray<u8>(MOST_QUOTED);
    const length = this.read(0, text);
    message.quoted(text, 0, length);
    return length < (MOST_QUOTED as u32) ? message : message.text("...");
  }
}
