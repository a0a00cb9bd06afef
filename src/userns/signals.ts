// SPDX-License-Identifier: MIT
import { equals } from "../tables/fields";
import { Token } from "./number";

/** By number from 1 on, as on every architecture of Linux but Alpha, MIPS, PA-RISC and SPARC. */
const NAMES: StaticArray<string> = [
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
  "STKFLT",
  "CHLD",
  "CONT",
  "STOP",
  "TSTP",
  "TTIN",
  "TTOU",
  "URG",
  "XCPU",
  "XFSZ",
  "VTALRM",
  "PROF",
  "WINCH",
  "IO",
  "PWR",
  "SYS",
];
const LAST_SIGNAL: u64 = 64;

/** The number of the signal that is given by number, or by name with or without SIG; 0 if there is none. */
export function signalNumber(token: Token): i32 {
  if (token.isNumber(LAST_SIGNAL)) return token.value as i32;
  const from: u32 = token.length > 3 && equals(token.bytes, 0, 3, "SIG") ? 3 : 0;
  for (let i = 0; i < NAMES.length; i++) if (equals(token.bytes, from, token.length, NAMES[i])) return i + 1;
  return 0;
}
