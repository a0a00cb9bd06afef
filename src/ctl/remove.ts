// SPDX-License-Identifier: MIT
//
// usernsctl remove: takes back what add and reserve have put into the tables.
import { type Command } from "commander";
import { Table } from "../host.js";
import { type ChangeOptions, change, dryRunOption, waitOption, without } from "./allocate/change.js";
import { orRefused, Refused } from "./allocate/choose.js";
import { isOf, isReservation, spellingsOf } from "./allocate/owner.js";
import { isExactly, linesOf, rangesOf } from "./allocate/ranges.js";
import { parseRange } from "./allocate/search.js";
import type { Line } from "./lines.js";
import { jsonOption, rootOption } from "./output.js";

/** Adds `remove`. */
export function remove(program: Command): void {
  program
    .command("remove")
    .description("Take a range from a user, or a reservation away.")
    .argument("<user>", "whom the lines name")
    .argument("<start:count>", "the range, exactly as the lines have it")
    .helpOption("--help", "print this text")
    .addOption(dryRunOption())
    .addOption(waitOption())
    .addOption(rootOption())
    .addOption(jsonOption())
    .action((user: string, range: string, options: ChangeOptions) =>
      orRefused(() => take(user, range, options)),
    );
}

const tables = [Table.Subuid, Table.Subgid, Table.Usernamespaces] as const;

function take(user: string, range: string, options: ChangeOptions): void {
  const span = parseRange(range);
  change(options, tables, (files) => {
    const owners = spellingsOf(options.root, user);
    const changes = files.flatMap((file) => {
      const exact = rangesOf(file).filter((each) => isExactly(each, span));
      const lines = linesOf(exact);
      const meant = exact.filter((_, i) => isMeant(lines[i] as Line, owners));
      return meant.length === 0 ? [] : [without(file, new Set(meant.map(({ number }) => number)))];
    });
    if (changes.length === 0) throw new Refused(`no line gives ${user} ${range}, or reserves it`);
    return { owner: user, span, changes, what: "removed" };
  });
}

/** Other lines of /etc/usernamespaces than plain reservations say more than a range: they are edited by hand. */
function isMeant(line: Line, owners: ReadonlySet<string>): boolean {
  return isOf(line, owners) && (line.table !== Table.Usernamespaces || isReservation(line));
}
