// SPDX-License-Identifier: MIT
//
// Generators of /etc/usernamespaces: lines on the grid of the other tables' lines, so that what the one grants
// the other restricts.
import * as fc from "fast-check";
import { type Blemish, blemishes, type Caller, sound } from "./files.js";
import { count, names, often, type Shape, shape, start, uids } from "./ids.js";
import type { Answer } from "./world.js";

/** Ids that a line is about, or a part of them that a request may be for. */
export interface Piece {
  start: number;
  count: (from: number) => number;
}

export interface EntryDraft extends Piece {
  owner: string;
  flags: string[];
  each: number | undefined;
  /** How many slices lie before the caller's; undefined where the line does not say whose is the first. */
  before: number | undefined;
  startShape: Shape;
  countShape: Shape;
  blemish: Blemish;
}

const groups = ["wheel", "video", "staff", "videos"];

const kinds = fc.oneof(
  { arbitrary: fc.constant<string[]>([]), weight: 6 },
  { arbitrary: fc.shuffledSubarray(["uid", "gid", "fsid"], { minLength: 1 }), weight: 4 },
);

const users = fc.oneof(
  { arbitrary: fc.constantFrom("$NAME", "$NAME", "$UID"), weight: 12 },
  {
    arbitrary: fc.constantFrom(...names, ...uids.map(String), "$NAMEx", "nobody", " $NAME", "+$NAME"),
    weight: 2,
  },
);
const crowds = fc.oneof(
  { arbitrary: fc.constant("*"), weight: 2 },
  { arbitrary: fc.constantFrom(...groups).map((group) => `@${group}`), weight: 3 },
);
const anybody = fc.oneof({ arbitrary: users, weight: 3 }, { arbitrary: crowds, weight: 2 });

const brokenFlags = fc.constantFrom<string[]>(
  ["isolated"],
  ["uid", "uid"],
  ["uid", ""],
  ["gid\r"],
  [" uid"],
  ["UID"],
  ["each="],
  ["each=0"],
  ["first=1000"],
  ["each=10", "reserved"],
  ["each=10", "first=4294967295"],
  ["deny-setgroups", "each=010"],
);

const shaped = {
  start,
  count: count(60),
  startShape: shape(80),
  countShape: shape(80),
  blemish: often(40, sound, ...blemishes),
};
const unsliced = { each: fc.constant(undefined), before: fc.constant(undefined) };
const flagsOf = (...more: string[]) => kinds.map((named) => [...named, ...more]);

const entry: fc.Arbitrary<EntryDraft> = fc.oneof(
  { arbitrary: fc.record({ ...shaped, ...unsliced, owner: anybody, flags: flagsOf() }), weight: 12 },
  {
    arbitrary: fc.record({ ...shaped, ...unsliced, owner: anybody, flags: flagsOf("deny-setgroups") }),
    weight: 4,
  },
  { arbitrary: fc.record({ ...shaped, ...unsliced, owner: anybody, flags: flagsOf("reserved") }), weight: 3 },
  {
    arbitrary: fc.record({
      ...shaped,
      owner: often(20, "*", "@wheel", "@video", "@staff", "$NAME"),
      flags: fc.oneof(
        { arbitrary: flagsOf(), weight: 4 },
        { arbitrary: flagsOf("deny-setgroups"), weight: 1 },
      ),
      each: often(2, 10, 1, 5, 7, 20, 60),
      before: fc.constantFrom(undefined, 0, 0, 1, 1, 2, 3, -1),
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ ...shaped, ...unsliced, owner: anybody, flags: brokenFlags }), weight: 1 },
);

export const entryDrafts = fc.array(entry, { minLength: 1, maxLength: 5 });

function flagText({ flags, each, before }: EntryDraft, uid: number): string {
  const first = before === undefined ? [] : [`first=${Math.max(0, uid - before)}`];
  return [...flags, ...(each === undefined ? [] : [`each=${each}`, ...first])].join(",");
}

/** /etc/usernamespaces with these lines. */
export function usernamespacesFile(drafts: EntryDraft[], { name, uid }: Caller, end: string): string {
  const lines = drafts.map((draft) => {
    const { owner, start: from, count: size, startShape, countShape, blemish } = draft;
    const field = owner.replace("$NAME", name).replace("$UID", String(uid));
    return blemish(`${field}:${startShape(from)}:${countShape(size(from))}:${flagText(draft, uid)}`);
  });
  return lines.length > 0 ? lines.join("\n") + end : "";
}

/** What is worth asking for: the lines' ids, and the caller's slices. */
export function pieces(drafts: EntryDraft[]): Piece[] {
  return drafts.flatMap((draft) => {
    const { start: from, each, before = 0 } = draft;
    return each === undefined
      ? [draft]
      : [draft, { start: from + Math.max(0, before) * each, count: () => each }];
  });
}

const answer: fc.Arbitrary<Answer> = fc.oneof(
  { arbitrary: fc.constant("in\n"), weight: 6 },
  { arbitrary: fc.constant("out\n"), weight: 4 },
  { arbitrary: fc.constantFrom(-1012, -1009, -1010, -1011, -1014), weight: 3 },
  { arbitrary: fc.constantFrom("", "in", "in\nin\n", "out", "maybe\n", "IN\n"), weight: 1 },
);

/** Whether the caller is a member, by group; groups may be unknown. */
export const members = fc.record(Object.fromEntries(groups.map((group) => [group, answer])), {
  requiredKeys: [],
});
