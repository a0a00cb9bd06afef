// SPDX-License-Identifier: MIT
//
// Which lines matter for one user.
import type { Account } from "../account.js";
import type { Line } from "../lines.js";
import type { NameService } from "../nss.js";
import type { People } from "../people.js";
import { holdsSome, merged } from "../spans.js";

/** The lines that name a user or may do so, and those that keep from him ids of these. */
export function linesFor(
  account: Account,
  lines: readonly Line[],
  users: People,
  names: NameService,
): Line[] {
  const { name, uid } = account;
  const owners = new Set([
    String(uid),
    ...users.listed.filter(({ id }) => id === uid).map((user) => user.name),
  ]);
  if (name !== undefined) owners.add(name);
  const groups = new Map<string, boolean>();
  const mayBeMember = (group: string) => {
    const known = groups.get(group) ?? names.ask(["member", String(uid), name ?? "", group]) !== "out\n";
    groups.set(group, known);
    return known;
  };
  const naming = new Set(lines.filter((line) => isNamed(line, owners, mayBeMember)));
  const granted = merged([...naming].filter(({ entry }) => entry?.grants !== 0));
  return lines.filter(
    (line) => naming.has(line) || (line.entry?.keeps && holdsSome(granted, line.start, line.end)),
  );
}

function isNamed(line: Line, owners: ReadonlySet<string>, mayBeMember: (group: string) => boolean): boolean {
  const { owner, entry } = line;
  if (entry?.owner === "everyone") return true;
  return entry?.owner === "group" ? mayBeMember(owner.slice(1)) : owners.has(owner);
}
