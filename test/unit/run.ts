// SPDX-License-Identifier: MIT
import { PID, type World, world } from "../model/world.js";
import { type Options, type Run, runProgram } from "./fake-host.js";

/** Runs newuidmap, or what `changes` say, in the usual world. */
export function run(changes: Partial<World> = {}, options: Options = {}): Run {
  return runProgram(world(changes), options);
}

/** The lines on stderr of a run that has to fail without a map, and with setgroups as it was. */
export function refusal(changes: Partial<World> = {}, options: Options = {}): string[] {
  const result = run(changes, options);
  const before = world(changes).target.setgroups;
  if (result.status !== 1 || result.map !== "" || result.setgroups !== before || result.trapped)
    throw new Error(`not refused: ${JSON.stringify(result)}`);
  return result.stderr.replace(/\n$/, "").split("\n");
}

/** The arguments that ask for a map, given as words separated by blanks. */
export function asking(map: string): string[] {
  return [PID, ...map.split(" ").filter(Boolean)];
}

export const usage =
  "usage: newuidmap [<pid>|fd:<pidfd>] <uid> <loweruid> <count> [ <uid> <loweruid> <count> ] ... ";
