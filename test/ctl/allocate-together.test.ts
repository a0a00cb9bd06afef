// SPDX-License-Identifier: MIT
//
// usernsctl add beside others that change the same files: nobody's lines are lost, and no ids are given twice.
import { describe, expect, it } from "vitest";
import { canMount, canRun, program, Root } from "./allocate.js";

const here = new Root();
const canUseradd = canMount && canRun("sh", "-c", "command -v useradd");
const tables = ["subuid", "subgid"] as const;

const users = Array.from({ length: 20 }, (_, i) => `user${i}`);
const others = Array.from({ length: 8 }, (_, i) => `other${i}`);

/** Lays the files that useradd wants, in which the users are. */
function lay(): void {
  const lines = (line: (name: string, id: number) => string) =>
    users.map((name, i) => line(name, 3000 + i)).join("");
  const passwd = lines((name, id) => `${name}:x:${id}:${id}::/:/bin/sh\n`);
  here.put("passwd", `root:x:0:0::/:/bin/sh\n${passwd}`);
  here.put("group", `root:x:0:\n${lines((name, id) => `${name}:x:${id}:\n`)}`);
  here.put("nsswitch.conf", "passwd: files\ngroup: files\n");
  for (const name of ["shadow", "gshadow", "login.defs", ...tables]) here.put(name, "");
}

/** The owner and the ids [start, end) of each line. */
function ranges(table: string): { owner: string; start: number; end: number }[] {
  const lines = here.text(table).split("\n").slice(0, -1);
  return lines
    .map((line) => {
      const [owner = "", start, count] = line.split(":");
      return { owner, start: Number(start), end: Number(start) + Number(count) };
    })
    .sort((a, b) => a.start - b.start);
}

describe.skipIf(!canUseradd)("usernsctl add (needs root, mount namespaces and useradd)", () => {
  it("gives each of 20 at once, and useradd's users, a range of his own", () => {
    lay();
    const { status, stderr } = here.inside(
      [
        "mount -t tmpfs none /var/log && mount -t tmpfs none /var/mail || exit 9",
        ...users.map((name) => `${process.execPath} ${program} add ${name} >/dev/null & jobs="$jobs $!"`),
        `for name in ${others.join(" ")}; do useradd -M $name || exit 8; done`,
        "for job in $jobs; do wait $job || exit 7; done",
      ].join("\n"),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const everybody = [...users, ...others].sort();
    for (const table of tables) {
      const all = ranges(table);
      expect(all.map(({ owner }) => owner).sort()).toEqual(everybody);
      for (const [i, { start, end }] of all.entries()) {
        expect(end - start).toBe(65536);
        expect(start).toBeGreaterThanOrEqual(i === 0 ? 100000 : (all[i - 1]?.end ?? 0));
      }
    }
    const names = here.text("passwd").split("\n").slice(0, -1);
    expect(names.map((line) => line.split(":")[0]).sort()).toEqual(["root", ...everybody].sort());
  }, 120_000);
  it("gives the same ranges of uids and gids to each of 20 who are added and removed at once", () => {
    lay();
    const { status, stderr } = here.inside(
      [
        ...users.flatMap((name, i) => {
          const range = `${1_000_000 + 10 * i}:5`;
          const add = `$usernsctl add ${name} ${range}`;
          const undo = i % 2 === 0 ? "" : `&& $usernsctl remove ${name} ${range}`;
          return [`(${add} ${undo}) >/dev/null & jobs="$jobs $!"`];
        }),
        "for job in $jobs; do wait $job || exit 7; done",
      ].join("\n"),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(ranges("subuid").map(({ owner }) => owner)).toEqual(users.filter((_, i) => i % 2 === 0));
    expect(ranges("subgid")).toEqual(ranges("subuid"));
  }, 120_000);
});
