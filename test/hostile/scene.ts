// SPDX-License-Identifier: MIT
//
// What the hostile tests share: a stage with the programs in place, and how a request ended.

import { readFileSync } from "node:fs";
import { compile } from "../nss/scene.js";
import { type Case, type Install, type Outcome, Stage } from "../stage/stage.js";

export const alice = { uid: 1000, gid: 1000 };
export const bob = { uid: 1001, gid: 1001 };

/** Where a default build looks for the name-service program. */
export const nss = "/usr/local/libexec/usernamespaces/nss";

/** How the drop-ins are installed: by file capabilities, or setuid root. */
export const privileges: [string, { newuidmap: Install; newgidmap: Install }][] = [
  ["with file capabilities", { newuidmap: { caps: ["cap_setuid"] }, newgidmap: { caps: ["cap_setgid"] } }],
  ["setuid root", { newuidmap: { setuid: true }, newgidmap: { setuid: true } }],
];

/** What a caller sees of a request, and what became of the target. */
export type End = Pick<Outcome, "status" | "signal" | "stderr" | "uidMap" | "gidMap" | "setgroups">;

export function end({ status, signal, stderr, uidMap, gidMap, setgroups }: Outcome): End {
  return { status, signal, stderr, uidMap, gidMap, setgroups };
}

/** The end of a request that was granted. */
export const mapped = (map: Partial<End>): End => ({
  ...{ status: 0, signal: 0, stderr: "", uidMap: "", gidMap: "", setgroups: "allow" },
  ...map,
});

/** The end of one that was not: the message, and no map. */
export const refused = (...lines: string[]): End =>
  mapped({ status: 1, stderr: lines.map((line) => `${line}\n`).join("") });

/** Why the stage cannot run here; undefined if it can. */
export const obstacle = await Stage.unavailable();

/** The directory where the loader of this process found its C library, and would find a plugin. */
const libraries = /(\/\S+)\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "latin1"))?.[1];

/** Why plugins cannot be tested here; undefined if they can. */
export const pluginObstacle = obstacle ?? (libraries ? undefined : "the plugins that are tested are glibc's");

/** Alice has the ids 100000-165535, bob has 200000-265535, and nobody else has any. */
export const tables = {
  "/etc/subuid": "alice:100000:65536\nbob:200000:65536\n",
  "/etc/subgid": "alice:100000:65536\nbob:200000:65536\n",
};

/** A stage with these tables, unless `files` says otherwise, and the name-service program in its place. */
export async function startStage(
  files: Record<string, string> = {},
  overlays: string[] = [],
): Promise<Stage> {
  const stage = await Stage.start({ etc: "hermetic", overlays: ["/usr/local", ...overlays] });
  await stage.install("build/nss", nss, { mode: 0o711 });
  await stage.files({ ...tables, ...files });
  return stage;
}

/** The same, but that the ids come from a plugin of this folder. */
export async function startStageWithPlugin(name: string): Promise<Stage> {
  const stage = await startStage({ "/etc/nsswitch.conf": `subid: ${name}\n` }, [libraries as string]);
  const plugin = compile(`test/hostile/libsubid_${name}.c`, `libsubid_${name}.so`, ["-shared", "-fPIC"]);
  await stage.install(plugin, `${libraries}/libsubid_${name}.so`);
  return stage;
}

/** Runs one request and says how it ended. */
export async function request(stage: Stage, of: Case): Promise<End> {
  return end(await stage.run(of));
}
