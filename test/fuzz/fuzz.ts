// SPDX-License-Identifier: MIT
//
// Runs a fuzzer with the reference model beside it. The pipe between them is what bounds how far the one is ahead.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { root } from "../stage/build.js";
import { type Deeds, judge, takeRecords } from "./judge.js";
import { judgeFsid } from "./judge-fsid.js";
import { judgeSubid } from "./judge-subid.js";
import { judgeUserns } from "./judge-userns.js";

export const programs = ["newuidmap", "newgidmap", "userns", "newfsidmap", "subid"] as const;
export type Program = (typeof programs)[number];

/** What a program ought to have done otherwise; "" if nothing, undefined if the model has no word. */
const judges: Record<Program, (deeds: Deeds) => string | undefined> = {
  newuidmap: (deeds) => judge("newuidmap", deeds),
  newgidmap: (deeds) => judge("newgidmap", deeds),
  userns: judgeUserns,
  newfsidmap: judgeFsid,
  subid: judgeSubid,
};

export interface Options {
  /** The folder of the built fuzzers. */
  build: string;
  seed: number;
  /** When it ends: after that time, or after that many inputs, which are the same ones with the same seed. */
  limit: { seconds: number } | { runs: number };
}

/** How a run went. */
export interface Outcome {
  program: Program;
  /** How many inputs were tried, and on how many of them the model was asked. */
  tried: number;
  judged: number;
  /** How many edges of the program were reached. */
  coverage: number;
  /** What was found, in words; "" if nothing was. */
  finding: string;
}

/** Fuzzes a program. New inputs and those that show something stay below the folder of the build. */
export async function fuzz(program: Program, options: Options): Promise<Outcome> {
  const { build, seed, limit } = options;
  const folder = join(build, program);
  const seeds = join(root, "test/fuzz/corpus", program);
  mkdirSync(join(folder, "corpus"), { recursive: true });
  const words = [join(folder, "corpus"), ...(existsSync(seeds) ? [seeds] : [])];
  const end = "runs" in limit ? `-runs=${limit.runs}` : `-max_total_time=${limit.seconds}`;
  const flags = [end, `-seed=${seed}`, "-max_len=4096", "-timeout=20", "-print_final_stats=1"];
  const dictionary = `-dict=${join(root, "test/fuzz/dictionary")}`;
  const fuzzer = spawn(
    join(folder, "fuzz"),
    [...flags, dictionary, `-artifact_prefix=${folder}/`, ...words],
    {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      env: { ...process.env, FUZZ_REPORT: "1" },
    },
  );
  const outcome: Outcome = { program, tried: 0, judged: 0, coverage: 0, finding: "" };
  let rest: Buffer = Buffer.alloc(0);
  (fuzzer.stdio[3] as Readable).on("data", (data: Buffer) => {
    const { records, rest: left } = takeRecords(Buffer.concat([rest, data]));
    rest = left;
    for (const deeds of records) {
      if (outcome.finding !== "") return;
      const difference = judges[program](deeds);
      if (difference === undefined) continue;
      outcome.judged++;
      if (difference === "") continue;
      const file = join(folder, `difference-${createHash("sha1").update(deeds.input).digest("hex")}`);
      writeFileSync(file, deeds.input);
      outcome.finding = `${file}: ${difference}`;
      fuzzer.kill();
    }
  });
  let log = "";
  fuzzer.stderr?.setEncoding("latin1").on("data", (text: string) => {
    log = (log + text).slice(-100_000);
  });
  const status = await new Promise<number | null>((end) => fuzzer.on("close", end));
  outcome.tried = Number(/stat::number_of_executed_units: (\d+)/.exec(log)?.[1] ?? 0);
  outcome.coverage = Number([...log.matchAll(/ cov: (\d+) /g)].at(-1)?.[1] ?? 0);
  if (status !== 0) outcome.finding ||= log.slice(-3000);
  return outcome;
}
