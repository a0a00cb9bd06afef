// SPDX-License-Identifier: MIT
//
// Counts for test/check.sh, the table of what tests counted themselves, the reasons for which tests were skipped, and
// what may be wrong with the run itself.
import { appendFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { doubts, isOutdated } from "./doubts.js";
import { clearTally, tallyTable } from "./stage/tally.js";

/** A test that failed and the beginning of each error, for the end of a long run, which is all that some logs keep. */
function failure(name: string, errors: readonly { message: string; diff?: string }[]): string {
  const causes = errors.map(({ message, diff }) =>
    stripVTControlCharacters(`${message}\n${diff ?? ""}`)
      .slice(0, 2000)
      .trim()
      .replaceAll("\n", "\n    "),
  );
  return [name, ...causes].join("\n    ");
}

export default class Counts implements Reporter {
  /** Whether `-t` leaves tests out, which then need no reason. */
  #chosen = false;

  onInit({ config }: Vitest): void {
    this.#chosen = config.testNamePattern !== undefined;
  }

  onTestRunStart(): void {
    clearTally();
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    const reasons = new Map<string, number>();
    const failures = unhandled.map((error) => failure("outside of any test", [error]));
    for (const module of modules) {
      if (module.errors().length > 0) {
        count.failed++;
        failures.push(failure(module.relativeModuleId, module.errors()));
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        const name = `${module.relativeModuleId}: ${test.fullName}`;
        if (result.state === "failed") failures.push(failure(name, result.errors));
        if (result.state === "passed" || result.state === "failed") count[result.state]++;
        else if (result.state === "skipped" && result.note) {
          count.skipped++;
          reasons.set(result.note, (reasons.get(result.note) ?? 0) + 1);
        } else if (!this.#chosen || result.state !== "skipped") {
          // Also the tests of a suite whose setting up failed.
          count.failed++;
          console.log(`not run, and no reason is given: ${name}`);
          const why = test.parent.type === "suite" ? test.parent.errors() : [];
          failures.push(failure(name, [{ message: "not run, and no reason is given" }, ...why]));
        }
      }
    }
    const cases = tallyTable();
    if (cases) console.log(`\n${cases}\n`);
    for (const [reason, tests] of reasons) console.log(`${tests} skipped: ${reason}`);
    for (const doubt of doubts(isOutdated(), count.failed > 0, process.cwd())) console.log(doubt);
    if (process.env.COUNTS) {
      appendFileSync(process.env.COUNTS, `${count.passed} ${count.failed} ${count.skipped}\n`);
      appendFileSync(`${process.env.COUNTS}.failed`, failures.map((text) => `failed: ${text}\n`).join(""));
    }
  }
}
