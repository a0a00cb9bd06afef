// SPDX-License-Identifier: MIT
//
// Generators of whole worlds. About half of the requests in them are allowed.
import * as fc from "fast-check";
import { entryDrafts, members, pieces, usernamespacesFile } from "./entries.js";
import {
  broken,
  draft,
  loginDefs,
  nsswitch,
  passwdFile,
  passwdLine,
  tableFile,
  whole,
  wide,
} from "./files.js";
import { gids, names, often, uids } from "./ids.js";
import { crowd, crowdWords, type Wish, wish, words } from "./requests.js";
import { nobodyKnown, PID, type Tool, type World } from "./world.js";

/** A table of lines, who may be asking, and several requests on it. */
export interface Scene {
  /** One world for each request; they differ in their arguments and targets alone. */
  worlds: World[];
}

const request = fc.record({
  crowd: fc.oneof({ arbitrary: fc.constant(undefined), weight: 120 }, { arbitrary: crowd, weight: 1 }),
  wishes: fc.oneof(
    { arbitrary: fc.array(wish, { minLength: 1, maxLength: 2 }), weight: 36 },
    { arbitrary: fc.array(wish, { minLength: 3, maxLength: 4 }), weight: 10 },
    { arbitrary: fc.constant<Wish[]>([]), weight: 1 },
  ),
  to: often(60, PID, `+${PID}`, `0${PID}`, "0", "-1", "self", "2147483647", "2147483648", ""),
  surplus: often(60, [] as string[], ["1"], ["1", "2"]),
  setgroups: often<"allow" | "deny">(4, "allow", "deny"),
  mapped: often(40, false, true),
  stranger: often(40, {}, { uid: 1001 }, { gid: 1001 }, { uid: 0 }),
});

const host = fc.record({
  tool: fc.constantFrom<Tool>("newuidmap", "newgidmap"),
  name: fc.constantFrom(...names),
  uid: often(12, 1000, ...uids),
  gid: often(12, 1000, ...gids),
  primaryGid: often(16, undefined, ...gids),
  users: fc.array(fc.oneof({ arbitrary: passwdLine, weight: 8 }, { arbitrary: broken, weight: 1 }), {
    maxLength: 3,
  }),
  place: fc.nat(3),
  drafts: fc.array(draft, { maxLength: 8 }),
  end: often(20, "\n", ""),
  absent: often(40, false, true),
  linked: often(40, false, true),
  loginDefs,
  nsswitch,
});

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** What /etc/usernamespaces holds, and who is in its groups. */
const rules = fc.record({ entries: entryDrafts, member: members, generous: often(3, true, false) });
const noRules: Drawn<typeof rules> = { entries: [], member: {}, generous: false };

function sceneOf(
  on: Drawn<typeof host>,
  asked: Drawn<typeof request>[],
  { entries, member, generous } = noRules,
): Scene {
  const { tool, uid, gid, loginDefs, nsswitch } = on;
  const own = tool === "newuidmap" ? uid : gid;
  const drafts = asked.some((one) => one.crowd) ? [wide, ...on.drafts] : on.drafts;
  const passwd = passwdFile(on, on.users, on.place, on.primaryGid ?? gid);
  const table = on.absent ? null : tableFile(generous ? [...drafts, whole] : drafts, on, on.end);
  const usernamespaces = entries.length > 0 ? usernamespacesFile(entries, on, on.end) : null;
  const files = { passwd, nsswitch, loginDefs, table, linked: on.linked && !on.absent, usernamespaces };
  const worlds = asked.map(({ crowd: many, wishes, to, surplus, setgroups, mapped, stranger }) => ({
    tool,
    uid,
    gid,
    ...files,
    args: [
      to,
      ...(many ? crowdWords(many) : words(wishes, [...pieces(entries), ...drafts], own)),
      ...surplus,
    ],
    target: { uid, gid, ...stranger, setgroups, mapped },
    nss: { ...nobodyKnown, member },
  }));
  return { worlds };
}

/** Worlds as the programs meet them on a host that root keeps in order; `requests` on each. */
export function scenes(requests: number): fc.Arbitrary<Scene> {
  const asked = fc.array(request, { minLength: requests, maxLength: requests });
  return fc.tuple(host, asked).map(([on, all]) => sceneOf(on, all));
}

/** The same with one request each. */
export const ordinaryWorlds: fc.Arbitrary<World> = scenes(1).map(({ worlds }) => worlds[0] as World);

/** Worlds with an /etc/usernamespaces. */
export const governedWorlds: fc.Arbitrary<World> = fc
  .tuple(host, request, rules)
  .map(([on, asked, file]) => sceneOf(on, [asked], file).worlds[0] as World);

type FileName = "passwd" | "table" | "usernamespaces" | "nsswitch" | "loginDefs";
const files: FileName[] = ["passwd", "table", "usernamespaces", "nsswitch", "loginDefs"];

/** Worlds with files and answers that root, a disk or a directory server may have broken. */
const damaged = (worlds: fc.Arbitrary<World>): fc.Arbitrary<World> =>
  fc
    .record({
      base: worlds,
      bytes: fc.string({
        unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
        maxLength: 40,
      }),
      where: often<FileName | "args" | "">(9, "", ...files, "args"),
      error: often(12, 0, -13, -40, -1001, -1002, -1003, -1004),
      file: fc.constantFrom(...files),
      unknown: often(5, false, true),
      nameless: often(20, false, true),
      user: fc.constantFrom(
        "alice:$UID:1000\n",
        "zoe:$UID:1000\n",
        "zoe:1:1000\n",
        "zoe:$UID:1000",
        "z:o:$UID:1\n",
        "\n",
        -1009,
        -1012,
      ),
      ranges: fc.constantFrom(
        "100000 65536\n",
        "100000 10\n100010 10\n",
        "100000\n",
        "1 2 3\n",
        "",
        "0 4294967296\n",
        "x",
        -1009,
        -1013,
      ),
    })
    .map(({ base, bytes, where, error, file, unknown, nameless, user, ranges }) => {
      const answer = typeof user === "string" ? user.replace("$UID", String(base.uid)) : user;
      const world: World = { ...base, nss: { ...base.nss, user: answer, ranges } };
      if (where === "args") world.args = [...world.args.slice(0, -1), bytes.replaceAll("\0", "")];
      else if (where && typeof world[where] === "string") world[where] = splice(world[where], bytes);
      if (nameless && typeof world.passwd === "string")
        world.passwd = `::${base.uid}:${base.gid}:\n${world.passwd}`;
      if (unknown) world.passwd = "root:x:0:0::/:/bin/sh\nalice:x:5000:5000::/:/bin/sh\n";
      if (error !== 0) world[file] = error;
      return world;
    });

export const hostileWorlds = damaged(ordinaryWorlds);
export const hostileGovernedWorlds = damaged(governedWorlds);

/** Puts bytes into the middle of a text. */
function splice(text: string, bytes: string): string {
  const middle = text.length >> 1;
  return text.slice(0, middle) + bytes + text.slice(middle);
}
