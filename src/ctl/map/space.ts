// SPDX-License-Identifier: MIT
//
// Everything that has ids of one kind: lines of the tables, live namespaces, accounts and conventions.
import { bit, Kind as PolicyKind } from "../../policy/kind.js";
import { type Claim, type Owner, Owners, sliceOf } from "../claims.js";
import { containerIds, conventionsOf, LoginDefs } from "../conventions.js";
import { type Line, placeOf } from "../lines.js";
import type { Kind } from "../maps.js";
import type { NameService } from "../nss.js";
import { plain } from "../output.js";
import type { People, Person } from "../people.js";
import type { Extent, Namespace, Scan } from "../ps/scan.js";
import type { Span } from "../spans.js";

/** How somebody has ids. */
export type Use = "granted" | "on disk" | "reserved" | "slices" | "live" | "account" | "convention";

/** Ids that somebody has. */
export interface Holding extends Span {
  use: Use;
  owner: Owner;
  /** What says so: the place of a line, a namespace, or that it is the own id. */
  source: string;
  /** Bits of the kinds that are granted, by a line or in fact. */
  grants: number;
  /** Bits of the kinds that are kept from others. */
  keeps: number;
  /** Part of a line that is divided in slices. */
  isSlice: boolean;
  /** A grant that takes nothing from the account or the convention whose id it is. */
  harmless: boolean;
}

/** All that is known of one kind of ids. */
export interface Space {
  kind: Kind;
  holdings: Holding[];
  /** Where useradd takes ranges from. */
  pool: Span;
  /** What systemd gives to containers: it overlaps the pool wherever it is in use, so that it collides with nothing. */
  containers: (Span & { what: string }) | undefined;
}

/** What the spaces are made of. */
export interface Sources {
  root: string;
  lines: readonly Line[];
  users: People;
  groups: People;
  names: NameService;
  /** The live namespaces; undefined where they are not this machine's. */
  seen: Scan | undefined;
}

const ROOT = 0;
const sides = { uid: "UID", gid: "GID" } as const;
const policyKinds = { uid: PolicyKind.Uid, gid: PolicyKind.Gid } as const;

/** Reads what the sources say, once for both kinds. */
export class Spaces {
  readonly #claims: Claim[];
  readonly #byUid = new Map<number, Owner>();
  readonly #defs: LoginDefs;
  readonly #members = new Map<string, boolean>();

