// SPDX-License-Identifier: MIT
//
// The ranges that a plugin of libsubid gives, where nsswitch.conf names one. It can be asked for a user's alone.

import { Refusal } from "../../host.js";
import { Failure } from "../failure.js";
import { type NameService } from "../nss.js";
import { plain } from "../output.js";
import { type Account } from "./accounts.js";
import type { Taken } from "./taken.js";

/** The ranges of these users, of both kinds. */
export function pluginRanges(plugin: string, users: Iterable<Account>, names: NameService): Taken[] {
  const taken: Taken[] = [];
  for (const { name } of users) {
    for (const kind of ["uid", "gid"]) {
      const answer = names.ask(["ranges", plugin, name, kind]);
      if (answer === Refusal.NssUnknown) continue;
      if (typeof answer === "number") throw new Failure(notTold(plugin, name));
      taken.push(...parseRanges(answer, `a range of ${plain(name)} by the plugin '${plain(plugin)}'`));
    }
  }
  return taken;
}

function notTold(plugin: string, name: string): string {
  return (
    `the plugin '${plain(plugin)}', which nsswitch.conf names for subid, does not tell the ranges of ${plain(name)}: ` +
    "what is free is not known before it is installed and answers"
  );
}

function parseRanges(text: string, what: string): Taken[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => {
    const [start = 0, count = 0] = line.split(" ").map(Number);
    return { start, end: start + count, what };
  });
}
