// SPDX-License-Identifier: MIT
//
// What must hold of every map that is written, whatever stands in /etc/usernamespaces, said without the model:
// nothing in it but what is granted and the own id, and nothing that a line surely keeps from the caller.
// FC_SEED repeats a run.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import { memberAnswer, type World } from "../model/world.js";
import { governedWorlds, hostileGovernedWorlds } from "../model/worlds.js";
import { runProgram } from "./fake-host.js";
import { owners, type Span, sides, subids, text, within } from "./kindly.js";

const seed = seedOf("FC_SEED");
const numRuns = countOf("FC_COUNT", 4000);

interface Line {
  owner: string;
  ids: Span;
  words: string[];
}

/** The lines whose ids can be read, and whose flags are the flags there are or something else altogether. */
function lines(world: World): Line[] {
  return text(world.usernamespaces)
    .split("\n")
    .flatMap((line) => {
      const found = /^([^#:\0][^:\0]*):(0|[1-9][0-9]{0,9}):([1-9][0-9]{0,9}):([^:\0]*)$/.exec(line);
      if (!found || line.length > 1023 || found[1] === "@") return [];
      const [, owner, start, length, flags] = found as unknown as [string, string, string, string, string];
      const ids: Span = [Number(start), Number(start) + Number(length)];
      return ids[1] > 2 ** 32 ? [] : [{ owner, ids, words: flags === "" ? [] : flags.split(",") }];
    });
}

const kinds = ["uid", "gid", "fsid"];
const isCrowd = (owner: string) => owner === "*" || owner.startsWith("@");
const value = (words: string[], name: string) =>
  Number(words.find((word) => word.startsWith(name))?.slice(name.length));
const each = (words: string[]) => value(words, "each=");
/** Each flag is known, and stands once. */
const isPlain = (words: string[], known: RegExp) =>
  words.every((word) => known.test(word)) &&
  new Set(words.map((word) => word.split("=")[0])).size === words.length;
const isReserved = (words: string[]) =>
  isPlain(words, /^(uid|gid|fsid|deny-setgroups|reserved)$/) && words.includes("reserved");
const isSliced = ({ owner, words }: Line) =>
  isPlain(words, /^(uid|gid|fsid|deny-setgroups|each=[1-9][0-9]{0,17}|first=(0|[1-9][0-9]{0,8}))$/) &&
  isCrowd(owner) &&
  each(words) > 0;
const isUnknown = (words: string[]) =>
  !words.every((word) => /^(uid|gid|fsid|deny-setgroups|reserved|each=.*|first=.*)$/s.test(word));

/** The caller's slice of a line. */
function slice({ ids: [start, end], words }: Line, uid: number): Span {
  const first = words.some((word) => word.startsWith("first=")) ? value(words, "first=") : 1000;
  const from = start + (uid - first) * each(words);
  return uid >= first && from + each(words) <= end ? [from, from + each(words)] : [start, start];
}

const touches = ([first, end]: Span, [from, to]: Span) => first < to && from < end;
/** Whether the span lies apart from `ids`, or touches nothing of them but the part `except`. */
const keepsOff = ([first, end]: Span, ids: Span, except: Span) =>
  !touches([first, end], ids) || within([Math.max(first, ids[0]), Math.min(end, ids[1])], [except]);

/** The ids that the file grants at the very most. */
function grants(world: World): Span[] {
  const own = owners(world);
  const kind = world.tool === "newuidmap" ? "uid" : "gid";
  const isOf = ({ owner }: Line) =>
    own.has(owner) ||
    owner === "*" ||
    (owner.startsWith("@") && memberAnswer(world.nss, owner.slice(1)) === "in\n");
  return lines(world)
    .filter((line) => isOf(line) && !line.words.includes("reserved"))
    .filter(({ words }) => words.includes(kind) || !words.some((word) => kinds.includes(word)))
    .filter(({ owner, words }) => !(kind === "uid" && isCrowd(owner) && !each(words)))
    .map((line) => (each(line.words) > 0 ? slice(line, world.uid) : line.ids));
}

function check(world: World): void {
  const { map, setgroups, questions } = runProgram(world);
  fc.pre(map !== "");
  const { outside } = sides(map);
  const { uid, tool } = world;
  const kind = tool === "newuidmap" ? "uid" : "gid";
  const own = owners(world);
  const plugin = questions.some((question) => question.startsWith("ranges"));
  const granted = [...subids(world, plugin), ...grants(world)];
  const ownId = kind === "uid" ? uid : world.gid;
  const others = outside.filter(([first, end]) => first !== ownId || end !== ownId + 1);
  const isFor = (words: string[]) => words.includes(kind) || !words.some((word) => kinds.includes(word));
  const isHis = (owner: string) =>
    owner === "*" ||
    owner === String(uid) ||
    (owner.startsWith("@") && memberAnswer(world.nss, owner.slice(1)) !== "out\n");
  const none: Span = [0, 0];

  expect(others.filter((span) => !within(span, granted))).toEqual([]);
  for (const line of lines(world)) {
    const { owner, ids, words } = line;
    const kept = (except: Span) => others.filter((span) => !keepsOff(span, ids, except));
    if (isReserved(words) && isFor(words) && (isCrowd(owner) || !own.has(owner)))
      expect(kept(none)).toEqual([]);
    if (isSliced(line) && isFor(words)) expect(kept(slice(line, uid))).toEqual([]);
    if (isUnknown(words) && isHis(owner)) expect(kept(none)).toEqual([]);
    const denies = isPlain(words, /^(uid|gid|fsid|deny-setgroups)$/) && words.includes("deny-setgroups");
    if (kind === "gid" && denies && isHis(owner) && outside.some((span) => touches(span, ids)))
      expect(setgroups).toBe("deny");
  }
  const sliced = lines(world).filter((line) => isSliced(line) && isFor(line.words));
  for (const [i, { ids: one }] of sliced.entries())
    for (const { ids: other } of sliced.slice(i + 1)) {
      const both: Span = [Math.max(one[0], other[0]), Math.min(one[1], other[1])];
      expect(others.filter((span) => both[0] < both[1] && touches(span, both))).toEqual([]);
    }
  if (kind === "gid" && !outside.some((span) => within(span, granted))) expect(setgroups).toBe("deny");
}

describe("a map that is written", () => {
  it.each([
    ["where root keeps the files in order", governedWorlds],
    ["whatever stands in them", hostileGovernedWorlds],
  ])(
    "holds nothing but grants and the own id, and nothing that is kept from the caller, %s",
    (_name, worlds) => {
      fc.assert(fc.property(worlds, check), { seed, numRuns: numRuns / 2 });
    },
  );
});
