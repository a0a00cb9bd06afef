// SPDX-License-Identifier: MIT
//
// The reference model's word on what the helper of userns did: what newuidmap and newgidmap would do together.
import { predict } from "../model/model.js";
import { LONGEST_LINE } from "../model/tables.js";
import { PID, type Tool } from "../model/world.js";
import { groupsIn, readInput, worldOf } from "./input.js";
import { type Deeds, MOST_GROUPS } from "./judge.js";

const NO_ID = 2 ** 32 - 1;
const [DENIED, MAPPED, HELPER, FAILURE] = [1, 2, 16, 32];

type Extent = [inside: number, outside: number, count: number];

/** What --setgroups may ask for. */
const [ALLOW, DENY] = [1, 2];

/** The maps of a sound request that leaves the outer namespace alone, and its wish; undefined for any other. */
function mapsOf(request: Buffer): { uids: Extent[]; gids: Extent[]; wish: number } | undefined {
  const numbers = Array.from({ length: Math.floor(request.length / 4) }, (_, i) =>
    request.readUInt32LE(4 * i),
  );
  const [wish = 0, disable, uids = 0, gids = 0, ...rest] = numbers;
  if (wish > DENY || disable !== 0 || uids === 0 || gids === 0 || uids > 340 || gids > 340) return undefined;
  if (request.length !== 16 + 12 * (uids + gids)) return undefined;
  const extents = Array.from({ length: uids + gids }, (_, i) => rest.slice(3 * i, 3 * i + 3) as Extent);
  const sound = extents.every(
    ([inside, outside, count]) => count > 0 && Math.max(inside, outside) + count <= NO_ID,
  );
  return sound ? { uids: extents.slice(0, uids), gids: extents.slice(uids), wish } : undefined;
}

/** What the helper ought to have done otherwise; "" if nothing, undefined if the model has no word. */
export function judgeUserns(deeds: Deeds): string | undefined {
  const input = readInput(deeds.input);
  const { uid, gid, sections } = input;
  const bits = input.facts[2] as number;
  const maps = mapsOf(Buffer.from(sections[9] ?? "", "latin1"));
  const long = (sections[1] ?? "").split("\n").some((line) => line.length > LONGEST_LINE);
  if (!(bits & HELPER) || bits & (FAILURE | MAPPED) || !maps || long) return undefined;
  if (groupsIn(sections[5] ?? "").length > MOST_GROUPS) return undefined;
  const predicted = (tool: Tool, extents: Extent[]) => {
    const world = worldOf(tool, input);
    return predict({
      ...world,
      args: [PID, ...extents.flat().map(String)],
      target: { ...world.target, uid, gid },
    });
  };
  const isOwn = (extents: Extent[], own: number) =>
    extents.length === 1 && extents[0]?.[1] === own && extents[0]?.[2] === 1;
  const both = [predicted("newuidmap", maps.uids), predicted("newgidmap", maps.gids)] as const;
  const own = isOwn(maps.uids, uid) && isOwn(maps.gids, gid);
  const rooted = gid !== 0 && maps.gids.some(([, outside]) => outside === 0);
  const denies = own || both[1].setgroups === "deny";
  // Where setgroups is denied already the model does not say whether the map denies it.
  if (maps.wish === ALLOW && bits & DENIED) return undefined;
  const granted = own || (both.every(({ status }) => status === 0) && !rooted);
  const allowed = granted && !(maps.wish === ALLOW && denies);
  const setgroups = denies || maps.wish === DENY ? "deny" : "allow";
  const same = (deeds.status === 0) === allowed && (!allowed || deeds.setgroups === setgroups);
  return same
    ? ""
    : `it did ${JSON.stringify({ ...deeds, input: undefined })}\nand not ${JSON.stringify(both)}`;
}
