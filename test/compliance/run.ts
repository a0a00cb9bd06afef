// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";
import { type Outcome, Stage } from "../stage/stage.js";
import type { Case, Result } from "./case.js";
import { fill, program, type Subject, type Tool, tablePath } from "./subject.js";

/**
 * A stage for cases: with our name-service program where a default installation has it, and unless it is
 * wanted without /dev/log, because a program that could log a refusal takes its time before it ends.
 */
export async function openStage({ log = false } = {}): Promise<Stage> {
  const stage = await Stage.start({ etc: "hermetic", overlays: ["/usr/local"] });
  const nss = join(root, "build/nss");
  if (existsSync(nss)) await stage.install(nss, "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
  if (!log) await stage.files({ "/dev/log": null });
  return stage;
}

/** The tools that a case is for. */
export function toolsOf(of: Case): Tool[] {
  return of.tool === "both" ? ["newuidmap", "newgidmap"] : [of.tool ?? "newuidmap"];
}

/** Runs a case on the stage. */
export async function play(stage: Stage, subject: Subject, of: Case, tool: Tool): Promise<Outcome> {
  const { args = "", to = "$PID", target = {} } = of;
  const table = of.table === undefined ? {} : { [tablePath(tool)]: of.table };
  await stage.only({ ...table, ...of.files });
  const path = await program(stage, subject, tool, of.installed ?? subject.installed);
  const words = typeof args === "string" ? args.split(" ").filter(Boolean) : args;
  const argv = of.argv?.map((word) => word.replace("$TOOL", tool)) ?? [tool, to, ...words];
  return stage.run({ program: path, argv, caller: { uid: 1000, gid: 1000, ...of.caller }, target });
}

/** What an outcome is compared by. */
export interface Seen {
  status: number;
  stdout: string;
  stderr: string;
  map: string;
  otherMap: string;
  setgroups: string;
}

/** What came of the case, in the table's terms. */
export function seen(outcome: Outcome, tool: Tool): Seen {
  const [map = "", otherMap = ""] =
    tool === "newuidmap" ? [outcome.uidMap, outcome.gidMap] : [outcome.gidMap, outcome.uidMap];
  if (outcome.timedOut) throw new Error("the program did not end");
  return {
    status: outcome.signal === 0 ? outcome.status : -outcome.signal,
    stdout: outcome.stdout,
    stderr: outcome.stderr,
    map,
    otherMap,
    setgroups: outcome.setgroups ?? "",
  };
}

/** What ought to come of it. */
export function wanted(result: Result, subject: Subject, of: Case, tool: Tool, pid: number): Seen {
  const { stderr = [], stdout = "", map = "" } = result;
  const gone = of.target?.end === "gone";
  const untouched = of.target?.namespaces === 0 ? "0 0 4294967295" : "";
  const otherMap = (tool === "newuidmap" ? of.target?.gidMap : of.target?.uidMap) ?? untouched;
  return {
    status: result.status ?? (stderr.length > 0 ? 1 : 0),
    stdout: fill(stdout, subject, tool, pid),
    stderr: stderr.map((line) => `${fill(line, subject, tool, pid)}\n`).join(""),
    map,
    otherMap,
    setgroups: gone ? "" : (result.setgroups ?? (of.target?.denySetgroups ? "deny" : "allow")),
  };
}
