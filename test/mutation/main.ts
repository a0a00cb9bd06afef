// SPDX-License-Identifier: MIT
//
// Changes the policy one place at a time and sees whether the tests notice. MUTANTS=N takes a sample of that many,
// MUTATION_SEED says which; MUTATION_ONLY those alone whose description holds that text; MUTATION_JOBS how many run
// at once. Status 0 if at least 95 % are killed and each survivor is a listed one.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { seedOf } from "../model/seed.js";
import { build } from "./build.js";
import { type Mutant, mutantsOf } from "./mutants.js";
import { type Survivor, survivors } from "./survivors.js";
import { stages, Tester } from "./tests.js";

const LEAST = 0.95;
const sources = readdirSync("src/policy").map((name) => `src/policy/${name}`);
const seed = seedOf("MUTATION_SEED");

const results = ["killed", "hangs", "refused", "survived"] as const;
/** What became of a mutant; `by` names the test that killed it. */
interface Outcome {
  result: (typeof results)[number];
  by?: string;
}

async function judge(mutant: Mutant, tester: Tester, limits: number[]): Promise<Outcome> {
  if (!(await build(tester.folder, mutant.file, mutant.text))) return { result: "refused" };
  for (const [stage, files] of stages.entries()) {
    const answer = await tester.run(files, limits[stage] ?? 0);
    if (answer === "hangs") return { result: "hangs" };
    if (answer.failed) return { result: "killed", by: answer.failed };
  }
  return { result: "survived" };
}

/** What each stage may take: three times what it takes on what is not changed, which it has to be content with. */
async function measure(tester: Tester): Promise<number[]> {
  const file = sources[0] ?? "";
  if (!(await build(tester.folder, file, readFileSync(file, "utf8"))))
    throw new Error("the programs do not compile");
  const limits: number[] = [];
  for (const files of stages) {
    const before = tester.time();
    const answer = await tester.run(files, 600);
    if (answer === "hangs" || answer.failed)
      throw new Error(`the tests fail without a change: ${answer === "hangs" ? answer : answer.failed}`);
    limits.push(3 * (tester.time() - before));
  }
  tester.end();
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

const key = ({ file, at, was, becomes, nth = 1 }: Omit<Survivor, "why">) =>
  `${file}: ${at}: ${was} -> ${becomes}${nth > 1 ? ` (${nth})` : ""}`;

const only = process.env.MUTATION_ONLY ?? "";
const every = sources.flatMap((file) => mutantsOf(file, readFileSync(file, "utf8")));
const all = only ? every.filter((mutant) => key(mutant).includes(only)) : every;
const wanted = Number(process.env.MUTANTS ?? all.length);
const chosen = wanted < all.length ? sample(all, wanted) : all;
const jobs = Number(process.env.MUTATION_JOBS ?? cpus().length);
const home = mkdtempSync(join(tmpdir(), "mutants-"));
const outcomes = new Map<Mutant, Outcome>();
try {
  const limits = await measure(new Tester(join(home, "unchanged")));
  const queue = [...chosen];
  const work = async (tester: Tester) => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const outcome = await judge(mutant, tester, limits);
      outcomes.set(mutant, outcome);
      const by = outcome.by ? `: by ${outcome.by}` : "";
      console.log(`${outcome.result}: ${mutant.line}: ${key(mutant)}${by}`);
    }
    tester.end();
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => work(new Tester(join(home, `job${job}`)))));
} finally {
  if (existsSync(home)) rmSync(home, { recursive: true });
}
report();

/** How many of each result, of one source or of all. */
function countsOf(file?: string): Record<Outcome["result"], number> {
  const counts = { killed: 0, hangs: 0, refused: 0, survived: 0 };
  for (const [mutant, { result }] of outcomes) if (!file || mutant.file === file) counts[result]++;
  return counts;
}

function table(): string {
  const row = (name: string, cells: (string | number)[]) =>
    name.padEnd(26) + cells.map((cell) => String(cell).padStart(10)).join("");
  const counted = (name: string, counts: ReturnType<typeof countsOf>) =>
    row(
      name,
      results.map((result) => counts[result]),
    );
  const files = sources.filter((file) => chosen.some((mutant) => mutant.file === file));
  return [
    row("", [...results]),
    ...files.map((file) => counted(file, countsOf(file))),
    counted("all", countsOf()),
  ].join("\n");
}

function report(): void {
  const counts = countsOf();
  const tried = outcomes.size - counts.refused;
  const killed = counts.killed + counts.hangs;
  const left = [...outcomes].filter(([, { result }]) => result === "survived").map(([mutant]) => key(mutant));
  const unknown = left.filter((each) => !survivors.some((known) => key(known) === each));
  console.log(`\n${table()}\n`);
  console.log(
    `mutation: seed ${seed}: ${chosen.length} of ${every.length} mutants, ${counts.refused} refused by the compiler`,
  );
  console.log(
    `mutation: ${tried} tried, ${killed} killed (${counts.hangs} by time), ${left.length} survived`,
  );
  for (const each of unknown) console.log(`mutation: not in test/mutation/survivors.ts: ${each}`);
  process.exitCode = unknown.length > 0 || (chosen === every && killed < LEAST * tried) ? 1 : 0;
}
