// SPDX-License-Identifier: MIT

import type { Row, Time } from "./measure.js";
import type { Program } from "./scene.js";
import type { Target } from "./targets.js";

type Column = [head: string, width: number, cell: (row: Row) => string];

const times = ({ p50, p99 }: Time) => `${p50.toFixed(0)} / ${p99.toFixed(0)}`;

const columns: Column[] = [
  ["lines", 9, ({ lines }) => lines.toLocaleString("en")],
  ["names", 9, ({ alike }) => (alike ? "alike" : "different")],
  ["extents", 7, ({ extents }) => String(extents)],
  ["rounds", 6, ({ rounds }) => String(rounds)],
  ["tool", 9, ({ tool }) => tool],
  ["ours us", 15, ({ times: { ours } }) => times(ours)],
  ["shadow us", 17, ({ times: { shadow } }) => times(shadow)],
  ["floor us", 12, ({ times: { floor } }) => times(floor)],
  ["of shadow", 15, ({ ratios: { shadow } }) => `${shadow.medians.toFixed(3)} (${shadow.pairs.toFixed(3)})`],
  ["of floor", 15, ({ ratios: { floor } }) => `${floor.medians.toFixed(2)} (${floor.pairs.toFixed(2)})`],
  ["peak KiB", 17, ({ peakKiB: { ours, shadow, floor } }) => `${ours} ${shadow} ${floor}`],
];

const line = (cells: string[]) => cells.map((cell, i) => cell.padStart((columns[i] as Column)[1])).join("  ");

/** What the columns are, and their heads. */
export function head(): string {
  return [
    "Wall time of the whole program, p50 / p99; ours as a share of the others', by medians and (by pairs);",
    "peak memory of ours, shadow's and the floor. Each map was read back and is the one asked for.",
    "",
    line(columns.map(([name]) => name)),
  ].join("\n");
}

/** One row of the table. */
export function tableLine(row: Row): string {
  return line(columns.map(([, , cell]) => cell(row)));
}

/** The sizes of the programs. */
export function sizes(programs: Program[]): string {
  return programs
    .map(({ subject, tool, bytes }) => `${subject} ${tool}: ${bytes.toLocaleString("en")} bytes`)
    .join("\n");
}

/** The targets, each met or not. */
export function targetLines(targets: Target[]): string {
  const rounded = (value: number) => (value < 10 ? value.toFixed(3) : value.toLocaleString("en"));
  const lines = targets.map(
    ({ what, limit, value, met }) =>
      `${what.padEnd(52)} at most ${rounded(limit).padStart(6)}: ${rounded(value).padStart(6)}  ${met ? "met" : "not met"}`,
  );
  return [...lines, `${targets.filter(({ met }) => met).length} of ${targets.length} targets met`].join("\n");
}
