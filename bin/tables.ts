// SPDX-License-Identifier: MIT
//
// The tables for usernsctl, which runs this module as it is: it is never compiled to a program.
import { Table } from "../src/host";
import { reportEntries, reportSubids } from "../src/report/lines";

/** Reports each line of a table: 0, or -errno or a Refusal. */
export function walk(table: Table): i32 {
  return table == Table.Usernamespaces ? reportEntries() : reportSubids(table);
}
