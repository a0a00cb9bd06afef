// SPDX-License-Identifier: MIT
//
// Who allowed a map: the lines of the tables, and the verdict of newuidmap and newgidmap.
import { Table } from "../../host.js";
import { bit, Kind as PolicyKind } from "../../policy/kind.js";
import { type Account, findAccount } from "../account.js";
import { sliceOf } from "../claims.js";
import { judge } from "../explain.js";
import { counts, type Line, placeOf, readLines } from "../lines.js";
import { liveFiles } from "../lint/files.js";
import { Findings } from "../lint/findings.js";
import { linesFor } from "../list/relevance.js";
import type { Kind } from "../maps.js";
import { type NameService, noNames, SystemNames } from "../nss.js";
import { type People, peopleOf } from "../people.js";
import type { Extent } from "./scan.js";

/** What stands behind a line of a map. */
export interface Grant {
  /** Whether the helpers would write it for the owner today. */
  allowed: boolean;
  own: boolean;
  /** The places of the lines that grant some of it. */
  lines: string[];
}

/** The grants of the tables below a root directory. */
export class Grants {
  readonly #names: NameService;
  readonly #lines: Line[];
  readonly #users: People;
  readonly #owners = new Map<number, { account: Account; lines: Line[] }>();

  constructor(private readonly root: string) {
    this.#names = root === "/" ? new SystemNames() : noNames;
    const files = liveFiles(root, new Findings());
    this.#lines = files.flatMap(({ path, table, bytes }) => readLines(path, table, bytes)).filter(counts);
    this.#users = peopleOf(root).users;
  }

  /** The user with that uid. */
  account(uid: number): Account {
    return this.#owner(uid).account;
  }

  /** What allows the owner of a namespace a line of its map. */
  of(uid: number, kind: Kind, { inside, outside, count }: Extent): Grant {
    const { account, lines } = this.#owner(uid);
    const words = [inside, outside, count].map(String);
    const { root } = this;
    const names = this.#names;
    const { allowed } = judge({ account, kind, words, target: "1", root, names, setgroups: "deny" });
    const own = count === 1 && outside === (kind === "uid" ? account.uid : account.gid);
    const granting = own ? [] : lines.filter((line) => grants(line, uid, kind, outside, outside + count));
    return { allowed, own, lines: granting.map(placeOf) };
  }

  #owner(uid: number): { account: Account; lines: Line[] } {
    const known = this.#owners.get(uid);
    if (known) return known;
    const account = findAccount(this.root, String(uid));
    const lines = linesFor(account, this.#lines, this.#users, this.#names);
    const made = { account, lines: lines.filter((line) => this.#isFor(line, account)) };
    this.#owners.set(uid, made);
    return made;
  }

  /** Whether a line that matters for a user is his: a group's slices matter for all others too. */
  #isFor(line: Line, { name, uid }: Account): boolean {
    if (line.entry?.owner !== "group") return true;
    return this.#names.ask(["member", String(uid), name ?? "", line.owner.slice(1)]) === "in\n";
  }
}

function grants(line: Line, uid: number, kind: Kind, start: number, end: number): boolean {
  const { entry, table } = line;
  const policyKind = kind === "uid" ? PolicyKind.Uid : PolicyKind.Gid;
  if (
    entry ? (entry.grants & bit(policyKind)) === 0 : table !== (kind === "uid" ? Table.Subuid : Table.Subgid)
  )
    return false;
  const span = entry && entry.each > 0 ? sliceOf(line, uid) : line;
  return span !== undefined && span.start < end && start < span.end;
}
