// SPDX-License-Identifier: MIT

/** What is wrong with a line of a table. */
export enum Fault {
  None = 0,
  TooLong = 1,
  /** It holds a NUL byte. */
  Nul = 2,
  /** It has not the fields that it has to have, or one is empty. */
  Fields = 3,
  /** The start is no plain decimal number. */
  Start = 4,
  /** The count is no plain decimal number, or 0 where it may not be. */
  Count = 5,
  /** The range ends beyond the last id. */
  Beyond = 6,
  /** The flags, of /etc/usernamespaces alone, cannot be read. */
  Flags = 7,
}
