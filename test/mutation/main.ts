// SPDX-License-Identifier: MIT
//
// Changes the policy one place at a time and sees whether the tests notice. MUTANTS=N takes a sample of that many,
// MUTATION_SEED says which; MUTATION_JOBS how many run at once. Status 0 if at least 95 % are killed and each
// survivor is a listed one.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { seedOf } from "../model/seed.js";
import { build } from "./build.js";
import { type Mutant, mutantsOf } from "./mutants.js";
import { type Survivor, survivors } from "./survivors.js";

const LEAST = 0.95;
const sources = readdirSync("src/policy").map((name) => `src/policy/${name}`);
const seed = seedOf("MUTATION_SEED");
const unit = readdirSync("test/unit").filter((name) => /\.test\.ts$/.test(name));
const slow = /property|safety/;
const others = ["userns/ranges", "userns/bind", "newfsidmap/decision", "newfsidmap/decision-groups"].map(
  (name) => `test/${name}.test.ts`,
);
/** First the tests that take a second, then the random worlds. Those of the memory and of the text say nothing here. */
const stages = [
  [...unit.filter((name) => !slow.test(name) && !/memory|pack-text/.test(name)).map(inUnit), ...others],
  [...unit.filter((name) => slow.test(name)).map(inUnit), "test/newfsidmap/property.test.ts"],
];

type Outcome = "killed" | "hangs" | "refused" | "survived";

function inUnit(name: string): string {
  return `test/unit/${name}`;
}

/** Runs one stage on the programs of a folder: 0 if it is content, "hangs" after the limit in ms. */
function runTests(folder: string, files: string[], limit: number): Promise<number | "hangs"> {
  const args = ["run", "--bail=1", "--no-isolate", "--reporter=dot", "--no-cache", ...files];
  const env = { ...process.env, WASM: folder, FC_SEED: "1", FC_COUNT: "600", COUNTS: "" };
  const child = spawn("node_modules/.bin/vitest", args, { env, stdio: "ignore", detached: true });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      process.kill(-(child.pid ?? 0), "SIGKILL");
      resolve("hangs");
    }, limit);
    child.on("exit", (status) => {
      clearTimeout(timer);
      resolve(status ?? 1);
    });
  });
}

async function judge(mutant: Mutant, folder: string, limits: number[]): Promise<Outcome> {
  if (!(await build(folder, mutant.file, mutant.text))) return "refused";
  for (const [stage, files] of stages.entries()) {
    const status = await runTests(folder, files, limits[stage] ?? 0);
    if (status !== 0) return status === "hangs" ? "hangs" : "killed";
  }
  return "survived";
}

/** How long each stage may take: ten times what it takes on what is not changed, which it has to be content with. */
async function measure(folder: string): Promise<number[]> {
  const file = sources[0] ?? "";
  if (!(await build(folder, file, readFileSync(file, "utf8"))))
    throw new Error("the programs do not compile");
  const limits: number[] = [];
  for (const files of stages) {
    const began = Date.now();
    if ((await runTests(folder, files, 600_000)) !== 0) throw new Error("the tests fail without a change");
    limits.push((Date.now() - began) * 10);
  }
  return limits;
}

/** A few of all, the same ones for the same seed. */
function sample(all: Mutant[], size: number): Mutant[] {
  let state = seed >>> 0;
  const order = all.map((mutant) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return { mutant, rank: state };
  });
  order.sort((one, other) => one.rank - other.rank);
  return order.slice(0, size).map(({ mutant }) => mutant);
}

const key = ({ file, at, was, becomes }: Omit<Survivor, "why">) => `${file}: ${at}: ${was} -> ${becomes}`;

const all = sources.flatMap((file) => mutantsOf(file, readFileSync(file, "utf8")));
const wanted = Number(process.env.MUTANTS ?? all.length);
const chosen = wanted < all.length ? sample(all, wanted) : all;
const jobs = Number(process.env.MUTATION_JOBS ?? cpus().length);
const home = mkdtempSync(join(tmpdir(), "mutants-"));
const outcomes = new Map<Mutant, Outcome>();
try {
  const limits = await measure(join(home, "unchanged"));
  const queue = [...chosen];
  const work = async (folder: string) => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const outcome = await judge(mutant, folder, limits);
      outcomes.set(mutant, outcome);
      if (outcome === "survived") console.log(`survived: ${mutant.line}: ${key(mutant)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => work(join(home, `job${job}`))));
} finally {
  if (existsSync(home)) rmSync(home, { recursive: true });
}
report();

function report(): void {
  const count = (outcome: Outcome) => [...outcomes.values()].filter((each) => each === outcome).length;
  const tried = outcomes.size - count("refused");
  const killed = count("killed") + count("hangs");
  const left = [...outcomes].filter(([, outcome]) => outcome === "survived").map(([mutant]) => key(mutant));
  const unknown = left.filter((each) => !survivors.some((known) => key(known) === each));
  console.log(
    `mutation: seed ${seed}: ${chosen.length} of ${all.length} mutants, ${count("refused")} refused by the compiler`,
  );
  console.log(
    `mutation: ${tried} tried, ${killed} killed (${count("hangs")} by time), ${left.length} survived`,
  );
  for (const each of unknown) console.log(`mutation: not in test/mutation/survivors.ts: ${each}`);
  process.exitCode = unknown.length > 0 || (chosen === all && killed < LEAST * tried) ? 1 : 0;
}
