// SPDX-License-Identifier: MIT
//
// What the commands that change the tables print.
import { plain, printJson } from "../output.js";
import type { Plan } from "./change.js";
import { unifiedDiff } from "./diff.js";

/** Says what was done. */
export function reportDone(plan: Plan, json?: true): void {
  const { owner, span, changes, what } = plan;
  const range = `${plain(owner)}:${span.start}:${span.end - span.start}`;
  if (json) printJson(recordOf(plan));
  else process.stdout.write(changes.map(({ path }) => `${plain(path)}: ${what} ${range}\n`).join(""));
}

/** Shows what would be done, as a diff of the files. */
export function reportPlan(plan: Plan, json?: true): void {
  const diff = Buffer.concat(plan.changes.map(({ path, old, content }) => unifiedDiff(path, old, content)));
  if (json) printJson({ ...recordOf(plan), diff: diff.toString() });
  // The bytes as they are; a terminal gets what does not command it.
  else if (!process.stdout.isTTY) process.stdout.write(diff);
  else for (const line of diff.toString().split("\n").slice(0, -1)) process.stdout.write(`${plain(line)}\n`);
}

function recordOf({ owner, span: { start, end }, changes, what }: Plan): object {
  return { owner, start, count: end - start, [what]: changes.map(({ path }) => path) };
}
