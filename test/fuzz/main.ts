// SPDX-License-Identifier: MIT
//
// Fuzzes the programs one after the other, FUZZ_SECONDS in all; FUZZ_ONLY="newuidmap userns" names some of them.
// FUZZ_SEED repeats a run, as far as time lets it.
import { join } from "node:path";
import { seedOf } from "../model/seed.js";
import { root } from "../stage/build.js";
import { programs as all, fuzz } from "./fuzz.js";

const seed = seedOf("FUZZ_SEED");
const only = process.env.FUZZ_ONLY?.split(" ");
const programs = all.filter((program) => !only || only.includes(program));
const seconds = Math.ceil(Number(process.env.FUZZ_SECONDS ?? 3600) / programs.length);
let fell = 0;
for (const program of programs) {
  const { tried, judged, coverage, finding } = await fuzz(program, {
    build: join(root, "build/fuzz"),
    seed,
    limit: { seconds },
  });
  console.log(`${program}: ${tried} inputs, ${judged} judged by the model, ${coverage} edges`);
  if (finding === "") continue;
  fell++;
  console.log(finding);
}
console.log(`fuzz: ${programs.length} tried, ${programs.length - fell} held, ${fell} fell`);
process.exitCode = fell === 0 ? 0 : 1;
