// SPDX-License-Identifier: MIT
//
// What newfsidmap is run on: a tree of the third range, and a process whose ids are those of the first.
import { onDisk, type Scene } from "../newfsidmap/scene.js";
import type { File } from "../stage/stage.js";
import type { End, Run } from "./injector.js";
import { alice, type Scenario } from "./scenarios.js";

const ranges = [100000, 200000, 300000].map((start) => `alice:${start}:65536\n`).join("");

/** The runs of newfsidmap. */
export async function newfsidmap(scene: Scene): Promise<Scenario[]> {
  const tables = { "/etc/subuid": ranges, "/etc/subgid": ranges };
  await scene.stage.files(tables);
  const inside = (await scene.range(100000)).pid;
  const { tree, here } = await scene.shared("/mnt");
  const run = (
    what: string,
    words: string[],
    end: Partial<End>,
    more: Partial<Run> = {},
    files: Record<string, File> = {},
  ): Scenario => ({
    ...{ name: "newfsidmap", what, end },
    files: { ...tables, ...files },
    run: {
      ...{ program: scene.newfsidmap, programs: ["newfsidmap", "nss"], argv: ["newfsidmap", ...words] },
      ...{ caller: alice, target: null, place: { inside, path: here }, ...more },
    },
  });
  const bind = ["--bind", tree, here, `${inside}`];
  const handed = ["--fd", "9", tree, `${inside}`, onDisk];
  const mounted = (flags: string): Partial<End> => ({
    status: 0,
    stderr: "",
    mount: `100000:100000 ${flags}`,
  });
  const refused: Partial<End> = { status: 1, mount: "" };
  const entries = (lines: string) => ({ "/etc/usernamespaces": lines });
  return [
    run("a tree", [...bind, onDisk], mounted("1026")),
    run(
      "a tree by grants to a group",
      ["--read-only", "--noexec", ...bind, "u:0:300000:10", "g:0:300000:10"],
      mounted("102f"),
      {},
      {
        "/etc/subuid": "alice:100000:65536\n",
        "/etc/subgid": "alice:100000:65536\n",
        ...entries("@video:300000:10:fsid\n"),
      },
    ),
    run("a socket", handed, { status: 0, stderr: "", handed: "100000:100000 1026" }, { socket: 9 }),
    run("maps in the kernel", [`${inside}`, onDisk], refused),
    run("nothing granted", [...bind, "b:0:500000:1"], refused),
    run("a restriction on disk", [...bind, onDisk], refused, {}, entries("bob:300010:5:reserved\n")),
    run("a restriction outside", [...bind, onDisk], refused, {}, entries("bob:100010:5:reserved\n")),
    run("a group's restriction", [...bind, onDisk], refused, {}, entries("@video:300000:10:unknown\n")),
    run(
      "deny-setgroups for a group's members",
      [...bind, onDisk],
      refused,
      {},
      entries("@video:300000:10:gid,fsid,deny-setgroups\n"),
    ),
    run("another's tree", ["--bind", "/mnt", here, `${inside}`, onDisk], refused),
  ];
}
