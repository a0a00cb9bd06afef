// SPDX-License-Identifier: MIT
//
// The injector (inject.c) as the tests see it: runs of one program on a stage, each with another call that fails.
import { buildStatic } from "../stage/build.js";
import { command, runCommand } from "../stage/encode.js";
import type { Case, Stage } from "../stage/stage.js";
import { nameOf } from "./calls.js";

/** A program and what it is run on. */
export interface Run extends Case {
  /** The programs whose calls are made to fail, by the names of their files. */
  programs: string[];
  /** Where newfsidmap mounts: at a path in the mount namespace of a process. */
  place?: { inside: number; path: string };
  /** The descriptor that is a socket for newfsidmap to send a mount over. */
  socket?: number;
}

/** One system call of a run. */
export interface Call {
  /** The first process is "0", its second child "0.2". */
  process: string;
  /** The program that it executes. */
  program: string;
  number: number;
  /** Which of the process's calls of that number it is, from 1. */
  turn: number;
  name: string;
  /** The name, and the file or the number that it is about. */
  label: string;
}

/** What happens to a call: trace.h names the kinds. */
export interface Fault {
  call: Call;
  kind: "fail" | "fewer" | "answer" | "grow";
  value: number;
  /** The errno's name, or in words. */
  text: string;
}

/** What came of a run; an empty text stands for no map and no mount. */
export interface End {
  status: number;
  signal: number;
  hung: boolean;
  stdout: string;
  stderr: string;
  uidMap?: string;
  gidMap?: string;
  setgroups?: string;
  log: string;
  mount?: string;
  /** How many mounts the process has that is to get one, and the stage. */
  mounts?: [number, number];
  handed?: string;
}

interface Reply extends End {
  calls: [string, string, number, number, string][];
  injected: boolean;
}

const sources = [
  ...["inject", "trace", "names", "mounts"].map((name) => `test/faults/${name}.c`),
  ...["protocol", "request", "caller", "target"].map((name) => `test/stage/${name}.c`),
];

/** Installs the injector on a stage; returns its path there. */
export function install(stage: Stage): Promise<string> {
  return stage.install(buildStatic("faults-inject", sources), "inject");
}

function cell(run: Run, kind: string, fault?: Fault): string {
  const { programs, place, socket = 0, ...of } = run;
  const { call, value } = fault ?? { call: { process: "", number: -1, turn: 0 }, value: 0 };
  const first = command(
    "cell",
    ...[kind, call.process, call.number, call.turn, value, programs.join(" ")],
    ...[place?.inside ?? 0, place?.path ?? "", socket],
  );
  return `${first.slice(0, -1)}${runCommand({ timeout: 20_000, ...of }).slice("run".length)}`;
}

async function inject(stage: Stage, program: string, cells: string[]): Promise<Reply[]> {
  await stage.files({ "/tmp/cells": cells.join("") });
  const { status, stdout, stderr } = await stage.exec({
    argv: [program],
    caller: { uid: 0, gid: 0, stdin: "/tmp/cells" },
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(`the injector ended with ${status}: ${stderr}`);
  const replies = stdout.trimEnd().split("\n");
  if (replies.length !== cells.length)
    throw new Error(`${replies.length} of ${cells.length} runs: ${stderr}`);
  return replies.map((line) => JSON.parse(line) as Reply);
}

/** Names that differ from run to run, made the same. */
function normalised(text: string): string {
  return text
    .replace(/^\/proc\/[0-9]+/, "/proc/PID")
    .replace(/^\/memfd:(\w+) \(deleted\)$/, "$1")
    .replace(/:\[[0-9]*\]$/, "");
}

/** Calls whose first argument says what is done. */
const operations = ["prctl", "rt_sigaction", "ptrace", "rt_sigprocmask"];

function toCalls(told: Reply["calls"]): Call[] {
  const turns = new Map<string, number>();
  return told.map(([process, program, number, first, file]) => {
    const turn = (turns.get(`${process} ${number}`) ?? 0) + 1;
    turns.set(`${process} ${number}`, turn);
    const name = nameOf(number);
    const about = operations.includes(name) ? `${first}` : normalised(file);
    return { process, program, number, turn, name, label: about === "" ? name : `${name} ${about}` };
  });
}

/** All calls of an undisturbed run, and how it ended. */
export async function record(stage: Stage, program: string, run: Run): Promise<{ calls: Call[]; end: End }> {
  const [reply] = await inject(stage, program, [cell(run, "trace")]);
  const { calls, injected, ...end } = reply as Reply;
  return { calls: toCalls(calls), end };
}

/** Runs it once for each fault; null where the call was not reached. */
export async function runWith(
  stage: Stage,
  program: string,
  run: Run,
  faults: Fault[],
): Promise<(End | null)[]> {
  const replies = await inject(
    stage,
    program,
    faults.map((fault) => cell(run, fault.kind, fault)),
  );
  return replies.map(({ calls, injected, ...end }) => (injected ? end : null));
}
