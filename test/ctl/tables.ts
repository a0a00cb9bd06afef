// SPDX-License-Identifier: MIT
//
// Tables below a root directory of their own, and usernsctl run on them.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The bundle. */
export const program = fileURLToPath(new URL("../../build/usernsctl/usernsctl.mjs", import.meta.url));

/** Why tables cannot be made as they have to be. */
export const unavailable = process.getuid?.() === 0 ? "" : "only root can have tables that are root's";

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

const people = {
  "etc/passwd": [
    "root:x:0:0::/root:/bin/sh",
    "daemon:x:1:1::/:/bin/false",
    "nobody:x:65534:65534::/:/bin/false",
    "alice:x:1000:1000::/home/alice:/bin/sh",
    "bob:x:1001:1001::/home/bob:/bin/sh",
    "2000:x:1002:1002::/home/digits:/bin/sh",
    "j\u00f6rg:x:1003:1003::/home/joerg:/bin/sh",
  ],
  "etc/group": ["root:x:0:", "daemon:x:1:", "video:x:44:alice", "alice:x:1000:", "bob:x:1001:"],
};

/** A directory with files, to be removed. */
export class Root {
  readonly path = mkdtempSync(join(tmpdir(), "usernsctl-"));

  /** @param files by their path; lists are lines. Users and groups are there unless others are given */
  constructor(files: Record<string, string | Buffer | readonly string[]>) {
    for (const [path, content] of Object.entries({ ...people, ...files })) this.write(path, content);
  }

  write(path: string, content: string | Buffer | readonly string[], mode = 0o644): void {
    const at = join(this.path, path);
    mkdirSync(dirname(at), { recursive: true });
    const isBytes = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(at, isBytes ? content : content.map((line) => `${line}\n`).join(""));
    chmodSync(at, mode);
  }

  /** Runs usernsctl with the directory as its root and its working directory. */
  run(command: string, ...args: string[]): Run {
    const words = [program, command, "--root", ".", ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: this.path,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Runs usernsctl on files that are removed again. */
export function run(files: ConstructorParameters<typeof Root>[0], command: string, ...args: string[]): Run {
  const root = new Root(files);
  try {
    return root.run(command, ...args);
  } finally {
    root.remove();
  }
}
