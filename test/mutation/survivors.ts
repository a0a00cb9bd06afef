// SPDX-License-Identifier: MIT
//
// The mutants that no test kills, and why none can, or why that is no loss.

export interface Survivor {
  file: string;
  /** As the mutator prints it. */
  at: string;
  was: string;
  becomes: string;
  why: string;
}

export const survivors: Survivor[] = [];
