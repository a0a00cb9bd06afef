// SPDX-License-Identifier: MIT
//
// What userns is run on. The program that it becomes shows its maps, ids and privileges.
import { dirname } from "node:path";
import { expect } from "vitest";
import { type File, type SpecialFile, Stage } from "../stage/stage.js";
import type { End, Run } from "./injector.js";
import { alice, map, plugin, restricted, type Scenario, subgid, subuid } from "./scenarios.js";

type Extent = [number, number, number];
type More = { files?: Record<string, File>; run?: Partial<Run>; probe?: string[] };

const shown =
  "^ *[0-9]+ +[0-9]+ +[0-9]+$|^(deny|allow)$|^(Uid|Gid|Groups|NoNewPrivs|Seccomp(_filters)?|Cap...|SigBlk|SigIgn):";
const show = [
  "grep",
  "-hE",
  shown,
  ...["uid_map", "gid_map", "setgroups", "status"].map((file) => `/proc/self/${file}`),
];

/** What the program shows under these maps. */
function mapped(setgroups: string, uids: Extent[], gids: Extent[], more = ""): Partial<End> {
  const maps = `${map(...uids)}${map(...gids)}${setgroups}\n`;
  const stdout = expect.stringMatching(new RegExp(`^${maps}.*${more}`, "s"));
  return { status: 0, stderr: "", stdout };
}

const directory = (id: number): SpecialFile => ({ directory: true, mode: 0o755, uid: id, gid: id });
const refused: Partial<End> = { status: 125, stdout: "" };
const range: Extent = [0, 100000, 1000];
const maps = ["--uid-map=0 100000 1000", "--gid-map=0 100000 1000"];
const own: Extent[] = [[0, 1000, 1]];
const both: Extent[] = [...own, [1, 100000, 65536]];

/** The runs of userns. */
export async function userns(stage: Stage): Promise<Scenario[]> {
  const program = await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] });
  const setuid = await stage.install("build/userns", "/mnt/setuid/userns", { setuid: true });
  const bare = await stage.install("build/userns", "/mnt/bare/userns");
  await stage.install("build/newfsidmap", "newfsidmap", {
    caps: ["cap_sys_admin", "cap_setuid", "cap_setgid"],
  });
  const env = { PATH: `${dirname(program)}:/usr/bin:/bin` };
  const run = (what: string, words: string[], end: Partial<End>, more: More = {}): Scenario => {
    const { files, probe = show, run: other } = more;
    const argv = ["userns", ...words, ...probe];
    const usual = { program, programs: ["userns", "nss"], argv, caller: { ...alice, env }, target: null };
    return {
      ...{ name: "userns", what, failure: 125, end, run: { ...usual, ...other } },
      files: { ...subuid, ...subgid, ...files },
    };
  };
  const tree = {
    "/etc/usernamespaces": "alice:300000:1000:fsid\n",
    "/tmp/tree": directory(300000),
    "/tmp/at": directory(0),
  };
  const bind = ["--bind=/tmp/tree:/tmp/at", "--fsid-map=b:0:300000:1000"];
  const stat = ["sh", "-c", 'stat -c %u:%g /tmp/at; exec "$0" "$@"', ...show];
  const bound = mapped("allow", [range], [range]);
  bound.stdout = expect.stringMatching(/^0:0\n +0 +100000 +1000\n/);
  const denied = { "/etc/usernamespaces": "@video:100000:10:gid,deny-setgroups\n" };
  return [
    run("a list", maps, mapped("allow", [range], [range])),
    run("setuid root", maps, mapped("allow", [range], [range]), { run: { program: setuid } }),
    run("the default map", [], mapped("allow", both, both)),
    run(
      "a plugin's range",
      ["--map-users=auto", "--gid-map=0 1000 1"],
      mapped("deny", [[0, 100000, 65536]], own),
      {
        files: { ...plugin, "/etc/subuid": null, "/etc/subgid": null },
      },
    ),
    run("the default map without a grant", [], mapped("deny", own, own), {
      files: { "/etc/subuid": null, "/etc/subgid": null },
    }),
    run("no privilege", ["-r"], mapped("deny", own, own), { run: { program: bare } }),
    run(
      "a shell",
      [...maps],
      { status: 0, stderr: "", stdout: "shell\n" },
      {
        probe: [],
        files: { "/tmp/script": "echo shell\n" },
        run: { caller: { ...alice, env, stdin: "/tmp/script" } },
      },
    ),
    run("deny-setgroups for a group's members", maps, mapped("deny", [range], [range]), { files: denied }),
    run(
      "a child with other ids and capabilities",
      [...maps, "-mpfui", "--mount-proc", "--propagation=slave", "-S5", "-G6", "--keep-caps", "--kill-child"],
      mapped("allow", [range], [range], "Uid:\t5.*Gid:\t6.*CapAmb:\t0+[^0\\n]"),
    ),
    run(
      "another root and no new privileges",
      [...maps, "-R/", "-w/tmp", "--no-new-privs", "--setgroups=deny", "--preserve-fds=1"],
      mapped("deny", [range], [range], "NoNewPrivs:\t1"),
    ),
    run(
      "no namespaces inside",
      [...maps, "--disable-userns"],
      mapped("allow", [range], [range], "Seccomp_filters:\t2"),
    ),
    run("a tree", [...maps, ...bind], bound, { files: tree, probe: stat }),
    run("a tree and no namespaces inside", [...maps, ...bind, "--disable-userns"], bound, {
      files: tree,
      probe: stat,
    }),
    run("nothing granted", ["--uid-map=0 500000 1", "--gid-map=0 500000 1"], refused),
    ...Object.entries(restricted).map(([what, lines]) =>
      run(what, maps, refused, { files: { "/etc/usernamespaces": lines } }),
    ),
  ];
}
