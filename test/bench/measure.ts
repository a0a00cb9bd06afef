// SPDX-License-Identifier: MIT

import type { Outcome, Stage } from "../stage/stage.js";
import {
  caseOf,
  expectedMap,
  type Program,
  peakCaseOf,
  type Setting,
  type Subject,
  type Tool,
} from "./scene.js";
import { median, type Ratio, ratioOf, type Time, timeOf } from "./statistics.js";

/** How often memory is measured; it hardly varies. */
const PEAK_ROUNDS = 5;

/** What came of one tool under one setting; times in microseconds. */
export interface Row extends Setting {
  tool: Tool;
  times: Record<Subject, Time>;
  ratios: Record<"shadow" | "floor", Ratio>;
  peakKiB: Record<Subject, number>;
}

function verify(outcome: Outcome, { tool, subject }: Program, setting: Setting): void {
  const map = tool === "newuidmap" ? outcome.uidMap : outcome.gidMap;
  if (outcome.status === 0 && map === expectedMap(setting)) return;
  throw new Error(
    `${subject} ${tool}, ${setting.lines} lines: status ${outcome.status}, map '${map}'\n${outcome.stderr}`,
  );
}

/** Runs the programs of one tool in turn, round after round; throws if one did not write the map asked for. */
export async function measure(
  stage: Stage,
  peak: string,
  programs: Record<Subject, Program>,
  setting: Setting,
): Promise<Row> {
  const list = Object.values(programs);
  const runs = await stage.alternate(
    setting.rounds,
    list.map((program) => caseOf(program, setting)),
  );
  const walls = {} as Record<Subject, number[]>;
  const peakKiB = {} as Record<Subject, number>;
  for (const [i, program] of list.entries()) {
    for (const outcome of runs[i] as Outcome[]) verify(outcome, program, setting);
    walls[program.subject] = (runs[i] as Outcome[]).map(({ wallNs }) => wallNs / 1000);
    const [peaks] = await stage.alternate(PEAK_ROUNDS, [peakCaseOf(peak, program, setting)]);
    for (const outcome of peaks as Outcome[]) verify(outcome, program, setting);
    peakKiB[program.subject] = median((peaks as Outcome[]).map(({ stdout }) => Number(stdout)));
  }
  return {
    ...setting,
    tool: programs.ours.tool,
    times: { ours: timeOf(walls.ours), shadow: timeOf(walls.shadow), floor: timeOf(walls.floor) },
    ratios: { shadow: ratioOf(walls.ours, walls.shadow), floor: ratioOf(walls.ours, walls.floor) },
    peakKiB,
  };
}
