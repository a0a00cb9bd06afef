// SPDX-License-Identifier: MIT
//
// usernsctl remove: takes back what add and reserve have put into the tables.
import { type Command } from "commander";
import { Table } from "../host.js";
import { type ChangeOptions, change, dryRunOption, without } from "./allocate/change.js";
import { orRefused, Refused } from "./allocate/choose.js";
import { report } from "./allocate/report.js";
import { parseRange } from "./allocate/search.js";
import { isUid } from "./claims.js";
import { fieldAt, type Line, readLines } from "./lines.js";
import { jsonOption, plain, rootOption } from "./output.js";
import { peopleOf } from "./people.js";
import type { Span } from "./spans.js";

interface Options extends ChangeOptions {
  json?: true;
}

/** Adds `remove`. */
export function remove(program: Command): void {
  program
    .command("remove")
    .description("Take a range from a user, or a reservation away.")
    .argument("<user>", "whom the lines name")
    .argument("<start:count>", "the range, exactly as the lines have it")
    .helpOption("--help", "print this text")
    .addOption(dryRunOption())
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((user: string, range: string, options: Options) => orRefused(() => take(user, range, options)));
}

function take(user: string, range: string, options: Options): void {
  const span = parseRange(range);
  const owners = spellingsOf(options.root, user);
  const tables = [Table.Subuid, Table.Subgid, Table.Usernamespaces] as const;
  const { changes } = change(options, tables, (files) => {
    const changes = files.flatMap((file) => {
      const lines = readLines(file.path, file.table, file.bytes).filter((line) =>
        isMeant(line, owners, span),
      );
      return lines.length === 0 ? [] : [without(file, new Set(lines.map(({ number }) => number)))];
    });
    if (changes.length === 0) throw new Refused(`no line gives ${plain(user)} ${range}, or reserves it`);
    return { changes };
  });
  report(options, user, span, changes, "removed");
}

/** How lines may name the user: he need not exist any more. */
function spellingsOf(root: string, user: string): ReadonlySet<string> {
  const { users } = peopleOf(root);
  const person = isUid(user) ? users.withId(Number(user)) : users.named(user);
  return new Set(person ? [user, person.name, `${person.id}`] : [user]);
}

/** Other lines of /etc/usernamespaces than plain reservations say more than a range: they are edited by hand. */
function isMeant(line: Line, owners: ReadonlySet<string>, { start, end }: Span): boolean {
  if (line.start !== start || line.end !== end || !owners.has(fieldAt(line, 0))) return false;
  return line.table !== Table.Usernamespaces || fieldAt(line, line.flagsAt) === "reserved";
}
