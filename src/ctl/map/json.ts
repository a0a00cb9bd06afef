// SPDX-License-Identifier: MIT
//
// What map prints with --json; ids as a start and a count.
import type { Span } from "../spans.js";
import type { Picture } from "./picture.js";

/** A picture. */
export function recordOf(picture: Picture): object {
  const { kinds, collisions, conventions, accounts, lanes, pool, free, containers } = picture;
  return {
    kinds,
    collisions: collisions.map((each) => ({
      kinds: each.kinds,
      ...range(each),
      parties: each.parties.map(({ owner, sources }) => ({ who: owner.who, uid: owner.uid, sources })),
    })),
    owners: lanes.map(({ who, blocks, summary }) => ({
      who,
      ...(summary === "" ? {} : { summary }),
      ranges: blocks.map((block) => ({ ...range(block), use: block.use, sources: block.sources })),
    })),
    accounts: accounts.map((each) => ({ ...range(each), accounts: each.count })),
    conventions: conventions.map((each) => ({ ...range(each), what: each.what })),
    containers: containers && { ...range(containers), what: containers.what },
    pool: range(pool),
    free: free.map(range),
  };
}

function range({ start, end }: Span): { start: number; count: number } {
  return { start, count: end - start };
}
