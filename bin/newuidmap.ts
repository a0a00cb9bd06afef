// SPDX-License-Identifier: MIT
import { exit } from "../src/host";
import { decide } from "../src/policy/decide";
import { Kind } from "../src/policy/kind";
import { identify } from "../src/steps/caller";
import { readRequest, readTarget } from "../src/steps/command";
import { readEntries, readGrants } from "../src/steps/grants";
import { refuse } from "../src/steps/refuse";
import { pinTarget, requireOwnTarget } from "../src/steps/target";
import { Tool } from "../src/steps/tool";
import { writeRequest } from "../src/steps/write";
import { Lines } from "../src/tables/lines";

/** Writes the uid map of a process's user namespace: newuidmap(1). */
export function main(): void {
  const tool = new Tool(Kind.Uid, "newuidmap");
  const lines = new Lines();
  pinTarget(tool, readTarget(tool));
  const user = identify(tool, lines);
  requireOwnTarget(tool, user, lines);
  const grants = readGrants(tool, user, lines);
  const request = readRequest(tool);
  readEntries(tool, grants, request);
  const verdict = decide(request, tool.own, user.uid == 0, grants.authority);
  if (!verdict.allowed) refuse(tool, request, verdict, grants);
  writeRequest(tool, request);
  exit(0);
}
