// SPDX-License-Identifier: MIT
//
// What the reference model says of all requests on a table. What a table says of each of the three ids is worked out
// once; tables that say the same get the same verdicts, which the model gives in the plainest world that says it.
import { ours } from "../model/dialect.js";
import { predict, type Reason } from "../model/model.js";
import { type Line, subids } from "../model/tables.js";
import { barred, deniesSetgroups, type Entry, entries, grants, type Named } from "../model/usernamespaces.js";
import { kindOf, PID, type Tool, type World } from "../model/world.js";
import { type Extent, IDS, type Person, passwd, requestsOf, type SmallWorld } from "./world.js";

/** Mirrors verdict.h. */
const ALLOWED_DENIED = 1;
const SECOND_EXTENT = 16;
const TRAPPED = 254;
const OUT_OF_TURN = 255;
const codes: Partial<Record<Reason | "", number>> = {
  "": 0,
  "inside overlap": 2,
  "outside overlap": 3,
  "not granted": 4,
  restricted: 5,
  "outside root": 6,
};

/** The two tables that a decision is taken on. */
export interface Tables {
  /** /etc/subuid or /etc/subgid. */
  subids: string;
  usernamespaces: string;
}

/** What the tables say of the ids: three sets of them, a bit for each id. */
interface Said {
  granted: number;
  barred: number;
  denied: number;
}

/** The answer of the user database to whether somebody is in a group; it has not heard of those of `u`. */
export function memberAnswer(person: Person, group: string): "in\n" | "out\n" | -1012 {
  if (group.startsWith("u")) return -1012;
  return person.groups.includes(group.charAt(0)) ? "in\n" : "out\n";
}

/** Gives verdicts, a byte for each request as verdict.h has it. */
export class Reference {
  readonly requests: Extent[][];
  readonly #known = new Map<string, Buffer>();

  constructor(readonly world: SmallWorld) {
    this.requests = requestsOf(world);
  }

  /** The verdicts on all requests of a person's. */
  verdicts(tool: Tool, person: Person, tables: Tables): Buffer {
    const said = this.#said(tool, person, entries(tables.usernamespaces), subids(tables.subids, ours) ?? []);
    const key = `${tool} ${person.name} ${said.granted} ${said.barred} ${said.denied}`;
    const found = this.#known.get(key) ?? this.#predicted(tool, person, this.#plain(person, said));
    this.#known.set(key, found);
    return found;
  }

  /** The same without the sets in between: the model's word on each request. */
  predicted(tool: Tool, person: Person, tables: Tables): Buffer {
    return this.#predicted(tool, person, tables);
  }

  #said(tool: Tool, person: Person, all: Entry[], lines: Line[]): Said {
    const asker = {
      uid: BigInt(person.id),
      kind: kindOf(tool),
      named: (owner: string) => named(person, owner),
    };
    const said = { granted: 0, barred: 0, denied: 0 };
    for (let i = 0; i < IDS; i++) {
      const id = BigInt(this.world.base + i);
      const listed = lines.some(
        ({ owner, first, last }) => isUser(person, owner) && first <= id && id <= last,
      );
      if (listed || all.some((entry) => grants(entry, asker, id))) said.granted |= 1 << i;
      if (barred(all, asker, id)) said.barred |= 1 << i;
      if (deniesSetgroups(all, asker, id)) said.denied |= 1 << i;
    }
    return said;
  }

  /** Tables with a line for each id of each set. */
  #plain(person: Person, { granted, barred, denied }: Said): Tables {
    const lines = (set: number, line: (id: number) => string) =>
      Array.from({ length: IDS }, (_, i) => (set & (1 << i) ? line(this.world.base + i) : "")).join("");
    return {
      subids: lines(granted, (id) => `${person.name}:${id}:1\n`),
      usernamespaces:
        lines(barred, (id) => `nobody:${id}:1:reserved\n`) +
        lines(denied, (id) => `${person.name}:${id}:1:fsid,deny-setgroups\n`),
    };
  }

  #predicted(tool: Tool, person: Person, tables: Tables): Buffer {
    return Buffer.from(this.requests.map((request) => verdict(this.worldOf(tool, person, tables, request))));
  }

  /** A request as the model is asked about it. */
  worldOf(tool: Tool, person: Person, tables: Tables, request: Extent[]): World {
    const groups = [...tables.usernamespaces.matchAll(/^@([^:]*):/gm)].map(([, group]) => group as string);
    return {
      tool,
      args: [PID, ...request.flatMap(({ inside, outside, count }) => [inside, outside, count].map(String))],
      uid: person.id,
      gid: person.id,
      passwd: passwd(this.world),
      nsswitch: null,
      loginDefs: null,
      table: tables.subids,
      linked: false,
      usernamespaces: tables.usernamespaces,
      target: { uid: person.id, gid: person.id, setgroups: "allow", mapped: false },
      nss: {
        user: -1012,
        ranges: -1009,
        member: Object.fromEntries(groups.map((group) => [group, memberAnswer(person, group)])),
      },
    };
  }
}

/** Whether a line of sub-ids is the person's: there `*` and `@group` are names like others. */
function isUser(person: Person, owner: string): boolean {
  return owner === person.name || owner === String(person.id);
}

function named(person: Person, owner: string): Named {
  if (owner === "*") return "yes";
  if (!owner.startsWith("@")) return isUser(person, owner) ? "yes" : "no";
  const answer = memberAnswer(person, owner.slice(1));
  return answer === "in\n" ? "yes" : answer === "out\n" ? "no" : "unknown";
}

function verdict(world: World): number {
  const { reason, setgroups, complaint } = predict(world);
  const code = codes[reason];
  if (code === undefined) throw new Error(`no verdict of this world: ${reason}`);
  if (reason === "") return setgroups === "deny" ? ALLOWED_DENIED : 0;
  const refused = code >= 4 && !complaint.includes(refusal(world.args.slice(1, 4).map(Number)));
  return code + (refused ? SECOND_EXTENT : 0);
}

/** A verdict of verdict.h in words. */
export function verdictText(code: number | undefined): string {
  if (code === TRAPPED) return "a trap";
  if (code === OUT_OF_TURN) return "nothing that the shim would let pass";
  if (code === ALLOWED_DENIED) return "allowed, setgroups denied";
  const second = code !== undefined && code >= SECOND_EXTENT;
  const reason = Object.keys(codes).find(
    (each) => codes[each as Reason] === (second ? code - SECOND_EXTENT : code),
  );
  return `${reason || "allowed"}${second ? " (the second extent)" : ""}`;
}

/** How the first line ends that refuses an extent. */
export function refusal([inside = 0, outside = 0, count = 0]: number[]): string {
  return `[${inside}-${inside + count}) -> [${outside}-${outside + count}) not allowed`;
}
