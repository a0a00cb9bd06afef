// SPDX-License-Identifier: MIT
//
// Runs make as somebody else would, who has nothing of this test run's own make or settings.
import { spawnSync } from "node:child_process";

/** Where, by whom and with what a program is run. */
export interface Setting {
  cwd: string;
  env?: Record<string, string>;
  /** A uid and gid other than this process's; it still reads what root can. */
  as?: number;
  umask?: string;
}

/** Runs a program to its end; throws with what it said if it fails. Returns its stdout. */
export function run({ cwd, env = {}, as, umask = "022" }: Setting, ...argv: string[]): string {
  const reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  const setpriv =
    as === undefined ? [] : ["setpriv", `--reuid=${as}`, `--regid=${as}`, "--clear-groups", ...reads];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const words = [
    "-c",
    'umask "$1" && shift && exec "$@"',
    "sh",
    umask,
    ...setpriv,
    "env",
    ...settings,
    ...argv,
  ];
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...own } = process.env;
  const options = { cwd, env: own, encoding: "utf8", maxBuffer: 1 << 26 } as const;
  const { error, status, stdout, stderr } = spawnSync("/bin/sh", words, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${argv.join(" ")}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}
