// SPDX-License-Identifier: MIT
//
// The lines that usernsctl is told of, many in one call: a call for each takes longer than to read it.
import { reportRows } from "../ctl-host";
import { Fault } from "../tables/fault";
import { Lines } from "../tables/lines";
import { Columns } from "./columns";
import { Row } from "./row";

/** How many are told in one call. */
const MOST = 1024;

/** The lines that were read and are not yet reported. */
export class Rows {
  private readonly numbers: StaticArray<f64> = new StaticArray<f64>(MOST * Row.Width);
  private count: i32 = 0;

  /** Adds the current line; its ids are 0 until they are told. */
  add(lines: Lines, columns: Columns, fault: Fault, faultAt: u32): void {
    if (this.count == MOST) this.report();
    this.count++;
    this.set(Row.Number, lines.number);
    this.set(Row.Length, lines.end - lines.start);
    this.set(Row.Fault, fault);
    this.set(Row.FaultAt, faultAt);
    this.set(Row.StartAt, columns.at(1));
    this.set(Row.CountAt, columns.at(2));
    this.set(Row.FlagsAt, columns.at(3));
    this.setIds(0, 0);
  }

  /** Tells the ids of the line that was added last. */
  setIds(start: u64, count: u64): void {
    this.set(Row.Start, start as f64);
    this.set(Row.Count, count as f64);
  }

  /** Reports what has been added. */
  report(): void {
    reportRows(this.numbers, this.count);
    this.count = 0;
  }

  private set(row: Row, value: f64): void {
    this.numbers[(this.count - 1) * Row.Width + row] = value;
  }
}
