// SPDX-License-Identifier: MIT
//
// How the cases of the matrix end: as is said here, or with the right map and no message.

import type { Program, Run } from "./matrix-scene.js";

/** A rule for cases of a row, with the ends that it allows; `message` is the first line's, without the program's name. */
interface Rule {
  row: string;
  name?: RegExp;
  programs?: Program[];
  outcomes: string[];
  message?: string;
}

/** What only starts processes or mounts has these to lose. */
const forking: Program[] = ["userns", "newfsidmap"];
const dropIns: Program[] = ["newuidmap", "newgidmap"];

const rules: Rule[] = [
  // No room for a descriptor: what is first to want one says so.
  {
    row: "crowd",
    name: /room for none/,
    programs: dropIns,
    outcomes: ["refused"],
    message: "Could not open proc directory for target N: Too many open files",
  },
  {
    row: "crowd",
    name: /room for none/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "cannot open /proc/self: is /proc mounted?",
  },
  {
    row: "crowd",
    name: /room for none/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "cannot open the /proc directory of process N: Too many open files",
  },
  { row: "limits", name: /^(AS|DATA) /, outcomes: ["before main"] },
  // The C library looks at the standard descriptors with poll(2), which takes no more than the limit.
  { row: "limits", name: /^NOFILE /, outcomes: ["before main"] },
  // The kernel ends what takes processor time, which nothing does for sure before its first tick.
  { row: "limits", name: /^CPU 0/, outcomes: ["mapped", "refused", "ended without", "before main"] },
  {
    row: "limits",
    name: /^NPROC /,
    programs: forking,
    outcomes: ["refused"],
    message: "cannot start a process: a limit of processes is reached",
  },
  { row: "limits", name: /^(NICE|RTPRIO) 1/, outcomes: ["mapped", "not tried"] },
  {
    row: "limits",
    name: /^STACK /,
    outcomes: ["refused", "before main"],
    message: "the stack is limited to less than 256 KiB",
  },
  {
    row: "stack",
    name: /^(0|4|8|16|32|64|128|255) KiB/,
    outcomes: ["refused", "before main"],
    message: "the stack is limited to less than 256 KiB",
  },
];

/** Why a run did not end as it should; undefined if it did. */
export function fault(program: Program, run: Run): string | undefined {
  const rule = rules.find(
    ({ row, name, programs }) =>
      row === run.row && (!name || name.test(run.name)) && (!programs || programs.includes(program)),
  );
  const { outcomes, message } = rule ?? { outcomes: ["mapped"], message: undefined };
  const said = run.message.replace(/^\w+: /, "").replace(/\b(target|process) \d+\b/, "$1 N");
  const worded = run.outcome !== "refused" || message === undefined || said === message;
  if (outcomes.includes(run.outcome) && worded) return undefined;
  return `${run.row}, ${run.name}: ${run.outcome}: ${run.message}; expected ${outcomes.join(" or ")} ${message ?? ""}`;
}
