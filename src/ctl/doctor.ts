// SPDX-License-Identifier: MIT
//
// usernsctl doctor: what keeps containers without root from working here, and what to do.
import type { Command } from "commander";
import type { Check, Finding } from "./doctor/finding.js";
import { checkCaller, checkHelpers } from "./doctor/helpers.js";
import { checkHome } from "./doctor/home.js";
import { checkAppArmor, checkClone, checkDumpable, checkHidepid, checkMost } from "./doctor/kernel.js";
import { Machine } from "./doctor/machine.js";
import { checkNsswitch, checkPodman, checkRanges } from "./doctor/ranges.js";
import { jsonOption, printJson, rootOption, type Style, styled } from "./output.js";

const checks: readonly Check[] = [
  checkHelpers,
  checkCaller,
  checkMost,
  checkClone,
  checkAppArmor,
  checkNsswitch,
  checkRanges,
  checkPodman,
  checkHidepid,
  checkDumpable,
  checkHome,
];

const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

interface Options {
  json?: true;
  root: string;
}

/** Adds the command. */
export function doctor(program: Command): void {
  program
    .command("doctor")
    .description("Find what makes rootless containers fail on this machine, and say what to do.")
    .argument("[user]", "a login name or a uid (default: who calls)")
    .helpOption("--help", "print this text")
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(answer);
}

function answer(user: string | undefined, { root, json }: Options): void {
  const path = (process.env.PATH || DEFAULT_PATH).split(":");
  const machine = new Machine(root, user, path);
  const findings = examine(machine);
  if (json) printJson({ user: machine.account, findings });
  else process.stdout.write(findings.map(described).join(""));
  if (findings.some(({ verdict }) => verdict !== "ok")) process.exitCode = 1;
}

/** What all checks find. */
export function examine(machine: Machine): Finding[] {
  return checks.flatMap((check) => check(machine));
}

const styles: Readonly<Record<Finding["verdict"], Style>> = {
  ok: "green",
  warning: "yellow",
  problem: "red",
};

function described({ check, verdict, found, advice }: Finding): string {
  const line = `${styled(verdict.padEnd(7), styles[verdict])}  ${check}: ${found}\n`;
  return advice === undefined ? line : `${line}${" ".repeat(9)}-> ${advice}\n`;
}
