// SPDX-License-Identifier: MIT
//
// Which ids are whose by convention: those of login.defs(5), and those that systemd takes without asking.
import { isBelow, textBelow } from "./below.js";

/** Ids [start, end) and whose they are. */
export interface Convention {
  start: number;
  end: number;
  what: string;
}

/** A kind of ids as login.defs calls it. */
export type Side = "UID" | "GID";

/** Ranges that follow from the uid: that of `firstUid` begins at `start`. */
export interface Slots {
  start: number;
  size: number;
  firstUid: number;
  count: number;
}

/** What login.defs says, with shadow's defaults. */
export class LoginDefs {
  readonly #values = new Map<string, number>();
  /** What it says yes to. */
  readonly #switches = new Set<string>();

  constructor(root: string) {
    for (const line of textBelow(root, "/etc/login.defs").split("\n")) {
      const [name = "", value = ""] = line.trim().split(/\s+/);
      if (/^[0-9]+$/.test(value)) this.#values.set(name, Number(value));
      else if (value.toLowerCase() === "yes") this.#switches.add(name);
      else this.#switches.delete(name);
    }
  }

  /** The ids [start, end) of login users or of their groups. */
  logins(side: Side): Range {
    return this.#range(`${side}_MIN`, 1000, `${side}_MAX`, 60000);
  }

  /** The ids [start, end) that useradd takes ranges from. */
  pool(side: Side): Range {
    return this.#range(`SUB_${side}_MIN`, 100000, `SUB_${side}_MAX`, 600100000);
  }

  /** How many ids useradd gives; 0 if it gives none. */
  subids(side: Side): number {
    return this.#values.get(`SUB_${side}_COUNT`) ?? 65536;
  }

  /** How useradd gives each uid a range of its own (SUB_UID_DETERMINISTIC), with other defaults; undefined if not. */
  slots(side: Side): Slots | undefined {
    const size = this.subids(side);
    if (!this.#switches.has(`SUB_${side}_DETERMINISTIC`) || size === 0) return undefined;
    const { start, end } = this.#range(`SUB_${side}_MIN`, 65536, `SUB_${side}_MAX`, 2 ** 32 - 1);
    const count = Math.max(0, Math.floor((end - start) / size));
    return { start, size, firstUid: this.logins("UID").start, count };
  }

  #range(first: string, start: number, last: string, end: number): Range {
    return { start: this.#values.get(first) ?? start, end: (this.#values.get(last) ?? end) + 1 };
  }
}

interface Range {
  start: number;
  end: number;
}

/** Ids that no grant should hold, in their order. */
export function conventionsOf(side: Side, defs: LoginDefs): Convention[] {
  const { start, end } = defs.logins(side);
  return [
    { start: 1, end: start, what: "ids of system accounts" },
    {
      start,
      end,
      what: `ids of login users${side === "GID" ? "' groups" : ""} (${side}_MIN to ${side}_MAX of login.defs)`,
    },
    { start: 60001, end: 60706, what: "ids of systemd-homed's users and of sessions" },
    { start: 61184, end: 65520, what: "ids that systemd gives to services (DynamicUser)" },
    { start: 65534, end: 65535, what: "the id of nobody" },
    { start: 65535, end: 65536, what: "the id -1 where ids have 16 bits" },
    {
      start: 2147352576,
      end: 2147418112,
      what: "ids that systemd keeps for files of other systems (foreign ids)",
    },
    { start: 2 ** 32 - 1, end: 2 ** 32, what: "the id -1, which cannot be mapped" },
  ];
}

/** What systemd's containers take, if a program that gives it to them is installed: useradd's pool is in the midst of it. */
export function containerIds(root: string): Convention | undefined {
  const programs = ["/usr/bin/systemd-nspawn", "/usr/lib/systemd/systemd-nsresourced"];
  const installed = programs.find((program) => isBelow(root, program));
  const name = installed?.replace(/.*\//, "");
  return name === undefined
    ? undefined
    : { start: 524288, end: 1879048192, what: `ids that ${name} gives to containers` };
}

/** What Incus and LXD take where /etc/subuid gives root nothing, if one of them is installed. */
export function incusIds(root: string): Convention | undefined {
  const programs = ["/usr/libexec/incus/incusd", "/opt/incus/bin/incusd", "/usr/bin/incusd", "/snap/bin/lxd"];
  const isInstalled = programs.some((program) => isBelow(root, program));
  return isInstalled
    ? { start: 1000000, end: 1001000000, what: "ids that Incus gives to containers" }
    : undefined;
}
