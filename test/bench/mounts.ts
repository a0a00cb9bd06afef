// SPDX-License-Identifier: MIT
//
// The third part: newfsidmap --bind, as its caller runs it, against the same mount made by root with no question asked.

import { join } from "node:path";
import { root } from "../stage/build.js";
import { type Case, type Outcome, Stage } from "../stage/stage.js";
import { type Ratio, ratioOf, type Time, timeOf } from "./statistics.js";

const rounds = 400;
const alice = { uid: 1000, gid: 1000 };
const granted = "alice:100000:65536\nalice:300000:65536\n";
const source = "/tmp/tree";
const target = "/tmp/here";

/** What came of it; times in microseconds. */
export interface MountRow {
  rounds: number;
  times: { ours: Time; floor: Time };
  ratio: Ratio;
}

async function run(stage: Stage, of: Case): Promise<string> {
  const { status, stdout, stderr } = await stage.run(of);
  if (status !== 0) throw new Error(`${of.argv.join(" ")}: status ${status}\n${stderr}`);
  return stdout;
}

/** A process in namespaces of alice's, with 0 -> 100000; its pid. */
async function startTarget(stage: Stage): Promise<number> {
  const userns = await stage.install(join(root, "build/userns"), "userns", {
    caps: ["cap_setuid", "cap_setgid"],
  });
  const map = "0 100000 65536";
  const words = [userns, "-m", "--uid-map", map, "--gid-map", map, "sh", "-c", "echo $$; exec sleep 100000"];
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `mkfifo /tmp/up; ${quoted} >/tmp/up & read pid </tmp/up; echo $pid`;
  return Number(await run(stage, { argv: ["/bin/sh", "-c", script], caller: alice, target: null }));
}

/** Both commands, and the one that makes them anew possible. */
async function casesOf(stage: Stage): Promise<{ ours: Case; floor: Case; reset: Case; look: Case }> {
  const pid = String(await startTarget(stage));
  const inside = (...argv: string[]): Case => ({
    argv: ["/usr/bin/nsenter", "-U", "-m", "-S0", "-G0", "-t", pid, ...argv],
    caller: alice,
    target: null,
  });
  const caps = ["cap_sys_admin" as const, "cap_setuid" as const, "cap_setgid" as const];
  const ours = await stage.install(join(root, "build/newfsidmap"), "newfsidmap", { caps });
  const floor = await stage.install(join(root, "build/floor-newfsidmap"), "floor");
  const map = "300000 100000 65536";
  return {
    ours: {
      program: ours,
      argv: ["newfsidmap", "--bind", source, target, pid, "b:0:300000:65536"],
      caller: alice,
      target: null,
    },
    floor: { argv: [floor, source, target, pid, map], caller: { uid: 0, gid: 0 }, target: null },
    reset: inside("/bin/umount", "-n", target),
    look: inside("/usr/bin/stat", "-c", "%u:%g", target),
  };
}

/** Has the two mount in turn; throws if a mount is not the one asked for. */
export async function compareMounts(): Promise<MountRow> {
  const stage = await Stage.start({ etc: "hermetic" });
  try {
    await stage.files({
      "/etc/subuid": granted,
      "/etc/subgid": granted,
      [source]: { directory: true, uid: 300000, gid: 300000 },
      [target]: { directory: true, ...alice },
    });
    const { ours, floor, reset, look } = await casesOf(stage);
    for (const one of [ours, floor]) {
      await run(stage, one);
      const owners = await run(stage, look);
      if (owners !== "0:0\n") throw new Error(`${one.argv.join(" ")}: the mount is ${owners}`);
      await run(stage, reset);
    }
    const walls = [ours, reset, floor, reset];
    const outcomes = await stage.alternate(rounds, walls);
    const [own = [], , others = []] = outcomes.map((runs) => runs.map(timeOfRun));
    return { rounds, times: { ours: timeOf(own), floor: timeOf(others) }, ratio: ratioOf(own, others) };
  } finally {
    await stage.close();
  }
}

function timeOfRun({ status, stderr, wallNs }: Outcome): number {
  if (status !== 0) throw new Error(`status ${status}\n${stderr}`);
  return wallNs / 1000;
}
