// SPDX-License-Identifier: MIT
//
// Where the name-service program meets real modules: a scene of files, laid over the machine's own in
// a private mount namespace (scene.sh), with libnss-extrausers and the plugins built from this folder.

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");

/** How a program ended and what it printed. */
export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** The uid and gid that unprivileged programs run under; no user database knows it. */
export const CALLER = 4242;

/** Why the tests cannot run here; undefined if they can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root for a private mount namespace";
  if (!existsSync("/var/lib/extrausers")) return "needs the package libnss-extrausers";
  if (!cLibrary()) return "needs glibc, whose modules are tested";
  return undefined;
}

/** The directory of the C library, where the loader looks for plugins. */
function cLibrary(): string | undefined {
  const file = /(\/\S+)\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "latin1"));
  return file?.[1];
}

/** Compiles one C file of the project, after `change`, to build/test/nss/`name`. */
export function compile(source: string, name: string, flags: string[] = [], change = (text: string) => text): string {
  const directory = join(root, "build/test/nss");
  const output = join(directory, name);
  mkdirSync(directory, { recursive: true });
  const args = ["-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
  execFileSync(process.env.CC ?? "cc", [...args, ...flags, "-x", "c", "-o", output, "-"], {
    input: change(readFileSync(join(root, source), "utf8")),
    stdio: ["pipe", "inherit", "inherit"],
  });
  return output;
}

/** Files of the scene, by their path below it; contents, or the path of a file to copy. */
export type Files = Record<string, string | { copyOf: string; mode: number }>;

/** A directory of files, and a way to run programs where they lie over the machine's own. */
export class Scene {
  readonly path = mkdtempSync(join(tmpdir(), "nss-scene-"));

  constructor(files: Files) {
    chmodSync(this.path, 0o755);
    for (const directory of ["etc", "lib", "extrausers"]) mkdirSync(join(this.path, directory));
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.path, name);
      if (typeof content === "string") {
        writeFileSync(path, content);
      } else {
        copyFileSync(content.copyOf, path);
        chmodSync(path, content.mode);
      }
    }
  }

  /** Runs a program as an unprivileged user with an empty environment; `shell` is what sh does before. */
  run(command: string[], shell = ""): Outcome {
    const caller = `setpriv --reuid=${CALLER} --regid=${CALLER} --clear-groups`;
    const { status, stdout, stderr, error } = spawnSync(
      "unshare",
      [
        ...["--mount", "sh", join(here, "scene.sh"), this.path, cLibrary() ?? "", "sh", "-c"],
        ...[`${shell}\nexec ${caller} env -i "$@"`, "sh", ...command],
      ],
      { encoding: "latin1", stdio: ["ignore", "pipe", "pipe"] },
    );
    if (error) throw error;
    return { status, stdout, stderr };
  }
}
