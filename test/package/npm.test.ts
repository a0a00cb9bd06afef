// SPDX-License-Identifier: MIT
//
// make npm-package: packed the same anywhere, installed without a network, it decides as the programs' own module
// does in the tests, and brings usernsctl. FC_SEED repeats a run.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { decide as Decide, Question } from "../../src/ctl/decide.js";
import { seedOf } from "../model/seed.js";
import { memberAnswer, PID, type World } from "../model/world.js";
import { governedWorlds, ordinaryWorlds } from "../model/worlds.js";
import { root } from "../stage/build.js";
import { runProgram } from "../unit/fake-host.js";
import { run } from "./make.js";
import { modules, packageVersion } from "./tarball.js";

const archive = `usernamespaces-${packageVersion}.tgz`;
let folder: string;
let home: string;
let env: Record<string, string>;
let decide: typeof Decide;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "npm-"));
  home = join(folder, "home");
  mkdirSync(home);
  env = {
    npm_config_cache: join(folder, "cache"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  run({ cwd: root }, "make", "-s", "npm-package");
  pack(join(root, "build/npm"), folder);
  const choice = ["--omit=optional", "--no-audit", "--no-fund"];
  run({ cwd: home, env }, "npm", "install", ...choice, join(folder, archive));
  const library = pathToFileURL(join(home, "node_modules/usernamespaces/decide.mjs")).href;
  ({ decide } = await import(/* @vite-ignore */ library));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** The bytes of the archive that npm makes of a package. */
function pack(from: string, into: string): Buffer {
  run({ cwd: into, env }, "npm", "pack", from);
  return readFileSync(join(into, archive));
}

test("it is packed the same from another folder, zone and umask", () => {
  const other = join(folder, "other");
  mkdirSync(other);
  const setting = { cwd: root, umask: "077", env: { TZ: "Pacific/Chatham", LC_ALL: "C.UTF-8" } };
  run(setting, "make", "-s", "npm-package", `NPM=${join(other, "package")}`);
  expect(pack(join(other, "package"), other).equals(readFileSync(join(folder, archive)))).toBe(true);
});

test("it holds what it needs and nothing else", () => {
  const licences = ["LICENSE", "LICENSE.commander", "LICENSE.ini"];
  const rest = ["README.md", "decide.d.ts", "decide.mjs", "package.json", "usernsctl.mjs"];
  const files = readdirSync(join(home, "node_modules/usernamespaces"));
  expect(files.sort()).toEqual([...licences, ...rest, ...modules].sort());
  const tool = ["newuidmap", "newgidmap"] as const;
  for (const each of tool)
    expect(readFileSync(join(home, `node_modules/usernamespaces/${each}.wasm`))).toEqual(
      readFileSync(join(root, `build/${each}.wasm`)),
    );
});

test("the example of its page prints what the page says", () => {
  const page = readFileSync(join(home, "node_modules/usernamespaces/README.md"), "utf8");
  const [, example, printed] = /```js\n(.*?)```\n\nprints\n\n```\n(.*?)```/s.exec(page) ?? [];
  writeFileSync(join(home, "example.mjs"), example ?? "");
  expect(run({ cwd: home }, "node", "example.mjs")).toBe(printed);
});

test("its types are those of a strict program, and hold it to them", () => {
  const program = `import { decide, type Question, type Verdict } from "usernamespaces";
const user = { uid: 1000, gid: 1000, groups: ["video"] };
const tables = { subuid: new Uint8Array(), passwd: "" };
const question: Question = { program: "newgidmap", user, tables, request: "0 1000 1", setgroups: "deny" };
const verdict: Verdict = decide(question);
export const lines: readonly string[] = [...verdict.messages, verdict.map, verdict.setgroups];
// @ts-expect-error: there is no such program
decide({ ...question, program: "su" });
// @ts-expect-error: a count is missing
decide({ ...question, request: [{ inside: 0, outside: 0 }] });
`;
  writeFileSync(join(home, "program.ts"), program);
  writeFileSync(join(home, "package.json"), '{ "type": "module" }');
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
  const tsc = join(root, "node_modules/.bin/tsc");
  expect(run({ cwd: home }, tsc, ...flags, "program.ts")).toBe("");
});

/** A world in which nothing fails: what a question can say. */
function plain({ tool, args, uid, gid, usernamespaces, target, nss, ...files }: World): World {
  const groups = [...((usernamespaces as string | null) ?? "").matchAll(/^@([^:\n]*):/gm)].map(
    ([, name = ""]) => name,
  );
  const member = Object.fromEntries(
    groups.map((name) => [name, memberAnswer(nss, name) === "in\n" ? "in\n" : "out\n"]),
  );
  return {
    ...files,
    tool,
    args: [PID, ...args.slice(1)],
    uid,
    gid,
    usernamespaces,
    target: { uid, gid, setgroups: target.setgroups, mapped: false },
    nss: { user: -1012, ranges: -1013, member },
  };
}

function question({ tool, args, uid, gid, table, target, nss, ...files }: World): Question {
  const bytes = (file: World["passwd"]) =>
    typeof file === "string" ? Buffer.from(file, "latin1") : undefined;
  const { passwd, nsswitch, loginDefs, usernamespaces } = files;
  const all = {
    passwd,
    nsswitch,
    loginDefs,
    usernamespaces,
    [tool === "newuidmap" ? "subuid" : "subgid"]: table,
  };
  const present = Object.entries(all).flatMap(([name, file]) => {
    const content = bytes(file);
    return content ? [[name, content]] : [];
  });
  return {
    program: tool,
    user: {
      uid,
      gid,
      groups: Object.keys(nss.member as object).filter((name) => memberAnswer(nss, name) === "in\n"),
    },
    tables: Object.fromEntries(present),
    request: args.slice(1).join(" "),
    setgroups: target.setgroups,
  };
}

/** Files that can be read, and arguments that blanks separate. */
function canBeAsked({ passwd, nsswitch, loginDefs, table, usernamespaces, args }: World): boolean {
  const files = [passwd, nsswitch, loginDefs, table, usernamespaces];
  return files.every((file) => typeof file !== "number") && args.every((word) => /^[!-~]+$/.test(word));
}

describe("decide", () => {
  const numRuns = 1000;

  test("answers as the module of the programs does in random worlds", () => {
    const seed = seedOf("FC_SEED");
    const sampled = [governedWorlds, ordinaryWorlds].flatMap((worlds) =>
      fc.sample(worlds, { seed, numRuns }),
    );
    const worlds = sampled.map(plain).filter(canBeAsked);
    const verdicts = worlds.map((world) => {
      const { status, map, setgroups, stderr } = runProgram(world);
      const messages = Buffer.from(stderr, "latin1").toString().split("\n").slice(0, -1);
      const verdict = decide(question(world));
      expect(verdict, JSON.stringify(world)).toEqual({ allowed: status === 0, messages, map, setgroups });
      return verdict;
    });
    expect(verdicts.length).toBeGreaterThan(numRuns);
    const allowed = verdicts.filter(({ allowed }) => allowed).length;
    expect(allowed).toBeGreaterThan(numRuns / 10);
    expect(verdicts.length - allowed).toBeGreaterThan(numRuns / 10);
  });

  const usual: Question = {
    program: "newgidmap",
    user: { uid: 1000, gid: 1000, name: "alice" },
    tables: { usernamespaces: "@video:44:1:gid,deny-setgroups\n" },
    request: [{ inside: 0, outside: 44, count: 1 }],
  };

  test("knows a user by the name that is given, and his groups", () => {
    const groups = ["alice", "video"];
    const verdict = { allowed: true, messages: [], map: "0 44 1\n", setgroups: "deny" };
    expect(decide({ ...usual, user: { ...usual.user, groups } })).toEqual(verdict);
    for (const user of [usual.user, { ...usual.user, groups: ["alice"] }]) {
      const refused = decide({ ...usual, user });
      expect(refused.messages[0]).toBe("newgidmap: gid range [0-1) -> [44-45) not allowed");
      expect({ ...refused, messages: [] }).toEqual({
        allowed: false,
        messages: [],
        map: "",
        setgroups: "allow",
      });
    }
  });

  test("says of an unknown user, and of a plugin, what the programs say", () => {
    expect(decide({ ...usual, user: { uid: 1000, gid: 1000 } }).messages).toEqual([
      "newgidmap: Cannot determine your user name.",
      "newgidmap: uid 1000 is not in /etc/passwd, and the name service does not know this user",
    ]);
    const asked = decide({ ...usual, tables: { nsswitch: "subid: sss\n" } });
    expect(asked.messages.join("\n")).toMatch(
      /the sub-id source 'sss' of \/etc\/nsswitch.conf could not be asked: /,
    );
  });

  test("throws a TypeError for what is no question", () => {
    expect(() => decide({ ...usual, program: "getsubids" as "newuidmap" })).toThrow(
      new TypeError("no such program: getsubids"),
    );
    for (const uid of [-1, 1.5, 2 ** 32 - 1, Number.NaN])
      expect(() => decide({ ...usual, user: { uid, gid: 0 } })).toThrow(new TypeError(`no id: ${uid}`));
  });
});

describe("usernsctl", () => {
  const usernsctl = (...words: string[]) =>
    spawnSync("npx", ["--offline", "usernsctl", ...words], {
      cwd: home,
      encoding: "utf8",
      env: { ...process.env, ...env },
    });

  test("starts by npx", () => {
    const own = execFileSync(join(root, "build/usernsctl/usernsctl.mjs"), ["--help"], { encoding: "utf8" });
    const { status, stdout } = usernsctl("--help");
    expect({ status, stdout }).toEqual({ status: 0, stdout: own });
  });

  test("explains a map once koffi is there", () => {
    const words = ["explain", "--user", "0", "--uid-map", "0:0:1"];
    const bare = usernsctl(...words);
    expect(bare.status).toBe(2);
    expect(bare.stderr).toContain("usernsctl: koffi, by which the name service is asked, cannot be loaded: ");
    for (const name of ["koffi", "@koromix"])
      cpSync(join(root, "node_modules", name), join(home, "node_modules", name), { recursive: true });
    const { status, stdout } = usernsctl(...words);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "newuidmap for root: allowed\n  0 0 1\n" });
  });
});
