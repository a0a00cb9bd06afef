// SPDX-License-Identifier: MIT

/** What is reported of a line, in the order of its numbers; columns are bytes from 0. */
export enum Row {
  /** Where it stands in the table, from 1. */
  Number = 0,
  /** How many bytes it has; those of its beginning if it is too long. */
  Length = 1,
  Fault = 2,
  /** Where the fault is seen. */
  FaultAt = 3,
  /** Where the fields behind the first begin; 0 for one that it has not. */
  StartAt = 4,
  CountAt = 5,
  FlagsAt = 6,
  /** Its first id and how many there are, if they can be read. */
  Start = 7,
  Count = 8,
  /** How many numbers there are. */
  Width = 9,
}
