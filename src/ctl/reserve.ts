// SPDX-License-Identifier: MIT
//
// usernsctl reserve: ids that nobody else gets, for whoever takes them without the helpers.
import { type Command } from "commander";
import { Table } from "../host.js";
import { appended, type ChangeOptions, change, dryRunOption } from "./allocate/change.js";
import { alignOption, choose, orRefused, type SizeOptions, sizeOption } from "./allocate/choose.js";
import { report } from "./allocate/report.js";
import { parseRange } from "./allocate/search.js";
import { Failure } from "./failure.js";
import { jsonOption, plain, rootOption } from "./output.js";

interface Options extends ChangeOptions, SizeOptions {
  json?: true;
}

/** Adds `reserve`. */
export function reserve(program: Command): void {
  program
    .command("reserve")
    .description("Keep a range from everybody but NAME, in /etc/usernamespaces.")
    .argument("<name>", "a user, or a name that says what the range is for")
    .argument("[start:count]", "the range; a free one if none is named")
    .helpOption("--help", "print this text")
    .addOption(sizeOption())
    .addOption(alignOption())
    .addOption(dryRunOption())
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((name: string, range: string | undefined, options: Options) =>
      orRefused(() => keep(name, range, options)),
    );
}

function keep(name: string, range: string | undefined, options: Options): void {
  if (!/^[^\s:#\p{Cc}][^\s:\p{Cc}]{0,255}$/u.test(name))
    throw new Failure(`'${plain(name)}' is no name for a line`);
  const named = range === undefined ? undefined : parseRange(range);
  const { span, changes } = change(options, [Table.Usernamespaces], (files) => {
    const span = choose(options, files, named);
    const line = `${name}:${span.start}:${span.end - span.start}:reserved`;
    return { span, changes: [appended(options.root, files, Table.Usernamespaces, line)] };
  });
  report(options, name, span, changes, "added");
}
