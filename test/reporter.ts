// SPDX-License-Identifier: MIT
//
// Counts for test/check.sh, and the reason of every test that was skipped.
import { appendFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "pending") count.failed++;
        else count[state]++;
        if (state === "skipped") console.log(`skipped: ${test.fullName}: ${reason(test)}`);
      }
    }
    if (process.env.COUNTS) {
      appendFileSync(process.env.COUNTS, `${count.passed} ${count.failed} ${count.skipped}\n`);
    }
  }
}

function reason(test: TestCase): string {
  const result = test.result();
  return (result.state === "skipped" && result.note) || "no reason is given";
}
