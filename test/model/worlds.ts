// SPDX-License-Identifier: MIT
//
// Generators of worlds that lie near the decisions: ranges on a grid, so that they meet, overlap and leave
// gaps; names that share their first letters; numbers at the ends; about half of the requests allowed.
import * as fc from "fast-check";
import { PID, type Tool, type World } from "./world.js";

const GRID = 100000;
const LAST = 2 ** 32;

/** 7, 8, 9, 15, 16 and 17 bytes with one beginning, others, and two that look like uids. */
const names = [
  "alice",
  "aliceab",
  "aliceabc",
  "aliceabcd",
  "aliceabcdefghij",
  "aliceabcdefghijk",
  "aliceabcdefghijkl",
  "bob",
  "1000",
  "2000",
];
const uids = [1000, 1001, 2000, 0, LAST - 2];
const gids = [1000, 1001, 100, 0, LAST - 2];

const often = <T>(weight: number, usual: T, ...rare: T[]): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight }, { arbitrary: fc.constantFrom(...rare), weight: 1 });

/** A number, as decimal or as shadow's numbers may look. */
type Shape = (value: number) => string;
const shapes: Shape[] = [
  (value) => `0x${value.toString(16)}`,
  (value) => `0${value.toString(8)}`,
  (value) => `+${value}`,
  (value) => ` ${value}`,
  (value) => `\t${value}`,
  (value) => `-${value}`,
  (value) => `0${value}`,
  (value) => `${value}x`,
  (value) => `${BigInt(value) - 2n ** 64n}`,
  (value) => `${BigInt(value) + 2n ** 32n}`,
  (value) => `${BigInt(value) + 2n ** 64n}`,
  () => "",
];
const shape = (weight: number) => often<Shape>(weight, String, ...shapes);

/** Where a range begins: mostly on the grid, else at an end, or at one of the caller's own ids. */
const start = fc.oneof(
  { arbitrary: fc.nat(20).map((step) => GRID + 10 * step), weight: 40 },
  { arbitrary: fc.constantFrom(0, 1, 99, 65535, 65536, LAST - 20, LAST - 2, LAST - 1, LAST), weight: 2 },
  { arbitrary: fc.constantFrom(...uids, ...gids), weight: 1 },
);

/** How many ids it has: steps of the grid, a few, or as many as reach about the last id. */
const count = (weight: number) =>
  fc.oneof(
    { arbitrary: fc.nat(3).map((steps) => () => 10 + 10 * steps), weight },
    { arbitrary: fc.constantFrom(0, 1, 2, 9, 11, 65536).map((n) => () => n), weight: 2 },
    { arbitrary: fc.integer({ min: -2, max: 2 }).map((n) => (from: number) => Math.max(0, LAST + n - from)), weight: 1 },
  );

/** What is wrong with a line of a table, if anything. */
type Blemish = (line: string) => string;
const sound: Blemish = (line) => line;
const blemishes: Blemish[] = [
  (line) => `${line}:`,
  (line) => `${line}:x`,
  (line) => `${line}\r`,
  (line) => `${line} `,
  (line) => ` ${line}`,
  (line) => `#${line}`,
  (line) => `+${line}`,
  (line) => `-${line}`,
  (line) => line.replace(":", "::"),
  (line) => line.replace(/:[^:]*$/, ""),
  (line) => line.replace(/[^:]*$/, ""),
  (line) => line.replace(":", "\0:"),
  (line) => `${line}\0`,
  (line) => `${line.slice(0, 4)}\0\n${line.slice(4)}`,
  (line) => `${line}:`.padEnd(1023, "x"),
  (line) => `${line}:`.padEnd(1024, "x"),
  (line) => `${line}\n${"#".repeat(5000)}`,
  () => "",
  () => "\xef\xbb\xbf",
];

interface Draft {
  owner: string;
  start: number;
  count: (from: number) => number;
  startShape: Shape;
  countShape: Shape;
  blemish: Blemish;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  owner: fc.oneof(
    { arbitrary: fc.constantFrom("$NAME", "$NAME", "$UID"), weight: 24 },
    { arbitrary: fc.constantFrom(...names, ...uids.map(String), "$NAMEx", "nobody"), weight: 3 },
  ),
  start,
  count: count(60),
  startShape: shape(60),
  countShape: shape(60),
  blemish: often(24, sound, ...blemishes),
});

