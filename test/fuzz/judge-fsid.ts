// SPDX-License-Identifier: MIT
//
// The reference model's word on what newfsidmap did, where the command line is one that asks for a map of few ids.
import { type FsidReason, type FsidWorld, fsidReasons, mountPairs } from "../model/fsid.js";
import { plain } from "../model/numbers.js";
import { groupsIn, type Input, memberAnswer, readInput, tableOf, wordsOf } from "./input.js";
import { type Deeds, MOST_GROUPS } from "./judge.js";

/** More ids the model, which counts them one by one, takes too long for. */
const MOST_IDS = 200n;
const NO_ID = 2n ** 32n - 1n;
/** Bits of the facts about the target. */
const [DENIED, OTHER_UID, OTHER_GID, FAILURE, IN_A_GROUP] = [1, 4, 8, 32, 128];

/** The first line of each refusal that the model knows. */
const wordings: [RegExp, FsidReason][] = [
  [/ overlap inside$/, "overlap inside"],
  [/ overlap on disk$/, "overlap on disk"],
  [/: none of the inside [ug]ids is mapped in the target$/, "empty"],
  [/ -> disk \[.*\) not allowed$/, "disk"],
  [/ -> \[.*\) not allowed$/, "kernel"],
  [/: --fd is not allowed with/, "fd"],
  [/: setgroups is not denied/, "setgroups"],
  [/ would not show as itself in the mount$/, "hidden"],
];

type Extent = [bigint, bigint, bigint];

/** Whether three texts are an extent that the kernel could take. */
function extentOf(words: string[]): Extent | undefined {
  const [first, second, count] = words.map(plain);
  if (words.length !== 3 || first === undefined || second === undefined || count === undefined)
    return undefined;
  const sound = count > 0n && first + count <= NO_ID && second + count <= NO_ID;
  return sound ? [first, second, count] : undefined;
}

function overlap(extents: Extent[], side: 0 | 1): boolean {
  return extents.some((one, i) =>
    extents.some(
      (other, j) => i < j && one[side] < other[side] + other[2] && other[side] < one[side] + one[2],
    ),
  );
}

/** A map as the kernel shows it: one that it has taken. */
function isMap(text: string): boolean {
  const rows = text.split("\n");
  const extents = rows.slice(0, -1).map((row) => extentOf(row.trim().split(/ +/)));
  if (
    /[^ 0-9\n]/.test(text) ||
    rows.at(-1) !== "" ||
    extents.length === 0 ||
    !extents.every((extent) => extent !== undefined)
  )
    return false;
  return isSmall(extents) && !overlap(extents, 0) && !overlap(extents, 1);
}

function isSmall(extents: Extent[]): boolean {
  return extents.reduce((sum, [, , count]) => sum + count, 0n) <= MOST_IDS;
}

/** The words that ask for maps, each of one extent; undefined if the command line is another. */
function mapsOf(args: string[]): string[] | undefined {
  const [way, first = "", second = "", target, ...maps] = args;
  const paths = way === "--bind" ? [first, second] : way === "--fd" && first === "3" ? [second] : [];
  if (paths.length === 0 || !paths.every((path) => /^\/[a-z]*$/.test(path))) return undefined;
  if (target !== "7" && target !== "fd:7") return undefined;
  const extents = maps.map((word) => (/^[ugb]:/.test(word) ? extentOf(word.slice(2).split(":")) : undefined));
  if (!extents.every((extent) => extent !== undefined) || !isSmall(extents)) return undefined;
  return ["u", "g"].every((letter) => maps.some((word) => /^[b]/.test(word) || word.startsWith(letter)))
    ? maps
    : undefined;
}

function worldOf(input: Input): FsidWorld | undefined {
  const { facts, uid, gid, sections } = input;
  const bits = facts[2] as number;
  const args = wordsOf(input);
  const [subids, usernamespaces] = [tableOf(input, 4), tableOf(input, 5)];
  const loginDefs = tableOf(input, 3);
  const [uidMap = "", gidMap = ""] = sections.slice(9, 11);
  const broken = [subids, usernamespaces, loginDefs, tableOf(input, 1), tableOf(input, 2)].some(
    (file) => typeof file !== "string",
  );
  if (broken || bits & (OTHER_UID | OTHER_GID | FAILURE) || !mapsOf(args) || !isMap(uidMap) || !isMap(gidMap))
    return undefined;
  const groups = groupsIn(usernamespaces as string);
  if (groups.length > MOST_GROUPS) return undefined;
  return {
    args,
    uid,
    gid,
    groups: bits & IN_A_GROUP ? [22] : [],
    passwd: null,
    nsswitch: null,
    loginDefs,
    subuid: subids,
    subgid: subids,
    usernamespaces,
    uidMap,
    gidMap,
    setgroups: bits & DENIED ? 1 : 0,
    nss: {
      user: -1012,
      ranges: -1009,
      member: Object.fromEntries(groups.map((group) => [group, memberAnswer(input, group)])),
    },
  };
}

/** The extents of a kind that were recorded, as pairs of single ids in the order of the first ones. */
function pairsOf(map: string, letter: "u" | "g"): string[] {
  const rows = map.split("\n").filter((row) => row.startsWith(letter));
  return rows
    .flatMap((row) => {
      const [first, second, count] = row.slice(2).split(" ").map(Number) as [number, number, number];
      return Array.from({ length: count }, (_, i) => [first + i, second + i] as [number, number]);
    })
    .sort(([one], [other]) => one - other)
    .map(([first, second]) => `${first}->${second}`);
}

/** What newfsidmap ought to have done otherwise; "" if nothing, undefined if the model has no word. */
export function judgeFsid(deeds: Deeds): string | undefined {
  const world = worldOf(readInput(deeds.input));
  if (!world) return undefined;
  const line = deeds.complaint.split("\n")[0] as string;
  const got = deeds.status === 0 ? undefined : wordings.find(([wording]) => wording.test(line))?.[1];
  const reasons = fsidReasons(world);
  const told = `with ${JSON.stringify(world)}\nit said ${JSON.stringify(deeds)}\nand the reasons are ${[...reasons]}`;
  if (deeds.status !== 0) return got !== undefined && reasons.has(got) && deeds.map === "" ? "" : told;
  if (reasons.size > 0) return told;
  const same = (["uid", "gid"] as const).every(
    (kind) => pairsOf(deeds.map, kind === "uid" ? "u" : "g").join() === mountPairs(world, kind).join(),
  );
  return same ? "" : `another map ${told}`;
}
