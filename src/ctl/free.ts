// SPDX-License-Identifier: MIT
//
// usernsctl free: ids that are nobody's.
import { type Command } from "commander";
import { alignOption, choose, orRefused, type SizeOptions, sizeOption } from "./allocate/choose.js";
import { tablesOf } from "./allocate/taken.js";
import { jsonOption, printJson, rootOption } from "./output.js";

interface Options extends SizeOptions {
  json?: true;
}

/** Adds `free`. */
export function free(program: Command): void {
  program
    .command("free")
    .description("Find ids that are nobody's.")
    .helpOption("--help", "print this text")
    .addOption(sizeOption())
    .addOption(alignOption())
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((options: Options) =>
      orRefused(() => {
        const { start, end } = choose(options, tablesOf(options.root), {});
        if (options.json) printJson({ start, count: end - start });
        else process.stdout.write(`${start}:${end - start}\n`);
      }),
    );
}