  constructor(private readonly sources: Sources) {
    const owners = new Owners(sources.users);
    this.#claims = sources.lines
      .map((line) => owners.claim(line))
      .filter((claim) => claim !== undefined && claim.start < claim.end) as Claim[];
    for (const { owner } of this.#claims) if (owner.uid !== undefined) this.#byUid.set(owner.uid, owner);
    this.#defs = new LoginDefs(sources.root);
  }

  /** The ids of a kind. */
  of(kind: Kind): Space {
    const kinds = bit(policyKinds[kind]) | bit(PolicyKind.Fsid);
    const claims = this.#claims.filter(({ grants, keeps }) => ((grants | keeps) & kinds) !== 0);
    return {
      kind,
      holdings: [
        ...claims.flatMap((claim) => (claim.line.entry?.each ? this.#slices(claim) : [held(claim, kind)])),
        ...this.#live(kind),
        ...this.#accounts(kind),
        ...this.#conventions(kind),
      ],
      pool: this.#defs.pool(sides[kind]),
      containers: containerIds(this.sources.root),
    };
  }

  /** The slices of users who are known, and between them those that nobody has yet. */
  #slices(claim: Claim): Holding[] {
    const { line, start, end, grants, keeps, owner } = claim;
    const said = { source: placeOf(line), grants, keeps, isSlice: true, harmless: false };
    const holdings: Holding[] = [];
    let at = start;
    for (const [slice, person] of this.#sliced(line)) {
      if (slice.start > at) holdings.push({ start: at, end: slice.start, use: "slices", owner, ...said });
      holdings.push({ ...slice, use: "granted", owner: this.#ownerOf(person.id), ...said });
      at = slice.end;
    }
    if (at < end) holdings.push({ start: at, end, use: "slices", owner, ...said });
    return holdings;
  }

  #sliced(line: Line): [Span, Person][] {
    const found = new Map<number, [Span, Person]>();
    for (const person of this.sources.users.listed) {
      const slice = sliceOf(line, person.id);
      if (slice && !found.has(slice.start) && this.#isNamed(line, person))
        found.set(slice.start, [slice, person]);
    }
    return [...found.values()].sort(([one], [other]) => one.start - other.start);
  }

  #isNamed({ entry, text }: Line, { id, name }: Person): boolean {
    if (entry?.owner !== "group") return true;
    const group = text.slice(1, text.indexOf(":"));
    const key = `${id}:${group}`;
    const known =
      this.#members.get(key) ?? this.sources.names.ask(["member", String(id), name, group]) === "in\n";
    this.#members.set(key, known);
    return known;
  }

  /** The ids of the namespaces right below this one; deeper ones have no others. */
  #live(kind: Kind): Holding[] {
    const { seen } = this.sources;
    const direct = seen?.namespaces.filter(({ parent }) => parent === seen.own) ?? [];
    return direct.flatMap((namespace) =>
      (namespace.maps?.[kind] ?? [])
        .filter((extent) => !isHosts(namespace, extent))
        .map((extent) => this.#running(namespace, extent, kind)),
    );
  }

  #running(namespace: Namespace, { outside, count }: Extent, kind: Kind): Holding {
    const { owner, processes } = namespace;
    const own =
      owner === undefined ? undefined : kind === "uid" ? owner : this.sources.users.withId(owner)?.gid;
    const [first] = processes;
    return {
      start: outside,
      end: outside + count,
      use: "live",
      owner: owner === undefined ? { who: "an unknown owner", uid: undefined } : this.#ownerOf(owner),
      source: first ? `live: ${first.pid} ${plain(first.command)}` : "live: no process",
      // Root may use for containers whatever is granted to some account for them.
      grants: owner === undefined || owner === ROOT ? 0 : bit(policyKinds[kind]),
      keeps: 0,
      isSlice: false,
      harmless: count === 1 && outside === own,
    };
  }

  #accounts(kind: Kind): Holding[] {
    const { users, groups } = this.sources;
    const owner = ({ id, name }: Person) =>
      kind === "uid" ? this.#ownerOf(id) : { who: `group ${plain(name)}`, uid: undefined };
    return [...(kind === "uid" ? users : groups).listed]
      .sort((a, b) => a.id - b.id)
      .filter(({ id }, i, all) => all[i - 1]?.id !== id)
      .map((person) => fixed("account", person.id, person.id + 1, owner(person), `own ${kind}`));
  }

  #conventions(kind: Kind): Holding[] {
    return conventionsOf(sides[kind], this.#defs).map(({ start, end, what }) =>
      fixed("convention", start, end, { who: what, uid: undefined }, ""),
    );
  }

  #ownerOf(uid: number): Owner {
    const known = this.#byUid.get(uid);
    if (known) return known;
    const name = this.sources.users.withId(uid)?.name;
    const made = { who: name === undefined ? `uid ${uid}` : plain(name), uid };
    this.#byUid.set(uid, made);
    return made;
  }
}

function held({ line, start, end, grants, keeps, owner }: Claim, kind: Kind): Holding {
  const ownId = kind === "uid" && start === owner.uid && end === start + 1;
  // Nobody shares id 0.
  const harmless = start > 0 && (ownId || (kind === "gid" && line.entry?.denySetgroups === true));
  const use = keeps !== 0 ? "reserved" : grants === bit(PolicyKind.Fsid) ? "on disk" : "granted";
  return { start, end, use, owner, source: placeOf(line), grants, keeps, isSlice: false, harmless };
}

function fixed(use: Use, start: number, end: number, owner: Owner, source: string): Holding {
  return { start, end, use, owner, source, grants: 0, keeps: 0, isSlice: false, harmless: false };
}

/** Root may let a service see the ids of the host as they are: it has none of its own then. */
function isHosts({ owner }: Namespace, { inside, outside }: Extent): boolean {
  return owner === ROOT && inside === outside;
}
