// SPDX-License-Identifier: MIT
//
// Every system call that a helper makes fails in turn. The calls are those of a recorded run, so that none is
// forgotten: one that calls.ts does not have fails the test.
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { tally } from "../stage/tally.js";
import { faultsOf } from "./calls.js";
import * as injector from "./injector.js";
import { entryOf } from "./known.js";
import * as scenarios from "./scenarios.js";
import { judge } from "./verdict.js";

/** All errors of each call, and not one of them in turn. */
const all = process.env.FAULTS === "all";
const obstacle =
  (await Stage.unavailable()) ?? (process.arch === "x64" ? undefined : "faults are injected on x86-64 alone");
const nss = "/usr/local/libexec/usernamespaces/nss";
/** Without it the loader looks through many directories for each library. */
const cache = "/etc/ld.so.cache";
const files: Record<string, Uint8Array> = existsSync(cache) ? { [cache]: readFileSync(cache) } : {};

let stage: Stage;
let inject: string;
let programs: scenarios.Programs;

beforeAll(async () => {
  if (obstacle) return;
  stage = await Stage.start({ etc: "hermetic", overlays: ["/usr/local"] });
  await stage.install("build/nss", nss, { mode: 0o711 });
  inject = await injector.install(stage);
  programs = await scenarios.install(stage);
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/** What is tried of a run's calls: everything, or one fault of each call, another one each time. */
function chosen(calls: injector.Call[]): injector.Fault[] {
  const unknown = calls.filter((call) => faultsOf(call) === undefined).map((call) => call.label);
  expect(unknown, "calls without a row in calls.ts").toEqual([]);
  const faults = calls.map((call) => faultsOf(call) ?? []);
  if (all) return faults.flat();
  return faults.flatMap((of, i) => of[i % of.length] ?? []);
}

/** Runs a scenario with each fault: how many were tried, and those that fell, in words. */
async function attempt(scenario: scenarios.Scenario): Promise<{ tried: number; fell: string[] }> {
  await stage.only({ ...files, ...scenario.files });
  const { calls, end } = await injector.record(stage, inject, scenario.run);
  expect(end).toMatchObject({ signal: 0, hung: false, ...scenario.end });
  const faults = chosen(calls);
  const ends = await injector.runWith(stage, inject, scenario.run, faults);
  const fell = faults.flatMap((fault, i) => {
    const after = ends[i];
    const wrong = after ? judge(scenario, end, after, fault) : "not reached";
    return wrong === undefined ? [] : [`${fault.call.process} ${fault.call.label}: ${fault.text}: ${wrong}`];
  });
  return { tried: faults.length, fell: fell.filter((words) => !entryOf(scenario, words)) };
}

describe.each(["newuidmap", "newgidmap"] as const)("%s", (name) => {
  it("does what was asked, or says that it does not and does nothing, whatever call fails", async () => {
    let tried = 0;
    const fell: string[] = [];
    for (const scenario of scenarios[name](programs)) {
      const result = await attempt(scenario);
      tried += result.tried;
      fell.push(...result.fell.map((words) => `${scenario.what}: ${words}`));
    }
    tally(`faults: ${name}`, tried, tried - fell.length, fell.length);
    expect(fell).toEqual([]);
  }, 600_000);
});
