// SPDX-License-Identifier: MIT
//
// What list prints with --json; ids as a start and a count.
import { bit } from "../../policy/kind.js";
import { Fault } from "../../tables/fault.js";
import { type IdKind, idKinds, type Summary } from "../ids.js";
import { counts, type Line } from "../lines.js";
import type { Span } from "../spans.js";
import { ownerOf, sentence } from "./meaning.js";

/** A line. */
export function recordOf(line: Line): object {
  const { file, number, start, end, fault, entry } = line;
  const record = {
    file,
    line: number,
    owner: ownerOf(line),
    counts: fault === Fault.None,
    text: sentence(line),
  };
  if (!counts(line)) return record;
  const flags = entry && {
    ...entry,
    owner: record.owner,
    kinds: namesOf(entry.kinds),
    grants: namesOf(entry.grants),
    keeps: namesOf(entry.keeps),
  };
  return { ...record, start, count: end - start, ...(flags && fault === Fault.None ? flags : {}) };
}

function namesOf(kinds: number): IdKind[] {
  return idKinds.filter((_, kind) => (kinds & bit(kind)) !== 0);
}

/** What it comes to for a user. */
export function userOf({ account, sum, open }: Summary): object {
  const ranges = (spans: readonly Span[]) => spans.map(({ start, end }) => ({ start, count: end - start }));
  const ids = idKinds.map((kind) => {
    const { allowed, refused, denied } = sum.ids[kind];
    return [kind, { allowed: ranges(allowed), refused: ranges(refused), denied: ranges(denied) }];
  });
  return { user: account, ids: Object.fromEntries(ids), openGroups: open };
}
