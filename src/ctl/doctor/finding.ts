// SPDX-License-Identifier: MIT
import type { Machine } from "./machine.js";

/** What a check says. */
export interface Finding {
  check: string;
  verdict: "ok" | "warning" | "problem";
  /** What was found. */
  found: string;
  /** What to do about it. */
  advice?: string;
}

/** Looks at one thing; nothing is said where it does not exist on such a machine. */
export type Check = (machine: Machine) => Finding[];

/** A finding that is fine. */
export function ok(check: string, found: string): Finding {
  return { check, verdict: "ok", found };
}

/** What may make some containers fail. */
export function warning(check: string, found: string, advice: string): Finding {
  return { check, verdict: "warning", found, advice };
}

/** What makes them fail. */
export function problem(check: string, found: string, advice: string): Finding {
  return { check, verdict: "problem", found, advice };
}
