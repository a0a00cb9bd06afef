// SPDX-License-Identifier: MIT
//
// The files that are looked at, and what is wrong with one as a whole.
import { readFileSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Refusal, Table } from "../../host.js";
import { readBelow, textBelow } from "../below.js";
import { Failure } from "../failure.js";
import { type RangeTable, subidSource } from "../lines.js";
import { plain } from "../output.js";
import { judge, paths } from "../tables.js";
import type { Findings } from "./findings.js";

/** A file of ranges. */
export interface TableFile {
  path: string;
  table: RangeTable;
  bytes: Buffer;
  /** What it was like when it was read, if that is one of the tables that programs read. */
  stats?: Stats;
}

const names: Readonly<Record<string, RangeTable>> = {
  subuid: Table.Subuid,
  subgid: Table.Subgid,
  usernamespaces: Table.Usernamespaces,
};

/** The tables below `root` that are there; notes what keeps the helpers from reading one. */
export function liveFiles(root: string, findings: Findings): TableFile[] {
  const files: TableFile[] = [];
  for (const table of Object.values(names)) {
    const path = join(root, paths[table]);
    const content = readBelow(root, paths[table]);
    if (!content) continue;
    const verdict = judge(content.stats);
    if (verdict === Refusal.NotRoots) refused(path, "it is not root's", findings);
    else if (verdict === Refusal.Writable) refused(path, "others than its owner can write it", findings);
    else if ((content.stats.mode & 0o004) === 0)
      findings.at(
        "warning",
        path,
        1,
        1,
        "not everybody can read it, and the helpers read it as their caller",
      );
    files.push({ path, table, ...content });
  }
  return files;
}

/** What nsswitch.conf has read in place of /etc/subuid and /etc/subgid; "" for nothing else. */
export function sourceOf(root: string): string {
  return subidSource(readBelow(root, paths[Table.Nsswitch])?.bytes ?? Buffer.alloc(0));
}

/** Our own plugin, as nsswitch.conf names it. */
export const OWN_PLUGIN = "usernamespaces";

/** Whether nsswitch.conf has programs ask our plugin, which is to the helpers what the files are. */
export function namesOwnPlugin(root: string): boolean {
  const text = textBelow(root, paths[Table.Nsswitch]);
  // Under another name it is a plugin to our reader too.
  return subidSource(Buffer.from(text.replaceAll(OWN_PLUGIN, `${OWN_PLUGIN}-`))) === `${OWN_PLUGIN}-`;
}

/** Notes tables of sub-ids that nobody reads, because nsswitch.conf names another source. */
export function checkSource(files: readonly TableFile[], root: string, findings: Findings): void {
  const source = sourceOf(root);
  if (source === "") return;
  for (const { path, table, bytes } of files) {
    if (table === Table.Usernamespaces || bytes.length === 0) continue;
    findings.at("warning", path, 1, 1, `this file is not read: nsswitch.conf says subid: ${plain(source)}`);
  }
}

function refused(path: string, why: string, findings: Findings): void {
  findings.at("error", path, 1, 1, `the helpers refuse this file: ${why}`);
}

/** A file that is named: what it is says its name, else its lines. */
export function namedFile(path: string): TableFile {
  const bytes = readBytes(path);
  const [word = ""] = basename(path).split(/[^a-z]/, 1);
  return { path, bytes, table: names[word] ?? tableBy(bytes) };
}

function readBytes(path: string): Buffer {
  try {
    if (!statSync(path).isFile()) throw new Failure(`cannot read ${path}: it is no regular file`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** By how many fields most lines have. */
function tableBy(bytes: Buffer): RangeTable {
  const fields = bytes
    .toString("latin1")
    .split("\n")
    .map((line) => line.split(":").length);
  const count = (wanted: number) => fields.filter((each) => each === wanted).length;
  return count(4) > count(3) ? Table.Usernamespaces : Table.Subuid;
}

/** Notes that the last line is not ended. */
export function checkEnd({ path, table, bytes }: TableFile, findings: Findings): void {
  const last = bytes[bytes.length - 1];
  if (last === undefined || last === 0x0a) return;
  let line = 1;
  let start = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, start)) {
    start = at + 1;
    line++;
  }
  const why =
    table === Table.Usernamespaces
      ? "what is appended would join this line"
      : "newer shadow refuses the whole file";
  findings.at("warning", path, line, bytes.length - start + 1, `no newline at the end: ${why}`);
}
