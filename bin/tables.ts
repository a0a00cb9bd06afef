// SPDX-License-Identifier: MIT
//
// The tables for usernsctl, which runs this module as it is: it is never compiled to a program.
import { Table } from "../src/host";
import { reportEntries, reportSubidSource, reportSubids } from "../src/report/lines";

/** Reports each line of a table: 0, or -errno or a Refusal. */
export function walk(table: Table): i32 {
  return table == Table.Usernamespaces ? reportEntries() : reportSubids(table);
}

/** Reports the source of sub-ids that nsswitch.conf names: 0, or -errno or a Refusal. */
export function source(): i32 {
  return reportSubidSource();
}
