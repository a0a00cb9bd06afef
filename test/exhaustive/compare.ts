// SPDX-License-Identifier: MIT
import type { Tool } from "../model/world.js";
import { Reference, verdictText } from "./reference.js";
import type { Space } from "./spaces.js";
import { Subject } from "./subject.js";
import type { SmallWorld } from "./world.js";

const tools: Tool[] = ["newuidmap", "newgidmap"];
/** More of them tell nothing new. */
const MOST_TOLD = 20;

/** How many verdicts were compared, and the first differences in words. */
export interface Result {
  verdicts: number;
  different: number;
  told: string[];
}

/** What they have worked out serves all tables of their worlds. */
const references = new Map<SmallWorld, Reference>();

function referenceOf(world: SmallWorld): Reference {
  const reference = references.get(world) ?? new Reference(world);
  references.set(world, reference);
  return reference;
}

/** Takes all decisions on some tables of a space twice. `build` is the folder of the libraries. */
export function compare(space: Space, numbers: Iterable<number>, build: string): Result {
  const reference = referenceOf(space.world);
  const subjects = tools.map((tool) => new Subject(tool, space.world, build));
  const result: Result = { verdicts: 0, different: 0, told: [] };
  for (const number of numbers) {
    const tables = space.tables(number);
    for (const subject of subjects)
      for (const person of space.world.people) {
        const got = subject.verdicts(person, tables);
        const wanted = reference.verdicts(subject.tool, person, tables);
        result.verdicts += got.length;
        if (got.equals(wanted)) continue;
        for (const [i, request] of reference.requests.entries()) {
          if (got[i] === wanted[i]) continue;
          result.different++;
          if (result.told.length === MOST_TOLD) continue;
          const asked = request
            .map(({ inside, outside, count }) => `${inside} ${outside} ${count}`)
            .join(" ");
          const who = `${subject.tool} of ${person.name}, ${asked}`;
          const [did, should] = [verdictText(got[i]), verdictText(wanted[i])];
          result.told.push(`${who}: ${did}; the model says: ${should}; with ${JSON.stringify(tables)}`);
        }
      }
  }
  return result;
}

/** Numbers of a space's tables, spread over it by the golden ratio. */
export function* spread({ size }: Space, count: number, seed: number): Generator<number> {
  for (let i = 0; i < count; i++) yield Math.floor(size * ((seed / 2 ** 31 + i * 0.6180339887498949) % 1));
}
