// SPDX-License-Identifier: MIT
//
// Owners whom nobody knows: whoever gets the name or the uid next inherits the ids.
import { bit, Kind } from "../../policy/kind.js";
import { isNobody, isUid } from "../claims.js";
import type { Entry, Line } from "../lines.js";
import { plain } from "../output.js";
import type { People } from "../people.js";
import { PerOwner } from "../rows.js";
import type { Defect, Findings } from "./findings.js";

/** The name under which podman looks up the ranges of `--userns=auto`; it needs no user. */
export const OF_PODMAN = "containers";

/** Notes a line for several users that names uids, which it cannot grant. */
export function checkEffect(line: Line, findings: Findings): void {
  const { entry } = line;
  if (!entry || entry.owner === "user" || entry.reserved || entry.each > 0) return;
  const uids = bit(Kind.Uid);
  if (entry.kinds !== 0 && (entry.kinds & uids) === 0) return;
  const what = entry.grants === 0 ? "grants nothing" : "grants no uids";
  findings.add(
    "warning",
    line,
    line.flagsAt,
    `${what}: uids go to single users, or to several in slices (each=)`,
  );
}

/** Looks for owners who do not exist. */
export class OwnerCheck {
  /** What is wrong with an owner of sub-ids, and where it is. */
  readonly #ofSubids = new PerOwner((field) => this.#user(field));

  constructor(
    private readonly users: People,
    private readonly groups: People,
    private readonly findings: Findings,
  ) {}

  /** Notes that a line's does not. */
  check(line: Line): void {
    const defect = line.entry
      ? this.#defectOf(line.owner, line.entry)
      : this.#ofSubids.of(line.of, line.index);
    if (defect) this.findings.add(defect.severity, line, defect.at, defect.text);
  }

  #defectOf(field: string, entry: Entry): Defect | null {
    // A name that nobody has reserves as well: usernamespaces(5).
    if (entry.owner === "everyone" || (entry.reserved && !isUid(field))) return null;
    return entry.owner === "group" ? this.#group(field.slice(1), entry) : this.#user(field);
  }

  #user(field: string): Defect | null {
    if (isUid(field)) return this.#uid(field);
    if (field === OF_PODMAN || this.users.named(field)) return null;
    const hint = field.startsWith("#") ? " (this file has no comments)" : "";
    return warning(`there is no user '${plain(field)}': who gets this name gets the ids${hint}`);
  }

  #group(name: string, { denySetgroups, each }: Entry): Defect | null {
    if (this.groups.named(name)) return null;
    const effect = denySetgroups || each ? "grants nothing and restricts everybody" : "grants nothing";
    return { ...warning(`there is no group '${plain(name)}': the line ${effect}`), at: 1 };
  }

  #uid(digits: string): Defect | null {
    const uid = Number(digits);
    if (isNobody(digits)) return { severity: "error", at: 0, text: `'${digits}' is no uid` };
    const namesake = this.users.named(digits);
    if (namesake && namesake.id !== uid)
      return warning(`this is uid ${uid}, not the user of that name, who has uid ${namesake.id}`);
    return this.users.withId(uid) ? null : warning(`uid ${uid} is no user's: who gets it next gets the ids`);
  }
}

function warning(text: string): Defect {
  return { severity: "warning", at: 0, text };
}
