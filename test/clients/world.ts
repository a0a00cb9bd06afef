// SPDX-License-Identifier: MIT
// Runs real programs that call newuidmap and newgidmap, in a private world where those two are the ones under test.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";
import { root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";

/** How the two programs get their privilege. */
export type Install = "capabilities" | "setuid";

export type Result = { status: number | null; stdout: string; stderr: string };

/** The directory that newuidmap and newgidmap are taken from: ours, or with SUBJECT=shadow Debian's. */
export const programs = process.env.SUBJECT === "shadow" ? shadowPrograms() : join(root, "build");

const worldScript = fileURLToPath(new URL("world.sh", import.meta.url));
const timeout = 60_000;

/** A world with the programs under test, installed in one of the two ways. */
export class World {
  constructor(readonly install: Install) {}

  /** Runs a shell script as the user, in the user's home directory. */
  run(user: "alice" | "root", script: string): Result {
    const { status, stdout, stderr, error } = spawnSync(
      "sh",
      [worldScript, programs, this.install, user, script],
      {
        encoding: "utf8",
        killSignal: "SIGKILL",
        stdio: ["ignore", "pipe", "pipe"],
        timeout,
      },
    );
    if (error) throw error;
    return { status, stdout, stderr };
  }
}

function whyNot(clients: string[]): string | undefined {
  if (process.getuid?.() !== 0) return "only root can make a private world";
  const path = (process.env.PATH ?? "").split(delimiter);
  const missing = [...clients, "busybox"].filter((name) => !path.some((dir) => existsSync(join(dir, name))));
  return missing.length > 0 ? `not installed: ${missing.join(", ")}` : undefined;
}

/** Declares a test that runs once for each way to install the programs, in a new world each time. */
export function eachInstall(name: string, clients: string[], check: (world: World) => void): void {
  describe.each<Install>(["capabilities", "setuid"])("%s", (install) => {
    test(name, { timeout: timeout + 5_000 }, ({ skip }) => {
      const reason = whyNot(clients);
      skip(reason !== undefined, reason);
      check(new World(install));
    });
  });
}

/** The shell command that shows what was mapped, and whether setgroups(2) is allowed. */
export const showMaps = "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups";

/** Lines as the kernel writes them in /proc/PID/uid_map and gid_map. */
export function mapText(...extents: [inside: number, outside: number, count: number][]): string {
  return extents.map((extent) => `${extent.map((id) => String(id).padStart(10)).join(" ")}\n`).join("");
}

/** What showMaps shows where alice's own ids are inside 0 and her sub-ids follow. */
export const aliceAsRoot = `${mapText([0, 1000, 1], [1, 100000, 65536]) + mapText([0, 1000, 1], [1, 200000, 65536])}allow\n`;
