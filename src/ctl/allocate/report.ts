// SPDX-License-Identifier: MIT
import { printJson } from "../output.js";
import type { Span } from "../spans.js";
import type { Change, ChangeOptions } from "./change.js";

/** Says what was done, unless the diff has said it. */
export function report(
  { dryRun, json }: ChangeOptions & { json?: true },
  owner: string,
  { start, end }: Span,
  changes: readonly Change[],
  what: "added" | "removed",
): void {
  if (dryRun) return;
  const files = changes.map(({ path }) => path);
  if (json) printJson({ owner, start, count: end - start, [what]: files });
  else
    process.stdout.write(files.map((path) => `${path}: ${what} ${owner}:${start}:${end - start}\n`).join(""));
}
