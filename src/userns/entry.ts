// SPDX-License-Identifier: MIT
import { MOST_LINES, NO_ID } from "../policy/request";
import { complain, Message } from "../text/message";
import { Extents } from "./mapwish";
import { Token } from "./number";

/** How many numbers an extent has. */
export const FIELDS: u32 = 3;

/**
 * One extent on its way from the user's text to a map: its fields are checked as they arrive, and what is wrong
 * is said in the words that he used, with where it stands.
 */
export class Entry {
  private readonly values: StaticArray<u64> = new StaticArray<u64>(FIELDS);
  /** What the user calls the fields; null: not given yet. */
  private readonly names: StaticArray<string | null> = new StaticArray<string | null>(FIELDS);
  private unit: string = "";
  private number: u32 = 0;

  /** @param option whose argument the text is */
  constructor(
    private readonly option: string,
    private readonly extents: Extents,
  ) {}

  /** Begins anew with what messages call, for instance, "line" 3; number 0: nothing but the option. */
  begin(unit: string, number: u32): void {
    this.unit = unit;
    this.number = number;
    for (let i: u32 = 0; i < FIELDS; i++) this.names[i] = null;
  }

  /** Begins an error message about this extent. */
  fault(): Message {
    const complaint = complain("userns").line(this.option);
    if (this.number > 0) complaint.text(", ").text(this.unit).text(" ").number(this.number);
    return complaint.text(": ");
  }

  /** Takes on a token as the field `index`, which the user calls `name`. */
  set(index: u32, name: string, token: Token): void {
    if (this.has(index)) this.fault().text(name).text(" is given twice").end();
    this.names[index] = name;
    if (!token.isNumber(NO_ID))
      token.explain(this.fault().text(name).text(" "), " is larger than any id").end();
    this.values[index] = token.value;
  }

  has(index: u32): bool {
    return this.names[index] != null;
  }

  /** Whether the user calls the field `name`. */
  calls(index: u32, name: string): bool {
    return this.has(index) && this.nameOf(index) == name;
  }

  private nameOf(index: u32): string {
    const name = this.names[index];
    return name == null ? "" : name;
  }

  /** Adds the extent to the map, now that it has all its fields. */
  add(): void {
    const count = this.values[2];
    if (count == 0) this.fault().text(this.nameOf(2)).text(" is 0: a range holds at least one id").end();
    for (let i: u32 = 0; i < 2; i++) if (this.values[i] + count > NO_ID) this.beyond(i);
    if (this.extents.full) this.fault().text("a map has at most ").number(MOST_LINES).text(" lines").end();
    this.extents.add(this.values[0], this.values[1], count);
  }

  /** No range may reach 2^32-1, which is no id: (uid_t)-1. */
  private beyond(index: u32): void {
    this.fault()
      .text(this.nameOf(index))
      .text(" ")
      .number(this.values[index])
      .text(" with ")
      .text(this.nameOf(2))
      .text(" ")
      .number(this.values[2])
      .text(" goes beyond the last id, 4294967294")
      .end();
  }
}
