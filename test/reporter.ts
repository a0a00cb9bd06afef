// SPDX-License-Identifier: MIT
//
// Counts for test/check.sh, the table of what tests counted themselves, the reasons for which tests were skipped, and
// what may be wrong with the run itself.
import { appendFileSync } from "node:fs";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { doubts, isOutdated } from "./doubts.js";
import { clearTally, tallyTable } from "./stage/tally.js";

export default class Counts implements Reporter {
  /** Whether `-t` leaves tests out, which then need no reason. */
  #chosen = false;

  onInit({ config }: Vitest): void {
    this.#chosen = config.testNamePattern !== undefined;
  }

  onTestRunStart(): void {
    clearTally();
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed" || result.state === "failed") count[result.state]++;
        else if (result.state === "skipped" && result.note) {
          count.skipped++;
          reasons.set(result.note, (reasons.get(result.note) ?? 0) + 1);
        } else if (!this.#chosen || result.state !== "skipped") {
          // Also the tests of a suite whose setting up failed.
          count.failed++;
          console.log(`not run, and no reason is given: ${module.relativeModuleId}: ${test.fullName}`);
        }
      }
    }
    const cases = tallyTable();
    if (cases) console.log(`\n${cases}\n`);
    for (const [reason, tests] of reasons) console.log(`${tests} skipped: ${reason}`);
    for (const doubt of doubts(isOutdated(), count.failed > 0, process.cwd())) console.log(doubt);
    if (process.env.COUNTS) {
      appendFileSync(process.env.COUNTS, `${count.passed} ${count.failed} ${count.skipped}\n`);
    }
  }
}
