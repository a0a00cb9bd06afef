// SPDX-License-Identifier: MIT
//
// The ids that no new range may hold: those of all tables, of accounts, of live namespaces and by convention.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { containerIds, conventionsOf, LoginDefs } from "../conventions.js";
import { placeOf, readLines } from "../lines.js";
import { liveFiles, type TableFile } from "../lint/files.js";
import { Findings } from "../lint/findings.js";
import { plain } from "../output.js";
import { peopleOf } from "../people.js";
import type { Settings } from "../settings.js";
import type { Span } from "../spans.js";
import { systemIds } from "./accounts.js";

/** Ids [start, end) and whose they are. */
export interface Taken extends Span {
  what: string;
}

/** The tables below `root` that are there. */
export function tablesOf(root: string): TableFile[] {
  return liveFiles(root, new Findings());
}

/** All that is taken, but for what follows from the uid that is named. */
export function takenIds(
  root: string,
  files: readonly TableFile[],
  settings: Settings,
  uid?: number,
): Taken[] {
  const lines = files.flatMap(({ path, table, bytes }) => readLines(path, table, bytes));
  const { users, groups } = peopleOf(root);
  const defs = new LoginDefs(root);
  const account = (noun: string) => (each: { name: string; id: number }) => ({
    ...single(each.id),
    what: `the ${noun} of ${plain(each.name)}`,
  });
  return [
    // Also lines that do not count as they are: somebody meant these ids for somebody.
    ...lines
      .filter(({ start, end }) => start < end)
      .map((line) => ({ start: line.start, end: line.end, what: placeOf(line) })),
    ...users.listed.map(account("uid")),
    ...groups.listed.map(account("gid")),
    ...(root === "/" ? [...systemIds(), ...liveIds()] : []),
    ...conventionsOf("UID", defs),
    ...conventionsOf("GID", defs),
    ...slotsOfOthers(settings, uid),
    { ...single(0), what: "root" },
  ];
}

/** What systemd gives to containers: it lies in the midst of useradd's pool, and is the last to be taken from. */
export function avoidedIds(root: string): Taken[] {
  const containers = containerIds(root);
  return containers ? [containers] : [];
}

function single(id: number): Span {
  return { start: id, end: id + 1 };
}

function slotsOfOthers({ slots }: Settings, uid: number | undefined): Taken[] {
  if (!slots) return [];
  const { start, size, firstUid, lastUid } = slots;
  const of = (from: number, to: number) => ({
    start: start + (from - firstUid) * size,
    end: start + (to - firstUid) * size,
    what: "what useradd gives to other uids (SUB_UID_DETERMINISTIC)",
  });
  if (uid === undefined || uid < firstUid || uid > lastUid) return [of(firstUid, lastUid + 1)];
  return [of(firstUid, uid), of(uid + 1, lastUid + 1)].filter(({ start, end }) => start < end);
}

/** A map of so many ids is of a sandbox that has them all: it takes none from others. */
const ALL_IDS = 2 ** 31;

/** The ids that live user namespaces other than our own map. */
function liveIds(): Taken[] {
  const seen = new Set([link("self")]);
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => {
      const namespace = link(pid);
      if (seen.has(namespace)) return [];
      seen.add(namespace);
      return ["uid_map", "gid_map"].flatMap((map) => mapped(pid, map));
    });
}

/** The user namespace of a process; "" if it is gone, or not ours to ask about. */
function link(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return "";
  }
}

function mapped(pid: string, map: string): Taken[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/${map}`, "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
      return { start: outside, end: outside + count, what: `the ${map} of process ${pid}` };
    })
    .filter(({ start, end }) => end - start < ALL_IDS);
}
