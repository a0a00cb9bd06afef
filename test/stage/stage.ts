// SPDX-License-Identifier: MIT
//
// The test stage, as tests see it: a process that runs as root in mount and pid namespaces of its own
// (see stage.c) and does there what it is told, one command a line (see protocol.h).

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { buildStage, root } from "./build.js";
import { command, copyCommand, fileCommand, outcome, runCommand } from "./encode.js";
import type { Case, File, Install, Outcome } from "./types.js";

export * from "./types.js";

/** The files of a hermetic /etc, unless a test says otherwise. */
export const defaultFiles: Readonly<Record<string, File>> = {
  "/etc/passwd": `${[
    "root:x:0:0:root:/root:/bin/sh",
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
    "alice:x:1000:1000::/home/alice:/bin/sh",
    "bob:x:1001:1001::/home/bob:/bin/sh",
    "carol:x:1002:1002::/home/carol:/bin/sh",
  ].join("\n")}\n`,
  "/etc/group": "root:x:0:\nvideo:x:44:alice\nusers:x:100:\nalice:x:1000:\nbob:x:1001:\ncarol:x:1002:\n",
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\n",
  "/etc/login.defs": "",
  "/etc/subuid": "",
  "/etc/subgid": "",
};

export interface StageOptions {
  /**
   * What the private /etc is: `hermetic` holds the files that the tests name and `defaultFiles`, no others,
   * and comes with a plain /dev whose /dev/log the stage reads; `overlay` begins as the machine's.
   */
  etc: "hermetic" | "overlay";
  /** More directories of which the stage gets a private copy-on-write view, to put programs and files there. */
  overlays?: string[];
}

interface Waiting {
  resolve(reply: Record<string, unknown>): void;
  reject(error: Error): void;
}

// What the stage keeps of its own lies under its private mount, which scene.h calls STAGE_ROOT.
const programs = "/mnt/programs";
const nosuidPrograms = "/mnt/nosuid";

export class Stage {
  #process: ChildProcessWithoutNullStreams;
  #waiting: Waiting[] = [];
  #input = "";
  #complaint = "";
  #ended: Error | undefined;
  #private = ["/tmp", "/etc", "/mnt"];
  #files = new Map<string, File>();
  #made = new Set<string>();
  #hermetic = false;

