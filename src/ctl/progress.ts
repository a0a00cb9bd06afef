// SPDX-License-Identifier: MIT
//
// How far long work has come, for who looks at a terminal.

/** In milliseconds since usernsctl was started: what takes no longer needs no bar. */
const PATIENCE = 500;
const INTERVAL = 100;
const WIDTH = 30;
const CLEAR = "\r\x1b[K";

/** Tells how much is done. */
export type Step = (done: number) => void;

/** Whether a bar is shown: to who sees stderr, and not beside JSON for a program. */
export function showsProgress(json: boolean): boolean {
  const { stdout, stderr, env } = process;
  return stderr.isTTY === true && env.TERM !== "dumb" && (!json || stdout.isTTY === true);
}

/** Does work of so many steps, with a bar if that takes long; it is gone at the end. */
export function withProgress<T>(what: string, total: number, shown: boolean, work: (step: Step) => T): T {
  let next = PATIENCE;
  let drawn = false;
  const step = (done: number) => {
    const now = performance.now();
    if (now < next) return;
    next = now + INTERVAL;
    drawn = true;
    process.stderr.write(`${CLEAR}${barOf(what, done / total)}`);
  };
  try {
    return work(shown ? step : () => {});
  } finally {
    if (drawn) process.stderr.write(CLEAR);
  }
}

function barOf(what: string, share: number): string {
  const full = Math.round(share * WIDTH);
  return `${what} [${"#".repeat(full).padEnd(WIDTH)}] ${Math.floor(share * 100)} %`;
}
