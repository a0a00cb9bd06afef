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
  message?: string | RegExp;
}

/** What only starts processes or mounts has these to lose. */
const forking: Program[] = ["userns", "newfsidmap"];
const dropIns: Program[] = ["newuidmap", "newgidmap"];

/** The child that made the mount was killed before it could say so: newfsidmap says that it does not know. */
const interrupted = { outcome: "FELL: a map in spite of failure", message: "the mount was interrupted" };
const killed = ["ended without", "ended with the map", "refused", "mapped"];
const mounting: Program[] = ["newfsidmap"];

/** What is said of a table that is none. */
const causes = {
  "a pipe": "Not a regular file",
  "a directory": "Not a regular file",
  "a device": "Not a regular file",
  "a loop": "Too many levels of symbolic links",
  "a link to nothing": "A symbolic link to nothing",
  unreadable: "Permission denied",
  "writable by all": "Others than its owner can write it",
  "somebody else's": "Not owned by root",
};

const usage = "usage: NAME [<pid>|fd:<pidfd>] <KIND> <lowerKIND> <count> [ <KIND> <lowerKIND> <count> ] ... ";

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
  {
    row: "limits",
    name: /^CPU 0/,
    programs: mounting,
    outcomes: [...killed, "before main", interrupted.outcome],
  },
  { row: "limits", name: /^CPU 0/, outcomes: [...killed, "before main"] },
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
  // The kernel takes less for the caller's program: it cut the limit of the stack to 8 MiB when userns got its privilege.
  { row: "environment", name: /^6/, programs: ["userns"], outcomes: ["ran nothing"] },
  { row: "arguments", name: /name$/, programs: ["userns"], outcomes: ["mapped"] },
  { row: "arguments", name: /name$/, programs: dropIns, outcomes: ["refused"], message: usage },
  {
    row: "arguments",
    name: /name$/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "PID is missing",
  },
  {
    row: "arguments",
    name: /^(nine|control|formats)/,
    programs: dropIns,
    outcomes: ["refused"],
    message: usage,
  },
  {
    row: "arguments",
    name: /^one of/,
    programs: dropIns,
    outcomes: ["refused"],
    message: "ranges: 1 is wrong for argc: 1",
  },
  {
    row: "arguments",
    name: /^(numbers|three|6 MB)/,
    programs: dropIns,
    outcomes: ["refused"],
    message: "subid overflow detected.",
  },
  {
    row: "arguments",
    name: /^300000/,
    programs: dropIns,
    outcomes: ["refused"],
    message: "write to KIND_map failed: Invalid argument",
  },
  {
    row: "arguments",
    name: /^nine/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "--KIND-map: the map is empty",
  },
  {
    row: "arguments",
    name: /^control/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "--KIND-map, line 1: inside '\\x1b]0;root\\x07' is no plain decimal number",
  },
  {
    row: "arguments",
    name: /^numbers/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "--KIND-map, line 1: inside '-1' is negative",
  },
  {
    row: "arguments",
    name: /^formats/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "--KIND-map, line 1: inside '%s%s%n' is no plain decimal number",
  },
  {
    row: "arguments",
    name: /greatest|6 MB/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "--KIND-map: the map is longer than 65536 bytes",
  },
  {
    row: "arguments",
    name: /^300000/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "--KIND-map, line 1: fewer than three numbers: inside outside count",
  },
  {
    row: "arguments",
    name: /^nine/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "MAP '': it begins with none of u:, g: and b:",
  },
  {
    row: "arguments",
    name: /^control/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "MAP '\\x1b]0;root\\x07': it begins with none of u:, g: and b:",
  },
  {
    row: "arguments",
    name: /^numbers/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "MAP '-1': it begins with none of u:, g: and b:",
  },
  {
    row: "arguments",
    name: /^formats/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "MAP '%s%s%n': it begins with none of u:, g: and b:",
  },
  { row: "arguments", name: /greatest|6 MB/, programs: ["newfsidmap"], outcomes: ["refused"] },
  {
    row: "arguments",
    name: /^300000/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "MAP '1': it begins with none of u:, g: and b:",
  },
  // A process that was killed leaves a map or none; another one of the program's finds that out.
  { row: "kill", programs: dropIns, outcomes: ["ended without", "ended with the map"] },
  { row: "kill", programs: mounting, outcomes: [...killed, interrupted.outcome] },
  { row: "kill", programs: forking, outcomes: killed },
  {
    row: "random",
    name: /^killed/,
    programs: mounting,
    outcomes: [...killed, "before main", interrupted.outcome],
  },
  { row: "random", name: /^killed/, outcomes: [...killed, "before main"] },
  { row: "core", name: /^before/, programs: mounting, outcomes: [...killed, interrupted.outcome] },
  { row: "core", name: /^before/, outcomes: killed },
  { row: "core", name: /^each/, outcomes: ["not tried"] },
  // The kernel makes no user namespace in a chroot.
  {
    row: "places",
    name: /^chroot/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "cannot create the namespaces: Operation not permitted",
  },
  {
    row: "places",
    name: /^chroot/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "cannot make the mapping: Operation not permitted",
  },
  {
    row: "places",
    name: /^subset/,
    programs: forking,
    outcomes: ["refused"],
    message: /^cannot read \/proc\/sys\/fs\/s.*_dumpable$/,
  },
  {
    row: "places",
    name: /\/proc/,
    programs: dropIns,
    outcomes: ["refused"],
    message: "Could not open proc directory for target N: No such file or directory",
  },
  {
    row: "places",
    name: /\/proc/,
    programs: ["userns"],
    outcomes: ["refused"],
    message: "cannot open /proc/self: is /proc mounted?",
  },
  {
    row: "places",
    name: /\/proc/,
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "cannot open the /proc directory of process N: No such file or directory",
  },
  // The C library opens it for a standard descriptor that is closed, or ends.
  { row: "places", name: /^no \/dev, no/, outcomes: ["before main"] },
  {
    row: "nnp",
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "cannot make the mapping: Operation not permitted",
  },
  {
    row: "nnp",
    name: /range/,
    outcomes: ["refused"],
    message: "write to KIND_map failed: Operation not permitted",
  },
  {
    row: "nested",
    programs: ["newfsidmap"],
    outcomes: ["refused"],
    message: "KIND range [0-65536) -> disk [300000-365536) not allowed",
  },
  // Nobody but root can have this call of a program with its privilege seem to succeed, and he needs no program for that.
  {
    row: "filters",
    name: /^root's: system call 442: 0/,
    programs: ["newfsidmap"],
    outcomes: ["refused", "FELL: a wrong map"],
  },
  { row: "filters", outcomes: ["mapped", "refused", "refused silently", "before main", "ran nothing"] },
  { row: "left", outcomes: [...killed, "not tried"] },
  { row: "target", programs: ["userns"], outcomes: ["not tried"] },
  {
    row: "target",
    programs: dropIns,
    outcomes: ["mapped", "refused"],
    message:
      /^(Could not open proc directory for target N: No such file or directory|Target process is owned by a different user: .*|open of KIND_map failed: (Permission denied|No such process))$/,
  },
  {
    row: "target",
    programs: ["newfsidmap"],
    outcomes: ["mapped", "refused"],
    message:
      /^cannot (look at the namespaces|open the \/proc directory) of process N: (Permission denied|No such process|No such file or directory)$/,
  },
  {
    row: "tables",
    name: /shrinks/,
    outcomes: ["mapped", "refused"],
    message: /^(cannot open \/etc\/sub.*: It became shorter while it was read|KIND range .* not allowed)$/,
  },
  { row: "tables", name: /(grows|huge|login\.defs)/, outcomes: ["mapped"] },
  { row: "tables", name: /\/etc\/subgid/, programs: ["newuidmap"], outcomes: ["mapped"] },
  { row: "tables", name: /\/etc\/subuid/, programs: ["newgidmap"], outcomes: ["mapped"] },
  ...Object.entries(causes).map(([what, cause]) => ({
    row: "tables",
    name: new RegExp(` ${what}$`),
    outcomes: ["refused"],
    message: new RegExp(`^cannot open /etc/[a-zKIND.]+: ${cause}$`),
  })),
];

/** Why a run did not end as it should; undefined if it did. */
export function fault(program: Program, run: Run): string | undefined {
  const rule = rules.find(
    ({ row, name, programs }) =>
      row === run.row && (!name || name.test(run.name)) && (!programs || programs.includes(program)),
  );
  const { outcomes, message } = rule ?? { outcomes: ["mapped"], message: undefined };
  // One rule for both of a pair.
  const said = run.message
    .replace(/^(newuidmap|newgidmap|userns|newfsidmap): /, "")
    .replace(/\b(target|process) \d+\b/, "$1 N")
    // shadow's newgidmap says it of groups too.
    .replace("subuid overflow", "subid overflow")
    .replace(/^(usage: )new.idmap/, "$1NAME")
    .replaceAll(program === "newgidmap" ? "gid" : "uid", "KIND");
  const worded =
    run.outcome === interrupted.outcome
      ? said === interrupted.message
      : run.outcome !== "refused" ||
        message === undefined ||
        (message instanceof RegExp ? message.test(said) : said === message);
  if (outcomes.includes(run.outcome) && worded) return undefined;
  return `${run.row}, ${run.name}: ${run.outcome}: ${run.message}; expected ${outcomes.join(" or ")} ${message ?? ""}`;
}
