// SPDX-License-Identifier: MIT
//
// usernsctl add, killed before each system call that changes its files: each file is the old one or the new one.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canRun, done, files, program, Root } from "./allocate.js";

const here = new Root();
const tables = ["subuid", "subgid"] as const;
const canTrace = canRun("unshare", "-mpf", "--mount-proc", "strace", "-f", "true");
const KILLED = 137;

const before = { subuid: files.subuid, subgid: files.subgid };
const after = {
  subuid: `${files.subuid}alice:165536:65536\n`,
  subgid: `${files.subgid}alice:165536:65536\n`,
};

/** Lays everything as it is at first; FILE- is that of a change before. */
function lay(): void {
  for (const name of readdirSync(join(here.path, "etc"))) rmSync(here.etc(name));
  for (const [name, text] of Object.entries(files)) here.put(name, text);
  for (const table of tables) here.put(`${table}-`, "");
}

/** A system call on one of the files. */
interface Call {
  thread: string;
  name: string;
  line: string;
}

/** Runs a command in a pid namespace where /etc is the directory's. */
function bound(...command: string[]) {
  const script = `mount --bind ${here.path}/etc /etc || exit 9; "$@"; exit $?`;
  return here.spawn("unshare", "-mpf", "--mount-proc", "sh", "-c", script, "sh", ...command);
}

/** What add says there. */
const added = (range: string) =>
  done(`/etc/subuid: added alice:${range}\n/etc/subgid: added alice:${range}\n`);

/**
 * Runs add in a pid namespace, where it has the same process id each time; `inject` is what strace does to it, at calls
 * with one of the names in /etc or on what is open of them.
 */
function traced(
  names: readonly string[],
  inject: readonly string[],
): { calls: Call[]; status: number | null } {
  const log = join(here.path, "calls");
  const paths = ["", ...names].flatMap((name) => ["-P", join("/etc", name)]);
  const strace = ["strace", "-f", "-o", log, "-e", "trace=%file,%desc", ...paths, ...inject];
  const { status } = bound(...strace, process.execPath, program, "add", "alice");
  const lines = readFileSync(log, "latin1").split("\n");
  const calls = lines.flatMap((line) => {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    return thread && name ? [{ thread, name, line }] : [];
  });
  return { calls, status };
}

/** Whether a call changes nothing, so that before the next one all is as it was before this one. */
function onlyReads(line: string): boolean {
  return (
    /^\d+ +(statx|fstat|newfstatat|readlink|read|close|flistxattr|fgetxattr|lseek)\(/.test(line) ||
    / = -1 ENOENT/.test(line) ||
    (/^\d+ +openat\(/.test(line) && !line.includes("O_CREAT"))
  );
}

/** The names by which add makes changes in /etc, those with its process id among them. */
function namesUsed(): string[] {
  const log = join(here.path, "calls");
  const strace = ["strace", "-f", "-o", log, "-e", "trace=%file", process.execPath];
  expect(bound(...strace, program, "add", "alice")).toEqual(added("165536:65536"));
  const folder = "/etc/";
  const quoted = readFileSync(log, "latin1").matchAll(/"([^"]*)"/g);
  return [...new Set([...quoted].map(([, path = ""]) => path))]
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length))
    .filter((name) => /^(\.pwd\.lock|sub[ug]id.*)$/.test(name))
    .sort();
}

describe.skipIf(!canTrace)("usernsctl add (needs root, namespaces and strace)", () => {
  it("leaves the old file or the new one wherever it is killed, and the next one succeeds", () => {
    const names = namesUsed();
    const [own = ""] = names.flatMap((name) => /^subuid\.(\d+)$/.exec(name)?.[1] ?? []);
    const each = tables.flatMap((table) =>
      ["", "+", "-", `.${own}`, ".lock"].map((suffix) => `${table}${suffix}`),
    );
    expect(names).toEqual(expect.arrayContaining([".pwd.lock", ...each]));
    lay();
    const { calls } = traced(names, []);
    expect(new Set(calls.map(({ thread }) => thread)).size).toBe(1);
    const count = (name: string) => calls.filter((call) => call.name === name).length;
    // Two of FILE- and two of FILE; the contents of these and twice the folder; the locks.
    expect([count("rename"), count("fsync"), count("link")]).toEqual([4, 6, 2]);
    const seen = new Set<string>();
    const counts = new Map<string, number>();
    for (const { name, line } of calls) {
      const nth = (counts.get(name) ?? 0) + 1;
      counts.set(name, nth);
      if (onlyReads(line)) continue;
      lay();
      expect(traced(names, ["-e", `inject=${name}:signal=KILL:when=${nth}`]).status, line).toBe(KILLED);
      for (const table of tables) {
        expect([before[table], after[table]], line).toContain(here.text(table));
        // Shadow's programs write into FILE-: it must not be the file itself.
        expect(statSync(here.etc(`${table}-`)).ino, line).not.toBe(statSync(here.etc(table)).ino);
      }
      const texts = tables.map((table) => here.text(table));
      seen.add(tables.map((table, i) => (texts[i] === before[table] ? "old" : "new")).join(" "));
      // There, what the killed one has had as its id is that of a thread.
      expect(bound(process.execPath, program, "add", "alice", "900000:1"), line).toEqual(added("900000:1"));
      expect(tables.map((table) => here.text(table))).toEqual(texts.map((text) => `${text}alice:900000:1\n`));
      const left = readdirSync(join(here.path, "etc")).filter((name) => /(\.lock|\+)$/.test(name));
      expect(left, line).toEqual([".pwd.lock"]);
    }
    expect([...seen].sort()).toEqual(["new new", "new old", "old old"]);
  }, 600_000);
});
