// SPDX-License-Identifier: MIT
//
// What a helper may do when a call fails: what it does otherwise, or end with a message, the status of a failure and
// nothing done.
import type { End, Fault } from "./injector.js";
import type { Scenario } from "./scenarios.js";

/** What a run did; not what it said of it. */
function done(end: End): Partial<End> {
  const { log, mounts, hung, stderr, ...rest } = end;
  return rest;
}

function differences(one: Partial<End>, other: Partial<End>): string {
  const keys = (Object.keys(one) as (keyof End)[]).filter((key) => one[key] !== other[key]);
  return keys.map((key) => `${key} ${JSON.stringify(other[key])}`).join(", ");
}

/** Whether one of the lines says something in the program's name: the usage may come before it. */
function isMessage(scenario: Scenario, text: string): boolean {
  return text.endsWith("\n") && text.split("\n").some((line) => line.startsWith(`${scenario.name}: `));
}

/** What a run that was refused did all the same; undefined if it did nothing but say so. */
function didAlthoughRefused(scenario: Scenario, clean: End, end: End, fault: Fault): string | undefined {
  if (end.status !== (scenario.failure ?? 1)) return `status ${end.status}`;
  // What the kernel has written while it says that it has not cannot be taken back.
  const told = fault.kind === "answer" && /_map$/.test(fault.call.label);
  for (const map of ["uidMap", "gidMap"] as const) {
    const before = clean.status === 0 ? "" : clean[map];
    if ((end[map] ?? "") !== (before ?? "") && !(told && end[map] === clean[map]))
      return `refused, and ${map} ${JSON.stringify(end[map])}`;
  }
  if (end.stdout !== "" && !scenario.prints) return `refused, and stdout ${JSON.stringify(end.stdout)}`;
  const mounts = (clean.mounts?.[0] ?? 0) - (clean.mount ? 1 : 0);
  if (end.mount || end.handed || (end.mounts?.[0] ?? 0) !== mounts) return "refused, and a mount";
  const unsaid = fault.call.label === "write stderr";
  return unsaid || isMessage(scenario, end.stderr) ? undefined : `refused with ${JSON.stringify(end.stderr)}`;
}

/** What is wrong with how a run with a fault ended; undefined if it held. */
export function judge(scenario: Scenario, clean: End, end: End, fault: Fault): string | undefined {
  if (end.hung) return "hangs";
  if (end.signal !== 0) return `ended by signal ${end.signal}`;
  if (end.mounts?.[1] !== clean.mounts?.[1]) return "a mount is left outside";
  const different = differences(done(clean), done(end));
  // A process of its own may say what failed, where the answer is right without it.
  if (different === "" && (end.stderr === clean.stderr || isMessage(scenario, end.stderr))) return undefined;
  const refused = didAlthoughRefused(scenario, clean, end, fault);
  return end.status === 0 && refused !== undefined
    ? `${different}, and said ${JSON.stringify(end.stderr)}`
    : refused;
}
