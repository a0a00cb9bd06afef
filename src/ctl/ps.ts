// SPDX-License-Identifier: MIT
//
// usernsctl ps: the tree of live user namespaces.
import type { Command } from "commander";
import { type Kind, kinds } from "./maps.js";
import { jsonOption, plain, printJson, rootOption, styled } from "./output.js";
import { type Grant, Grants } from "./ps/grants.js";
import { type Overlap, overlaps } from "./ps/overlaps.js";
import { type Extent, type Namespace, type Scan, scan } from "./ps/scan.js";
import { spanText } from "./spans.js";

const MOST_PROCESSES = 4;

interface Options {
  json?: true;
  root: string;
}

/** Adds the command. */
export function ps(program: Command): void {
  program
    .command("ps")
    .description("Show the tree of live user namespaces: owners, processes, maps and who granted them.")
    .helpOption("--help", "print this text")
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(answer);
}

function answer({ root, json }: Options): void {
  const seen = scan();
  const grants = new Grants(root);
  const shared = overlaps(seen.own, seen.namespaces);
  if (json) printJson(record(seen, grants, shared));
  else print(seen, grants, shared);
  if (shared.length > 0) process.exitCode = 1;
}

/** A line of a map and what stands behind it, which only this user namespace's tables can tell of its children. */
interface Mapped extends Extent {
  kind: Kind;
  grant: Grant | undefined;
}

function mapped(namespace: Namespace, own: number, grants: Grants): Mapped[] {
  const { owner, maps, parent } = namespace;
  return kinds.flatMap((kind) =>
    (maps?.[kind] ?? []).map((extent) => {
      const grant = parent === own && owner !== undefined ? grants.of(owner, kind, extent) : undefined;
      return { kind, ...extent, grant };
    }),
  );
}

function record({ own, namespaces, hidden }: Scan, grants: Grants, shared: Overlap[]): object {
  const sorted = [...namespaces].sort((a, b) => a.id - b.id);
  return {
    own,
    hidden,
    namespaces: sorted.map((namespace) => {
      const { id, parent, owner, processes, setgroups, keptBy } = namespace;
      const maps = namespace.maps && mapped(namespace, own, grants);
      const user = owner === undefined ? undefined : grants.account(owner);
      return { id, parent, owner: user, processes, keptBy, setgroups, maps: id === own ? undefined : maps };
    }),
    overlaps: shared.map(({ kind, start, end, namespaces: both }) => ({
      kind,
      start,
      count: end - start,
      namespaces: both.map(({ id }) => id),
    })),
  };
}

function print(seen: Scan, grants: Grants, shared: Overlap[]): void {
  const { namespaces, own, hidden } = seen;
  const known = new Set(namespaces.map(({ id }) => id));
  const roots = namespaces.filter(({ parent }) => parent === undefined || !known.has(parent));
  const lines = roots.flatMap((root) => treeOf(root, seen, grants));
  lines.push(...shared.map((overlap) => `${styled("warning:", "yellow")} ${overlapText(overlap, grants)}`));
  if (hidden > 0) lines.push(`processes of others in user namespaces that only root can look at: ${hidden}`);
  if (namespaces.every(({ id }) => id === own)) lines.push("no other user namespace can be seen");
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function treeOf(namespace: Namespace, seen: Scan, grants: Grants): string[] {
  const children = seen.namespaces
    .filter(({ parent }) => parent === namespace.id)
    .sort((a, b) => a.id - b.id);
  const own = namespace.id === seen.own;
  const beside = children.length > 0 ? "│   " : "    ";
  const details = own ? [] : detailsOf(namespace, seen.own, grants).map((line) => `${beside}${line}`);
  const below = children.flatMap((child, i) => {
    const [first, rest] = i === children.length - 1 ? ["└── ", "    "] : ["├── ", "│   "];
    return treeOf(child, seen, grants).map((line, row) => `${row === 0 ? first : rest}${line}`);
  });
  const head = own
    ? `${nameOf(namespace)}, this one: ${processCount(namespace)}`
    : `${nameOf(namespace)} of ${ownerText(namespace, grants)}`;
  return [head, ...details, ...below];
}

function detailsOf(namespace: Namespace, own: number, grants: Grants): string[] {
  const { processes, maps, setgroups, keptBy } = namespace;
  const listed = processes.slice(0, MOST_PROCESSES).map(({ pid, command }) => `${pid} ${plain(command)}`);
  const more = processes.length - listed.length;
  const lines = [
    processes.length === 0
      ? `no process${keptBy === undefined ? "" : `, kept by ${plain(keptBy)}`}`
      : listed.join(", ") + (more > 0 ? ` and ${more} more` : ""),
  ];
  for (const { kind, inside, outside, count, grant } of mapped(namespace, own, grants)) {
    const ids = `${spanText(inside, inside + count)} is ${spanText(outside, outside + count)}`;
    lines.push(`${kind} ${ids}${grant ? styled(grantText(grant), "dim") : ""}`);
  }
  for (const kind of kinds) if (maps?.[kind].length === 0) lines.push(`no ${kind} map is written`);
  if (setgroups === "deny") lines.push("setgroups is denied");
  return lines;
}

function grantText({ allowed, own, lines }: Grant): string {
  if (own && allowed) return " (the own id)";
  if (!allowed)
    return lines.length > 0 ? ` (not allowed by ${lines.join(", ")} alone)` : " (no line allows it)";
  return ` (${lines.length > 0 ? lines.join(", ") : "the name service"})`;
}

function overlapText({ kind, start, end, namespaces }: Overlap, grants: Grants): string {
  const [one, other] = namespaces.map((each) => `${nameOf(each)} of ${ownerText(each, grants)}`);
  return `${one} and ${other} share ${kind}${end - start === 1 ? "" : "s"} ${spanText(start, end)}`;
}

function nameOf({ id }: Namespace): string {
  return styled(`user:[${id}]`, "bold");
}

function ownerText({ owner }: Namespace, grants: Grants): string {
  if (owner === undefined) return "an unknown owner";
  const { name } = grants.account(owner);
  return name === undefined ? `uid ${owner}` : plain(name);
}

function processCount({ processes }: Namespace): string {
  return processes.length === 1 ? "1 process" : `${processes.length} processes`;
}
