// SPDX-License-Identifier: MIT
//
// The stage with real name-service modules: libnss-extrausers, and the plugins built from this folder.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stage/build.js";
import { type File, Stage } from "../stage/stage.js";

/** The directory where the loader of this process found its C library, and would find a plugin. */
export const libraries = /(\/\S+)\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "latin1"))?.[1];

/** Why these tests cannot run here; undefined if they can. */
export async function obstacle(): Promise<string | undefined> {
  if (!libraries) return "the modules that are tested are glibc's";
  if (!existsSync("/var/lib/extrausers")) return "the package libnss-extrausers is not installed";
  return Stage.unavailable();
}

/** Compiles a C file of the project to build/`name`, after `change`. */
export function compile(
  source: string,
  name: string,
  flags: string[] = [],
  change?: (text: string) => string,
): string {
  const program = join(root, "build", name);
  const original = readFileSync(join(root, source), "utf8");
  const input = change ? change(original) : original;
  if (change && input === original) throw new Error(`${source} has not what ${name} is to differ in`);
  mkdirSync(join(root, "build"), { recursive: true });
  // Test files run side by side: each builds its own copy, and the last one to finish stays.
  const own = `${program}.${process.pid}`;
  const warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
  execFileSync(process.env.CC ?? "cc", ["-O2", ...warnings, ...flags, "-x", "c", "-o", own, "-"], {
    input,
    stdio: ["pipe", "inherit", "inherit"],
  });
  renameSync(own, program);
  return program;
}

/**
 * A stage whose users come from /etc/passwd and /var/lib/extrausers/passwd, with three plugins: "example" as
 * libsubid_example.c describes it, "bare" without its function, and "garbage", which is no library.
 */
export async function startScene(files: Record<string, File>): Promise<Stage> {
  const stage = await Stage.start({ etc: "hermetic", overlays: [libraries as string] });
  const source = "test/nss/libsubid_example.c";
  const shared = ["-shared", "-fPIC"];
  const example = compile(source, "libsubid_example.so", shared);
  const bare = compile(source, "libsubid_bare.so", [...shared, "-Dshadow_subid_list_owner_ranges=other"]);
  await stage.tmpfs("/var/lib/extrausers");
  await stage.install(example, `${libraries}/libsubid_example.so`);
  await stage.install(bare, `${libraries}/libsubid_bare.so`);
  await stage.files({
    [`${libraries}/libsubid_garbage.so`]: "no library",
    "/etc/nsswitch.conf": "passwd: files extrausers\ngroup: files\n",
    ...files,
  });
  return stage;
}
