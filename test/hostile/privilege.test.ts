// SPDX-License-Identifier: MIT
//
// Rules 2, 4 and 5: whose ids a program runs with, which capabilities it uses, and which files it believes.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import { type File, type Install, Stage, type Target } from "../stage/stage.js";
import { alice, bob, mapped, obstacle, privileges, refused, request, startStage, tables } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

const privilege = (from: string, to: string): Change => ({ file: "native/privilege.c", from, to });
const table = (from: string): Change => ({ file: "native/table.c", from, to: "" });

let stage: Stage;

beforeAll(async () => {
  if (!obstacle) stage = await startStage();
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only(tables);
});

const given = mapped({ uidMap: "0 100000 65536" });

interface Attack {
  map?: string;
  target?: Target;
  files?: Record<string, File>;
}

async function ask(
  build: string,
  how: Install,
  { map = "0 100000 65536", target = {}, files = {} }: Attack = {},
) {
  const path = await stage.install(build, "newuidmap", how);
  await stage.files(files);
  return request(stage, { argv: [path, "$PID", ...map.split(" ")], caller: alice, target });
}

describe("a table that the caller cannot read", () => {
  const files = { "/etc/subuid": { content: "alice:100000:65536\n", mode: 0o600 } };

  it("would be shown by a setuid program that kept root's ids", async () => {
    const keeps = privilege("if (all_ids_are_the_callers()) return;", "return;");
    expect(await ask(weaken("newuidmap", keeps), { setuid: true }, { files, map: "0 200000 1" })).toEqual(
      refused(
        "newuidmap: uid range [0-1) -> [200000-200001) not allowed",
        "newuidmap: alice may map 100000-165535 (/etc/subuid:1) and the own uid 1000",
      ),
    );
  });

  it("would be believed by a program that kept and used more capabilities than its own", async () => {
    const uncut = [
      privilege("permitted = given & program.capabilities;", "permitted = given;"),
      privilege(
        "  set_capabilities(permitted, 0);\n  if (",
        "  set_capabilities(permitted, permitted);\n  if (",
      ),
    ];
    const how: Install = { caps: ["cap_setuid", "cap_dac_override"] };
    expect(await ask(weaken("newuidmap", ...uncut), how, { files })).toEqual(given);
  });

  it.each<Install>([
    { setuid: true },
    { caps: ["cap_setuid"] },
    { caps: ["cap_setuid", "cap_dac_override"] },
  ])("is an error, %j", async (how) => {
    expect(await ask("build/newuidmap", how, { files })).toEqual(
      refused(
        "newuidmap: cannot open /etc/subuid: Permission denied",
        "newuidmap: the caller has to be able to read it: chmod 644 /etc/subuid",
      ),
    );
  });
});

describe.each(privileges)("a table that is not root's alone, newuidmap %s", (_how, { newuidmap }) => {
  const content = "alice:200000:65536\n";
  const map = "0 200000 65536";
  const bobs = mapped({ uidMap: map });

  it.each([
    ["somebody else's", "  if (!is_roots(st)) return NOT_ROOTS;\n", { content, uid: bob.uid }],
    [
      "the group's to write",
      "  if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) return WRITABLE;\n",
      { content, gid: 1000, mode: 0o664 },
    ],
  ])("would be believed, being %s", async (_what, rule, file) => {
    const weak = weaken("newuidmap", table(rule));
    expect(await ask(weak, newuidmap, { map, files: { "/etc/subuid": file } })).toEqual(bobs);
    await stage.files({ "/tmp/subuid": file });
    expect(await ask(weak, newuidmap, { map, files: { "/etc/subuid": { symlink: "/tmp/subuid" } } })).toEqual(
      bobs,
    );
  });

  const wrong: [string, File, string[]][] = [
    ["somebody else's", { uid: bob.uid }, ["Not owned by root", "it would work after: chown root "]],
    [
      "the group's to write",
      { mode: 0o664 },
      ["Others than its owner can write it", "it would work after: chmod go-w "],
    ],
    [
      "everybody's to write",
      { mode: 0o646 },
      ["Others than its owner can write it", "it would work after: chmod go-w "],
    ],
    ["a pipe", { fifo: true }, ["Not a regular file", ""]],
    ["a directory", { directory: true }, ["Not a regular file", ""]],
    ["a device", { symlink: "/dev/null" }, ["Not a regular file", ""]],
    ["a link to nothing", { symlink: "/nothing" }, ["A symbolic link to nothing", "the link has to be"]],
  ];
  describe.each(wrong)("is an error: %s", (_what, file, [cause, hint]) => {
    it.each(["/etc/subuid", "/etc/passwd", "/etc/nsswitch.conf"])("%s", async (path) => {
      const { stderr, ...rest } = await ask("build/newuidmap", newuidmap, { files: { [path]: file } });
      expect(rest).toEqual({ status: 1, signal: 0, uidMap: "", gidMap: "", setgroups: "allow" });
      const [first, second] = stderr.split("\n");
      expect(first).toBe(`newuidmap: cannot open ${path}: ${cause}`);
      expect(second).toContain(hint);
    });
  });
});

describe("a program that another setuid program started", () => {
  const effectiveIds = [
    privilege("start.uid = getuid();", "start.uid = geteuid();"),
    privilege("start.gid = getgid();", "start.gid = getegid();"),
  ];

  /** Alice asks for what is bob's through a program that is setuid bob. */
  const through = async (build: string, how: Install, target: Target) => {
    const launch = compile("test/hostile/launch.c", "hostile-launch");
    const asBob = await stage.install(launch, "launch", { mode: 0o6755, ...bob });
    const path = await stage.install(build, "newuidmap", how);
    return request(stage, {
      argv: [asBob, "--", path, "$PID", "0", "200000", "65536"],
      caller: alice,
      target,
    });
  };

  it("would give alice what is bob's, if the effective ids counted", async () => {
    const weak = weaken("newuidmap", ...effectiveIds);
    expect(await through(weak, { caps: ["cap_setuid"] }, bob)).toEqual(mapped({ uidMap: "0 200000 65536" }));
  });

  it.each(privileges)("gives her nothing of bob's: the real ids count, %s", async (_how, { newuidmap }) => {
    expect((await through("build/newuidmap", newuidmap, bob)).stderr).toMatch(
      /^newuidmap: Target process is owned by a different user: uid:1000 pw_uid:1000 st_uid:1001, /,
    );
    expect(await through("build/newuidmap", newuidmap, alice)).toEqual(
      refused(
        "newuidmap: uid range [0-65536) -> [200000-265536) not allowed",
        "newuidmap: alice may map 100000-165535 (/etc/subuid:1) and the own uid 1000",
      ),
    );
  });
});
