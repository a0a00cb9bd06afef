// SPDX-License-Identifier: MIT
//
// Faults after which a program neither does all that it does otherwise nor fails, or does so in another way, each with
// the reason why that is right or cannot be helped.
import type { Scenario } from "./scenarios.js";

interface Known {
  /** Of which programs; of all, if it is not said. */
  program?: string;
  what?: RegExp;
  /** The process, the call, the fault and how it ended, as the test words them. */
  fell: RegExp;
  reason: string;
}

const known: Known[] = [
  {
    fell: /^0 (arch_prctl|poll|open \/dev\/null): \w+: ended by signal 11$/,
    reason:
      "before main the C library (musl) ends a program that has no thread-local storage, or whose standard " +
      "descriptors it cannot see to",
  },
  {
    program: "userns",
    fell: /^[0-9.]+ rt_sigprocmask \d: EINVAL: stdout ".*SigBlk/,
    reason:
      "the kernel fails it for wrong arguments alone, and the C library, which blocks all signals for a moment, does not look",
  },
  {
    program: "userns",
    fell: /^[0-9.]+ execve .*: status 12[67]$/,
    reason:
      "the status of env(1) and the shells where a program cannot be run; the maps were those asked for",
  },
  {
    program: "getsubids",
    what: /usernamespaces/,
    fell: /stdout "0: alice 100000 65536\\n1: alice 400000 10\\n", and said ".*getsubids: (\/etc\/usernamespaces may grant more to groups: the name service failed|cannot set the capabilities)\\n"$/,
    reason: "a group's members are not known: its grant is left out, and that is said",
  },
];

const met = new Set<Known>();

/** Whether a fault that ended so is of the list. */
export function isKnown(scenario: Scenario, fell: string): boolean {
  const found = known.find(
    ({ program = scenario.name, what = /^/, fell: pattern }) =>
      program === scenario.name && what.test(scenario.what) && pattern.test(fell),
  );
  if (found) met.add(found);
  return found !== undefined;
}

/** The reasons of those of the list that have not been met. */
export function unmet(): string[] {
  return known.filter((each) => !met.has(each)).map(({ reason }) => reason);
}
