// SPDX-License-Identifier: MIT
//
// Rule 6, in userns: a main process that lies to the helper, and a logic of the helper's that lies to the shim.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stage } from "../stage/stage.js";
import { obstacle, startStage, tables } from "./scene.js";
import { failed, installs, ran, run, showMaps } from "./userns-scene.js";
import { type Change, weaken } from "./weaken.js";

/** The main process sends what stands in its standard input instead of the request. */
const sendsAnything: Change = {
  file: "native/helper.c",
  from: "  const int sent = channel_send(channel, request, length, NULL, 0);",
  to: `  static char any[65536];
  (void)request;
  length = (size_t)read(0, any, sizeof any);
  const int sent = channel_send(channel, any, length, NULL, 0);`,
};
/** It hands over its standard input instead of the outer namespace. */
const handsOverAnything: Change = {
  file: "native/helper.c",
  from: 'channel_send(channel, "n", 1, &held_namespace, 1)',
  to: 'channel_send(channel, "n", 1, &(const int){0}, 1)',
};
const makesNoNamespace: Change = {
  file: "native/become.c",
  from: "result(unshare((int)flags))",
  to: "result(unshare((int)(flags & ~(uint32_t)CLONE_NEWUSER)))",
};
const believes: Change = {
  file: "src/userns/helper.ts",
  from: "  if (!verdict.allowed) refuse(tool, request, verdict, grants);\n",
  to: "",
};
const recordsZero: Change = {
  file: "native/helper.c",
  from: " ||\n      (outside == 0 && (gids ? start.gid : start.uid) != 0))",
  to: ")",
};

/** What the helper's logic can do, in the order in which `obeys` knows it. */
const acts = ["recordUid", "recordGid", "uids", "gids", "outerUids", "outerGids", "join", "await", "end"];
/** The helper does what the request says, four numbers an act, and decides on nothing. */
const obeys: Change = {
  file: "src/userns/helper.ts",
  from: "  const asked = decode(bytes, awaitRequest(bytes));\n",
  to: `  const length = awaitRequest(bytes);
  for (let at = changetype<usize>(bytes); at < changetype<usize>(bytes) + length; at += 16) {
    const act = load<u32>(at);
    let answer = 0;
    if (act < 2) recordExtent(act == 1, load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12));
    else if (act < 6) answer = writeOwnMap((act & 1) != 0, act > 3);
    else if (act == 6) answer = joinOuter();
    else if (act == 7) awaitRequest(bytes);
    else exit(0);
    if (answer != 0) complain("userns").line("answer ").number(-answer).end();
  }
  const asked = decode(bytes, 0);
`,
};

/** Numbers as the main process writes them. */
const bytes = (...numbers: number[]) => {
  const all = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) all.writeUInt32LE(number, 4 * i);
  return all;
};
/** A request for these extents, three numbers each. */
const asking = (uids: number[], gids: number[], setgroups = 0, disable = 0) =>
  bytes(setgroups, disable, uids.length / 3, gids.length / 3, ...uids, ...gids);

const hidden = "userns: the files of the own process in /proc cannot be opened";
const notBelow = [
  "userns: write to uid_map failed: Operation not permitted",
  "userns: an outside id does not exist in this user namespace, see /proc/self/uid_map",
];
const own = [0, 1000, 1];
const hers = [0, 100000, 10];
const theBobs = [0, 200000, 10];

