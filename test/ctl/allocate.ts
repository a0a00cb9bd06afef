// SPDX-License-Identifier: MIT
//
// A root directory for usernsctl free, add, remove and reserve, or a mount namespace with an /etc for them.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** The bundle. */
export const program = resolve("build/usernsctl/usernsctl.mjs");
/** Whether these tests run as root. */
export const isRoot = process.getuid?.() === 0;

/** What stands in /etc at first: alice has no range. */
export const files = {
  passwd: "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n",
  group: "root:x:0:\nalice:x:1000:\nbob:x:1001:\n",
  subuid: "# by hand\nbob:100000:65536\n",
  subgid: "bob:100000:65536\n",
} as const;

/** What came of a command. */
export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A root directory, made anew for each test. */
export class Root {
  path = "";

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), "allocate-"));
      mkdirSync(join(this.path, "etc"));
      for (const [name, text] of Object.entries(files)) this.put(name, text);
    });
    afterEach(() => rmSync(this.path, { recursive: true }));
  }

  etc(name: string): string {
    return join(this.path, "etc", name);
  }

  put(name: string, text: string): void {
    writeFileSync(this.etc(name), text);
  }

  text(name: string): string {
    return readFileSync(this.etc(name), "latin1");
  }

  /** The arguments of Node.js for a command on the directory. */
  argv(...args: string[]): string[] {
    return [program, ...args, "--root", this.path];
  }

  /** Runs a command on the directory, which is "DIR" in what it prints. */
  run(...args: string[]): Result {
    return this.spawn(process.execPath, ...this.argv(...args));
  }

  /** Runs a command where /etc is the directory's, in a mount namespace; `$usernsctl` stands for the program. */
  inside(script: string): Result {
    const bound = `mount --bind ${this.path}/etc /etc || exit 9\nusernsctl="${process.execPath} ${program}"\n${script}`;
    return this.spawn("unshare", "-m", "sh", "-c", bound);
  }

  /** Runs any command. */
  spawn(command: string, ...args: string[]): Result {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      encoding: "latin1",
      env: { PATH: process.env.PATH },
      // A command that waits for a pipe would wait for ever.
      timeout: 300_000,
    });
    if (error) throw error;
    return {
      status,
      stdout: stdout.replaceAll(this.path, "DIR"),
      stderr: stderr.replaceAll(this.path, "DIR"),
    };
  }
}

/** The result of a command that did it. */
export function done(stdout: string): Result {
  return { status: 0, stdout, stderr: "" };
}

/** The result of one that refuses. */
export function refused(stderr: string): Result {
  return { status: 1, stdout: "", stderr: `usernsctl: ${stderr}\n` };
}

/** The result of one that fails. */
export function failed(stderr: string): Result {
  return { status: 2, stdout: "", stderr: `usernsctl: ${stderr}\n` };
}

/** The result of an add to alice in both tables. */
export function bothAdded(range: string): Result {
  return done(`DIR/etc/subuid: added alice:${range}\nDIR/etc/subgid: added alice:${range}\n`);
}

/** Whether a command can be run here, as root. */
export function canRun(command: string, ...args: string[]): boolean {
  return isRoot && spawnSync(command, args).status === 0;
}

/** Whether mount namespaces can be made. */
export const canMount = canRun("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt");
