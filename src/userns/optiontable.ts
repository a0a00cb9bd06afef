// SPDX-License-Identifier: MIT
import { characterAt, lengthOf, partOf } from "../text/packed";

/** The options in the order of `OPTIONS`. */
export enum Option {
  Mount,
  Uts,
  Ipc,
  Net,
  Pid,
  Cgroup,
  Time,
  Fork,
  KillChild,
  MountProc,
  Root,
  Directory,
  Setuid,
  Setgid,
  MapRootUser,
  MapCurrentUser,
  MapUsers,
  MapGroups,
  MapAuto,
  UidMap,
  GidMap,
  Setgroups,
  KeepCaps,
  Propagation,
  Bind,
  FsidMap,
  NoNewPrivs,
  DisableUserns,
  PreserveFds,
  Help,
  Version,
  None,
}

/** The letter, whether there is an argument (`:` yes, `=` only after that sign, `-` no), the long name; at even places. */
const OPTIONS: StaticArray<string> = [
  "-m- --mount",
  "-u- --uts",
  "-i- --ipc",
  "-n- --net",
  "-p- --pid",
  "-C- --cgroup",
  "-T- --time",
  "-f- --fork",
  "  = --kill-child",
  "  = --mount-proc",
  "-R: --root",
  "-w: --wd",
  "-S: --setuid",
  "-G: --setgid",
  "-r- --map-root-user",
  "-c- --map-current-user",
  "  : --map-users",
  "  : --map-groups",
  "  - --map-auto",
  "  : --uid-map",
  "  : --gid-map",
  "  : --setgroups",
  "  - --keep-caps",
  "  : --propagation",
  "  : --bind",
  "  : --fsid-map",
  "  - --no-new-privs",
  "  - --disable-userns",
  "  : --preserve-fds",
  "-h- --help",
  "-V- --version",
];

const BLANK: i32 = 0x20;
/** Whether an option takes an argument. */
export const NEVER: i32 = 0x2d;
export const ALWAYS: i32 = 0x3a;
/** Where in a row of `OPTIONS` that stands, and where the long name begins and its dashes end. */
const TAKES_AT: u32 = 2;
const LONG_AT: u32 = 4;
const NAME_AT: u32 = 6;

/** The option as -x, for messages. */
export function letterOf(option: Option): string {
  return partOf(OPTIONS[option], 0, TAKES_AT);
}

/** The option as --name. */
export function nameOf(option: Option): string {
  return partOf(OPTIONS[option], LONG_AT, lengthOf(OPTIONS[option]));
}

/** NEVER, ALWAYS, or that the argument stands after a sign only. */
export function takes(option: Option): i32 {
  return characterAt(OPTIONS[option], TAKES_AT);
}

/** The option that a letter stands for. */
export function optionOfLetter(letter: i32): Option {
  let option = 0;
  while (option < Option.None && (letter == BLANK || characterAt(OPTIONS[option], 1) != letter)) option++;
  return option as Option;
}

/** The option whose long name stands in the first `length` bytes. */
export function optionOfName(bytes: StaticArray<u8>, length: u32): Option {
  let option = 0;
  while (option < Option.None && !isName(OPTIONS[option], bytes, length)) option++;
  return option as Option;
}

function isName(row: string, bytes: StaticArray<u8>, length: u32): bool {
  if (length + NAME_AT != lengthOf(row)) return false;
  for (let i: u32 = 0; i < length; i++) if (characterAt(row, NAME_AT + i) != bytes[i]) return false;
  return true;
}
