// SPDX-License-Identifier: MIT
//
// Asks the plugin through driver.c, in a mount namespace with an /etc of its own.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../nss/scene.js";
import { root } from "../stage/build.js";

/** The plugin under test. */
export const plugin = join(root, "build/libsubid_usernamespaces.so");

/** A program that loads plugins, and one of them. */
export interface Build {
  driver: string;
  plugin: string;
}

/** The plugin as it is built. */
export function usualBuild(): Build {
  return { driver: compile("test/plugin/driver.c", "plugin-driver", ["-pthread"]), plugin };
}

/** The same sources with the compiler's checks of memory and of undefined behaviour. */
export function checkedBuild(): Build {
  const flags = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
  const checked = join(root, "build/libsubid_checked.so");
  const own = ["plugin", "plugin-host", "plugin-names", "table"];
  const sources = ["build/obj/subid/program.c", ...own.map((name) => `native/${name}.c`)];
  const include = ["-Inative", "-Ibuild/obj/subid"];
  const output = ["-o", checked, ...sources];
  execFileSync(
    process.env.CC ?? "cc",
    ["-w", "-DNDEBUG", "-fPIC", "-shared", ...flags, ...include, ...output],
    {
      cwd: root,
      stdio: "inherit",
    },
  );
  const driver = compile("test/plugin/driver.c", "plugin-driver-checked", ["-pthread", ...flags]);
  return { driver, plugin: checked };
}

/** Why a plugin cannot be asked here; undefined if it can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can make an /etc of its own";
  return existsSync(plugin) ? undefined : "the plugin is not built";
}

/** The command that gives a file its bytes, each a character; null: that it is absent. */
export function file(path: string, bytes: string | null): string {
  return bytes === null ? `absent ${path}` : `file ${bytes.length} ${path}\n${bytes}`;
}

/** What a new world begins with. */
export const users = {
  "/etc/passwd":
    "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\nvera:x:1002:1002::/:/bin/sh\n",
  "/etc/group": "root:x:0:\nalice:x:1000:\nvideo:x:44:alice\nstaff:x:50:bob\n",
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nsubid: usernamespaces\n",
};

export type Files = Record<string, string | null>;

export interface Options {
  /** Shell commands that change the /etc with the files, before the plugin is loaded. */
  prepare?: string;
  /** What the driver is started by. */
  launcher?: string[];
}

/** Runs the driver's commands on these files; its lines, or what it died of. */
export function ask(build: Build, files: Files, commands: string[], options: Options = {}): string[] {
  const { prepare = ":", launcher = [] } = options;
  const written = Object.entries({ ...users, ...files }).map(([path, bytes]) => file(path, bytes));
  const lines = [...written, ...(prepare === ":" ? [] : [`shell ${prepare}`]), ...commands];
  const script = 'mount -t tmpfs -o mode=755 etc /etc && cd / && exec "$@"';
  const words = ["--mount", "sh", "-c", script, "sh", ...launcher, build.driver, build.plugin];
  const { status, stdout, stderr, error } = spawnSync("unshare", words, {
    input: Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"),
    encoding: "latin1",
    env: { PATH: process.env.PATH ?? "" },
  });
  if (error) throw error;
  if (status !== 0 || stderr !== "") throw new Error(`the driver ended with ${status}: ${stderr}`);
  return stdout.split("\n").slice(0, -1);
}

/** The ranges in an answer `0 START+COUNT ...`. */
export function ranges(answer: string): { first: bigint; last: bigint }[] {
  const [status, ...words] = answer.split(" ");
  if (status !== "0") throw new Error(`no list: ${answer}`);
  return words.map((word) => {
    const [start = 0n, count = 0n] = word.split("+").map(BigInt);
    return { first: start, last: start + count - 1n };
  });
}
