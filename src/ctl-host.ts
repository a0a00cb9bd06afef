// SPDX-License-Identifier: MIT
//
// What bin/tables.ts reports to usernsctl, besides the calls of src/host.ts. Only Node.js implements these: no program
// with privilege imports them. Ids are handed over as f64, which holds all of them exactly.

/**
 * Reports a line of the table: its bytes [start, end) of `bytes`, its Fault, and the byte of the line, from 0, at which
 * the fault is seen.
 */
export declare function reportLine(
  bytes: StaticArray<u8>,
  start: u32,
  end: u32,
  number: u32,
  fault: i32,
  faultAt: u32,
): void;
/** Reports where the fields behind the first begin in that line, in bytes from 0; 0 for one that it has not. */
export declare function reportFields(second: u32, third: u32, fourth: u32): void;
/** Reports the ids of that line, if they can be read. */
export declare function reportRange(start: f64, count: f64): void;
/**
 * Reports what a line of /etc/usernamespaces says: its Owner, as bits the kinds that it names, those that it may grant
 * and those that it keeps from others, and its flags.
 */
export declare function reportEntry(
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
