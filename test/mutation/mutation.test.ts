// SPDX-License-Identifier: MIT
//
// A sample of what `make mutation` does in full. MUTATION_SEED repeats a run, MUTANTS sets its length.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { countOf } from "../model/seed.js";
import { tally } from "../stage/tally.js";
import { mutantsOf } from "./mutants.js";
import { survivors } from "./survivors.js";

const size = countOf("MUTANTS", 4);

it("the tests notice a sample of changes to the policy", { timeout: 600_000 }, () => {
  const env = { ...process.env, MUTANTS: String(size) };
  const { status, stdout } = spawnSync("node", ["test/mutation/run.js"], { env, encoding: "utf8" });
  process.stdout.write(stdout);
  const [, tried, killed, survived] =
    /(\d+) tried, (\d+) killed \(\d+ by time\), (\d+) survived/.exec(stdout) ?? [];
  tally(
    "mutants of the policy (a survivor that is listed with its reason fell, and is no failure)",
    Number(tried),
    Number(killed),
    Number(survived),
  );
  expect([stdout, status]).toEqual([stdout, 0]);
  expect(Number(tried)).toBeGreaterThan(0);
});

describe("the mutator", () => {
  const changes = (text: string) => mutantsOf("x.ts", text).map(({ was, becomes }) => `${was} -> ${becomes}`);

  it("changes one place at a time", () => {
    const text = "function f(a: u64): bool {\n  if (a < 2) b();\n  return !c;\n}\n";
    expect(changes(text)).toEqual([
      "a < 2 -> true",
      "a < 2 -> false",
      "< -> <=",
      "< -> >=",
      "2 -> 3",
      "b(); -> ;",
      "return !c; -> return true;",
      "return !c; -> return false;",
      "!c -> c",
    ]);
    expect(mutantsOf("x.ts", "if (a && b && c) d;\n").map(({ was, nth }) => [was, nth])).toEqual([
      ["a && b && c", 1],
      ["a && b && c", 1],
      ["&&", 1],
      ["&&", 2],
      ["d;", 1],
    ]);
    expect(mutantsOf("x.ts", text)[2]).toMatchObject({
      line: 2,
      at: "if (a < 2) b();",
      text: text.replace("<", "<="),
    });
  });

  it("leaves alone what cannot matter: the numbers of an enumeration, and types", () => {
    expect(changes("enum A { B = 0 }\nlet c: 1 | 2;\n")).toEqual([]);
  });
});

it("each survivor that is listed is a mutant", () => {
  const all = readdirSync("src/policy").flatMap((name) =>
    mutantsOf(`src/policy/${name}`, readFileSync(`src/policy/${name}`, "utf8")),
  );
  const gone = survivors.filter(
    (known) =>
      !all.some(
        (one) =>
          one.file === known.file &&
          one.at === known.at &&
          one.was === known.was &&
          one.becomes === known.becomes &&
          one.nth === (known.nth ?? 1),
      ),
  );
  expect(gone).toEqual([]);
});
