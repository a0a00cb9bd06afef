// SPDX-License-Identifier: MIT
//
// Each privileged program, with file capabilities and setuid root, started by hostile callers in every way: it makes
// the right map, or says why not, ends with its status and makes none; it never hangs, crashes or leaves a part of a map.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tally } from "../stage/tally.js";
import { fault } from "./matrix-expect.js";
import { Matrix, type Mode, modes, type Program, programs, seed } from "./matrix-scene.js";
import { obstacle } from "./scene.js";

/** The rows of matrix.c, and what they are. */
const rows: Record<string, string> = {
  descriptors: "standard descriptors closed",
  crowd: "10,000 descriptors inherited",
  limits: "each limit at 0 and at 1",
  stack: "little stack",
  signals: "all signals blocked, or ignored",
  environment: "environments",
  arguments: "arguments",
  kill: "killed before each call",
  stop: "stopped before each call",
  left: "killed while its process is stopped",
  random: "killed, stopped at random",
  look: "looked into before each call",
  held: "its files held from before",
  core: "core dumps before each call",
  places: "other roots, other /proc",
  nnp: "no_new_privs",
  nested: "inside a user namespace",
  filters: "filters that fail one call each",
  target: "the target changes before each call",
  tables: "tables that are none, or change",
};

const columns = programs.flatMap((program) => modes.map((mode): [Program, Mode] => [program, mode]));
const counts = new Map<string, { tried: number; fell: number; before: number }>();

let matrix: Matrix;
beforeAll(async () => {
  if (!obstacle) matrix = await Matrix.open();
});
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

describe.each(columns)("%s, %s", (program, mode) => {
  it.each(Object.keys(rows))(
    "%s",
    async (row) => {
      const runs = await matrix.run(program, mode, [row]);
      const tried = runs.filter(({ outcome }) => outcome !== "not tried");
      const faults = runs.flatMap((run) => fault(program, run) ?? []);
      counts.set(`${row} ${program} ${mode}`, {
        tried: tried.length,
        fell: faults.length,
        before: tried.filter(({ outcome }) => outcome === "before main").length,
      });
      expect(faults).toEqual([]);
      expect(runs.length).toBeGreaterThan(0);
    },
    300_000,
  );
});

function table(): string {
  const width = Math.max(...Object.values(rows).map((what) => what.length));
  const head = ["", ...columns.map(([program, mode]) => `${program}${mode === "setuid root" ? " s" : " c"}`)];
  const lines = Object.entries(rows).map(([row, what]) => [
    what,
    ...columns.map(([program, mode]) => {
      const cell = counts.get(`${row} ${program} ${mode}`);
      return cell === undefined
        ? "-"
        : cell.fell > 0
          ? `${cell.tried}, ${cell.fell} FELL`
          : cell.tried > 0
            ? `${cell.tried}`
            : "-";
    }),
  ]);
  return [head, ...lines]
    .map(([what = "", ...cells]) => what.padEnd(width) + cells.map((cell) => cell.padStart(14)).join(""))
    .join("\n");
}

afterAll(async () => {
  if (obstacle) return;
  await matrix.stage.close();
  const all = [...counts.values()];
  const sum = (key: "tried" | "fell" | "before") => all.reduce((total, cell) => total + cell[key], 0);
  console.log(`hostile callers, runs with file capabilities (c) and setuid root (s):\n\n${table()}\n
${sum("before")} were ended by the kernel or the C library before main; the seed was HOSTILE_SEED=${seed}\n`);
  tally("hostile callers", sum("tried"), sum("tried") - sum("fell"), sum("fell"));
});
