// SPDX-License-Identifier: MIT

import type { CtlRow } from "./ctl.js";
import type { Row } from "./measure.js";
import type { MountRow } from "./mounts.js";
import type { RivalRow } from "./rivals.js";
import type { Program } from "./scene.js";
import type { Ratio, Time } from "./statistics.js";
import type { Target } from "./targets.js";

type Column<R> = [head: string, width: number, cell: (row: R) => string];

const times = ({ p50, p99 }: Time) => `${p50.toFixed(0)} / ${p99.toFixed(0)}`;
const share = ({ medians, pairs }: Ratio, digits: number) =>
  `${medians.toFixed(digits)} (${pairs.toFixed(digits)})`;

const columns: Column<Row>[] = [
  ["lines", 9, ({ lines }) => lines.toLocaleString("en")],
  ["names", 9, ({ alike }) => (alike ? "alike" : "different")],
  ["extents", 7, ({ extents }) => String(extents)],
  ["rounds", 6, ({ rounds }) => String(rounds)],
  ["tool", 9, ({ tool }) => tool],
  ["ours us", 15, ({ times: { ours } }) => times(ours)],
  ["shadow us", 17, ({ times: { shadow } }) => times(shadow)],
  ["floor us", 12, ({ times: { floor } }) => times(floor)],
  ["of shadow", 15, ({ ratios: { shadow } }) => share(shadow, 3)],
  ["of floor", 15, ({ ratios: { floor } }) => share(floor, 2)],
  ["peak KiB", 17, ({ peakKiB: { ours, shadow, floor } }) => `${ours} ${shadow} ${floor}`],
];

const rivalColumns: Column<RivalRow>[] = [
  ["rival", 39, ({ rival }) => rival],
  ["its helpers", 11, ({ helpers }) => helpers],
  ["rounds", 6, ({ rounds }) => String(rounds)],
  ["userns us", 15, ({ times: { userns } }) => times(userns)],
  ["rival us", 17, ({ times: { rival } }) => times(rival)],
  ["of the rival", 15, ({ ratio }) => share(ratio, 3)],
];

const mountColumns: Column<MountRow>[] = [
  ["rounds", 6, ({ rounds }) => String(rounds)],
  ["newfsidmap us", 15, ({ times: { ours } }) => times(ours)],
  ["floor us", 12, ({ times: { floor } }) => times(floor)],
  ["of floor", 15, ({ ratio }) => share(ratio, 2)],
];

const ctlColumns: Column<CtlRow>[] = [
  ["usernsctl", 12, ({ command }) => command],
  ["lines", 9, ({ lines }) => lines.toLocaleString("en")],
  ["rounds", 6, ({ rounds }) => String(rounds)],
  ["ours us", 17, ({ times: { ours } }) => times(ours)],
  ["node -e 0 us", 17, ({ times: { node } }) => times(node)],
  ["of node", 15, ({ ratio }) => share(ratio, 2)],
];

const heads = <R>(of: Column<R>[]) => of.map(([name, width]) => name.padStart(width)).join("  ");
const line = <R>(of: Column<R>[], row: R) =>
  of.map(([, width, cell]) => cell(row).padStart(width)).join("  ");

/** What the columns are, and their heads. */
export function head(): string {
  return [
    "Wall time of the whole program, p50 / p99; ours as a share of the others', by medians and (by pairs);",
    "peak memory of ours, shadow's and the floor. Each map was read back and is the one asked for.",
    "",
    heads(columns),
  ].join("\n");
}

/** One row of the table. */
export function tableLine(row: Row): string {
  return line(columns, row);
}

/** The same of the second part. */
export function rivalHead(): string {
  return [
    "`true` in a namespace with ranges: userns and, in turn, another that starts newuidmap and newgidmap.",
    "",
    heads(rivalColumns),
  ].join("\n");
}

/** One row of its table. */
export function rivalLine(row: RivalRow): string {
  return line(rivalColumns, row);
}

/** The third part, in one. */
export function mountLines(row: MountRow): string {
  return [
    "One tree bound: newfsidmap --bind and, in turn, the same mount made by root, unchecked and not locked.",
    "",
    heads(mountColumns),
    line(mountColumns, row),
  ].join("\n");
}

/** The fourth part, likewise. */
export function ctlLines(rows: CtlRow[]): string {
  return [
    "usernsctl with so many lines in each of the two tables and 10,000 users, and in turn a Node.js that does nothing.",
    "",
    heads(ctlColumns),
    ...rows.map((row) => line(ctlColumns, row)),
  ].join("\n");
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