/** One extent of a request: what it takes on the outside and where it lies inside. */
interface Wish {
  from: "line" | "part" | "several" | "own" | "any";
  line: number;
  start: number;
  length: (from: number) => number;
  inside: "next" | "any";
  shapes: Shape[];
}

const wish: fc.Arbitrary<Wish> = fc.record({
  from: fc.oneof(
    { arbitrary: fc.constantFrom("part", "part", "part", "part", "line", "several", "own"), weight: 12 },
    { arbitrary: fc.constantFrom("any"), weight: 1 },
  ) as fc.Arbitrary<Wish["from"]>,
  line: fc.nat(7),
  start,
  length: count(60),
  inside: often<Wish["inside"]>(12, "next", "any"),
  shapes: fc.array(shape(150), { minLength: 3, maxLength: 3 }),
});

interface Caller {
  name: string;
  uid: number;
  gid: number;
}

/** An extent's numbers; a wish for what is not there becomes one for the own id. */
function grant({ from, line, start: at, length }: Wish, index: number, drafts: Draft[], own: number): [number, number] {
  const chosen = drafts[line % Math.max(1, drafts.length)];
  if (from === "any") return [at, length(at)];
  if ((from === "own" && index === 0) || !chosen) return [own, 1];
  const size = chosen.count(chosen.start);
  if (from === "line") return [chosen.start, size];
  if (from === "several") return [chosen.start, Math.max(size, length(chosen.start))];
  const quarter = Math.max(1, Math.floor(size / 4));
  return [chosen.start + index * quarter, quarter];
}

function words(wishes: Wish[], drafts: Draft[], own: number): string[] {
  let next = 0;
  return wishes.flatMap((wanted, index) => {
    const [outside, size] = grant(wanted, index, drafts, own);
    const inside = wanted.inside === "next" ? next : wanted.start;
    next = inside + size;
    return [inside, outside, size].map((value, i) => (wanted.shapes[i] as Shape)(value));
  });
}

const passwdLine = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...uids), often(14, "$GID", ...gids.map(String)))
  .map(([name, uid, gid]) => `${name}:x:${uid}:${gid}::/:/bin/sh`);

const broken = fc.constantFrom("", "#", "+::::::", "-bob", "alice", "alice:x", "alice:x:1000", "alice:x:1000:", "::1000:1000:");

/** The passwd file: the caller's line among others', before or behind another one of his name or uid. */
function passwdFile(caller: Caller, others: string[], at: number, gid: number): string {
  const lines = others.map((line) => line.replace("$GID", String(caller.gid)));
  lines.splice(at % (lines.length + 1), 0, `${caller.name}:x:${caller.uid}:${gid}::/:/bin/sh`);
  return `root:x:0:0::/:/bin/sh\n${lines.map((line) => `${line}\n`).join("")}`;
}

function tableFile(drafts: Draft[], { name, uid }: Caller, end: string): string {
  const lines = drafts.map(({ owner, start: from, count: size, startShape, countShape, blemish }) => {
    const field = owner.replace("$NAME", name).replace("$UID", String(uid));
    return blemish(`${field}:${startShape(from)}:${countShape(size(from))}`);
  });
  return lines.length > 0 ? lines.join("\n") + end : "";
}

const loginDefs = often(
  4,
  "",
  "GRANT_AUX_GROUP_SUBIDS yes\n",
  "#GRANT_AUX_GROUP_SUBIDS yes\n",
  "UMASK 022\n\tGRANT_AUX_GROUP_SUBIDS\t\"YES\"\n",
  "GRANT_AUX_GROUP_SUBIDS yes\nGRANT_AUX_GROUP_SUBIDS no\n",
  "GRANT_AUX_GROUP_SUBIDS\n",
  "GRANT_AUX_GROUP_SUBIDS yes  \n",
);

const nsswitch = often(
  40,
  "passwd: files\n",
  "passwd: files\nsubid: files\n",
  "passwd: files\nsubid:\tfiles nonesuch\n",
  "passwd: files\n#subid: nonesuch\n",
  "passwd: files\nsubid: nonesuch\nsubid: files\n",
  "SUBID: nonesuch\n",
  "subid:\nsubid:  \nsubid: files\n",
);

/** A table of lines, who may be asking, and several requests on it. */
export interface Scene {
  /** One world for each request; they differ in their arguments and targets alone. */
  worlds: World[];
}

