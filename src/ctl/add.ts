// SPDX-License-Identifier: MIT
//
// usernsctl add: a range for a user, in both tables, as useradd gives one.
import { type Command } from "commander";
import { Table } from "../host.js";
import { findAccount } from "./account.js";
import { appended, type ChangeOptions, change, dryRunOption } from "./allocate/change.js";
import { alignOption, choose, orRefused, type SizeOptions, sizeOption } from "./allocate/choose.js";
import { report } from "./allocate/report.js";
import { parseRange } from "./allocate/search.js";
import { isUid } from "./claims.js";
import { Failure } from "./failure.js";
import { jsonOption, rootOption } from "./output.js";

/** The name under which podman looks up the ranges of `--userns=auto`; it needs no user. */
const OF_PODMAN = "containers";

interface Options extends ChangeOptions, SizeOptions {
  json?: true;
}

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
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((user: string, range: string | undefined, options: Options) =>
      orRefused(() => give(user, range, options)),
    );
}

function give(user: string, range: string | undefined, options: Options): void {
  const { owner, uid } = ownerOf(options.root, user);
  const named = range === undefined ? undefined : parseRange(range);
  const { span, changes } = change(options, [Table.Subuid, Table.Subgid], (files) => {
    const span = choose(options, files, named, uid);
    const line = `${owner}:${span.start}:${span.end - span.start}`;
    const changes = ([Table.Subuid, Table.Subgid] as const).map((table) =>
      appended(options.root, files, table, line),
    );
    return { span, changes };
  });
  report(options, owner, span, changes, "added");
}

/** The user as a line names him: digits in it are a uid, whatever somebody's name is. */
function ownerOf(root: string, user: string): { owner: string; uid: number | undefined } {
  if (user === OF_PODMAN) return { owner: user, uid: undefined };
  const { name, uid } = findAccount(root, user);
  if (name === undefined) throw new Failure(`there is no user with uid ${uid}`);
  return { owner: isUid(name) ? `${uid}` : name, uid };
}
