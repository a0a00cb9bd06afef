// SPDX-License-Identifier: MIT
//
// The tests that a mutant has to pass, run on the programs of a folder.
import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Outcome } from "./tester.js";

const random = /property|safety/;
const many = /tables|ranges|slices/;
const others = ["userns/ranges", "userns/bind", "newfsidmap/decision", "newfsidmap/decision-groups"];
/** But for those of the memory and of the text, which say nothing here. */
const unit = readdirSync("test/unit").filter((name) => /(?<!memory|pack-text)\.test\.ts$/.test(name));

/** The quick tests first, then those with many lines or cases, and the random worlds last. */
export const stages = [
  [
    ...unit.filter((name) => !random.test(name) && !many.test(name)).map(inUnit),
    ...others.map((name) => `test/${name}.test.ts`),
  ],
  unit.filter((name) => many.test(name)).map(inUnit),
  [...unit.filter((name) => random.test(name)).map(inUnit), "test/newfsidmap/property.test.ts"],
];

function inUnit(name: string): string {
  return `test/unit/${name}`;
}

/** Runs tests in a process of their own, which is made anew after one that had to be ended. */
export class Tester {
  #process: ChildProcess | undefined;

  constructor(readonly folder: string) {}

  /**
   * Runs tests until one fails. The limit is one of the processor's time, of all threads together: what only waits
   * for a busy machine does not hang.
   *
   * @param limit in seconds
   */
  run(files: string[], limit: number): Promise<Outcome | "hangs"> {
    this.#process ??= this.#start();
    const child = this.#process;
    const before = this.time();
    return new Promise((resolve, reject) => {
      const done = (outcome: Outcome | "hangs") => {
        clearInterval(timer);
        child.removeAllListeners();
        resolve(outcome);
      };
      const timer = setInterval(() => {
        if (this.time() - before < limit) return;
        this.end();
        done("hangs");
      }, 500);
      child.once("message", done);
      child.once("exit", (status, signal) => {
        clearInterval(timer);
        reject(new Error(`the tests broke off without a word: ${signal ?? status}`));
      });
      child.send(files);
    });
  }

  /** The processor's time that it took up to now, in seconds. */
  time(): number {
    if (!this.#process) return 0;
    const fields = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8").replace(/.*\) /, "").split(" ");
    // utime and stime of proc(5), in hundredths.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  end(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }

  #start(): ChildProcess {
    const env = { ...process.env, WASM: this.folder, FC_SEED: "1", FC_COUNT: "600", COUNTS: "" };
    return fork("test/mutation/run.js", ["tester.ts"], { env });
  }
}
