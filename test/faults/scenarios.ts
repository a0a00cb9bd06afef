// SPDX-License-Identifier: MIT
//
// The runs whose calls are made to fail: between them they go through all of the programs' code.
import type { File, Stage } from "../stage/stage.js";
import type { End, Run } from "./injector.js";

/** What a run needs, and how it ends where nothing fails. */
export interface Scenario {
  /** The program, as its messages begin. */
  name: string;
  what: string;
  files: Record<string, File>;
  run: Run;
  end: Partial<End>;
  /** The exit status of its failures: 1. */
  failure?: number;
  /** What it prints is its answer, of which a part may have been printed when it fails. */
  prints?: true;
  /** It cannot be heard. */
  silent?: true;
  /** Takes from its output what differs from run to run. */
  normalise?(stdout: string): string;
}

export const alice = { uid: 1000, gid: 1000, groups: [44] };

/** The paths of the programs on the stage. */
export interface Programs {
  newuidmap: string;
  newgidmap: string;
  setuid: string;
}

export async function install(stage: Stage): Promise<Programs> {
  return {
    newuidmap: await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] }),
    newgidmap: await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] }),
    setuid: await stage.install("build/newuidmap", "setuid-newuidmap", { setuid: true }),
  };
}

const subuid = { "/etc/subuid": "alice:100000:65536\n" };
const subgid = { "/etc/subgid": "alice:100000:65536\n" };

/** A target's map as the kernel shows it. */
function map(...extents: [number, number, number][]): string {
  return extents.map((numbers) => `${numbers.map((n) => `${n}`.padStart(10)).join(" ")}\n`).join("");
}

function newidmap(name: "newuidmap" | "newgidmap", programs: Programs) {
  return (
    what: string,
    files: Record<string, File>,
    words: string,
    end: Partial<End>,
    more: Partial<Scenario> & { run?: Partial<Run> } = {},
  ): Scenario => {
    const { run, ...rest } = more;
    const argv = [name, ...words.split(" ")];
    const usual = { program: programs[name], programs: [name, "nss"], argv, caller: alice };
    return { name, what, files, run: { ...usual, ...run }, end, ...rest };
  };
}

const mapped = (uidMap: string): Partial<End> => ({ status: 0, stderr: "", uidMap, gidMap: "" });
const refused: Partial<End> = { status: 1, uidMap: "", gidMap: "" };

export function newuidmap(programs: Programs): Scenario[] {
  const run = newidmap("newuidmap", programs);
  return [
    run("a grant of /etc/subuid", subuid, "$PID 0 100000 65536", mapped(map([0, 100000, 65536]))),
    run(
      "grants of /etc/usernamespaces",
      {
        "/etc/usernamespaces":
          "*:300000:65536:each=10,first=1000\nbob:300020:5:reserved\n1000:400000:5:uid\n",
      },
      "$PID 0 1000 1 1 300000 10 11 400000 5",
      mapped(map([0, 1000, 1], [1, 300000, 10], [11, 400000, 5])),
    ),
    run(
      "a restriction",
      { ...subuid, "/etc/usernamespaces": "bob:100010:5:reserved\n" },
      "$PID 0 100000 65536",
      refused,
    ),
    run(
      "a restriction of a group's members",
      { ...subuid, "/etc/usernamespaces": "@video:100000:10:unknown\n" },
      "$PID 0 100000 65536",
      refused,
    ),
  ];
}

export function newgidmap(programs: Programs): Scenario[] {
  const run = newidmap("newgidmap", programs);
  return [
    run("a grant of /etc/subgid", subgid, "$PID 0 100000 65536", {
      status: 0,
      stderr: "",
      gidMap: map([0, 100000, 65536]),
      setgroups: "allow\n",
    }),
    run("the own group", {}, "$PID 0 1000 1", {
      status: 0,
      stderr: "",
      gidMap: map([0, 1000, 1]),
      setgroups: "deny\n",
    }),
    run(
      "deny-setgroups for a group's members",
      { ...subgid, "/etc/usernamespaces": "@video:100000:10:gid,deny-setgroups\n" },
      "$PID 0 100000 65536",
      { status: 0, stderr: "", gidMap: map([0, 100000, 65536]), setgroups: "deny\n" },
    ),
  ];
}
