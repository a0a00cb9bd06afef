// SPDX-License-Identifier: MIT
//
// usernsctl(8). Exit status: 0 yes or done, 1 refused or warnings, 2 error.
import { Command, CommanderError } from "commander";
import { VERSION } from "../text/help.js";
import { add } from "./add.js";
import { completion } from "./completion.js";
import { doctor } from "./doctor.js";
import { explain } from "./explain.js";
import { Failure } from "./failure.js";
import { free } from "./free.js";
import { lint } from "./lint.js";
import { list } from "./list.js";
import { map } from "./map.js";
import { plain } from "./output.js";
import { ps } from "./ps.js";
import { remove } from "./remove.js";
import { reserve } from "./reserve.js";

/** Each adds itself to the program; an action that has something other than 0 to tell sets process.exitCode. */
const commands: ((program: Command) => void)[] = [
  explain,
  lint,
  list,
  map,
  ps,
  doctor,
  free,
  add,
  remove,
  reserve,
  completion,
];

const program = new Command("usernsctl")
  .description("See, explain and check who may use which ids in user namespaces.")
  .version(`usernsctl (usernamespaces) ${VERSION}`, "--version", "print the version")
  .helpOption("--help", "print this text")
  .helpCommand(false)
  .configureOutput({
    outputError: (text, write) => write(`usernsctl: ${text.replace(/^error: /, "")}`),
  })
  .exitOverride();
for (const command of commands) command(program);
for (const command of [program, ...program.commands]) {
  const name = command === program ? "usernsctl" : `usernsctl ${command.name()}`;
  command.showHelpAfterError(`usernsctl: try '${name} --help'`);
}

// Who reads no more, as head does, is told no more.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.stderr.write(`usernsctl: cannot write the output: ${error.message}\n`);
  process.exit(error.code === "EPIPE" ? process.exitCode : 2);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
  if (error instanceof Failure) process.stderr.write(`usernsctl: ${plain(error.message)}\n`);
  else if (!(error instanceof CommanderError)) process.stderr.write(`usernsctl: internal error: ${error}\n`);
}
