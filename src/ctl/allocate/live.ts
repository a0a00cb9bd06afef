// SPDX-License-Identifier: MIT
//
// The ids that live user namespaces map. Everybody can read the maps of all processes.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { parseExtents } from "../ps/scan.js";
import type { Taken } from "./taken.js";

/** A map of so many ids is of a sandbox that has them all: it takes none from others. */
const ALL_IDS = 2 ** 31;

/** The ids that the user namespaces of processes map, but for our own. */
export function liveIds(): Taken[] {
  const taken: Taken[] = [];
  const own = linkOf("self");
  for (const side of ["uid", "gid"] as const) {
    const seen = new Set([""]);
    for (const pid of pids()) {
      const map = mapOf(pid, side);
      if (seen.has(map) || isOurs(pid, own)) continue;
      seen.add(map);
      taken.push(...idsOf(map, `mapped by process ${pid}`));
    }
  }
  return taken;
}

/** The processes that are to be seen: none in a root directory without /proc. */
function pids(): string[] {
  return existsSync("/proc") ? readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)) : [];
}

/** Our own namespace shows its map to us in ids of the one around it. Another's process does not tell where it is. */
function isOurs(pid: string, own: string): boolean {
  return linkOf(pid) === own;
}

function linkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return "";
  }
}

/** What the file says; "" if the process is gone. */
function mapOf(pid: string, side: "uid" | "gid"): string {
  try {
    return readFileSync(`/proc/${pid}/${side}_map`, "utf8");
  } catch {
    return "";
  }
}

function idsOf(map: string, what: string): Taken[] {
  const extents = parseExtents(map);
  if (extents.reduce((sum, { count }) => sum + count, 0) >= ALL_IDS) return [];
  return extents.map(({ outside, count }) => ({ start: outside, end: outside + count, what }));
}
