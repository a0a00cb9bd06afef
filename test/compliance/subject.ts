// SPDX-License-Identifier: MIT
//
// The programs that the table is run against. SUBJECT chooses: `ours` (the default; OURS may name another
// folder than build/, INSTALLED=setuid installs them setuid root, not with capabilities), `shadow`, which is
// Debian's 4.13, or `shadow420`, whose folder SHADOW420 has to name since no Debian 12 package has it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";
import type { Stage } from "../stage/stage.js";
import type { Case, Installed, Result } from "./case.js";

export type SubjectName = "ours" | "shadow" | "shadow420";
export type Tool = "newuidmap" | "newgidmap";

export interface Subject {
  name: SubjectName;
  /** The folder of the programs. */
  folder: string;
  installed: Installed;
  usage(tool: Tool): string;
  /** How a complaint about the owner of the target begins. */
  target(tool: Tool, pid: number): string;
  /** What the case wants of this subject. */
  expected(of: Case): Result;
}

const kindOf = (tool: Tool) => (tool === "newuidmap" ? "uid" : "gid");

function triples(tool: Tool): string {
  const kind = kindOf(tool);
  return `<${kind}> <lower${kind}> <count> [ <${kind}> <lower${kind}> <count> ] ... `;
}

function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const subjects: Record<SubjectName, () => Subject> = {
  ours: () => ({
    name: "ours",
    folder: process.env.OURS ?? join(root, "build"),
    installed: process.env.INSTALLED === "setuid" ? "setuid" : "caps",
    usage: (tool) => `usage: ${tool} [<pid>|fd:<pidfd>] ${triples(tool)}`,
    target: () => "Target process",
    expected: (of) => ({ ...of, stderr: [...(of.stderr ?? []), ...(of.explained ?? [])] }),
  }),
  shadow: () => ({
    name: "shadow",
    folder: shadowPrograms(),
    installed: "setuid",
    usage: (tool) => `usage: ${tool} <pid> ${triples(tool)}`,
    target: (tool, pid) => `Target ${tool === "newuidmap" ? "process " : ""}${pid}`,
    expected: (of) => of.shadow413 ?? of.shadow ?? of,
  }),
  shadow420: () => ({
    name: "shadow420",
    folder: environment("SHADOW420"),
    installed: "setuid",
    // The bracket of newgidmap's is wrong in the original.
    usage: (tool) =>
      `usage: ${tool} ${tool === "newuidmap" ? "[<pid>|fd:<pidfd>]" : "[<pid|fd:<pidfd>]"} ${triples(tool)}`,
    target: () => "Target process",
    expected: (of) => of.shadow420 ?? of.shadow ?? of,
  }),
};

/** The subject that SUBJECT names; throws with the reason if it is not to be had. */
export function chosenSubject(name = process.env.SUBJECT ?? "ours"): Subject {
  if (!Object.hasOwn(subjects, name)) throw new Error(`SUBJECT is ours, shadow or shadow420, not '${name}'`);
  const subject = subjects[name as SubjectName]();
  if (!existsSync(join(subject.folder, "newuidmap")))
    throw new Error(`there is no newuidmap of ${name}: build it first`);
  return subject;
}

const ownCapability = { newuidmap: "cap_setuid", newgidmap: "cap_setgid" } as const;
const otherCapability = { newuidmap: "cap_setgid", newgidmap: "cap_setuid" } as const;

const paths = new WeakMap<Stage, Map<string, Promise<string>>>();

/** The path of a program of the subject on the stage; it is put there at its first use. */
export function program(stage: Stage, subject: Subject, tool: Tool, installed: Installed): Promise<string> {
  const known = paths.get(stage) ?? new Map<string, Promise<string>>();
  paths.set(stage, known);
  const name = `${subject.name}-${installed.replace(" ", "-")}-${tool}`;
  const path = known.get(name) ?? install(stage, join(subject.folder, tool), name, tool, installed);
  known.set(name, path);
  return path;
}

function install(
  stage: Stage,
  source: string,
  name: string,
  tool: Tool,
  installed: Installed,
): Promise<string> {
  const caps = [installed === "other caps" ? otherCapability[tool] : ownCapability[tool]];
  return stage.install(source, name, {
    ...(installed.endsWith("caps") ? { caps } : {}),
    ...(installed.endsWith("setuid") ? { setuid: true } : {}),
    nosuid: installed.startsWith("nosuid"),
  });
}

/** Fills in what differs between the two tools, the subjects and the runs: $TOOL, $KIND, $CAP,
 * $PID, $USAGE and $TARGET. */
export function fill(text: string, subject: Subject, tool: Tool, pid: number): string {
  return text
    .replaceAll("$USAGE", subject.usage(tool))
    .replaceAll("$TARGET", subject.target(tool, pid))
    .replaceAll("$TOOL", tool)
    .replaceAll("$KIND", kindOf(tool))
    .replaceAll("$CAP", ownCapability[tool].toUpperCase())
    .replaceAll("$PID", String(pid));
}

/** The table of the tool's kind. */
export function tablePath(tool: Tool): string {
  return `/etc/sub${kindOf(tool)}`;
}
