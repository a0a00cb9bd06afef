// SPDX-License-Identifier: MIT
//
// usernsctl add beside others, and killed: nobody's lines are lost, and no reader finds half a file.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../build/usernsctl/usernsctl.mjs");
const tables = ["subuid", "subgid"] as const;
const isRoot = process.getuid?.() === 0;

const canRun = (command: string, args: string[]) => isRoot && spawnSync(command, args).status === 0;
const canStrace = canRun("strace", ["true"]);
const canUseradd = canRun("unshare", ["-m", "sh", "-c", "mount -t tmpfs none /mnt && command -v useradd"]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "together-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(!canStrace)("usernsctl add, killed (needs root and strace)", () => {
  const before = "# by hand\nbob:100000:65536\n";
  const after = `${before}alice:165536:65536\n`;
  const etc = () => join(folder, "etc");

  function lay(): void {
    rmSync(etc(), { recursive: true, force: true });
    mkdirSync(etc());
    writeFileSync(join(etc(), "passwd"), "alice:x:1000:1000::/:/bin/sh\n");
    for (const table of tables) {
      writeFileSync(join(etc(), table), before);
      writeFileSync(join(etc(), `${table}-`), "");
    }
  }

  /** Runs add; `inject` is what strace does to it, at calls that touch the folder or what is open of it. */
  function traced(inject: string[]): { calls: string[]; signal: string | null } {
    const log = join(folder, "calls");
    const names = [".pwd.lock", ...tables.flatMap((each) => [each, `${each}+`, `${each}-`, `${each}.lock`])];
    const paths = ["", ...names].flatMap((name) => ["-P", join(etc(), name)]);
    const { signal } = spawnSync("strace", [
      ...["-o", log, "-e", "trace=%file,%desc", ...paths, ...inject],
      ...[process.execPath, program, "add", "alice", "--root", folder],
    ]);
    return {
      calls: readFileSync(log, "latin1")
        .split("\n")
        .filter((line) => /^\w+\(/.test(line)),
      signal,
    };
  }

  it("leaves the old file or the new one at each system call, and the next one succeeds", () => {
    lay();
    const { calls } = traced([]);
    const names = calls.map((call) => call.slice(0, call.indexOf("(")));
    expect(names.filter((name) => name === "rename")).toHaveLength(2);
    expect(names.filter((name) => name === "fsync")).toHaveLength(4);
    const seen = new Set<string>();
    const counts = new Map<string, number>();
    for (const name of names) {
      const nth = (counts.get(name) ?? 0) + 1;
      counts.set(name, nth);
      lay();
      expect(traced(["-e", `inject=${name}:signal=KILL:when=${nth}`]).signal, `${name} ${nth}`).toBe(
        "SIGKILL",
      );
      const texts = tables.map((table) => readFileSync(join(etc(), table), "utf8"));
      for (const text of texts) expect([before, after]).toContain(text);
      seen.add(texts.map((text) => (text === before ? "old" : "new")).join(" "));
      execFileSync(process.execPath, [program, "add", "alice", "900000:1", "--root", folder]);
      expect(readFileSync(join(etc(), "subgid"), "utf8")).toBe(`${texts[1]}alice:900000:1\n`);
    }
    expect([...seen].sort()).toEqual(["new new", "new old", "old old"]);
  }, 300_000);
});

describe.skipIf(!canUseradd)(
  "usernsctl add, beside useradd (needs root, mount namespaces and useradd)",
  () => {
    /** Ids [start, end) and their owner, of each line. */
    const ranges = (table: string) =>
      readFileSync(join(folder, "etc", table), "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => {
          const [owner = "", start, count] = line.split(":");
          return { owner, start: Number(start), end: Number(start) + Number(count) };
        })
        .sort((a, b) => a.start - b.start);

    it("gives each of 20 at once, and useradd's users, a range of his own", () => {
      cpSync("/etc", join(folder, "etc"), { recursive: true, verbatimSymlinks: true });
      const etc = (name: string) => join(folder, "etc", name);
      const users = Array.from({ length: 20 }, (_, i) => `user${i}`);
      const others = Array.from({ length: 8 }, (_, i) => `other${i}`);
      const entries = (line: (name: string, id: number) => string) =>
        users.map((name, i) => line(name, 3000 + i)).join("");
      writeFileSync(
        etc("passwd"),
        `root:x:0:0::/:/bin/sh\n${entries((name, id) => `${name}:x:${id}:${id}::/:/bin/sh\n`)}`,
      );
      writeFileSync(etc("group"), `root:x:0:\n${entries((name, id) => `${name}:x:${id}:\n`)}`);
      writeFileSync(etc("shadow"), "");
      writeFileSync(etc("gshadow"), "");
      writeFileSync(etc("nsswitch.conf"), "passwd: files\ngroup: files\n");
      writeFileSync(etc("login.defs"), "");
      for (const table of tables) writeFileSync(etc(table), "");
      const script = [
        `mount --bind ${folder}/etc /etc && mount -t tmpfs none /var/log && mount -t tmpfs none /var/mail || exit 9`,
        ...users.map((name) => `${process.execPath} ${program} add ${name} >/dev/null & jobs="$jobs $!"`),
        `for name in ${others.join(" ")}; do useradd -M $name || exit 8; done`,
        "for job in $jobs; do wait $job || exit 7; done",
      ].join("\n");
      const { status, stderr } = spawnSync("unshare", ["-m", "sh", "-c", script], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      for (const table of tables) {
        const all = ranges(table);
        expect(all.map(({ owner }) => owner).sort()).toEqual([...users, ...others].sort());
        for (const [i, { start, end }] of all.entries()) {
          expect(end - start).toBe(65536);
          expect(start).toBeGreaterThanOrEqual(i === 0 ? 100000 : (all[i - 1]?.end ?? 0));
        }
      }
    }, 120_000);
  },
);
