// SPDX-License-Identifier: MIT
import { findAccount } from "../src/getsubids/account";
import { readQuestion } from "../src/getsubids/command";
import { noteOmissions, nothingToList } from "../src/getsubids/explain";
import { listEntries, listSubids } from "../src/getsubids/list";
import { Output } from "../src/getsubids/output";
import { exit } from "../src/host";
import { Lines } from "../src/tables/lines";

/** Lists the sub-id ranges of a user: getsubids(1). */
export function main(): void {
  const question = readQuestion();
  const lines = new Lines();
  const account = findAccount(question.owner, lines);
  const output = new Output(question.owner);
  const source = listSubids(question.tool, account, lines, output);
  const user = account.user;
  if (user) listEntries(question.tool, user, lines, output, source);
  if (output.length == 0) nothingToList(question, account, source);
  output.flush();
  noteOmissions(question, account, source);
  exit(0);
}
