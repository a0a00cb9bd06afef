// SPDX-License-Identifier: MIT
//
// Generators of the files: tables with sound and faulty lines, the users, the settings.
import * as fc from "fast-check";
import { count, GRID, gids, names, often, type Shape, shape, start, uids, WIDE } from "./ids.js";

/** What is wrong with a line of a table, if anything. */
export type Blemish = (line: string) => string;
export const sound: Blemish = (line) => line;
export const blemishes: Blemish[] = [
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
  (line) => line.replace(/:.*/, ":0:0"),
  (line) => line.replace(":", "\0:"),
  (line) => `${line}\0`,
  (line) => `${line.slice(0, 4)}\0\n${line.slice(4)}`,
  (line) => `${line}:`.padEnd(1023, "x"),
  (line) => `${line}:`.padEnd(1024, "x"),
  (line) => `${line}\n${"#".repeat(5000)}`,
  () => "",
  () => "\xef\xbb\xbf",
];

export interface Draft {
  owner: string;
  start: number;
  count: (from: number) => number;
  startShape: Shape;
  countShape: Shape;
  blemish: Blemish;
}

export const draft: fc.Arbitrary<Draft> = fc.record({
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

/** What a crowd takes its ids from. */
export const wide: Draft = {
  owner: "$NAME",
  start: WIDE,
  count: () => 65536,
  startShape: String,
  countShape: String,
  blemish: sound,
};

/** The whole grid: what another file keeps of it is all that is not allowed. */
export const whole: Draft = { ...wide, start: GRID, count: () => 300 };

export interface Caller {
  name: string;
  uid: number;
  gid: number;
}

export const passwdLine = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...uids), often(14, "$GID", ...gids.map(String)))
  .map(([name, uid, gid]) => `${name}:x:${uid}:${gid}::/:/bin/sh`);

export const broken = fc.constantFrom(
  "",
  "#",
  "+::::::",
  "-bob",
  "alice",
  "alice:x",
  "alice:x:1000",
  "alice:x:1000:",
);

/** The passwd file: the caller's line among others', before or behind another one of his name or uid. */
export function passwdFile(caller: Caller, others: string[], at: number, gid: number): string {
  const lines = others.map((line) => line.replace("$GID", String(caller.gid)));
  lines.splice(at % (lines.length + 1), 0, `${caller.name}:x:${caller.uid}:${gid}::/:/bin/sh`);
  return `root:x:0:0::/:/bin/sh\n${lines.map((line) => `${line}\n`).join("")}`;
}

export function tableFile(drafts: Draft[], { name, uid }: Caller, end: string): string {
  const lines = drafts.map(({ owner, start: from, count: size, startShape, countShape, blemish }) => {
    const field = owner.replace("$NAME", name).replace("$UID", String(uid));
    return blemish(`${field}:${startShape(from)}:${countShape(size(from))}`);
  });
  return lines.length > 0 ? lines.join("\n") + end : "";
}

export const loginDefs = often(
  4,
  "",
  "GRANT_AUX_GROUP_SUBIDS yes\n",
  "#GRANT_AUX_GROUP_SUBIDS yes\n",
  'UMASK 022\n\tGRANT_AUX_GROUP_SUBIDS\t"YES"\n',
  "GRANT_AUX_GROUP_SUBIDS yes\nGRANT_AUX_GROUP_SUBIDS no\n",
  "GRANT_AUX_GROUP_SUBIDS\n",
  "GRANT_AUX_GROUP_SUBIDS yes  \n",
);

export const nsswitch = often(
  40,
  "passwd: files\n",
  "passwd: files\nsubid: files\n",
  "passwd: files\nsubid:\tfiles nonesuch\n",
  "passwd: files\n#subid: nonesuch\n",
  "passwd: files\nsubid: nonesuch\nsubid: files\n",
  "SUBID: nonesuch\n",
  "subid:\nsubid:  \nsubid: files\n",
);
