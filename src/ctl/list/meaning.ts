// SPDX-License-Identifier: MIT
//
// What a line says, in words.
import { Table } from "../../host.js";
import { bit, Kind } from "../../policy/kind.js";
import { Fault } from "../../tables/fault.js";
import { sliceOf } from "../claims.js";
import type { Line } from "../lines.js";
import { plain } from "../output.js";
import { spanText } from "../spans.js";

const nouns = [
  [Kind.Uid, "uids"],
  [Kind.Gid, "gids"],
  [Kind.Fsid, "ids on disk"],
] as const;

/** Whom a line names, as it spells him. */
export function ownerOf(line: Line): string {
  return plain(line.owner);
}

/** What a line says of its ids; for a single user, whose slice it is that counts, with `uid`. */
export function sentence(line: Line, uid?: number): string {
  const { fault, start, end, entry } = line;
  if (fault === Fault.Flags) return `refuses ${spanText(start, end)}: its flags cannot be read`;
  if (fault !== Fault.None) return "does not count: usernsctl lint says why";
  if (start === end) return "grants nothing";
  const ids = spanText(start, end);
  if (!entry)
    return `grants ${kindsText(line.table === Table.Subuid ? bit(Kind.Uid) : bit(Kind.Gid))} ${ids}`;
  const denied = entry.denySetgroups ? ", setgroups denied" : "";
  if (entry.reserved) return `reserves ${kindsText(entry.keeps)} ${ids}${denied}`;
  if (entry.grants === 0) return `grants nothing of ${ids}${denied}`;
  if (entry.each === 0) return `grants ${kindsText(entry.grants)} ${ids}${denied}`;
  const slice = sliceOf(line, uid);
  const all = `${ids} in slices of ${entry.each} from uid ${entry.first} on`;
  const what =
    uid === undefined
      ? all
      : slice
        ? `${spanText(slice.start, slice.end)}, a slice of ${ids}`
        : `no slice of ${ids}`;
  return `grants ${kindsText(entry.grants)} ${what}${denied}`;
}

function kindsText(kinds: number): string {
  const said = nouns.filter(([kind]) => (kinds & bit(kind)) !== 0).map(([, noun]) => noun);
  return said.length < 2 ? said.join("") : `${said.slice(0, -1).join(", ")} and ${said[said.length - 1]}`;
}
