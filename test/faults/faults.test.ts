// SPDX-License-Identifier: MIT
//
// Every system call that a helper makes fails in turn. The calls are those of a recorded run, so that none is
// forgotten: one that calls.ts does not have fails the test.
import { existsSync, readFileSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { Scene } from "../newfsidmap/scene.js";
import { compile, libraries } from "../nss/scene.js";
import type { Stage } from "../stage/stage.js";
import { tally } from "../stage/tally.js";
import { faultsOf } from "./calls.js";
import * as injector from "./injector.js";
import { isKnown, unmet } from "./known.js";
import { newfsidmap } from "./newfsidmap.js";
import { getsubids, newgidmap, newuidmap } from "./newidmap.js";
import { obstacle } from "./obstacle.js";
import type { Scenario } from "./scenarios.js";
import { userns } from "./userns.js";
import { judge } from "./verdict.js";

/** All errors of each call, and not one of them in turn. */
const all = process.env.FAULTS === "all";
const MOST_TRIES = 5;
/** Without it the loader looks through many directories for each library. */
const cache = "/etc/ld.so.cache";
const files: Record<string, Uint8Array> = existsSync(cache) ? { [cache]: readFileSync(cache) } : {};

beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

/**
 * What is tried of a run's calls: everything, or one fault of each call, another one each time. Of those of the
 * name-service program, which does in each run much the same, only those that were not `tried` before.
 */
function chosen(calls: injector.Call[], tried: Set<string>): injector.Fault[] {
  const unknown = calls.filter((call) => faultsOf(call) === undefined).map((call) => call.label);
  expect([...new Set(unknown)], "calls without a row in calls.ts").toEqual([]);
  const faults = calls.map((call) => faultsOf(call) ?? []);
  if (all) return faults.flat();
  return faults.flatMap((of, i) => {
    const { program, label, turn } = calls[i] as injector.Call;
    const key = `${label} ${turn}`;
    if (program === "nss" && tried.has(key)) return [];
    tried.add(key);
    return of[i % of.length] ?? [];
  });
}

/**
 * Runs it with each fault. How far a process comes depends on when another one ends it: where that was before the
 * call, it is tried again.
 */
async function endsWith(stage: Stage, inject: string, scenario: Scenario, faults: injector.Fault[]) {
  const ends = await injector.runWith(stage, inject, scenario.run, faults);
  for (let tries = 1; tries < MOST_TRIES && ends.includes(null); tries++) {
    const missed = [...ends.keys()].filter((i) => ends[i] === null);
    const again = missed.map((i) => faults[i] as injector.Fault);
    const others = await injector.runWith(stage, inject, scenario.run, again);
    for (const [i, at] of missed.entries()) ends[at] = others[i] ?? null;
  }
  return ends;
}

/** Runs a scenario with each fault: how many were tried, and those that fell, in words. */
async function attempt(stage: Stage, inject: string, scenario: Scenario, before: Set<string>) {
  await stage.only({ ...files, ...scenario.files });
  const { calls, end } = await injector.record(stage, inject, scenario.run);
  expect({ what: scenario.what, ...end }).toMatchObject({ signal: 0, hung: false, ...scenario.end });
  const faults = chosen(calls, before);
  const ends = await endsWith(stage, inject, scenario, faults);
  const fell = faults.flatMap((fault, i) => {
    const after = ends[i];
    const wrong = after ? judge(scenario, end, after, fault) : "not reached";
    return wrong === undefined ? [] : [`${fault.call.process} ${fault.call.label}: ${fault.text}: ${wrong}`];
  });
  const unknown = fell.filter((words) => !isKnown(scenario, words));
  return { tried: faults.length, fell: unknown.map((words) => `${scenario.what}: ${words}`) };
}

/** Every second scenario of a program, from one on, on a stage of its own. */
async function attemptHalf(open: (scene: Scene) => Promise<Scenario[]>, first: number) {
  const scene = await Scene.open();
  const { stage } = scene;
  const sum = { tried: 0, fell: [] as string[] };
  const before = new Set<string>();
  try {
    await stage.overlay(libraries as string);
    await stage.tmpfs("/var/lib/extrausers");
    const plugin = compile("test/nss/libsubid_example.c", "libsubid_example.so", ["-shared", "-fPIC"]);
    await stage.install(plugin, `${libraries}/libsubid_example.so`);
    const inject = await injector.install(stage);
    const scenarios = await open(scene);
    for (const scenario of scenarios.filter((_, i) => i % 2 === first)) {
      const { tried, fell } = await attempt(stage, inject, scenario, before);
      sum.tried += tried;
      sum.fell.push(...fell);
    }
  } finally {
    await stage.close();
  }
  return sum;
}

it.each([
  ["newuidmap", ({ stage }: Scene) => newuidmap(stage)],
  ["newgidmap", ({ stage }: Scene) => newgidmap(stage)],
  ["getsubids", ({ stage }: Scene) => getsubids(stage)],
  ["userns", ({ stage }: Scene) => userns(stage)],
  ["newfsidmap", newfsidmap],
] as const)(
  "%s does what was asked, or nothing and says so, whatever call fails",
  async (name, open) => {
    const halves = await Promise.all([attemptHalf(open, 0), attemptHalf(open, 1)]);
    const tried = halves.reduce((sum, half) => sum + half.tried, 0);
    const fell = halves.flatMap((half) => half.fell);
    tally(`faults: ${name}`, tried, tried - fell.length, fell.length);
    expect(fell).toEqual([]);
  },
  900_000,
);

if (all)
  it("needs each exception that is listed", () => {
    expect(unmet()).toEqual([]);
  });
