// SPDX-License-Identifier: MIT
//
// The ids that no new range may hold: those of all tables, of accounts, of live namespaces and by convention.
import { containerIds, conventionsOf, incusIds, LoginDefs, type Slots } from "../conventions.js";
import { liveFiles, sourceOf, type TableFile } from "../lint/files.js";
import { Findings } from "../lint/findings.js";
import { SystemNames } from "../nss.js";
import { type People, peopleOf } from "../people.js";
import type { Settings } from "../settings.js";
import type { Span } from "../spans.js";
import { idOf, listedBesides } from "./accounts.js";
import { liveIds } from "./live.js";
import { pluginRanges } from "./plugin.js";
import { rangesOf } from "./ranges.js";

/** Ids [start, end) and whose they are. */
export interface Taken extends Span {
  readonly what: string;
}

/** The tables below `root` that are there; what keeps the helpers from reading one is noted. */
export function tablesOf(root: string, findings = new Findings()): TableFile[] {
  return liveFiles(root, findings);
}

/** All that is taken, but for what follows from the uid that is named. */
export function takenIds(
  root: string,
  files: readonly TableFile[],
  { slots }: Settings,
  uid: number | undefined,
): Taken[] {
  const { users, groups } = peopleOf(root);
  const defs = new LoginDefs(root);
  return [
    ...files.flatMap(rangesOf),
    ...users.listed.map((each) => idOf("uid", each)),
    ...groups.listed.map((each) => idOf("gid", each)),
    ...(root === "/" ? liveMachine(users, groups) : []),
    ...conventionsOf("UID", defs),
    ...conventionsOf("GID", defs),
    ...slotsOfOthers("SUB_UID_DETERMINISTIC", slots.uid, uid),
    ...slotsOfOthers("SUB_GID_DETERMINISTIC", slots.gid, uid),
    { start: 0, end: 1, what: "root" },
  ];
}

/** What the files of a machine do not say. */
function liveMachine(users: People, groups: People): Taken[] {
  const others = listedBesides("uid", users);
  const plugin = sourceOf("/");
  return [
    ...others.map((each) => idOf("uid", each)),
    ...listedBesides("gid", groups).map((each) => idOf("gid", each)),
    ...(plugin === "" ? [] : pluginRanges(plugin, [...users.listed, ...others], new SystemNames())),
    ...liveIds(),
  ];
}

/** What programs give to containers without asking: it lies in the midst of useradd's pool, and is the last to be taken from. */
export function avoidedIds(root: string): Taken[] {
  return [containerIds(root), incusIds(root)].filter((each) => each !== undefined);
}

function slotsOfOthers(name: string, slots: Slots | undefined, uid: number | undefined): Taken[] {
  if (!slots) return [];
  const { start, size, firstUid, count } = slots;
  const own = uid === undefined ? -1 : uid - firstUid;
  const of = (from: number, to: number) => ({
    start: start + from * size,
    end: start + to * size,
    what: `what useradd gives to other uids (${name})`,
  });
  if (own < 0 || own >= count) return [of(0, count)];
  return [of(0, own), of(own + 1, count)].filter((each) => each.start < each.end);
}
