// SPDX-License-Identifier: MIT
//
// The benchmark: ours, shadow's and a floor in turn, on real targets, as a real caller; then userns and its rivals;
// then newfsidmap and its floor; then usernsctl.
// It prints tables and writes build/bench.json. A target that is not met is told and is no failure; a wrong map is.

import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { root } from "../stage/build.js";
import { Stage } from "../stage/stage.js";
import { measureCtl } from "./ctl.js";
import { measure, type Row } from "./measure.js";
import { compareMounts } from "./mounts.js";
import { ctlLines, head, mountLines, rivalHead, rivalLine, sizes, tableLine, targetLines } from "./report.js";
import { compareAll } from "./rivals.js";
import {
  install,
  installPeak,
  type Program,
  type Subject,
  settings,
  setUp,
  subjects,
  tools,
} from "./scene.js";
import { targets } from "./targets.js";

async function measureAll(stage: Stage): Promise<{ rows: Row[]; programs: Program[] }> {
  const programs: Program[] = [];
  for (const tool of tools)
    for (const subject of subjects) programs.push(await install(stage, tool, subject));
  const peak = await installPeak(stage);
  const rows: Row[] = [];
  console.log(head());
  for (const setting of settings) {
    await setUp(stage, setting);
    for (const tool of tools) {
      const own = programs.filter((program) => program.tool === tool);
      const row = await measure(
        stage,
        peak,
        Object.fromEntries(own.map((p) => [p.subject, p])) as Record<Subject, Program>,
        setting,
      );
      rows.push(row);
      console.log(tableLine(row));
    }
  }
  return { rows, programs };
}

async function run(): Promise<void> {
  const stage = await Stage.start({ etc: "hermetic" });
  const { rows, programs } = await measureAll(stage).finally(() => stage.close());
  console.log(`\n${rivalHead()}`);
  const rivals = await compareAll((row) => console.log(rivalLine(row)));
  const mounts = await compareMounts();
  console.log(`\n${mountLines(mounts)}`);
  const ctl = await measureCtl();
  console.log(`\n${ctlLines(ctl)}`);
  const reached = targets(rows, rivals, mounts, ctl, programs);
  console.log(`\n${sizes(programs)}\n\n${targetLines(reached)}`);
  const machine = { kernel: release(), processors: cpus().map(({ model }) => model) };
  writeFileSync(
    join(root, "build/bench.json"),
    `${JSON.stringify({ machine, rows, rivals, mounts, ctl, programs, targets: reached }, null, 2)}\n`,
  );
}

const reason = await Stage.unavailable();
if (reason) {
  console.error(`nothing is measured: ${reason}`);
  process.exitCode = 1;
} else {
  await run();
}
