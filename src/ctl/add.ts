// SPDX-License-Identifier: MIT
//
// usernsctl add: a range for a user, in both tables, as useradd gives one.
import { type Command } from "commander";
import { Table } from "../host.js";
import { appended, type ChangeOptions, change, dryRunOption, waitOption } from "./allocate/change.js";
import { alignOption, choose, orRefused, Refused, type SizeOptions, sizeOption } from "./allocate/choose.js";
import { isOf, isReservation, ownerOf, spellingsOf } from "./allocate/owner.js";
import { isExactly, linesOf, rangesOf } from "./allocate/ranges.js";
import { Failure } from "./failure.js";
import type { Line } from "./lines.js";
import { sourceOf } from "./lint/files.js";
import { jsonOption, plain, rootOption } from "./output.js";

type Options = ChangeOptions & SizeOptions;

/** Adds `add`. */
export function add(program: Command): void {
  program
    .command("add")
    .description("Give a user a range, in /etc/subuid and /etc/subgid.")
    .argument("<user>", "a login name or a uid")
    .argument("[start:count]", "the range; a free one if none is named")
    .helpOption("--help", "print this text")
    .addOption(sizeOption())
    .addOption(alignOption())
    .addOption(dryRunOption())
    .addOption(waitOption())
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((user: string, range: string | undefined, options: Options) =>
      orRefused(() => give(user, range, options)),
    );
}

const tables = [Table.Subuid, Table.Subgid] as const;

function give(user: string, range: string | undefined, options: Options): void {
  const { root } = options;
  // Under the locks of useradd and userdel too: a name that is free is soon another's.
  change(options, tables, (files) => {
    checkSource(root);
    const { field, uid } = ownerOf(root, user);
    const owners = spellingsOf(root, field);
    const isHis = (line: Line) => isOf(line, owners);
    const span = choose(options, files, {
      uid,
      range,
      isOwn: (line, range) => isHis(line) && (isReservation(line) || isExactly(line, range)),
    });
    const having = files.filter((file) =>
      linesOf(rangesOf(file).filter((each) => isExactly(each, span))).some(isHis),
    );
    const lacking = tables.filter((table) => !having.some((file) => file.table === table));
    const ids = `${span.start}:${span.end - span.start}`;
    if (lacking.length === 0) throw new Refused(`${field} has ${ids} in both files already`);
    const changes = lacking.map((table) => appended(root, files, table, `${field}:${ids}`));
    return { owner: field, span, changes, what: "added" };
  });
}

function checkSource(root: string): void {
  const source = sourceOf(root);
  if (source !== "")
    throw new Failure(
      `nsswitch.conf says subid: ${plain(source)}, and /etc/subuid and /etc/subgid are not read: give the range there`,
    );
}
