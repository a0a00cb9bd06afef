// SPDX-License-Identifier: MIT
//
// The fourth part: usernsctl on large tables, whole processes, against the start of Node.js by itself.

import { join } from "node:path";
import { root } from "../stage/build.js";
import { type Case, defaultFiles, type Outcome, Stage } from "../stage/stage.js";
import { type Ratio, ratioOf, type Time, timeOf } from "./statistics.js";

const rounds = 15;
const lines = 100_000;
const users = 10_000;
const perLine = 40_000;
const output = "/tmp/output";

const commands = [
  { argv: ["list", "user5"], status: 0, said: "user5, uid 1005, gid 1005, may have\n" },
  { argv: ["lint"], status: 1, said: ":99991:1: warning: there is no user 'gone99990'" },
  { argv: ["free"], status: 0, said: "100000:65536\n" },
];

/** What came of one command; times in microseconds. */
export interface CtlRow {
  command: string;
  lines: number;
  rounds: number;
  times: { ours: Time; node: Time };
  ratio: Ratio;
}

/** Users with nine lines each in both tables; every tenth line is of a name that nobody has. */
async function setUp(stage: Stage): Promise<void> {
  const ids = Array.from({ length: users }, (_, i) => i);
  const owner = (i: number) => (i % 10 === 0 ? `gone${i}` : `user${i % users}`);
  const table = Array.from({ length: lines }, (_, i) => `${owner(i)}:${200_000 + perLine * i}:${perLine}\n`);
  const passwd = ids.map((i) => `user${i}:x:${1000 + i}:${1000 + i}::/home/user${i}:/bin/sh\n`);
  const group = ids.map((i) => `user${i}:x:${1000 + i}:\n`);
  await stage.files({
    "/etc/passwd": `${defaultFiles["/etc/passwd"]}${passwd.join("")}`.replace(
      /^(alice|bob|carol):.*\n/gm,
      "",
    ),
    "/etc/group": `${defaultFiles["/etc/group"]}${group.join("")}`.replace(/^(alice|bob|carol):.*\n/gm, ""),
    "/etc/subuid": table.join(""),
    "/etc/subgid": table.join(""),
  });
}

function caseOf(...argv: string[]): Case {
  return { argv: [process.execPath, ...argv], caller: { uid: 0, gid: 0, stdout: output }, target: null };
}

async function measure(stage: Stage, { argv, status, said }: (typeof commands)[number]): Promise<CtlRow> {
  const ours = caseOf(join(root, "build/usernsctl/usernsctl.mjs"), ...argv);
  const walls = (outcomes: Outcome[], expected: number) =>
    outcomes.map((outcome) => {
      if (outcome.status === expected && outcome.stderr === "") return outcome.wallNs / 1000;
      throw new Error(`usernsctl ${argv.join(" ")}: status ${outcome.status}\n${outcome.stderr}`);
    });
  await stage.files({ [output]: "" });
  walls([await stage.run(ours)], status);
  const look = await stage.exec({ argv: ["/bin/grep", "-cF", said, output], caller: { uid: 0, gid: 0 } });
  if (look.status !== 0) throw new Error(`usernsctl ${argv.join(" ")} does not say: ${said}`);
  const [own = [], bare = []] = await stage.alternate(rounds, [ours, caseOf("-e", "0")]);
  const [times, floor] = [walls(own, status), walls(bare, 0)];
  return {
    command: argv.join(" "),
    lines,
    rounds,
    times: { ours: timeOf(times), node: timeOf(floor) },
    ratio: ratioOf(times, floor),
  };
}

/** Runs each command in turn with a Node.js that does nothing; throws if one does not say what it should. */
export async function measureCtl(): Promise<CtlRow[]> {
  const stage = await Stage.start({ etc: "hermetic" });
  try {
    await setUp(stage);
    const rows: CtlRow[] = [];
    for (const command of commands) rows.push(await measure(stage, command));
    return rows;
  } finally {
    await stage.close();
  }
}
