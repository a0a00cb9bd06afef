// SPDX-License-Identifier: MIT
//
// What is measured: the programs, the tables they read and the maps they are asked for.

import { statSync } from "node:fs";
import { join } from "node:path";
import { buildStatic, root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";
import { type Capability, type Case, defaultFiles, type Stage } from "../stage/stage.js";

export const tools = ["newuidmap", "newgidmap"] as const;
export type Tool = (typeof tools)[number];

export const subjects = ["ours", "shadow", "floor"] as const;
export type Subject = (typeof subjects)[number];

/** One program: where it comes from, and where the stage has it with its privilege. */
export interface Program {
  tool: Tool;
  subject: Subject;
  path: string;
  bytes: number;
}

export interface Setting {
  /** In the table, the caller's last. */
  lines: number;
  extents: number;
  /** Whether the other users' names begin with most of the caller's. */
  alike: boolean;
  rounds: number;
}

/** In an order that leaves each table in place as long as it is needed. */
export const settings: Setting[] = [
  { lines: 1, extents: 1, alike: false, rounds: 400 },
  { lines: 1, extents: 300, alike: false, rounds: 200 },
  { lines: 1000, extents: 1, alike: false, rounds: 200 },
  { lines: 1000, extents: 300, alike: false, rounds: 100 },
  { lines: 100_000, extents: 1, alike: false, rounds: 40 },
  { lines: 100_000, extents: 300, alike: false, rounds: 10 },
  { lines: 100_000, extents: 1, alike: true, rounds: 40 },
  { lines: 1_000_000, extents: 1, alike: false, rounds: 15 },
  { lines: 1_000_000, extents: 300, alike: false, rounds: 3 },
  { lines: 1_000_000, extents: 1, alike: true, rounds: 15 },
];

const uid = 1000;
const gid = 1000;
const granted = { start: 100_000, count: 65_536 };
const privilege: Record<Tool, Capability> = { newuidmap: "cap_setuid", newgidmap: "cap_setgid" };

/** Installs a program as its packager does: ours and the floor with a file capability, shadow's setuid root. */
export async function install(stage: Stage, tool: Tool, subject: Subject): Promise<Program> {
  const source = {
    ours: join(root, "build", tool),
    shadow: join(shadowPrograms(), tool),
    floor: join(root, "build", `floor-${tool}`),
  }[subject];
  const path = await stage.install(
    source,
    `${subject}-${tool}`,
    subject === "shadow" ? { setuid: true } : { caps: [privilege[tool]] },
  );
  return { tool, subject, path, bytes: statSync(source).size };
}

/** Installs the launcher that measures memory. */
export function installPeak(stage: Stage): Promise<string> {
  return stage.install(buildStatic("bench-peak", [join(root, "test/bench/peak.c")]), "peak");
}

function names({ lines, alike }: Setting): { caller: string; other: (index: number) => string } {
  const digits = (index: number) => String(index).padStart(7, "0");
  if (alike)
    return { caller: `alice-long-name-${digits(lines - 1)}`, other: (i) => `alice-long-name-${digits(i)}` };
  return { caller: "alice", other: (i) => `user${digits(i)}` };
}

/** Sets up the user database and both tables. */
export async function setUp(stage: Stage, setting: Setting): Promise<void> {
  const { caller, other } = names(setting);
  const others = Array.from(
    { length: setting.lines - 1 },
    (_, i) => `${other(i)}:${200_000 + 4000 * i}:4000\n`,
  );
  const table = `${others.join("")}${caller}:${granted.start}:${granted.count}\n`;
  const passwd = String(defaultFiles["/etc/passwd"]).replace(/^alice:/m, `${caller}:`);
  await stage.files({ "/etc/passwd": passwd, "/etc/subuid": table, "/etc/subgid": table });
}

/** The map that is asked for, as the kernel is to show it. Extents leave gaps, so that none can be combined. */
export function expectedMap({ extents }: Setting): string {
  if (extents === 1) return `0 ${granted.start} ${granted.count}`;
  return Array.from({ length: extents }, (_, i) => `${i} ${granted.start + 2 * i} 1`).join("\n");
}

/** The case that runs a program under a setting. */
export function caseOf({ tool, path }: Program, setting: Setting): Case {
  const argv = [tool, "$PID", ...expectedMap(setting).split(/\s/)];
  return { program: path, argv, caller: { uid, gid }, timeout: 60_000 };
}

/** The same through the launcher that measures memory. */
export function peakCaseOf(peak: string, program: Program, setting: Setting): Case {
  const argv = ["peak", String(uid), String(gid), program.path, ...caseOf(program, setting).argv.slice(1)];
  return { program: peak, argv, caller: { uid: 0, gid: 0 }, target: { uid, gid }, timeout: 60_000 };
}
