// SPDX-License-Identifier: MIT
//
// The maps that a request is made of. Their numbers stay words: whether they are sound the helpers say.
import { readFileSync } from "node:fs";
import { Table } from "../host.js";
import type { Account } from "./account.js";
import { Failure } from "./failure.js";
import { pluginRanges, run } from "./host.js";
import { namesOwnPlugin, OWN_PLUGIN } from "./lint/files.js";
import { type NameService, pluginOf } from "./nss.js";
import type { Span } from "./spans.js";
import { Tables } from "./tables.js";

/** The arguments of newuidmap and of newgidmap behind the target: three words a line of the map. */
export interface Maps {
  uid?: string[];
  gid?: string[];
}

export type Kind = keyof Maps;
export const kinds = ["uid", "gid"] as const;

/** What a file holds; `what` says in a message whose it is. */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as Error).message.replace(/^\w+: (.*?), \w+.*$/s, "$1");
    throw new Failure(`${what}: cannot read '${path}': ${reason}`);
  }
}

/** A map in one of the forms of userns(1): lines, OCI's list, inner:outer:count, or @FILE with one of these. */
export function parseMap(option: string, given: string): string[] {
  const text = (given.startsWith("@") ? readText(given.slice(1), option) : given).trim();
  if (text === "") throw new Failure(`${option}: the map is empty`);
  if (text.startsWith("[")) return entries(option, parseJson(option, text));
  const separator = text.includes(":") ? ":" : /[ \t]+/;
  return text.split(/\s*\n\s*/).flatMap((line) => {
    const words = line.split(separator);
    if (words.length !== 3)
      throw new Failure(`${option}: '${line}' is not three numbers: inside outside count`);
    return words;
  });
}

/** The maps of a container's config.json. */
export function ociMaps(path: string): Maps {
  const config = parseJson("--oci", readText(path, "--oci")) as { linux?: Record<string, unknown> } | null;
  const { uidMappings, gidMappings } = config?.linux ?? {};
  if (uidMappings === undefined && gidMappings === undefined)
    throw new Failure(`--oci: '${path}' has neither linux.uidMappings nor linux.gidMappings`);
  return {
    ...(uidMappings === undefined ? {} : { uid: entries("linux.uidMappings", uidMappings) }),
    ...(gidMappings === undefined ? {} : { gid: entries("linux.gidMappings", gidMappings) }),
  };
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${what}: no JSON: ${(error as Error).message}`);
  }
}

const fields = [
  ["containerID", "hostID", "size"],
  ["container_id", "host_id", "size"],
] as const;

/** The words of a list in OCI's form or libcontainer's. */
function entries(what: string, list: unknown): string[] {
  if (!Array.isArray(list)) throw new Failure(`${what}: not a list`);
  if (list.length === 0) throw new Failure(`${what}: the map is empty`);
  return list.flatMap((entry: Record<string, unknown> | null, i) => {
    const names = fields.find((each) => each.every((name) => typeof entry?.[name] === "number"));
    if (!names) throw new Failure(`${what}: entry ${i + 1}: containerID, hostID and size have to be numbers`);
    return names.map((name) => String(entry?.[name]));
  });
}

/** The maps that a process has, those of them that are written. */
export function processMaps(pid: string): Maps {
  const read = (kind: Kind) => readText(`/proc/${pid}/${kind}_map`, "--pid").split(/\s+/).filter(Boolean);
  const [uid, gid] = [read("uid"), read("gid")];
  if (uid.length + gid.length === 0) throw new Failure(`--pid: process ${pid} has no map yet`);
  return { ...(uid.length > 0 ? { uid } : {}), ...(gid.length > 0 ? { gid } : {}) };
}

/** What rootless podman asks for, and the kinds of ids of which it finds no range. */
export interface PodmanMaps extends Required<Maps> {
  missing: Kind[];
}

/** The ranges of a user in the source of sub-ids: what libsubid says, which does not look into /etc/usernamespaces. */
function subidRanges({ name, uid, gid }: Account, kind: Kind, root: string, names: NameService): Span[] {
  const tables = new Tables(root, new Set([Table.Usernamespaces]));
  const args = [...(kind === "gid" ? ["-g"] : []), name ?? String(uid)];
  const { stdout } = run({ program: "getsubids", args, uid, gid, tables, names });
  return [...stdout.matchAll(/ (\d+) (\d+)$/gm)].map(([, first, count]) => {
    const start = Number(first);
    return { start, end: start + Number(count) };
  });
}

/** The same where libsubid asks our plugin, which does: by name, and if that has none by uid. */
function ownPluginRanges({ name, uid, gid }: Account, kind: Kind, root: string, names: NameService): Span[] {
  const request = { uid, gid, tables: new Tables(root), names };
  const named = name === undefined ? [] : (pluginRanges(name, kind, request) ?? []);
  return named.length > 0 ? named : (pluginRanges(String(uid), kind, request) ?? []);
}

/**
 * The maps that rootless podman asks for: the own id inside as 0, behind it the ranges of the user, lowest first;
 * only the own ids where a kind has no range.
 */
export function podmanMaps(account: Account, root: string, names: NameService): PodmanMaps {
  const { uid, gid } = account;
  // Libsubid goes on with the files where it cannot load a plugin.
  const plugin = namesOwnPlugin(root) && (root !== "/" || pluginOf(OWN_PLUGIN) !== undefined);
  const ranges = (kind: Kind) =>
    (plugin ? ownPluginRanges : subidRanges)(account, kind, root, names).sort((a, b) => a.start - b.start);
  const found = { uid: ranges("uid"), gid: ranges("gid") };
  const missing = kinds.filter((kind) => found[kind].length === 0);
  const words = (kind: Kind, own: number) => {
    const numbers = [0, own, 1];
    let inside = 1;
    for (const { start, end } of missing.length === 0 ? found[kind] : []) {
      numbers.push(inside, start, end - start);
      inside += end - start;
    }
    return numbers.map(String);
  };
  return { uid: words("uid", uid), gid: words("gid", gid), missing };
}
