// SPDX-License-Identifier: MIT
//
// Rule 6: what the shim does about a logic that lies. Whatever the WebAssembly asks for passes through host.c:
// the lie is put there, and meets the shim as it is, or one without the rule.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Install, Stage, Target } from "../stage/stage.js";
import { alice, bob, mapped, obstacle, privileges, refused, request, startStage } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

const lie = (from: string, to: string): Change => ({ file: "native/host.c", from, to });
const without = (from: string, to = "false"): Change => ({ file: "native/target.c", from, to });

/** Writes another map than the one that was asked for. */
const writes = (text: string): Change =>
  lie(
    "target_write_map(memory_array(text, length), length)",
    `target_write_map(((void)text, (void)length, ${JSON.stringify(text)}), ${text.length})`,
  );

/** Finds that every target is the caller's. */
const everyTarget = [
  lie("return target_uid();", "return getuid();"),
  lie("return target_gid();", "return getgid();"),
];

/** Finds that every caller is root, in root's group, and every target too. */
const everyoneRoot = [
  lie("return start.uid;", "return 0;"),
  lie("return start.gid;", "return 0;"),
  lie("return target_uid();", "return 0;"),
  lie("return target_gid();", "return 0;"),
];

const openMap = "(u32)target_open_map()";
const openTarget = "(u32)target_open(by_descriptor != 0, number)";

const noArgvRule = without(
  "  must_stand_in_argv(text, length);",
  "  if (map < 0) must_stand_in_argv(text, length);",
);
const noOwnerRule = without("!looked || owner.st_uid != start.uid || owner.st_gid != start.gid");
const noOwnerOfMapRule = without(
  "fstat(fd, &st) == 0 && st.st_uid == start.uid && st.st_gid == start.gid",
  "fstat(fd, &st) == 0",
);
const noRootRule = without("root_asked && start.uid != 0");
const keptForAll: Change = {
  file: "native/privilege.c",
  from: "program.maps_root && start.uid == 0",
  to: "program.maps_root",
};

let stage: Stage;

