// SPDX-License-Identifier: MIT
//
// The second part: userns against the other programs that run one in a namespace of its own. They start newuidmap
// and newgidmap, which are Debian's, as users have them, or ours in their place.

import { join } from "node:path";
import { root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";
import { type Case, type Outcome, Stage } from "../stage/stage.js";
import { type Ratio, ratioOf, type Time, timeOf } from "./statistics.js";

export type Helpers = "Debian's" | "ours";

interface Rival {
  /** The words before the program to run. */
  command: string[];
  helpers: Helpers;
  /** Each of the maps that it makes of the caller's line. */
  map: string;
  rounds: number;
  /** What has to be run after it, unmeasured, for the next run to begin anew. */
  reset?: string[];
}

/** What came of one comparison; times in microseconds. */
export interface RivalRow extends Pick<Rival, "helpers" | "rounds"> {
  rival: string;
  times: { userns: Time; rival: Time };
  ratio: Ratio;
}

const uid = 1000;
const gid = 1000;
const home = "/home/alice";
const run = `${home}/run`;
const userns = "/mnt/bench/userns";
const directories: Record<Helpers, string> = { "Debian's": "/mnt/debian", ours: "/mnt/ours" };

const ownFirst = (count: number) => `0 ${uid} 1\n1 100000 ${count}\n`;
const unshare = {
  command: ["unshare", "-U", "--map-auto", "--map-root-user"],
  map: ownFirst(65_535),
  rounds: 400,
};
const others = [
  { command: ["lxc-usernsexec", "--"], map: "0 100000 65536\n", rounds: 200 },
  { command: ["rootlesskit"], map: ownFirst(65_536), rounds: 50 },
  // A process that it leaves behind keeps the namespace, so that the next run would make none.
  {
    command: ["podman", "unshare"],
    map: ownFirst(65_536),
    rounds: 20,
    reset: ["podman", "system", "migrate"],
  },
  { command: ["buildah", "unshare"], map: ownFirst(65_536), rounds: 20 },
];
/** The first is the one to beat. */
const rivals: Rival[] = [unshare, ...others].flatMap((rival) =>
  (["Debian's", "ours"] as const).map((helpers) => ({ ...rival, helpers })),
);

async function installHelpers(stage: Stage): Promise<void> {
  const shadow = shadowPrograms();
  for (const tool of ["newuidmap", "newgidmap"] as const) {
    const capability = tool === "newuidmap" ? "cap_setuid" : "cap_setgid";
    await stage.install(join(shadow, tool), join(directories["Debian's"], tool), { setuid: true });
    await stage.install(join(root, "build", tool), join(directories.ours, tool), { caps: [capability] });
  }
  // rootlesskit asks it for the ranges.
  await stage.install(join(shadow, "getsubids"), join(directories["Debian's"], "getsubids"));
  await stage.install(join(root, "build/getsubids"), join(directories.ours, "getsubids"));
}

/** Alice and all that the programs want of her system: one line in each table, a home, memory to share. */
async function open(): Promise<Stage> {
  const stage = await Stage.start({ etc: "hermetic" });
  const own = { directory: true, uid, gid, mode: 0o700 } as const;
  await installHelpers(stage);
  await stage.install(join(root, "build/userns"), userns, { caps: ["cap_setuid", "cap_setgid"] });
  await stage.tmpfs("/home");
  await stage.files({ [home]: own, "/dev/shm": { directory: true } });
  await stage.tmpfs("/dev/shm", "mode=1777");
  await stage.files({
    [run]: own,
    "/etc/subuid": "alice:100000:65536\n",
    "/etc/subgid": "alice:100000:65536\n",
  });
  return stage;
}

function caseOf(helpers: Helpers, argv: string[], program = join("/usr/bin", argv[0] as string)): Case {
  const env = { PATH: `${directories[helpers]}:/usr/bin:/bin`, HOME: home, XDG_RUNTIME_DIR: run };
  return { program, argv, caller: { uid, gid, env }, target: null, timeout: 60_000 };
}

const ofUserns = (helpers: Helpers, words: string[]) => caseOf(helpers, ["userns", ...words], userns);

function succeeded(outcome: Outcome, command: string[]): Outcome {
  if (outcome.status === 0) return outcome;
  throw new Error(`${command.join(" ")}: status ${outcome.status}\n${outcome.stderr}`);
}

/** Also leaves the caches warm, and the stores of images set up. */
async function verify(stage: Stage, of: (words: string[]) => Case, map: string): Promise<void> {
  const asked = of(["cat", "/proc/self/uid_map", "/proc/self/gid_map"]);
  const { stdout } = succeeded(await stage.run(asked), asked.argv);
  if (stdout.replace(/^ +/gm, "").replace(/ +/g, " ") === map + map) return;
  throw new Error(`${asked.argv.join(" ")}: the maps are\n${stdout}`);
}

async function compare(stage: Stage, { command, helpers, map, rounds, reset }: Rival): Promise<RivalRow> {
  const ours = (words: string[]) => ofUserns(helpers, words);
  const theirs = (words: string[]) => caseOf(helpers, [...command, ...words]);
  await verify(stage, ours, ownFirst(65_536));
  await verify(stage, theirs, map);
  const resets = reset ? [caseOf(helpers, reset)] : [];
  for (const one of resets) succeeded(await stage.run(one), one.argv);
  const cases = [ours(["true"]), theirs(["true"]), ...resets];
  const outcomes = await stage.alternate(rounds, cases);
  const [userns = [], rival = []] = outcomes.map((runs, i) =>
    runs.map((outcome) => succeeded(outcome, (cases[i] as Case).argv).wallNs / 1000),
  );
  return {
    rival: command.join(" "),
    helpers,
    rounds,
    times: { userns: timeOf(userns), rival: timeOf(rival) },
    ratio: ratioOf(userns, rival),
  };
}

/** Runs `true` in a mapped namespace, by userns and by each of the others in turn. */
export async function compareAll(told: (row: RivalRow) => void): Promise<RivalRow[]> {
  const rows: RivalRow[] = [];
  const stage = await open();
  try {
    for (const rival of rivals) {
      const row = await compare(stage, rival);
      rows.push(row);
      told(row);
    }
  } finally {
    await stage.close();
  }
  return rows;
}
