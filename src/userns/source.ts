// SPDX-License-Identifier: MIT
import { openFile, readFile } from "../host";
import { complain } from "../text/message";
import { causeText } from "./cause";
import { Word } from "./word";

/** A map of 340 lines has at most 11 KB, written as JSON some 30. */
const MOST_BYTES: u32 = 65536;
const AT: i32 = 0x40;
const NEWLINE: i32 = 0x0a;

/** What `peek` answers after the last byte. */
export const END: i32 = -1;

/** A text read byte by byte: an argument of the user's, or with `@` before it the file that it names. */
export class Source {
  private readonly buffer: StaticArray<u8> = new StaticArray<u8>(1024);
  private length: i32 = 0;
  private at: i32 = 0;
  private total: u32 = 0;
  private ended: bool = false;
  private fromFile: bool = false;
  /** The number of the line that the next byte stands in. */
  line: u32 = 1;

  /** @param option whose argument the word is, for messages */
  constructor(
    private readonly option: string,
    private readonly word: Word,
  ) {
    if (this.peek() == AT) this.open();
  }

  private open(): void {
    const name = new Word(this.word.index, this.word.offset + 1);
    const failed = openFile(name.index, name.offset);
    if (failed != 0) {
      const complaint = complain("userns").line(this.option).text(": cannot open ");
      name.quote(complaint).text(": ").text(causeText(-failed)).end();
    }
    this.fromFile = true;
    this.total = 0;
    this.length = 0;
    this.at = 0;
  }

  /** The next byte, which stays the next; END after the last. */
  peek(): i32 {
    if (this.at == this.length) this.fill();
    return this.ended ? END : (this.buffer[this.at] as i32);
  }

  /** Goes on to the byte after the next. */
  skip(): void {
    if (this.peek() == NEWLINE) this.line++;
    if (!this.ended) this.at++;
  }

  private fill(): void {
    if (this.ended) return;
    const got = this.fromFile ? readFile(this.buffer) : (this.word.read(this.total, this.buffer) as i32);
    if (got < 0) complain("userns").line(this.option).text(": cannot read: ").text(causeText(-got)).end();
    this.length = got;
    this.at = 0;
    this.total += got;
    this.ended = got == 0;
    if (this.total > MOST_BYTES) {
      complain("userns")
        .line(this.option)
        .text(": the map is longer than ")
        .number(MOST_BYTES)
        .text(" bytes")
        .end();
    }
  }
}