beforeAll(async () => {
  if (!obstacle) stage = await startStage();
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

describe.each(privileges)("a program %s whose logic", (_how, installs) => {
  interface Attack {
    program?: "newuidmap" | "newgidmap";
    map?: string;
    target?: Target;
    how?: Install;
  }

  async function ask(
    changes: Change[],
    { program = "newuidmap", map = "0 100000 1", target = {}, how = installs[program] }: Attack = {},
  ) {
    const path = await stage.install(weaken(program, ...changes), program, how);
    return request(stage, { argv: [path, "$PID", ...map.split(" ")], caller: alice, target });
  }

  describe("writes another map than the one asked for", () => {
    it("would have it written, if the map had not to stand in argv", async () => {
      expect(await ask([writes("0 200000 65536\n"), noArgvRule])).toEqual(
        mapped({ uidMap: "0 200000 65536" }),
      );
    });

    it.each([
      ["other ids", "0 200000 1\n"],
      ["more ids", "0 100000 2\n"],
      ["a line more", "0 100000 1\n1 200000 1\n"],
      ["no last newline", "0 100000 1"],
      ["other digits of the same number", "00 100000 1\n"],
      ["nothing", ""],
    ])("writes none of it: %s", async (_what, text) => {
      expect(await ask([writes(text)])).toEqual(
        refused("newuidmap: internal error: the map is not the one asked for"),
      );
    });
  });

  describe("is shown another number than the one asked for", () => {
    // Of 2^32 + 200000 the kernel would keep 200000.
    const wrapping = { map: "0 4295167296 1" };
    const shown = [
      lie("strlen(start.argv[index])", 'strlen(index == 3 ? "100000" : start.argv[index])'),
      lie("into, length), start.argv[index],", 'into, length), index == 3 ? "100000" : start.argv[index],'),
      writes("0 4295167296 1\n"),
    ];

    it("would have it written, if the shim took any ten digits for an id", async () => {
      const anyDigits = without('length < 10 || strcmp(text, "4294967295") <= 0', "true");
      expect(await ask([...shown, anyDigits], wrapping)).toEqual(mapped({ uidMap: "0 200000 1" }));
    });

    it("has nothing written", async () => {
      expect(await ask(shown, wrapping)).toEqual(
        refused("newuidmap: internal error: the map is not the one asked for"),
      );
    });
  });

  describe("takes every target for the caller's", () => {
    const inVideo = { gid: 44 };

    it("would map one of another group, if the shim did not look itself, twice", async () => {
      expect(await ask([...everyTarget, noOwnerRule, noOwnerOfMapRule], { target: inVideo })).toEqual(
        mapped({ uidMap: "0 100000 1" }),
      );
    });

    it("maps none: the directory's owner is another", async () => {
      for (const target of [inVideo, bob]) {
        expect(await ask(everyTarget, { target })).toEqual(
          refused("newuidmap: internal error: the target is not the caller's"),
        );
      }
    });

    it("maps none: the map's owner is another", async () => {
      expect(await ask([...everyTarget, noOwnerRule], { target: inVideo })).toEqual(
        refused("newuidmap: open of uid_map failed: the target changed its owner"),
      );
    });

    const goesOn = [...everyTarget, noOwnerRule, lie(openMap, `(${openMap}, 0u)`)];

    it("would map one after it was told that the owner is another, if the map stayed open", async () => {
      const staysOpen = [
        without("  close(fd);\n  return CHANGED;", "  map = fd;\n  return CHANGED;"),
        without("  map = target_open_owned(", "  const int opened = target_open_owned("),
        without(
          "return map < 0 ? map : 0;",
          "if (opened >= 0) map = opened;\n  return opened < 0 ? opened : 0;",
        ),
      ];
      expect(await ask([...goesOn, ...staysOpen], { target: inVideo })).toEqual(
        mapped({ uidMap: "0 100000 1" }),
      );
    });

    it("maps none after it was told", async () => {
      expect(await ask(goesOn, { target: inVideo })).toEqual(
        refused("newuidmap: internal error: no map is open"),
      );
    });

    it("maps none of another user's without either rule: the map is opened with the caller's ids", async () => {
      const outcome = await ask([...everyTarget, noOwnerRule, noOwnerOfMapRule], { target: bob });
      expect(outcome.stderr).toMatch(/^newuidmap: open of uid_map failed: Permission denied\n/);
      expect(outcome).toMatchObject({ status: 1, uidMap: "" });
    });
  });

  describe("takes every caller for root", () => {
    const hostRoot = { map: "0 0 1" };
    const refusal = refused("newuidmap: internal error: outside uid 0 for a caller who is not root");

    it("would give her the host's root, if the shim allowed it and kept CAP_SETFCAP for her", async () => {
      const how = installs.newuidmap.setuid
        ? installs.newuidmap
        : { caps: ["cap_setuid", "cap_setfcap"] as const };
      expect(
        await ask([...everyoneRoot, noRootRule, keptForAll], { ...hostRoot, how: how as Install }),
      ).toEqual(mapped({ uidMap: "0 0 1" }));
    });

    it("gives her none", async () => {
      expect(await ask(everyoneRoot, hostRoot)).toEqual(refusal);
      expect(await ask([...everyoneRoot, keptForAll], hostRoot)).toEqual(refusal);
    });

    it("gives her none, if it is allowed but CAP_SETFCAP is not kept", async () => {
      const { stderr, ...rest } = await ask([...everyoneRoot, noRootRule], hostRoot);
      expect(stderr).toMatch(/^newuidmap: write to uid_map failed: Operation not permitted\n/);
      expect(rest).toEqual({ status: 1, signal: 0, uidMap: "", gidMap: "", setgroups: "allow" });
    });
  });

  it.each([
    ["pins a second target", openTarget, `(${openTarget}, ${openTarget})`, "a second target"],
    ["never looks at the target", openMap, openMap, "the target is not the caller's"],
    ["opens the map twice", openMap, `(${openMap}, ${openMap})`, "a second map"],
    [
      "writes without a map",
      "return (u32)target_write_map",
      "(void)(target_write_map(memory_array(text, length), length)); return (u32)target_write_map",
      "no map is open",
    ],
    [
      "asks for an argument that is not there",
      "index >= (u32)start.argc",
      "(index += 100) >= (u32)start.argc",
      "no such argument",
    ],
    [
      "asks for a table that is not listed",
      "table_open(&table, which)",
      "table_open(&table, which + 100)",
      "no such table",
    ],
  ])("%s, ends", async (_what, from, to, message) => {
    const changes = [lie(from, to)];
    if (message === "the target is not the caller's") {
      changes.push(...everyTarget, lie("(u32)target_stat()", "0"));
    }
    expect(await ask(changes)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
  });

  it("denies setgroups after it has opened the map, ends", async () => {
    const late = lie(openMap, `(${openMap}, (u32)target_deny_setgroups())`);
    expect(await ask([late], { program: "newgidmap" })).toEqual(
      refused("newgidmap: internal error: setgroups out of turn"),
    );
  });

  it("denies setgroups for a uid map, ends", async () => {
    const denies = lie(openMap, "(u32)target_deny_setgroups()");
    expect(await ask([denies])).toEqual(refused("newuidmap: internal error: setgroups out of turn"));
  });
});
