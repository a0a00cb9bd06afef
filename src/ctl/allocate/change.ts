// SPDX-License-Identifier: MIT
//
// Changes of the tables: lines that are added or removed, all others kept byte for byte.
import { join } from "node:path";
import { Option } from "commander";
import type { RangeTable } from "../lines.js";
import type { TableFile } from "../lint/files.js";
import { plain } from "../output.js";
import { paths } from "../tables.js";
import { unifiedDiff } from "./diff.js";
import { withLocks } from "./locks.js";
import { type Replacement, replaceAll } from "./replace.js";
import { tablesOf } from "./taken.js";

/** A new content of a table; the old one is empty where there is no file. */
export interface Change extends Replacement {
  old: Buffer;
}

/** Options of the commands that change the tables. */
export interface ChangeOptions {
  root: string;
  dryRun?: true;
}

/** --dry-run. */
export function dryRunOption(): Option {
  return new Option("--dry-run", "show the change, and make none");
}

/**
 * Works out changes to some tables and makes them, under the locks; or shows them as a diff, without a lock.
 * What `plan` is given is all tables that are there.
 */
export function change<T extends { changes: Change[] }>(
  { root, dryRun }: ChangeOptions,
  tables: readonly RangeTable[],
  plan: (files: TableFile[]) => T,
): T {
  if (dryRun) {
    const planned = plan(tablesOf(root));
    for (const each of planned.changes) show(unifiedDiff(each.path, each.old, each.content));
    return planned;
  }
  const files = tables.map((table) => join(root, paths[table]));
  return withLocks(root, files, () => {
    const planned = plan(tablesOf(root));
    replaceAll(planned.changes);
    return planned;
  });
}

/** The bytes as they are; a terminal gets what does not command it. */
function show(diff: Buffer): void {
  if (!process.stdout.isTTY) process.stdout.write(diff);
  else for (const line of diff.toString().split("\n").slice(0, -1)) process.stdout.write(`${plain(line)}\n`);
}

/** A table with one more line at its end. */
export function appended(root: string, files: readonly TableFile[], table: RangeTable, line: string): Change {
  const { path, old } = contentOf(root, files, table);
  const isOpen = old.length > 0 && old[old.length - 1] !== 0x0a;
  return { path, old, content: Buffer.concat([old, Buffer.from(`${isOpen ? "\n" : ""}${line}\n`)]) };
}

/** A table without the lines of these numbers, which count from 1. */
export function without({ path, bytes }: TableFile, numbers: ReadonlySet<number>): Change {
  const lines = bytes.toString("latin1").split(/(?<=\n)/);
  const kept = lines.filter((_, i) => !numbers.has(i + 1));
  return { path, old: bytes, content: Buffer.from(kept.join(""), "latin1") };
}

function contentOf(
  root: string,
  files: readonly TableFile[],
  table: RangeTable,
): { path: string; old: Buffer } {
  const file = files.find((each) => each.table === table);
  return { path: join(root, paths[table]), old: file?.bytes ?? Buffer.alloc(0) };
}
