// SPDX-License-Identifier: MIT
//
// The process that runs the tests: files as a message in, the outcome as a message out. It lives for many mutants,
// because to start vitest and to read the tests takes longer than to run them.
import { Writable } from "node:stream";
import { createVitest } from "vitest/node";

/** `failed` names the first test that failed, or the file that could not be loaded. */
export interface Outcome {
  failed?: string;
}

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
const vitest = await createVitest(
  "test",
  {
    watch: false,
    bail: 1,
    isolate: false,
    pool: "threads",
    cache: false,
    reporters: [{}],
    silent: true,
    // No deadlines: what is slow because the machine is busy does not fail.
    testTimeout: 0,
    hookTimeout: 0,
  },
  {},
  { stdout: silent },
);

async function run(files: string[]): Promise<Outcome> {
  const specifications = await vitest.globTestSpecifications(files);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  if (unhandledErrors.length > 0) throw unhandledErrors[0];
  for (const module of testModules) {
    // It remembers the modules of earlier runs, too.
    if (!specifications.some(({ moduleId }) => moduleId === module.moduleId)) continue;
    for (const test of module.children.allTests("failed")) return { failed: test.fullName };
    if (module.errors().length > 0) return { failed: module.relativeModuleId };
  }
  return {};
}

process.on("message", async (files: string[]) => {
  process.send?.(await run(files));
});
process.on("disconnect", () => process.exit());
