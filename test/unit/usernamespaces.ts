// SPDX-License-Identifier: MIT
//
// What the tests of /etc/usernamespaces share.
import { expect } from "vitest";
import { predict } from "../model/model.js";
import { type Tool, type World, world } from "../model/world.js";
import { runProgram } from "./fake-host.js";
import { asking } from "./run.js";

/** Lines of the file, and what else there is. */
export function withLines(tool: Tool, lines: string | string[], map: string, changes: Partial<World> = {}) {
  const usernamespaces = [lines].flat().map((line) => `${line}\n`);
  return world({ tool, table: "", usernamespaces: usernamespaces.join(""), args: asking(map), ...changes });
}

/**
 * "mapped", with what became of setgroups if it was denied, or the reason for the refusal: the model's word, which
 * the program has to agree with.
 */
function outcome(asked: World): string {
  const { reason, complaint, ...expected } = predict(asked);
  const { status, map, setgroups, stderr, log } = runProgram(asked);
  expect({ status, map, setgroups, complaint: stderr.slice(0, complaint.length) }).toEqual({
    ...expected,
    complaint,
  });
  if (reason === "restricted" || reason === "not granted")
    expect(log[0]).toContain(`not allowed: ${reason} (`);
  return reason || (setgroups === "deny" ? "mapped, setgroups denied" : "mapped");
}

/** What comes of a request for uids where /etc/usernamespaces has these lines and /etc/subuid none. */
export function uids(lines: string | string[], map: string, changes: Partial<World> = {}): string {
  return outcome(withLines("newuidmap", lines, map, changes));
}

/** The same for gids. */
export function gids(lines: string | string[], map: string, changes: Partial<World> = {}): string {
  return outcome(withLines("newgidmap", lines, map, changes));
}

/** /etc/subuid or /etc/subgid grant all that is asked for; the file can only take away. */
export const granted: Partial<World> = { table: "alice:100000:65536\n" };
