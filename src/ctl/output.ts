// SPDX-License-Identifier: MIT
import { resolve } from "node:path";
import { Option } from "commander";
import { Failure } from "./failure.js";

const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 };
export type Style = keyof typeof codes;

/** Whether stdout shows colours: on a terminal, unless NO_COLOR is set to something. */
export function coloured(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** The text in a style, where stdout shows it. */
export function styled(text: string, style: Style): string {
  return coloured() ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
}

const CONTROL = /\p{Cc}/gu;

/** The text with its control characters escaped: a terminal must not obey what stands in a file. */
export function plain(text: string): string {
  return text.replace(CONTROL, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Prints a value as JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** --json, of every command that prints. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON");
}

/** --root, of every command that reads the tables. */
export function rootOption(): Option {
  return new Option("--root <dir>", "read the tables in DIR/etc, and do not ask the name service")
    .default("/", "/")
    .argParser((dir) => {
      // An unset variable of a script must not mean the machine itself.
      if (dir === "") throw new Failure("--root needs a directory");
      return resolve(dir) === "/" ? "/" : dir;
    });
}
