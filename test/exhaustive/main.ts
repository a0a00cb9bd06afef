// SPDX-License-Identifier: MIT
//
// All verdicts of the small world, on all processors. EXHAUSTIVE_JOBS says on how many instead; EXHAUSTIVE_STEP, an odd
// number, that each so manieth table is enough.
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../stage/build.js";
import { compare, type Result } from "./compare.js";
import { type Space, spaces } from "./spaces.js";

/** So many tables a job takes at once. */
const BATCH = 500;
const build = join(root, "build/exhaustive");

/** A part of a space. */
interface Batch {
  space: number;
  from: number;
  step: number;
}

function* batches(step: number): Generator<Batch> {
  for (const [space, { size }] of spaces.entries())
    for (let from = 0; from < size; from += BATCH * step) yield { space, from, step };
}

function* numbers({ space, from, step }: Batch): Generator<number> {
  const end = Math.min(from + BATCH * step, (spaces[space] as Space).size);
  for (let number = from; number < end; number += step) yield number;
}

/** In a job: compares what it is sent. */
function serve(): void {
  process.on("message", (batch: Batch) => {
    process.send?.(compare(spaces[batch.space] as Space, numbers(batch), build));
  });
}

/** Has a job compare one batch after the other until there are none; whether it ended well. */
function drive(
  job: ChildProcess,
  queue: Iterator<Batch>,
  take: (batch: Batch, result: Result) => void,
): Promise<boolean> {
  const next = () => {
    const { value: batch, done } = queue.next();
    if (done) return job.disconnect();
    job.send(batch);
    job.once("message", (result: Result) => {
      take(batch, result);
      next();
    });
  };
  next();
  return new Promise((end) => job.on("exit", (status) => end(status === 0)));
}

async function main(): Promise<void> {
  const jobs = Number(process.env.EXHAUSTIVE_JOBS ?? availableParallelism());
  const begun = performance.now();
  const counts = spaces.map(() => ({ verdicts: 0, different: 0 }));
  const queue = batches(Number(process.env.EXHAUSTIVE_STEP ?? 1));
  const take = ({ space }: Batch, { verdicts, different, told }: Result) => {
    const count = counts[space] as (typeof counts)[0];
    count.verdicts += verdicts;
    count.different += different;
    if (different > 0) console.log(told.join("\n"));
  };
  const script = fileURLToPath(new URL("run.js", import.meta.url));
  const ends = Array.from({ length: jobs }, () => drive(fork(script, ["job"]), queue, take));
  const well = (await Promise.all(ends)).every((end) => end);
  for (const [i, { name }] of spaces.entries())
    console.log(`${name}: ${counts[i]?.verdicts} verdicts, ${counts[i]?.different} different`);
  const verdicts = counts.reduce((sum, count) => sum + count.verdicts, 0);
  const different = counts.reduce((sum, count) => sum + count.different, 0);
  const minutes = (performance.now() - begun) / 60_000;
  console.log(`in ${minutes.toFixed(1)} minutes, ${Math.round(verdicts / minutes / 60)} a second`);
  console.log(`exhaustive: ${verdicts} tried, ${verdicts - different} held, ${different} fell`);
  process.exitCode = well && different === 0 ? 0 : 1;
}

if (process.argv[2] === "job") serve();
else await main();
