// SPDX-License-Identifier: MIT
//
// What bin/tables.ts reports to usernsctl, besides the calls of src/host.ts. Only Node.js implements these: no program
// with privilege imports them. Ids are handed over as f64, which holds all of them exactly.

/** Reports the next `count` lines of the table, each as the numbers of Row, which the next report overwrites. */
export declare function reportRows(rows: StaticArray<f64>, count: i32): void;
/**
 * Reports what a line of /etc/usernamespaces says, before the line itself: its number, its Owner, as bits the kinds that
 * it names, those that it may grant and those that it keeps from others, and its flags.
 */
export declare function reportEntry(
  number: u32,
  owner: i32,
  kinds: u32,
  grants: u32,
  keeps: u32,
  denySetgroups: bool,
  reserved: bool,
  each: f64,
  first: f64,
): void;
/** Reports the source of sub-ids, bytes [start, end) of `bytes`; nothing for the files. */
export declare function reportSource(bytes: StaticArray<u8>, start: u32, end: u32): void;
