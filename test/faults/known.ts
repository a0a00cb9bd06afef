// SPDX-License-Identifier: MIT
//
// Faults that end otherwise than all the others, each with the reason why that is right or cannot be helped.
import type { Scenario } from "./scenarios.js";

interface Known {
  /** Of which program; of all, if it is not said. */
  program?: string;
  what?: RegExp;
  /** The call and the fault, and how it ends, as the test words them. */
  fell: RegExp;
  reason: string;
}

export const known: Known[] = [
  {
    fell: /^0 (arch_prctl|poll): \w+: ended by signal 11$/,
    reason:
      "before main: without thread-local storage, or descriptors known to be open, musl ends the process",
  },
];

/** The entry of the list that a fault which ended so is; undefined if it is none. */
export function entryOf(scenario: Scenario, fell: string): Known | undefined {
  return known.find(
    ({ program = scenario.name, what = /^/, fell: pattern }) =>
      program === scenario.name && what.test(scenario.what) && pattern.test(fell),
  );
}
