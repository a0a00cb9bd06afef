// SPDX-License-Identifier: MIT
//
// The sweep that finds overlaps, against a comparison of each line with each. FC_SEED repeats a run.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Claim, Owners } from "../../src/ctl/claims.js";
import { readLines } from "../../src/ctl/lines.js";
import { Findings } from "../../src/ctl/lint/findings.js";
import { checkOverlaps } from "../../src/ctl/lint/overlaps.js";
import { People } from "../../src/ctl/people.js";
import { Table } from "../../src/host.js";
import { countOf, seedOf } from "../model/seed.js";

const nobody = new People("", undefined);
const line = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(40), fc.nat(12));

function claimsOf(text: string): Claim[] {
  const owners = new Owners(nobody);
  return readLines("subuid", Table.Subuid, Buffer.from(text)).flatMap((each) => owners.claim(each) ?? []);
}

/** How many pairs of lines of different owners share ids. */
function clashing(lines: readonly [number, number, number][]): number {
  const pairs = lines.flatMap((one, i) => lines.slice(0, i).map((other) => [one, other] as const));
  return pairs.filter(
    ([[uid, start, count], [other, from, length]]) =>
      uid !== other && Math.max(start, from) < Math.min(start + count, from + length),
  ).length;
}

it("counts each pair of lines of two owners that share ids", () => {
  const check = (lines: [number, number, number][]) => {
    const findings = new Findings();
    checkOverlaps(claimsOf(lines.map((each) => `${each.join(":")}\n`).join("")), findings);
    let counted = 0;
    for (const { line: number, severity, text } of findings.sorted(["subuid"])) {
      const found = text.match(
        /^(\d+)(?:-(\d+))? is granted to uid (\d+) too \(subuid:(\d+)\)(?: and (\d+) more lines?)?$/,
      );
      if (severity !== "error" || !found) continue;
      counted += 1 + Number(found[5] ?? 0);
      const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])];
      const other = Number(found[4]);
      expect(other).toBeLessThan(number);
      expect(lines[other - 1]?.[0]).toBe(Number(found[3]));
      for (const [, start, count] of [number, other].map(
        (each) => lines[each - 1] as [number, number, number],
      ))
        expect(start <= first && last < start + count).toBe(true);
    }
    expect(counted).toBe(clashing(lines));
  };
  fc.assert(fc.property(fc.array(line, { maxLength: 12 }), check), {
    seed: seedOf("FC_SEED"),
    numRuns: countOf("FC_COUNT", 1000),
  });
});
