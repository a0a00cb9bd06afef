// SPDX-License-Identifier: MIT
//
// What the hostile tests of userns share: how it is installed, and how a run of it ended.

import type { Caller, Install, Outcome, Stage } from "../stage/stage.js";
import { alice } from "./scene.js";

/** How userns is installed where it has a privilege. */
export const installs: [string, Install][] = [
  ["with file capabilities", { caps: ["cap_setuid", "cap_setgid"] }],
  ["setuid root", { setuid: true }],
];

/** What a caller sees of a run. */
export type Run = Pick<Outcome, "status" | "signal" | "stdout" | "stderr">;

export function seen({ status, signal, stdout, stderr }: Outcome): Run {
  return { status, signal, stdout, stderr };
}

/** A run that succeeded and printed this. */
export const ran = (stdout: string): Run => ({ status: 0, signal: 0, stdout, stderr: "" });

/** A run in which userns failed, with these lines. */
export const failed = (...lines: string[]): Run => ({
  ...{ status: 125, signal: 0, stdout: "" },
  stderr: lines.map((line) => `${line}\n`).join(""),
});

/** Shows both maps of a process, and setgroups, with single blanks. */
export const showMaps = [
  "/bin/sh",
  "-c",
  "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups | sed 's/^ *//; s/  */ /g'",
];

/** Runs a command as alice. */
export async function run(stage: Stage, argv: string[], caller: Partial<Caller> = {}): Promise<Run> {
  return seen(await stage.exec({ argv, caller: { ...alice, ...caller }, timeout: 20_000 }));
}