const request = fc.record({
  wishes: fc.oneof(
    { arbitrary: fc.array(wish, { minLength: 1, maxLength: 2 }), weight: 36 },
    { arbitrary: fc.array(wish, { minLength: 3, maxLength: 4 }), weight: 10 },
    { arbitrary: fc.constant([]), weight: 1 },
  ),
  target: often(60, PID, `+${PID}`, `0${PID}`, "0", "-1", "self", "2147483647", "2147483648", ""),
  surplus: often(60, [] as string[], ["1"], ["1", "2"]),
  setgroups: often<"allow" | "deny">(4, "allow", "deny"),
  mapped: often(40, false, true),
  stranger: often(40, {}, { uid: 1001 }, { gid: 1001 }, { uid: 0 }),
});

/** Worlds as the programs meet them on a host that root keeps in order; `requests` on each. */
export function scenes(requests: number): fc.Arbitrary<Scene> {
  return fc
    .record({
      tool: fc.constantFrom<Tool>("newuidmap", "newgidmap"),
      name: fc.constantFrom(...names),
      uid: often(12, 1000, ...uids),
      gid: often(12, 1000, ...gids),
      primary: often(16, undefined, ...gids),
      others: fc.array(fc.oneof({ arbitrary: passwdLine, weight: 8 }, { arbitrary: broken, weight: 1 }), { maxLength: 3 }),
      at: fc.nat(3),
      drafts: fc.array(draft, { maxLength: 8 }),
      end: often(20, "\n", ""),
      absent: often(40, false, true),
      linked: often(40, false, true),
      loginDefs,
      nsswitch,
      requests: fc.array(request, { minLength: requests, maxLength: requests }),
    })
    .map(({ tool, name, uid, gid, primary, others, at, drafts, end, absent, linked, requests: asked, ...files }) => {
      const caller = { name, uid, gid };
      const own = tool === "newuidmap" ? uid : gid;
      const fixed = {
        tool,
        uid,
        gid,
        ...files,
        passwd: passwdFile(caller, others, at, primary ?? gid),
        table: absent ? null : tableFile(drafts, caller, end),
        linked: linked && !absent,
        nss: { user: -1012, ranges: -1009 },
      };
      const worlds = asked.map(({ wishes, target, surplus, setgroups, mapped, stranger }) => ({
        ...fixed,
        args: [target, ...words(wishes, drafts, own), ...surplus],
        target: { uid, gid, ...stranger, setgroups, mapped },
      }));
      return { worlds };
    });
}

/** The same, one request each, with files and answers that root, a disk or a directory server may have broken. */
export const hostileWorlds: fc.Arbitrary<World> = fc
  .record({
    scene: scenes(1),
    bytes: fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 40 }),
    where: often<"passwd" | "table" | "nsswitch" | "loginDefs" | "args" | "">(8, "", "passwd", "table", "nsswitch", "loginDefs", "args"),
    error: often(12, 0, -13, -40, -1001, -1002, -1003, -1004),
    file: fc.constantFrom<"passwd" | "table" | "nsswitch" | "loginDefs">("passwd", "table", "nsswitch", "loginDefs"),
    unknown: often(5, false, true),
    user: fc.constantFrom("alice:$UID:1000\n", "zoe:$UID:1000\n", "zoe:1:1000\n", "zoe:$UID:1000", "z:o:$UID:1\n", "\n", -1009, -1012),
    ranges: fc.constantFrom("100000 65536\n", "100000 10\n100010 10\n", "100000\n", "1 2 3\n", "", "0 4294967296\n", "x", -1009, -1013),
  })
  .map(({ scene, bytes, where, error, file, unknown, user, ranges }) => {
    const [base] = scene.worlds as [World];
    const answer = typeof user === "string" ? user.replace("$UID", String(base.uid)) : user;
    const world: World = { ...base, nss: { user: answer, ranges } };
    if (where === "args") world.args = [...world.args.slice(0, -1), bytes.replaceAll("\0", "")];
    else if (where && typeof world[where] === "string") world[where] = splice(world[where], bytes);
    if (unknown) world.passwd = "root:x:0:0::/:/bin/sh\nalice:x:5000:5000::/:/bin/sh\n";
    if (error !== 0) world[file] = error;
    return world;
  });

/** Puts bytes into the middle of a text. */
function splice(text: string, bytes: string): string {
  const middle = text.length >> 1;
  return text.slice(0, middle) + bytes + text.slice(middle);
}
