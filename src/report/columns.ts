// SPDX-License-Identifier: MIT
import { Fault } from "../tables/fault";
import { decimal, find } from "../tables/fields";
import { Lines, LONGEST_LINE } from "../tables/lines";
import { END_OF_IDS } from "../tables/subids";

const COLON: u8 = 0x3a;
const NUL: u8 = 0;

/** Where the fields of a line begin, in bytes from the line's first. */
export class Columns {
  private readonly starts: StaticArray<u32>;
  /** How many fields the line has. */
  private count: u32 = 0;

  /** @param wanted how many fields a line has to have */
  constructor(private readonly wanted: u32) {
    this.starts = new StaticArray<u32>((wanted + 1) as i32);
  }

  /** Where field `index`, from 0, begins; 0 if the line has it not. */
  at(index: u32): u32 {
    return index < this.count && index < this.wanted ? this.starts[index] : 0;
  }

  /** Finds the fields of the current line; those behind the one too many are not looked for. */
  read(lines: Lines): void {
    this.count = 0;
    for (let at = lines.start; at <= lines.end && this.count <= this.wanted; ) {
      this.starts[this.count++] = at - lines.start;
      at = find(lines.bytes, COLON, at, lines.end) + 1;
    }
  }

  /** Where a fault of the current line is seen, one in the flags aside. */
  faultOf(lines: Lines, fault: Fault): u32 {
    switch (fault) {
      case Fault.TooLong:
        return LONGEST_LINE;
      case Fault.Nul:
        return find(lines.bytes, NUL, lines.start, lines.end) - lines.start;
      case Fault.Fields:
        return this.misplaced(lines);
      case Fault.Start:
        return this.at(1);
      case Fault.Count:
        return this.at(2);
      case Fault.Beyond:
        return this.beyond(lines);
      default:
        return 0;
    }
  }

  /** The field that is too many or empty, else the end of a line that has too few. */
  private misplaced(lines: Lines): u32 {
    if (this.count > this.wanted) return this.starts[this.wanted];
    const length = lines.end - lines.start;
    // A fourth field, the flags, may be empty.
    for (let i: u32 = 0; i < min(this.count, 3); i++) {
      const start = this.starts[i];
      if (start == length || lines.bytes[lines.start + start] == COLON) return start;
    }
    return this.count < this.wanted ? length : 0;
  }

  /** The start where it is no id itself, else the count. */
  private beyond(lines: Lines): u32 {
    const start = decimal(lines.bytes, lines.start + this.at(1), lines.start + this.at(2) - 1);
    return start >= END_OF_IDS ? this.at(1) : this.at(2);
  }
}
