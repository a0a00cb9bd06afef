// SPDX-License-Identifier: MIT
//
// usernsctl reserve: ids that nobody else gets, for whoever takes them without the helpers.
import { type Command } from "commander";
import { Table } from "../host.js";
import { appended, type ChangeOptions, change, dryRunOption, waitOption } from "./allocate/change.js";
import { alignOption, choose, orRefused, type SizeOptions, sizeOption } from "./allocate/choose.js";
import { isField, isOf, spellingsOf } from "./allocate/owner.js";
import { Failure } from "./failure.js";
import type { Line } from "./lines.js";
import { jsonOption, plain, rootOption } from "./output.js";

type Options = ChangeOptions & SizeOptions;

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
    .addOption(waitOption())
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((name: string, range: string | undefined, options: Options) =>
      orRefused(() => keep(name, range, options)),
    );
}

function keep(name: string, range: string | undefined, options: Options): void {
  if (!isField(name)) throw new Failure(`'${plain(name)}' is no name for a line`);
  change(options, [Table.Usernamespaces], (files) => {
    const owners = spellingsOf(options.root, name);
    const span = choose(options, files, { range, isOwn: (line) => isGrantOf(line, owners) });
    const line = `${name}:${span.start}:${span.end - span.start}:reserved`;
    const changes = [appended(options.root, files, Table.Usernamespaces, line)];
    return { owner: name, span, changes, what: "added" };
  });
}

/** What he was given may be kept from others as well. */
function isGrantOf(line: Line, owners: ReadonlySet<string>): boolean {
  return line.table !== Table.Usernamespaces && isOf(line, owners);
}
