// SPDX-License-Identifier: MIT
//
// The matrix of hostile callers: each privileged program, with each kind of privilege, in every row of matrix.c.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";
import { type Install, Stage } from "../stage/stage.js";
import { tables } from "./scene.js";

export const programs = ["newuidmap", "newgidmap", "userns", "newfsidmap"] as const;
export type Program = (typeof programs)[number];
export const modes = ["file capabilities", "setuid root"] as const;
export type Mode = (typeof modes)[number];

const capabilities: Record<Program, Install["caps"]> = {
  newuidmap: ["cap_setuid"],
  newgidmap: ["cap_setgid"],
  userns: ["cap_setuid", "cap_setgid"],
  newfsidmap: ["cap_sys_admin", "cap_setuid", "cap_setgid"],
};

/** What chooses the random runs, and how many there are: HOSTILE_COUNT and, of many calls, each HOSTILE_STRIDE-th. */
const settings = {
  HOSTILE_SEED: process.env.HOSTILE_SEED ?? String(Math.floor(Math.random() * 65536)),
  HOSTILE_COUNT: process.env.HOSTILE_COUNT ?? "20",
  HOSTILE_STRIDE: process.env.HOSTILE_STRIDE ?? "5",
};
export const seed = settings.HOSTILE_SEED;

/** One run: its case, how it ended and the first line of its message. */
export interface Run {
  row: string;
  name: string;
  outcome: string;
  message: string;
}

function build(name: string, sources: string[], flags: string[]): string {
  const program = join(root, "build", name);
  mkdirSync(join(root, "build"), { recursive: true });
  const newest = Math.max(...sources.map((source) => statSync(source).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return program;
  const own = `${program}.${process.pid}`;
  const warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
  const code = sources.filter((source) => source.endsWith(".c"));
  execFileSync(process.env.CC ?? "cc", ["-O2", "-static", ...warnings, ...flags, "-o", own, ...code], {
    stdio: "inherit",
  });
  renameSync(own, program);
  return program;
}

/** The stage of the matrix, with the programs in place. */
export class Matrix {
  private constructor(
    readonly stage: Stage,
    private readonly runner: string,
    private readonly helpers: string[],
  ) {}

  static async open(): Promise<Matrix> {
    const here = join(root, "test/hostile");
    const parts = readdirSync(here).filter((name) => /^matrix[a-z-]*\.[ch]$/.test(name));
    const sources = parts.filter((name) => name !== "matrix-probe.c").map((name) => join(here, name));
    const stage = await Stage.start({ etc: "hermetic" });
    // Without a log there is no pause after each refusal.
    await stage.files({ ...tables, "/dev/log": null });
    const probe = build("hostile-matrix-probe", [join(here, "matrix-probe.c")], ["-nostdlib"]);
    const matrix = new Matrix(stage, await stage.install(build("hostile-matrix", sources, []), "matrix"), [
      await stage.install(probe, "matrix-probe"),
      await stage.install("/bin/sleep", "matrix-unreadable", { mode: 0o711 }),
    ]);
    const subids = "alice:100000:65536\nalice:300000:65536\nbob:200000:65536\nroot:1:65536\n";
    await stage.files({ "/etc/subuid": subids, "/etc/subgid": subids });
    await matrix.root(
      "mkdir -p /tmp/matrix/tree /tmp/matrix/here /tmp/matrix/root; mkdir -m 777 /tmp/matrix/cores; echo base >/tmp/matrix/tree/base",
    );
    await matrix.root("chown -R 300000:300000 /tmp/matrix/tree");
    return matrix;
  }

  private async root(script: string): Promise<void> {
    const argv = ["/bin/sh", "-ec", script];
    const { status, stderr } = await this.stage.exec({ argv, caller: { uid: 0, gid: 0 } });
    if (status !== 0) throw new Error(stderr);
  }

  /** Runs rows for one program with one kind of privilege. */
  async run(program: Program, mode: Mode, rows: string[]): Promise<Run[]> {
    const how: Install = mode === "setuid root" ? { setuid: true } : { caps: capabilities[program] };
    const path = await this.stage.install(`build/${program}`, program, how);
    const argv = [this.runner, program, path, ...this.helpers, ...rows];
    const { status, stdout, stderr } = await this.stage.exec({
      argv,
      caller: { uid: 0, gid: 0, env: settings },
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(`${argv.join(" ")}: ${status}: ${stderr}\n${stdout}`);
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => {
        const [row, name, outcome, message] = line.split("\t") as [string, string, string, string];
        return { row, name, outcome, message };
      });
  }
}
