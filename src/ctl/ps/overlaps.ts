// SPDX-License-Identifier: MIT
import { type Kind, kinds } from "../maps.js";
import type { Span } from "../spans.js";
import type { Extent, Namespace } from "./scan.js";

/** Ids that two namespaces of different owners have both: what runs in one has power over what runs in the other. */
export interface Overlap extends Span {
  kind: Kind;
  namespaces: [Namespace, Namespace];
}

/**
 * The overlaps between namespaces right below `own`; what is further down has no ids but those of the one around it.
 */
export function overlaps(own: number, namespaces: readonly Namespace[]): Overlap[] {
  return kinds.flatMap((kind) => {
    const held = namespaces
      .filter(({ parent }) => parent === own)
      .flatMap((namespace) => spansOf(namespace, kind).map((span) => ({ ...span, namespace })))
      .sort((a, b) => a.start - b.start);
    return held.flatMap((one, i) => {
      const found: Overlap[] = [];
      for (const other of held.slice(i + 1)) {
        if (other.start >= one.end) break;
        if (other.namespace.owner === one.namespace.owner) continue;
        const end = Math.min(one.end, other.end);
        found.push({ kind, start: other.start, end, namespaces: [one.namespace, other.namespace] });
      }
      return found;
    });
  });
}

function spansOf({ owner, maps }: Namespace, kind: Kind): Span[] {
  const extents = maps?.[kind] ?? [];
  return extents
    .filter((extent) => !isHosts(owner, extent))
    .map(({ outside, count }) => ({ start: outside, end: outside + count }));
}

/** Root may let a service see the ids of the host as they are: that gives nothing away. */
function isHosts(owner: number | undefined, { inside, outside }: Extent): boolean {
  return owner === 0 && inside === outside;
}
