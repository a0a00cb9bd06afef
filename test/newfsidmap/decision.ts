// SPDX-License-Identifier: MIT
import { expect } from "vitest";
import { type FsidWorld, fsidWorld, mapFile } from "../model/fsid.js";
import { decide, type Recorded } from "./fake-host.js";

/** The arguments that ask for a mount to be attached. */
export const bind = (...maps: string[]) => ["--bind", "/source", "/target", "7", ...maps];
/** The arguments that ask for one to be handed over. */
export const send = (...maps: string[]) => ["--fd", "3", "/source", "7", ...maps];
/** A namespace's map of the own id alone. */
export const own = mapFile([0, 1000, 1]);
/** A namespace of the own ids alone, as the kernel lets anybody have it, and a mount for it. */
export const alone: Partial<FsidWorld> = {
  args: bind("b:0:1000:1"),
  uidMap: own,
  gidMap: own,
  setgroups: 1,
};

/** What is recorded of uids and gids, which is the same for both, without a word. */
export function recorded(changes: Partial<FsidWorld> = {}): Recorded[] {
  const { status, stderr, log, uids, gids } = decide(fsidWorld(changes));
  expect({ status, stderr, log }).toEqual({ status: 0, stderr: [], log: [] });
  expect(gids).toEqual(uids);
  return uids;
}

/** The lines on stderr, without the program's name, of a request that has to be refused. */
export function refusal(changes: Partial<FsidWorld>): string[] {
  const { status, stderr, uids, gids } = decide(fsidWorld(changes));
  expect({ status, uids, gids }).toEqual({ status: 1, uids: [], gids: [] });
  for (const line of stderr) expect(line).toMatch(/^newfsidmap: [^ ]/);
  return stderr.map((line) => line.slice("newfsidmap: ".length));
}

/** What is sent to syslog. */
export function logged(changes: Partial<FsidWorld>): string[] {
  return decide(fsidWorld(changes)).log;
}
