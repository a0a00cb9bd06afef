// SPDX-License-Identifier: MIT
//
// usernsctl ps: real user namespaces, made here, and the tables of a directory.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { overlaps } from "../../src/ctl/ps/overlaps.js";
import { type Extent, type Namespace, parseExtents } from "../../src/ctl/ps/scan.js";
import { ps } from "../../src/ctl/ps.js";

function namespace(id: number, owner: number, uid: Extent[], parent = 1): Namespace {
  return { id, parent, owner, processes: [], maps: { uid, gid: [] }, setgroups: "allow" };
}

const extent = (inside: number, outside: number, count: number): Extent => ({ inside, outside, count });

describe("the lines of a map", () => {
  it("are three numbers each", () => {
    expect(parseExtents("         0       1000          1\n         1     100000      65536\n")).toEqual([
      extent(0, 1000, 1),
      extent(1, 100000, 65536),
    ]);
    expect(parseExtents("")).toEqual([]);
  });
});

describe("overlaps", () => {
  const one = namespace(2, 1000, [extent(0, 1000, 1), extent(1, 100000, 65536)]);

  it("are the ids that namespaces of different owners share", () => {
    const other = namespace(3, 1001, [extent(0, 165000, 1000)]);
    expect(overlaps(1, [one, other])).toEqual([
      { kind: "uid", start: 165000, end: 165536, namespaces: [one, other] },
    ]);
  });

  it("are not those of one owner, of neighbours, or of a namespace within another", () => {
    const same = namespace(3, 1000, [extent(0, 100000, 65536)]);
    const behind = namespace(4, 1001, [extent(0, 165536, 65536)]);
    const within = namespace(5, 100000, [extent(0, 100001, 10)], 2);
    expect(overlaps(1, [one, same, behind, within])).toEqual([]);
  });

  it("are not the host's ids as root shows them to a service, but those that it gives away", () => {
    const service = namespace(3, 0, [extent(0, 0, 2 ** 32 - 1)]);
    const container = namespace(4, 0, [extent(0, 1000, 1)]);
    expect(overlaps(1, [one, service])).toEqual([]);
    expect(overlaps(1, [one, container])).toEqual([
      { kind: "uid", start: 1000, end: 1001, namespaces: [one, container] },
    ]);
  });
});

const OWNER = 4242;
const OTHER = 4243;
const reason = process.getuid?.() === 0 ? undefined : "maps of other users are written by root";

describe("ps", () => {
  beforeEach((context) => context.skip(reason !== undefined, reason));

  const children: ChildProcess[] = [];
  let root = "";

  /** A process of the uid in a user namespace of its own, with a uid map that root writes. */
  async function start(uid: number, map: string): Promise<{ pid: number; id: number }> {
    const script = "echo ready; exec cat";
    const args = [
      "--reuid",
      `${uid}`,
      "--regid",
      `${uid}`,
      "--clear-groups",
      "unshare",
      "-U",
      "sh",
      "-c",
      script,
    ];
    const child = spawn("setpriv", args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const pid = child.pid as number;
    writeFileSync(`/proc/${pid}/uid_map`, map);
    const id = Number(readlinkSync(`/proc/${pid}/ns/user`).replace(/\D/g, ""));
    return { pid, id };
  }

  let one: { pid: number; id: number };
  let other: { pid: number; id: number };

  beforeAll(async () => {
    if (reason) return;
    root = mkdtempSync(join(tmpdir(), "ps-"));
    mkdirSync(join(root, "etc"));
    writeFileSync(
      join(root, "etc/passwd"),
      `ann:x:${OWNER}:${OWNER}::/:/bin/sh\nbob:x:${OTHER}:${OTHER}::/:/bin/sh\n`,
    );
    writeFileSync(join(root, "etc/subuid"), "eve:1:1\nann:3000000000:65536\n");
    writeFileSync(join(root, "etc/usernamespaces"), `*:3100000000:131072:uid,each=65536,first=${OWNER}\n`);
    one = await start(OWNER, `0 ${OWNER} 1\n1 3000000000 65536\n70000 3100000000 65536\n`);
    other = await start(OTHER, "0 3000065535 2\n");
  });

  afterAll(() => {
    for (const child of children) child.kill();
    if (root) rmSync(root, { recursive: true, force: true });
  });

  function run(...args: string[]): string {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      const program = new Command().exitOverride();
      ps(program);
      program.parse(["node", "usernsctl", "ps", "--root", root, ...args]);
      return write.mock.calls.map(([text]) => text).join("");
    } finally {
      write.mockRestore();
      expect(process.exitCode).toBe(1);
      process.exitCode = undefined;
    }
  }

  it("shows owner, processes, maps and the lines that allow them", () => {
    const lines = run().split("\n");
    const at = lines.findIndex((line) => line.endsWith(`─ user:[${one.id}] of ann`));
    expect(lines.slice(at + 1, at + 6).map((line) => line.replace(/^[│ ]+/, ""))).toEqual([
      expect.stringMatching(new RegExp(`^${one.pid} (cat|sh)$`)),
      `uid 0 is ${OWNER} (the own id)`,
      `uid 1-65536 is 3000000000-3000065535 (${join(root, "etc/subuid")}:2)`,
      `uid 70000-135535 is 3100000000-3100065535 (${join(root, "etc/usernamespaces")}:1)`,
      "no gid map is written",
    ]);
  });

  it("says which maps no line allows, and warns of ids that two owners share", () => {
    const lines = run()
      .split("\n")
      .map((line) => line.replace(/^[│ ]+/, ""));
    expect(lines).toContain("uid 0-1 is 3000065535-3000065536 (no line allows it)");
    const both = [`user:[${one.id}] of ann`, `user:[${other.id}] of bob`];
    expect(lines).toContain(`warning: ${both.join(" and ")} share uid 3000065535`);
  });

  it("has the same in JSON", () => {
    const { own, namespaces, overlaps: shared } = JSON.parse(run("--json"));
    expect(own).toBe(Number(readlinkSync("/proc/self/ns/user").replace(/\D/g, "")));
    const found = namespaces.find(({ id }: Namespace) => id === other.id);
    expect(found).toEqual({
      id: other.id,
      parent: own,
      owner: { name: "bob", uid: OTHER, gid: OTHER },
      processes: [{ pid: other.pid, command: expect.stringMatching(/^(cat|sh)$/) }],
      setgroups: "allow",
      maps: [
        {
          kind: "uid",
          inside: 0,
          outside: 3000065535,
          count: 2,
          grant: { allowed: false, own: false, lines: [] },
        },
      ],
    });
    expect(shared).toContainEqual({
      kind: "uid",
      start: 3000065535,
      count: 1,
      namespaces: [one.id, other.id],
    });
  });
});
