// SPDX-License-Identifier: MIT

import type { CtlRow } from "./ctl.js";
import type { Row } from "./measure.js";
import type { MountRow } from "./mounts.js";
import type { RivalRow } from "./rivals.js";
import type { Program } from "./scene.js";

export interface Target {
  what: string;
  limit: number;
  /** The worse of the two tools'. */
  value: number;
  met: boolean;
}

function target(what: string, limit: number, values: number[]): Target {
  const value = Math.max(...values);
  return { what, limit, value, met: values.length > 0 && value <= limit };
}

/** How much more memory a row's tables take than one line, for the same request. */
function growth(rows: Row[], { tool, extents, peakKiB }: Row): number {
  const small = rows.find((row) => row.tool === tool && row.lines === 1 && row.extents === extents) as Row;
  return peakKiB.ours - small.peakKiB.ours;
}

/** The figures that this project means to reach, beside those that it has. Times are compared by their medians. */
export function targets(
  rows: Row[],
  rivals: RivalRow[],
  mounts: MountRow,
  ctl: CtlRow[],
  programs: Program[],
): Target[] {
  const shadow = (chosen: (row: Row) => boolean) =>
    rows.filter(chosen).map((row) => row.ratios.shadow.medians);
  const first = rows.filter(({ lines, extents }) => lines === 1 && extents === 1);
  const large = (lines: number, alike: boolean) =>
    shadow((row) => row.extents === 1 && row.lines === lines && row.alike === alike);
  return [
    target(
      "1 line: time, of shadow's",
      0.28,
      first.map(({ ratios }) => ratios.shadow.medians),
    ),
    target(
      "1 line: time, of the floor's",
      1.35,
      first.map(({ ratios }) => ratios.floor.medians),
    ),
    target(
      "300 extents: time, of shadow's",
      0.7,
      shadow(({ extents }) => extents === 300),
    ),
    target("100,000 lines: time, of shadow's", 0.05, large(100_000, false)),
    target("100,000 lines, names alike: time, of shadow's", 0.05, large(100_000, true)),
    target("1,000,000 lines: time, of shadow's", 0.05, large(1_000_000, false)),
    target("1,000,000 lines, names alike: time, of shadow's", 0.05, large(1_000_000, true)),
    target(
      "1,000,000 lines: more peak memory than with 1, KiB",
      64,
      rows.filter(({ lines }) => lines === 1_000_000).map((row) => growth(rows, row)),
    ),
    target(
      "userns true: time, of unshare's (Debian's helpers)",
      0.5,
      rivals.slice(0, 1).map(({ ratio }) => ratio.medians),
    ),
    target("newfsidmap --bind: time, of the floor's", 5, [mounts.ratio.medians]),
    ...ctl.map(({ command, times, lines }) =>
      target(`usernsctl ${command}, ${lines.toLocaleString("en")} lines: seconds`, 1, [times.ours.p50 / 1e6]),
    ),
    target(
      "size of a program, bytes",
      80_000,
      programs.filter(({ subject }) => subject === "ours").map(({ bytes }) => bytes),
    ),
  ];
}
