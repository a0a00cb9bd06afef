// SPDX-License-Identifier: MIT
//
// What usernsctl explains and what the programs do, in the same random worlds: the same words, the same verdict.
// FC_SEED repeats a run, CTL_COUNT sets how many requests it makes.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { judge } from "../../src/ctl/explain.js";
import type { NameService } from "../../src/ctl/nss.js";
import { Refusal } from "../../src/host.js";
import { files } from "../compliance/differential-run.js";
import { countOf, seedOf } from "../model/seed.js";
import { kindOf, PID, type Tool, type World, world } from "../model/world.js";
import { governedWorlds, scenes } from "../model/worlds.js";
import { root } from "../stage/build.js";
import { type File, type SpecialFile, Stage } from "../stage/stage.js";

const reason = await Stage.unavailable();
const seed = seedOf("FC_SEED");
const count = countOf("CTL_COUNT", 600);
const requestsPerTable = 4;

/** The stage has no name-service program: what it says where root lets programs be traced comes first. */
const traceable = readFileSync("/proc/sys/fs/suid_dumpable", "utf8").startsWith("1");
const names: NameService = { ask: () => (traceable ? Refusal.NssTraceable : Refusal.NssMissing) };

/** The world with the target that usernsctl takes for granted: the caller's, not mapped yet. */
function plain(world: World): World {
  const { uid, gid, args, target } = world;
  return { ...world, args: [PID, ...args.slice(1)], target: { ...target, uid, gid, mapped: false } };
}

/** Gives the folder these files and no others. */
function lay(folder: string, all: Record<string, File>): void {
  rmSync(join(folder, "etc"), { recursive: true, force: true });
  for (const [path, file] of Object.entries(all)) {
    if (file === null) continue;
    const special: SpecialFile =
      typeof file === "string" || file instanceof Uint8Array ? { content: file } : file;
    const { content = "", symlink, fifo, directory, mode = 0o644, uid = 0, gid = 0 } = special;
    const at = join(folder, path);
    mkdirSync(dirname(at), { recursive: true });
    if (symlink !== undefined) symlinkSync(symlink, at);
    else if (fifo) execFileSync("mkfifo", [at]);
    else if (directory) mkdirSync(at);
    else writeFileSync(at, content);
    if (symlink !== undefined) continue;
    chmodSync(at, mode);
    chownSync(at, uid, gid);
  }
}

/** What can be compared. */
interface Seen {
  allowed: boolean;
  said: string;
  setgroups: string | undefined;
}

let stage: Stage;
let folder: string;
let programs: Record<Tool, string>;

beforeAll(async () => {
  if (reason) return;
  folder = mkdtempSync(join(tmpdir(), "agreement-"));
  stage = await Stage.start({ etc: "hermetic" });
  await stage.tmpfs("/usr/local");
  await stage.files({ "/dev/log": null });
  const install = (tool: Tool) =>
    stage.install(join(root, "build", tool), tool, { caps: [`cap_set${kindOf(tool)}`, "cap_setfcap"] });
  programs = { newuidmap: await install("newuidmap"), newgidmap: await install("newgidmap") };
});
afterAll(async () => {
  await stage?.close();
  if (folder) rmSync(folder, { recursive: true });
});
beforeEach((context) => context.skip(reason !== undefined, reason));

async function done({ tool, args, uid, gid, target }: World): Promise<Seen> {
  const outcome = await stage.run({
    program: programs[tool],
    argv: [tool, ...args],
    caller: { uid, gid },
    target: { denySetgroups: target.setgroups === "deny" },
  });
  if (outcome.signal !== 0) throw new Error(`${tool} was ended by signal ${outcome.signal}`);
  const map = tool === "newuidmap" ? outcome.uidMap : outcome.gidMap;
  expect(map !== "").toBe(outcome.status === 0);
  const setgroups = tool === "newgidmap" ? outcome.setgroups : undefined;
  return { allowed: outcome.status === 0, said: outcome.stderr, setgroups };
}

function explained({ tool, args, uid, gid, target }: World): Seen {
  const account = { name: undefined, uid, gid };
  const words = args.slice(1);
  const kind = kindOf(tool);
  const { allowed, messages, setgroups } = judge({
    account,
    kind,
    words,
    target: "1",
    root: folder,
    names,
    setgroups: target.setgroups,
  });
  return { allowed, said: messages.map((line) => `${line}\n`).join(""), setgroups };
}

describe("usernsctl explain", () => {
  it(`says of ${count} requests what newuidmap and newgidmap do`, async () => {
    const numRuns = Math.ceil(count / 2 / requestsPerTable);
    const ordinary = fc.sample(scenes(requestsPerTable), { seed, numRuns }).map(({ worlds }) => worlds);
    const governed = fc
      .sample(governedWorlds, { seed, numRuns: Math.ceil(count / 2) })
      .map((world) => [world]);
    const totals = { requests: 0, allowed: 0, denied: 0 };
    for (const worlds of [...ordinary, ...governed].map((each) => each.map(plain))) {
      const first = worlds[0] as World;
      const ready = stage.only(files(first));
      const outcomes = worlds.map(done);
      lay(folder, files(first));
      const explanations = worlds.map(explained);
      await ready;
      for (const [i, outcome] of (await Promise.all(outcomes)).entries()) {
        expect(explanations[i], JSON.stringify(worlds[i])).toEqual(outcome);
        totals.requests++;
        totals.allowed += outcome.allowed ? 1 : 0;
        totals.denied += outcome.setgroups === "deny" ? 1 : 0;
      }
    }
    expect(totals.requests).toBeGreaterThanOrEqual(count);
    expect(totals.allowed).toBeGreaterThan(count / 5);
    expect(totals.requests - totals.allowed).toBeGreaterThan(count / 5);
    expect(totals.denied).toBeGreaterThan(count / 50);
  }, 600_000);

  const sound = files(world());
  describe.each(["/etc/passwd", "/etc/nsswitch.conf", "/etc/subuid", "/etc/usernamespaces"])(
    "of %s",
    (path) => {
      it.each<[string, SpecialFile]>([
        ["others can write", { content: "", mode: 0o646 }],
        ["its group can write", { content: "", mode: 0o664 }],
        ["another owns", { content: "", uid: 1000 }],
        ["is a directory", { directory: true }],
        ["is a FIFO", { fifo: true }],
        ["links to nothing", { symlink: "nonesuch" }],
        ["links to itself", { symlink: path.slice("/etc/".length) }],
      ])("that %s says what newuidmap does", async (_what, file) => {
        const spoilt = { ...sound, [path]: file };
        await stage.only(spoilt);
        lay(folder, spoilt);
        const outcome = await done(world());
        expect(outcome.said).toMatch(new RegExp(`^newuidmap: cannot open ${path}: `));
        expect(explained(world())).toEqual(outcome);
      });
    },
  );
});
