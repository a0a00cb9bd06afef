// SPDX-License-Identifier: MIT
//
// What the plugin's boundary has besides src/host.ts: native/plugin-host.c implements it.

/** What a plugin's functions answer: the numbers are shadow's. */
export enum Status {
  Success = 0,
  UnknownUser = 1,
  /** The user database could not be asked. */
  Unreachable = 2,
  Failed = 3,
}

/** Hands ids to who asked, behind those that were handed over before. */
export declare function giveRange(start: u64, count: u64): void;
/** Hands over a user, likewise. */
export declare function giveOwner(uid: u32): void;
