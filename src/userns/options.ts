// SPDX-License-Identifier: MIT
import { MapWish } from "./mapwish";
import { Word } from "./word";

export const CLONE_NEWTIME: u32 = 0x00000080;
export const CLONE_NEWNS: u32 = 0x00020000;
export const CLONE_NEWCGROUP: u32 = 0x02000000;
export const CLONE_NEWUTS: u32 = 0x04000000;
export const CLONE_NEWIPC: u32 = 0x08000000;
export const CLONE_NEWUSER: u32 = 0x10000000;
export const CLONE_NEWPID: u32 = 0x20000000;
export const CLONE_NEWNET: u32 = 0x40000000;

/** What is asked to be in /proc/PID/setgroups. */
export enum Setgroups {
  Unsaid = 0,
  Allow = 1,
  Deny = 2,
}

/** How mounts propagate out of and into a new mount namespace; the first three are the shim's. */
export enum Propagation {
  Private = 0,
  Shared = 1,
  Slave = 2,
  Unchanged = 3,
}

/** What the user asks for. */
export class Options {
  /** CLONE_NEW... of the namespaces besides the user namespace. */
  namespaces: u32 = 0;
  fork: bool = false;
  /** The signal that the program gets when userns ends; 0: none. */
  killChild: i32 = 0;
  mountProc: bool = false;
  /** Where; not given: /proc. */
  procDirectory: Word = new Word();
  root: Word = new Word();
  directory: Word = new Word();
  /** Ids to take inside; -1: not said. */
  setuid: i64 = -1;
  setgid: i64 = -1;
  readonly uids: MapWish = new MapWish();
  readonly gids: MapWish = new MapWish();
  setgroups: Setgroups = Setgroups.Unsaid;
  keepCaps: bool = false;
  propagation: Propagation = Propagation.Private;
  noNewPrivs: bool = false;
  disableUserns: bool = false;
  /** How many descriptors from 3 on stay open. */
  preserveFds: u32 = 0;
  /** The argument that names the program; 0: the shell. */
  program: u32 = 0;
}
