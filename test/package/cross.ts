// SPDX-License-Identifier: MIT
//
// Programs of another machine's, run by qemu's emulation of its user mode: their system calls are those of this
// kernel. What privilege a program would have been installed with the emulator has.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Case } from "../compliance/case.js";
import { type Tool, tablePath } from "../compliance/subject.js";
import type { Outcome, Stage } from "../stage/stage.js";

export const compiler = "aarch64-linux-gnu-gcc";
export const emulator = "qemu-aarch64-static";

function find(program: string): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, program));
  return places.find((path) => existsSync(path));
}

/** Why nothing can be built for, or run as on, the other machine; undefined if it can. */
export function unavailable(): string | undefined {
  const missing = [compiler, emulator].filter((program) => !find(program));
  return missing.length === 0 ? undefined : `${missing.join(" and ")} missing`;
}

const capability = { newuidmap: "cap_setuid", newgidmap: "cap_setgid" } as const;

/** The emulator on the stage, with the capability of each tool, and the tools of a folder. */
export async function install(stage: Stage, folder: string): Promise<void> {
  for (const tool of ["newuidmap", "newgidmap"] as const) {
    await stage.install(find(emulator) as string, `emulated-${tool}`, { caps: [capability[tool]] });
    await stage.install(join(folder, tool), tool);
  }
}

/** Runs a case of the compliance table on the stage. */
export async function play(stage: Stage, of: Case, tool: Tool): Promise<Outcome> {
  const { args = "", to = "$PID", target = {} } = of;
  const table = of.table === undefined ? {} : { [tablePath(tool)]: of.table };
  await stage.only({ ...table, ...of.files });
  const words = typeof args === "string" ? args.split(" ").filter(Boolean) : args;
  const [zeroth = "", ...rest] = of.argv?.map((word) => word.replace("$TOOL", tool)) ?? [tool, to, ...words];
  const argv = [emulator, "-0", zeroth, `/mnt/programs/${tool}`, ...rest];
  const caller = { uid: 1000, gid: 1000, ...of.caller };
  return stage.run({ program: `/mnt/programs/emulated-${tool}`, argv, caller, target });
}

/** What the emulator lacks, and the cases that take it: without it our programs refuse, or restrict, more. */
const lacking: Record<string, string[]> = {
  // openat2, without which a descriptor of the caller's is not taken.
  "fd:N": [
    "a directory of a process",
    "with O_DIRECTORY",
    "with O_PATH",
    "of a thread",
    "of a thread, with O_PATH",
    "number 0",
    "a large number",
    "/proc itself",
    "the list of its threads",
    "its descriptors",
    "a process of another user",
  ],
  // execveat, by which the name-service program is started.
  "owners of lines": [
    "a caller whom passwd does not know",
    "no passwd",
    "a caller in a bad line of passwd alone",
    "a login name that begins with a minus",
    "a login name that begins with a plus",
  ],
  "the source of sub-ids in nsswitch.conf": ["a plugin that is not there"],
  "grants of /etc/usernamespaces": [
    "a slice for a member of a group",
    "a group id for a group's members",
    "a group id for those whose primary group it is",
  ],
  "restrictions of /etc/usernamespaces": ["deny-setgroups of a group that the caller is not in"],
  "broken lines of /etc/usernamespaces": [
    "a broken line of a group that the caller is not in",
    "a broken line of a group that the caller is in",
  ],
  // A thread of the emulator's own.
  "the caller's surroundings": ["no process more"],
};

/** Whether the emulator has all that a case takes. */
export function isWhole(topic: string, of: Case): boolean {
  return !lacking[topic]?.includes(of.name);
}
