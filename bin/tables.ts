// SPDX-License-Identifier: MIT
//
// The tables for usernsctl, which runs this module as it is: it is never compiled to a program.
import { Table } from "../src/host";
import { Kind } from "../src/policy/kind";
import { reportUser } from "../src/report/ids";
import { reportEntries, reportSubids } from "../src/report/lines";

/** Reports each line of a table: 0, or -errno or a Refusal. */
export function walk(table: Table): i32 {
  return table == Table.Usernamespaces ? reportEntries() : reportSubids(table);
}

/** Reports what the tables come to for the caller. */
export function sum(kind: Kind): void {
  reportUser(kind);
}