  private constructor(program: string) {
    // From the root of the checkout: relative paths reach it even when a private /tmp lies over it.
    this.#process = spawn(program, { cwd: root, env: {} });
    this.#process.stdout.setEncoding("latin1").on("data", (text: string) => this.#hear(text));
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint += text;
    });
    this.#process.stdin.on("error", () => {});
    this.#process.on("error", (error) => this.#end(error));
    this.#process.on("close", () => this.#end(new Error(this.#complaint.trim() || "the stage has ended")));
    this.#waiting.push({ resolve: () => {}, reject: () => {} });
  }

  /** Why the stage cannot run here, for tests to be skipped with; undefined if it can. */
  static async unavailable(): Promise<string | undefined> {
    if (process.getuid?.() !== 0) return "the test stage needs root";
    try {
      const stage = await Stage.start({ etc: "hermetic" });
      await stage.close();
      return undefined;
    } catch (error) {
      return `the test stage cannot run: ${(error as Error).message}`;
    }
  }

  static async start(options: StageOptions): Promise<Stage> {
    const stage = new Stage(buildStage());
    try {
      await stage.#setUp(options);
    } catch (error) {
      stage.#process.kill("SIGKILL");
      throw error;
    }
    return stage;
  }

  async #setUp({ etc, overlays = [] }: StageOptions): Promise<void> {
    const directory: File = { directory: true };
    await Promise.all([
      this.#send(fileCommand(programs, directory)),
      this.#send(fileCommand(nosuidPrograms, directory)),
      this.#send(command("tmpfs", nosuidPrograms, "mode=755", "nosuid")),
      this.#send(command("tmpfs", "/tmp", "mode=1777", "suid")),
      ...overlays.map((path) => this.overlay(path)),
    ]);
    this.#hermetic = etc === "hermetic";
    if (this.#hermetic) {
      await Promise.all([
        this.#send(command("tmpfs", "/etc", "mode=755", "suid")),
        this.#send(command("dev")),
      ]);
      await this.only({});
    } else {
      await this.overlay("/etc");
    }
  }

  /** Gives the stage a private copy-on-write view of a directory of the machine. */
  async overlay(path: string): Promise<void> {
    await this.#send(command("overlay", path));
    this.#private.push(path);
  }

  /** Gives the stage an empty private directory instead of one of the machine's; options as of mount(8). */
  async tmpfs(path: string, options = "mode=755"): Promise<void> {
    await this.#send(command("tmpfs", path, options, "suid"));
    this.#private.push(path);
  }

  /** Shows a file or directory at the place of another. */
  async bind(source: string, path: string): Promise<void> {
    await this.#send(command("bind", source, path));
  }

  /** Sets files up; they stay until they are changed. Every path must lie in a private directory. */
  async files(files: Record<string, File>): Promise<void> {
    const changed = Object.entries(files).filter(([path, file]) => !same(this.#files.get(path), file));
    for (const [path, file] of changed) this.#files.set(path, file);
    await Promise.all(changed.map(([path, file]) => this.#send(fileCommand(path, file))));
  }

  /** Like files, and every other file set up so far is gone, or in a hermetic /etc as in `defaultFiles`. */
  async only(files: Record<string, File>): Promise<void> {
    const wanted = { ...(this.#hermetic ? defaultFiles : {}), ...files };
    // What lies deeper goes first, so that no directory is full when it is its turn.
    const gone = [...this.#files.keys()]
      .filter((path) => !(path in wanted))
      .sort((a, b) => b.length - a.length);
    await Promise.all([this.files(Object.fromEntries(gone.map((path) => [path, null]))), this.files(wanted)]);
  }

  /**
   * Copies a program of the machine, or of the checkout, and returns the path to execute. A destination
   * without a slash goes to a directory of the stage's own; one in a private directory is copied there;
   * over any other, which must exist, the copy is bound. The stage sees no files of the machine's /tmp.
   */
  async install(source: string, destination: string, options: Install = {}): Promise<string> {
    const from = isAbsolute(source) ? relative(root, source) : source;
    const own = join(options.nosuid ? nosuidPrograms : programs, basename(destination));
    if (!isAbsolute(destination)) {
      await this.#send(copyCommand(from, own, options));
      return own;
    }
    if (this.#private.some((path) => destination.startsWith(`${path}/`)) && !options.nosuid) {
      await this.#makeParents(dirname(destination));
      await this.#send(copyCommand(from, destination, options));
    } else {
      await this.#send(copyCommand(from, own, options));
      await this.bind(own, destination);
    }
    return destination;
  }

  async #makeParents(path: string): Promise<void> {
    if (existsSync(path) || this.#made.has(path) || this.#private.includes(path)) return;
    await this.#makeParents(dirname(path));
    this.#made.add(path);
    await this.#send(fileCommand(path, { directory: true }));
  }

  /** Runs a case. Cases may be sent without waiting for the one before: they are run in order. */
  async run(of: Case): Promise<Outcome> {
    return outcome(await this.#send(runCommand(of)));
  }

  /** Runs a program without a target, with a minute's time unless the case says otherwise. */
  async exec(of: Case): Promise<Outcome> {
    return this.run({ timeout: 60_000, ...of, target: null });
  }

  /** Runs the cases in turn, `rounds` times, back to back: for measurements in pairs. */
  async alternate(rounds: number, cases: Case[]): Promise<Outcome[][]> {
    const lines = cases.map(runCommand);
    const replies = Array.from({ length: rounds }, () => lines.map((line) => this.#send(line)));
    const outcomes = await Promise.all(replies.map((round) => Promise.all(round)));
    return cases.map((_, i) => outcomes.map((round) => outcome(round[i] as Record<string, unknown>)));
  }

  /** Ends the stage and everything that still runs in it. */
  async close(): Promise<void> {
    const ended = new Promise((closed) => this.#process.once("close", closed));
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.stdin.end();
    await ended;
  }

  #send(line: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(line);
    });
  }

  #hear(text: string): void {
    const lines = (this.#input + text).split("\n");
    this.#input = lines.pop() as string;
    for (const line of lines) {
      const reply = JSON.parse(line) as Record<string, unknown>;
      const waiting = this.#waiting.shift();
      if (typeof reply.error === "string") waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply);
    }
  }

  #end(error: Error): void {
    this.#ended = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}

function same(one: File | undefined, other: File): boolean {
  return one !== undefined && (one === other || JSON.stringify(one) === JSON.stringify(other));
}
