// SPDX-License-Identifier: MIT
//
// All verdicts of the small world, on all processors: EXHAUSTIVE_JOBS says on how many instead, EXHAUSTIVE_PART=1/10
// that the first tenth is enough.
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
  to: number;
}

function* batches(part: number): Generator<Batch> {
  for (const [space, { size }] of spaces.entries())
    for (let from = 0; from < size * part; from += BATCH)
      yield { space, from, to: Math.min(from + BATCH, size) };
}

function* numbers(from: number, to: number): Generator<number> {
  for (let number = from; number < to; number++) yield number;
}

/** In a job: compares what it is sent. */
function serve(): void {
  process.on("message", ({ space, from, to }: Batch) => {
    process.send?.(compare(spaces[space] as Space, numbers(from, to), build));
  });
}

/** The fraction that an environment variable gives. */
function partOf(text = "1/1"): number {
  const [above = 1, below = 1] = text.split("/").map(Number);
  return above / below;
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
  const counts = spaces.map(() => ({ verdicts: 0, different: 0 }));
  const queue = batches(partOf(process.env.EXHAUSTIVE_PART));
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
  console.log(`exhaustive: ${verdicts} tried, ${verdicts - different} held, ${different} fell`);
  process.exitCode = well && different === 0 ? 0 : 1;
}

if (process.argv[2] === "job") serve();
else await main();
