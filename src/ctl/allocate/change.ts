// SPDX-License-Identifier: MIT
//
// Changes of the tables: lines that are added or removed, all others kept byte for byte.
import { join } from "node:path";
import { Option } from "commander";
import { Failure } from "../failure.js";
import type { RangeTable } from "../lines.js";
import type { TableFile } from "../lint/files.js";
import { Findings } from "../lint/findings.js";
import { plain } from "../output.js";
import type { Span } from "../spans.js";
import { paths } from "../tables.js";
import { withLocks } from "./locks.js";
import { type Replacement, replaceAll } from "./replace.js";
import { reportDone, reportPlan } from "./report.js";
import { tablesOf } from "./taken.js";

/** Options of the commands that change the tables. */
export interface ChangeOptions {
  root: string;
  dryRun?: true;
  json?: true;
  wait: string;
}

/** --dry-run. */
export function dryRunOption(): Option {
  return new Option("--dry-run", "show the change, and make none");
}

/** --wait. */
export function waitOption(): Option {
  return new Option("--wait <seconds>", "how long to wait for programs that change the files").default("60");
}

/** What is to be changed, and why. */
export interface Plan {
  owner: string;
  span: Span;
  changes: Replacement[];
  what: "added" | "removed";
}

/**
 * Works out changes to some tables and makes them, under the locks; or shows them as a diff, without a lock. Then says
 * so. What `plan` is given is all tables that are there.
 */
export function change(
  { root, dryRun, json, wait }: ChangeOptions,
  tables: readonly RangeTable[],
  plan: (files: TableFile[]) => Plan,
): void {
  const seconds = /^[0-9]{1,6}$/.test(wait) ? Number(wait) : undefined;
  if (seconds === undefined) throw new Failure(`--wait: '${plain(wait)}' is no number of seconds`);
  const findings = new Findings();
  if (dryRun) {
    reportPlan(plan(tablesOf(root, findings)), json);
    return;
  }
  const planned = withLocks(root, tables, seconds, () => {
    const planned = plan(tablesOf(root, findings));
    replaceAll(root, planned.changes);
    return planned;
  });
  reportDone(planned, json);
  warn(planned, findings);
}

/** What keeps the helpers from taking what has just been written to heart. */
function warn({ changes }: Plan, findings: Findings): void {
  for (const { file, text } of findings.sorted(changes.map(({ path }) => path))) {
    process.stderr.write(`usernsctl: ${plain(file)}: ${text}\n`);
    process.exitCode = 1;
  }
}

/** A table with one more line at its end. */
export function appended(
  root: string,
  files: readonly TableFile[],
  table: RangeTable,
  line: string,
): Replacement {
  const file = files.find((each) => each.table === table);
  const old = file?.bytes ?? Buffer.alloc(0);
  const isOpen = old.length > 0 && old[old.length - 1] !== 0x0a;
  const content = Buffer.concat([old, Buffer.from(`${isOpen ? "\n" : ""}${line}\n`)]);
  return { table, path: join(root, paths[table]), old, stats: file?.stats, content };
}

/** A table without the lines of these numbers, which count from 1. */
export function without({ table, path, bytes, stats }: TableFile, numbers: ReadonlySet<number>): Replacement {
  const lines = bytes.toString("latin1").split(/(?<=\n)/);
  const kept = lines.filter((_, i) => !numbers.has(i + 1));
  return { table, path, old: bytes, stats, content: Buffer.from(kept.join(""), "latin1") };
}
