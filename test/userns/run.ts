// SPDX-License-Identifier: MIT
import { type Host, main } from "./fake-host.js";

/** The lines on stderr of a run that has to fail before anything is asked of the kernel. */
export function refusal(args: string[], host: Host = {}): string[] {
  const run = main(args, host);
  const acted = run.calls.filter((call) => call !== "startHelper");
  if (run.status !== 125 || run.stdout !== "" || acted.length > 0 || run.request.length > 0)
    throw new Error(`not refused: ${JSON.stringify(run)}`);
  return run.stderr.replace(/\n$/, "").split("\n");
}

/** The only line of such a run. */
export function complaint(args: string[], host: Host = {}): string {
  const lines = refusal(args, host);
  if (lines.length !== 1) throw new Error(`not one line: ${lines.join("\n")}`);
  return lines[0] as string;
}

/** What acts on the process once it is in its new namespaces, in order. */
export function steps(args: string[], host: Host = {}): string[] {
  const { calls } = main(args, { ...host, answers: { runProgram: -2, runShell: -2, ...host.answers } });
  const last = calls.findLastIndex((call) => call.startsWith("unshare"));
  return calls.slice(last);
}

/** The lines of a map as arrays of inside, outside and count. */
export type Extents = number[][];

/** The maps that the helper is asked for, read as src/userns/request.ts writes them. */
export function asked(args: string[], host: Host = {}): { uids: Extents; gids: Extents } {
  const { request } = main([...args, "true"], { ...host, answers: { runProgram: -2, ...host.answers } });
  const numbers = Array.from({ length: request.length / 4 }, (_, i) => request.readUInt32LE(4 * i));
  const [, , uids = 0, gids = 0, ...rest] = numbers;
  const extents = Array.from({ length: uids + gids }, (_, i) => rest.slice(3 * i, 3 * i + 3));
  return { uids: extents.slice(0, uids), gids: extents.slice(uids) };
}
