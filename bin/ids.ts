// SPDX-License-Identifier: MIT
//
// What the tables come to, for usernsctl, which runs this module as it is: it is never compiled to a program.
import { exit } from "../src/host";
import { Kind } from "../src/policy/kind";
import { PROGRAM, printIds } from "../src/report/ids";
import { identify } from "../src/steps/caller";
import { Tool } from "../src/steps/tool";
import { Lines } from "../src/tables/lines";

/** Prints what the caller may have of each kind of ids. */
export function main(): void {
  const lines = new Lines();
  const user = identify(new Tool(Kind.Uid, PROGRAM), lines);
  for (let kind = Kind.Uid; kind <= Kind.Fsid; kind++) printIds(kind, user, lines);
  exit(0);
}
