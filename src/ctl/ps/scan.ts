// SPDX-License-Identifier: MIT
//
// The user namespaces that processes live in, from /proc.
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { type Kind, kinds } from "../maps.js";
import { readText, unescaped } from "../people.js";
import { lineage } from "./ioctl.js";

/** A process in a namespace. */
export interface Process {
  pid: number;
  command: string;
}

/** A line of a map: ids [inside, inside + count) are [outside, outside + count) of this user namespace. */
export interface Extent {
  inside: number;
  outside: number;
  count: number;
}

/** A live user namespace. */
export interface Namespace {
  /** The inode of its file, by which tools name it. */
  id: number;
  /** The one around it, if that can be seen. */
  parent: number | undefined;
  /** The uid that made it, if that can be known. */
  owner: number | undefined;
  processes: Process[];
  /** Unknown where no process lives in it; empty where none is written yet. */
  maps: Record<Kind, Extent[]> | undefined;
  setgroups: string;
  /** What keeps it where no process lives in it: a mount of its file, or a process that has it open. */
  keptBy?: string | undefined;
}

/** All that can be seen. */
export interface Scan {
  /** The user namespace that it is seen from. */
  own: number;
  namespaces: Namespace[];
  /** How many processes live in other user namespaces that cannot be looked at. */
  hidden: number;
}

/** Looks at all processes. */
export function scan(): Scan {
  const found = new Map<number, Namespace>();
  const own = statSync("/proc/self/ns/user").ino;
  const ownMaps = rawMaps("self");
  let hidden = 0;
  const pids = readdirSync("/proc").filter((name) => /^[1-9][0-9]*$/.test(name));
  for (const pid of pids.sort((a, b) => Number(a) - Number(b))) {
    try {
      const id = idOf(pid);
      if (!found.has(id)) addLineage(found, `/proc/${pid}/ns/user`);
      const namespace = found.get(id);
      namespace?.processes.push({ pid: Number(pid), command: readText(`/proc/${pid}/comm`).trimEnd() });
      if (namespace) namespace.maps ??= mapsOf(pid);
      if (namespace?.setgroups === "") namespace.setgroups = readText(`/proc/${pid}/setgroups`).trimEnd();
    } catch (error) {
      // Another's process; its maps can be read all the same, and tell whether it is elsewhere. Others have ended.
      if ((error as NodeJS.ErrnoException).code === "EACCES" && rawMaps(pid) !== ownMaps) hidden++;
    }
  }
  addMounted(found);
  for (const pid of pids) addOpen(found, pid);
  return { own, namespaces: [...found.values()], hidden };
}

function idOf(pid: string): number {
  return Number(readlinkSync(`/proc/${pid}/ns/user`).replace(/\D/g, ""));
}

/** Adds the namespaces whose files are mounted here. */
function addMounted(found: Map<number, Namespace>): void {
  for (const line of readText("/proc/self/mountinfo").split("\n")) {
    const [, , , , point = ""] = line.split(" ");
    if (/^(\S+ ){3}user:\[/.test(line)) addKept(found, unescaped(point), unescaped(point));
  }
}

/** Adds the namespaces that a process has open. */
function addOpen(found: Map<number, Namespace>, pid: string): void {
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const link = `/proc/${pid}/fd/${name}`;
      if (readlinkSync(link).startsWith("user:[")) addKept(found, link, `process ${pid}`);
    }
  } catch {
    // Another's process, or one that has ended.
  }
}

function addKept(found: Map<number, Namespace>, link: string, keptBy: string): void {
  const { ino } = statSync(link);
  if (!found.has(ino)) addLineage(found, link);
  const namespace = found.get(ino);
  if (namespace?.processes.length === 0) namespace.keptBy ??= keptBy;
}

function addLineage(found: Map<number, Namespace>, link: string): void {
  const line = lineage(link);
  line.forEach(({ id, owner }, i) => {
    const parent = line[i + 1]?.id;
    if (found.has(id)) return;
    found.set(id, { id, parent, owner, processes: [], maps: undefined, setgroups: "" });
  });
}

function rawMaps(pid: string): string {
  try {
    return kinds.map((kind) => readFileSync(`/proc/${pid}/${kind}_map`, "utf8")).join("|");
  } catch {
    return "unreadable";
  }
}

function mapsOf(pid: string): Namespace["maps"] {
  try {
    const read = (kind: Kind) => parseExtents(readFileSync(`/proc/${pid}/${kind}_map`, "utf8"));
    return { uid: read("uid"), gid: read("gid") };
  } catch {
    return undefined;
  }
}

/** The lines of a map as the kernel prints them. */
export function parseExtents(text: string): Extent[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, outside, count };
  });
}