let stage: Stage;
beforeAll(async () => {
  if (!obstacle) stage = await startStage();
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

describe.each(installs)("userns %s, whose main process", (_how, install) => {
  /** Runs a build with these bytes as standard input. */
  const lie = async (content: Uint8Array, changes: Change[], options: string[] = []) => {
    const program = await stage.install(weaken("userns", sendsAnything, ...changes), "liar", install);
    await stage.files({ "/tmp/lie": { content } });
    return run(stage, [program, ...options, "--", ...showMaps], { stdin: "/tmp/lie" });
  };

  it("tells the truth, maps", async () => {
    expect(await lie(asking(hers, hers), [])).toEqual(ran("0 100000 10\n0 100000 10\nallow\n"));
    expect(await lie(asking(own, own), [])).toEqual(ran("0 1000 1\n0 1000 1\ndeny\n"));
  });

  const notAllowed = (kind: string, extent: string, ...more: string[]) => [
    `userns: ${kind} range ${extent} not allowed`,
    ...more,
    `userns: alice may map 100000-165535 (/etc/sub${kind}:1) and the own ${kind} 1000`,
  ];

  it.each<[string, Uint8Array, string[]]>([
    ["bob's uids", asking(theBobs, hers), notAllowed("uid", "[0-10) -> [200000-200010)")],
    ["bob's gids", asking(hers, theBobs), notAllowed("gid", "[0-10) -> [200000-200010)")],
    ["bob's own uid", asking([0, 1001, 1], own), notAllowed("uid", "[0-1) -> [1001-1002)")],
    ["two of the own gid's neighbours", asking(own, [0, 1000, 2]), notAllowed("gid", "[0-2) -> [1000-1002)")],
    [
      "more than hers, in the second extent",
      asking([...hers, 10, 165535, 2], own),
      notAllowed("uid", "[10-12) -> [165535-165537)", "userns: 165536 is what is not granted of it"),
    ],
    [
      "uid 0",
      asking([0, 0, 1], own),
      [
        "userns: uid range [0-1) -> [0-1) not allowed",
        "userns: outside uid 0 is root's own: nobody else may map it",
      ],
    ],
    [
      "an id twice",
      asking([...hers, 10, 100009, 1], hers),
      [
        "userns: write to uid_map failed: Invalid argument",
        "userns: extents 1 and 2 overlap outside: '0 100000 10' and '10 100009 1'",
      ],
    ],
    [
      "setgroups with the own gid alone",
      asking(hers, own, 1),
      [
        "userns: --setgroups allow: setgroups has to be denied",
        "userns: it can be allowed only with groups that an administrator granted",
      ],
    ],
  ])("asks for %s, maps nothing", async (_what, request, lines) => {
    expect(await lie(request, [])).toEqual(failed(...lines));
  });

  it("asks for bob's ids, gets them from a helper that believes it", async () => {
    expect(await lie(asking(theBobs, theBobs), [believes])).toEqual(ran("0 200000 10\n0 200000 10\ndeny\n"));
  });

  it.each<[string, Uint8Array]>([
    ["nothing that is a number", Buffer.from("abc")],
    ["no extents", asking([], [])],
    ["no gids", asking(own, [])],
    ["a count of 0", asking([0, 1000, 0], own)],
    ["a count that goes beyond all ids", asking([0, 1000, 0xffffffff], own)],
    ["an outside range that ends after the last id", asking([0, 0xfffffffe, 2], own)],
    ["an inside range that ends after the last id", asking([0xffffffff, 1000, 1], own)],
    ["more extents than it holds", bytes(0, 0, 2, 1, ...own, ...own)],
    ["fewer extents than it holds", bytes(0, 0, 1, 1, ...own, ...own, ...own)],
    ["lengths whose product wraps", bytes(0, 0, 0x15555556, 1, ...own)],
    ["as many extents as a u32 counts", bytes(0, 0, 0xffffffff, 1, ...own)],
    ["341 extents", asking(Array(341).fill(own).flat(), own)],
    ["a fourth way of setgroups", asking(own, own, 3)],
    ["a third way of --disable-userns", asking(own, own, 0, 2)],
  ])("asks for %s, ends in a trap", async (_what, request) => {
    expect(await lie(request, [])).toEqual(failed("userns: internal error: a trap"));
  });

  it("asks for more than any request holds, ends", async () => {
    expect(await lie(Buffer.alloc(65536), [])).toEqual(
      failed("userns: internal error: the request is too long"),
    );
  });

  it("asks for nothing, has no helper", async () => {
    expect(await lie(Buffer.alloc(0), [])).toEqual(failed("userns: the helper is cut off"));
  });

  it("makes no namespace, maps none of the host's", async () => {
    expect(await lie(asking(own, own), [makesNoNamespace])).toEqual(
      failed("userns: cannot deny setgroups: Permission denied", hidden),
    );
    expect(await lie(asking(hers, hers), [makesNoNamespace])).toEqual(failed(...notBelow));
  });

  it("asks for a group 0 that no one keeps from it, gets it", async () => {
    const rootGroup = asking(own, [0, 0, 1]);
    expect(await lie(rootGroup, [believes])).toEqual(
      failed("userns: internal error: an extent that cannot be granted"),
    );
    expect(await lie(rootGroup, [believes, recordsZero])).toEqual(ran("0 1000 1\n0 0 1\ndeny\n"));
  });
});

describe.each(installs)("userns %s, whose helper's logic", (_how, install) => {
  type Act = [(typeof acts)[number], ...number[]];

  /** Runs a build whose helper does these acts. */
  const command = async (list: Act[], options: string[] = [], ...changes: Change[]) => {
    const program = await stage.install(
      weaken("userns", sendsAnything, obeys, ...changes),
      "puppet",
      install,
    );
    const content = bytes(...list.flatMap(([act, ...of]) => [acts.indexOf(act), ...of, 0, 0, 0].slice(0, 4)));
    await stage.files({ "/tmp/lie": { content } });
    return run(stage, [program, ...options, "--", ...showMaps], { stdin: "/tmp/lie" });
  };
  const both = (inside: number, outside: number, count: number): Act[] => [
    ["recordUid", inside, outside, count],
    ["recordGid", inside, outside, count],
  ];
  const outer: Act[] = [["outerUids"], ["outerGids"]];
  const inner: Act[] = [["uids"], ["gids"], ["end"]];
  const many = Array.from({ length: 340 }, (_, i): Act => ["recordUid", i, 100000 + 2 * i, 1]);

  it("does as it has to, maps", async () => {
    expect(await command([...both(0, 100000, 5), ...both(5, 1000, 1), ...inner])).toEqual(
      ran("0 100000 5\n5 1000 1\n0 100000 5\n5 1000 1\nallow\n"),
    );
    expect(
      await command([...both(0, 100000, 5), ...outer, ["join"], ...inner], ["--disable-userns"]),
    ).toEqual(ran("0 100000 5\n0 100000 5\nallow\n"));
  });

  const ungranted = "userns: internal error: an extent that cannot be granted";
  const outOfTurn = "userns: internal error: a map out of turn";
  const noNamespace = "userns: internal error: a namespace out of turn";

  it.each<[string, string, Act[]]>([
    ["outside uid 0", ungranted, [["recordUid", 0, 0, 1]]],
    ["outside gid 0 in a range", ungranted, [["recordGid", 0, 0, 65536]]],
    ["a count of 0", ungranted, [["recordUid", 0, 100000, 0]]],
    ["ids beyond the last", ungranted, [["recordUid", 0, 100000, 0xffffffff]]],
    ["inside ids beyond the last", ungranted, [["recordUid", 0xffffffff, 100000, 1]]],
    ["a 341st line", ungranted, [...many, ["recordUid", 340, 200000, 1]]],
    ["more once a map is written", ungranted, [...both(0, 100000, 1), ["uids"], ["recordGid", 1, 100001, 1]]],
    ["more once the other map is", ungranted, [...both(0, 100000, 1), ["gids"], ["recordUid", 1, 100001, 1]]],
    [
      "more once an outer map is",
      ungranted,
      [...both(0, 100000, 1), ["outerUids"], ["recordUid", 1, 100001, 1]],
    ],
    [
      "more once the outer one of groups is",
      ungranted,
      [...both(0, 100000, 1), ["outerGids"], ["recordUid", 1, 100001, 1]],
    ],
    ["a map twice", outOfTurn, [...both(0, 100000, 1), ["uids"], ["uids"]]],
    ["an outer map twice", outOfTurn, [...both(0, 100000, 1), ["outerGids"], ["outerGids"]]],
    ["an empty map", outOfTurn, [["uids"]]],
    [
      "an inner map without the outer one's namespace",
      outOfTurn,
      [...both(0, 100000, 1), ...outer, ["uids"]],
    ],
    ["a namespace before its maps", noNamespace, [...both(0, 100000, 1), ["outerUids"], ["join"]]],
    ["a namespace at once", noNamespace, [["join"]]],
  ])("asks for %s, ends", async (_what, line, list) => {
    expect(await command(list)).toEqual(failed(line));
  });

  it("ends before it has mapped, leaves no program", async () => {
    expect(await command([["end"]])).toEqual(
      failed("userns: cannot give up the supplementary groups: Operation not permitted"),
    );
  });

  it("asks for a namespace twice, ends", async () => {
    const list: Act[] = [...both(0, 100000, 1), ...outer, ["join"], ["join"]];
    expect(await command(list, ["--disable-userns"])).toEqual(failed(noNamespace));
  });

  it.each([
    ["/dev/null", "Invalid argument"],
    ["/proc/self/ns/user", "Invalid argument"],
    ["/proc/self/ns/net", "Invalid argument"],
  ])("is handed %s, joins no namespace", async (path, cause) => {
    const program = await stage.install(weaken("userns", handsOverAnything), "giver", install);
    expect(await run(stage, [program, "--disable-userns", "--", ...showMaps], { stdin: path })).toEqual(
      failed(`userns: cannot join the outer namespace: ${cause}`),
    );
  });

  it("is handed another namespace of alice's, maps nothing below it", async () => {
    const program = await stage.install(weaken("userns", handsOverAnything), "giver", install);
    const script = `unshare -U --map-root-user sh -c 'echo >&3; exec sleep 1000' 3>/tmp/up & read line </tmp/up
      "$0" --disable-userns -- true </proc/$!/ns/user; status=$?; kill $!; exit $status`;
    await stage.only({ ...tables, "/tmp/up": { fifo: true, mode: 0o666 } });
    expect(await run(stage, ["/bin/sh", "-c", script, program])).toEqual(failed(...notBelow));
  });
});
