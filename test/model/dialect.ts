// SPDX-License-Identifier: MIT
//
// Where shadow 4.13, which Debian 12 ships, decides otherwise than our programs, and why we want that. The
// model can be told to follow shadow in any of these; with all of them it is a model of shadow 4.13.

export const differences = {
  noMap:
    "a call without a map is a usage error; 4.13 writes an empty map, which fails, and newgidmap denies setgroups first",
  argumentNumbers:
    "numbers of the command line are plain decimal; 4.13 takes hexadecimal, octal, signs and blanks",
  missingTable:
    "a table that does not exist is an empty one; 4.13 fails, even where the own id is all that is asked for",
  linkedTable: "a table may be a symbolic link; 4.13 fails with ELOOP",
  plugin: "a plugin of nsswitch.conf that cannot be loaded is an error; 4.13 goes back to the files",
  nul: "a NUL is a byte like others, which no sound line holds; 4.13 cuts the line there and appends the next one",
  extraFields: "a line has exactly three fields; 4.13 passes over what follows the third",
  tableNumbers: "numbers of the tables are plain decimal; 4.13 takes hexadecimal, octal, signs and blanks",
  zeroLine: "a line with a count of 0 grants nothing; with start 0 it grants every id in 4.13",
  beyond: "a line whose range goes beyond the last id does not count; 4.13 takes it as it is",
  digitNames: "an owner of digits only is a uid; in 4.13 it is also the user whose login name it is",
  firstName:
    "all lines of a uid in passwd are its names; 4.13 asks who has the name, which is its first line's uid",
  outsideRoot: "outside uid 0 is for root alone; 4.13 gives it to whom a line grants it",
  shape:
    "overlaps and maps too large for the kernel are refused; 4.13 denies setgroups, then the kernel refuses them",
} as const;

export type Difference = keyof typeof differences;

/** The differences in which the model follows shadow. */
export type Dialect = ReadonlySet<Difference>;

export const ours: Dialect = new Set();
export const shadow413: Dialect = new Set(Object.keys(differences) as Difference[]);
