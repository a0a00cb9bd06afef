// SPDX-License-Identifier: MIT
//
// Owners whom nobody knows: whoever gets the name or the uid next inherits the ids.
import { bit, Kind } from "../../policy/kind.js";
import { isNobody, isUid } from "../claims.js";
import type { Line } from "../lines.js";
import { plain } from "../output.js";
import type { People } from "../people.js";
import type { Findings } from "./findings.js";

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

/** Notes an owner who does not exist. */
export function checkOwner(line: Line, users: People, groups: People, findings: Findings): void {
  const { owner: name, entry } = line;
  const owner = entry?.owner ?? "user";
  // A name that nobody has reserves as well: usernamespaces(5).
  if (owner === "everyone" || (entry?.reserved && !isUid(name))) return;
  if (owner === "group") checkGroup(line, name.slice(1), groups, findings);
  else if (isUid(name)) checkUid(line, name, users, findings);
  else if (name !== OF_PODMAN && !users.named(name)) {
    const hint = name.startsWith("#") ? " (this file has no comments)" : "";
    findings.add(
      "warning",
      line,
      0,
      `there is no user '${plain(name)}': who gets this name gets the ids${hint}`,
    );
  }
}

function checkGroup(line: Line, name: string, groups: People, findings: Findings): void {
  if (groups.named(name)) return;
  const effect =
    line.entry?.denySetgroups || line.entry?.each
      ? "grants nothing and restricts everybody"
      : "grants nothing";
  findings.add("warning", line, 1, `there is no group '${plain(name)}': the line ${effect}`);
}

function checkUid(line: Line, digits: string, users: People, findings: Findings): void {
  const uid = Number(digits);
  const namesake = users.named(digits);
  if (isNobody(digits)) findings.add("error", line, 0, `'${digits}' is no uid`);
  else if (namesake && namesake.id !== uid)
    findings.add(
      "warning",
      line,
      0,
      `this is uid ${uid}, not the user of that name, who has uid ${namesake.id}`,
    );
  else if (!users.withId(uid))
    findings.add("warning", line, 0, `uid ${uid} is no user's: who gets it next gets the ids`);
}
