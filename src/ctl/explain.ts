// SPDX-License-Identifier: MIT
//
// usernsctl explain: what newuidmap and newgidmap would say to a user's maps, in their own words, because it is
// they that are run.
import { readlinkSync, statSync } from "node:fs";
import type { Command } from "commander";
import { type Account, findAccount } from "./account.js";
import { Failure } from "./failure.js";
import { run, type Setgroups } from "./host.js";
import {
  type Kind,
  kinds,
  type Maps,
  ociMaps,
  type PodmanMaps,
  parseMap,
  podmanMaps,
  processMaps,
  readText,
} from "./maps.js";
import { type NameService, noNames, SystemNames } from "./nss.js";
import { jsonOption, plain, printJson, rootOption, styled } from "./output.js";
import { Tables } from "./tables.js";

/** A map that a user may want, and all that its verdict depends on. */
export interface Question {
  account: Account;
  kind: Kind;
  /** Three words a line. */
  words: string[];
  /** The target as it would be named to the helper. */
  target: string;
  root: string;
  names: NameService;
  setgroups: Setgroups;
}

/** What the helper would do. */
export interface Verdict {
  program: "newuidmap" | "newgidmap";
  allowed: boolean;
  /** The helper's lines. */
  messages: string[];
  /** The map asked for, a line of it each. */
  map: string[];
  /** What the process's setgroups would say afterwards: for gids. */
  setgroups?: Setgroups;
}

/** Has the helper judge a map. */
export function judge({ account, kind, words, target, root, ...rest }: Question): Verdict {
  const program = kind === "uid" ? "newuidmap" : "newgidmap";
  const { uid, gid } = account;
  const outcome = run({ program, args: [target, ...words], uid, gid, tables: new Tables(root), ...rest });
  const messages = outcome.stderr.split("\n").slice(0, -1);
  const length = Math.ceil(words.length / 3);
  const map = Array.from({ length }, (_, i) => words.slice(3 * i, 3 * i + 3).join(" "));
  const setgroups = kind === "gid" ? { setgroups: outcome.setgroups } : {};
  return { program, allowed: outcome.status === 0, messages, map, ...setgroups };
}

interface Options {
  user?: string;
  uidMap?: string[];
  gidMap?: string[];
  pid?: string;
  podman?: true;
  oci?: string;
  root: string;
  json?: true;
}

const gather = (value: string, before: string[] = []) => [...before, value];

/** Adds the command. */
export function explain(program: Command): void {
  program
    .command("explain")
    .description("Say whether newuidmap and newgidmap would write a map for a user, and why not.")
    .option("--user <user>", "the user, a login name or a uid (default: who calls)")
    .option(
      "--uid-map <map>",
      "a uid map: lines, inner:outer:count, OCI's list or @FILE; may be repeated",
      gather,
    )
    .option("--gid-map <map>", "a gid map, likewise", gather)
    .option("--pid <pid>", "the maps that a process has, for its own user")
    .option("--podman", "the maps that rootless podman asks for")
    .option("--oci <file>", "the maps of a container's config.json")
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(answer);
}

function answer(options: Options): void {
  const { root, pid } = options;
  const names = root === "/" ? new SystemNames() : noNames;
  requireOneSource(options);
  if (pid !== undefined) requireForeignNamespace(pid);
  const account =
    pid !== undefined && options.user === undefined ? ownerOf(pid) : findAccount(root, options.user);
  const maps = mapsOf(options, account, names);
  const setgroups = pid === undefined ? "allow" : setgroupsOf(pid);
  const target = pid ?? String(process.pid);
  const verdicts = kinds.flatMap((kind) => {
    const words = maps[kind];
    return words ? [judge({ account, kind, words, target, root, names, setgroups })] : [];
  });
  const warnings = podmanWarnings(account, maps);
  const allowed = verdicts.every((verdict) => verdict.allowed);
  if (options.json) printJson({ user: account, allowed, warnings, maps: verdicts });
  else print(account, verdicts, setgroups, warnings);
  if (!allowed || warnings.length > 0) process.exitCode = 1;
}

function requireOneSource({ uidMap, gidMap, pid, podman, oci }: Options): void {
  const given = [uidMap ?? gidMap, pid, podman, oci].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new Failure("explain: one of --uid-map or --gid-map, --pid, --podman and --oci says which maps");
  if (pid !== undefined && !/^[1-9][0-9]*$/.test(pid)) throw new Failure(`--pid: '${pid}' is no process id`);
}

function mapsOf(options: Options, account: Account, names: NameService): Maps & Partial<PodmanMaps> {
  const { uidMap, gidMap, pid, podman, oci, root } = options;
  if (pid !== undefined) return processMaps(pid);
  if (podman) return podmanMaps(account, root, names);
  if (oci !== undefined) return ociMaps(oci);
  return {
    ...(uidMap ? { uid: uidMap.flatMap((text) => parseMap("--uid-map", text)) } : {}),
    ...(gidMap ? { gid: gidMap.flatMap((text) => parseMap("--gid-map", text)) } : {}),
  };
}

/** A process that made no user namespace was not mapped by anybody. */
function requireForeignNamespace(pid: string): void {
  let same = false;
  try {
    same = readlinkSync(`/proc/${pid}/ns/user`) === readlinkSync("/proc/self/ns/user");
  } catch {
    // Only its user and root may look; the maps can be read by everybody.
  }
  if (same) throw new Failure(`--pid: process ${pid} is in this user namespace: nothing was mapped for it`);
}

function ownerOf(pid: string): Account {
  const stats = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (!stats) throw new Failure(`--pid: there is no process ${pid}`);
  const { uid, gid } = stats;
  return { name: findAccount("/", String(uid)).name, uid, gid };
}

function setgroupsOf(pid: string): Setgroups {
  return readText(`/proc/${pid}/setgroups`, "--pid").trim() === "deny" ? "deny" : "allow";
}

/** Podman goes on without ranges, and few images run then. */
function podmanWarnings({ name, uid }: Account, { missing = [] }: Partial<PodmanMaps>): string[] {
  return missing.map(
    (kind) => `podman finds no ${kind}s of ${name ?? uid}: it maps the own uid and gid alone`,
  );
}

function print(account: Account, verdicts: Verdict[], before: Setgroups, warnings: string[]): void {
  const lines: string[] = [];
  for (const { program, allowed, messages, map, setgroups } of verdicts) {
    const word = allowed ? styled("allowed", "green") : styled("refused", "red");
    lines.push(`${program} for ${plain(account.name ?? `uid ${account.uid}`)}: ${word}`);
    lines.push(...map.map((line) => `  ${plain(line)}`), ...messages);
    if (allowed && setgroups) lines.push(`setgroups: ${setgroupsText(before, setgroups)}`);
  }
  lines.push(...warnings.map((warning) => `${styled("warning", "yellow")}: ${plain(warning)}`));
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function setgroupsText(before: Setgroups, after: Setgroups): string {
  if (after === "allow") return "stays allowed";
  return before === "deny" ? "is denied already" : "would be denied before the map is written";
}
