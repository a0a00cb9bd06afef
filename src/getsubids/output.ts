// SPDX-License-Identifier: MIT
import { print } from "../host";
import { Ranges } from "../policy/ranges";
import { errnoText } from "../text/errno";
import { complain, Message } from "../text/message";
import { PROGRAM } from "./command";

/** Enough for several lines, whatever the owner's name. */
const BUFFER: i32 = 4096;
/** Two numbers of twenty digits at most, and what stands around them. */
const LONGEST_REST: u32 = 64;

/** The numbered lines on stdout, `NUMBER: OWNER START COUNT` each, printed in pieces. */
export class Output {
  /** How many lines there are. */
  length: u32 = 0;
  /** The ids that were listed. */
  readonly listed: Ranges = new Ranges();
  private readonly text: Message = new Message(BUFFER);

  /** @param owner what shadow prints in each line: USER as it was typed */
  constructor(private readonly owner: StaticArray<u8>) {}

  /** Lists the ids from `start` on, `count` of them. */
  add(start: u64, count: u64): void {
    const room = (BUFFER as u32) - this.text.length;
    if (room < (this.owner.length as u32) + LONGEST_REST) this.flush();
    this.text
      .number(this.length++)
      .text(": ")
      .raw(this.owner, 0, this.owner.length);
    this.text.text(" ").number(start).text(" ").number(count).newline();
    this.listed.add(start, start + count);
  }

  /** Prints what is not printed yet; ends if it cannot be. */
  flush(): void {
    const failed = print(1, this.text.bytes, this.text.length);
    this.text.length = 0;
    if (failed != 0) complain(PROGRAM).line("cannot write the list: ").text(errnoText(-failed)).end();
  }
}
