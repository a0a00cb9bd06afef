// SPDX-License-Identifier: MIT
//
// What useradd does not see: it looks for free ranges in its two tables alone.
import { Table } from "../../host.js";
import { bit, Kind } from "../../policy/kind.js";
import type { Claim } from "../claims.js";
import type { LoginDefs, Side } from "../conventions.js";
import { holds, merged, spanText } from "../spans.js";
import type { Findings } from "./findings.js";

/** Notes ids of /etc/usernamespaces that useradd may give to somebody else. */
export function checkUseradd(claims: readonly Claim[], defs: LoginDefs, findings: Findings): void {
  if (!claims.some(({ line }) => line.entry)) return;
  check(claims, defs, "UID", Table.Subuid, bit(Kind.Uid) | bit(Kind.Fsid), findings);
  check(claims, defs, "GID", Table.Subgid, bit(Kind.Gid) | bit(Kind.Fsid), findings);
}

function check(
  claims: readonly Claim[],
  defs: LoginDefs,
  side: Side,
  table: Table,
  kinds: number,
  findings: Findings,
): void {
  const pool = defs.pool(side);
  const unseen = claims.filter(({ line, grants, keeps }) => line.entry && ((grants | keeps) & kinds) !== 0);
  if (unseen.length === 0) return;
  const seen = merged(claims.filter(({ line }) => line.table === table));
  for (const claim of unseen) {
    const start = Math.max(claim.start, pool.start);
    const end = Math.min(claim.end, pool.end);
    if (start >= end || holds(seen, start, end)) continue;
    const ids = spanText(start, end);
    findings.add(
      "warning",
      claim.line,
      claim.line.startAt,
      `useradd may give ${ids} to others: SUB_${side}_MIN to SUB_${side}_MAX hold it, and it does not read this file`,
    );
  }
}
