// SPDX-License-Identifier: MIT
//
// usernsctl list: each grant and restriction with its place, and what it comes to for a user.
import type { Command } from "commander";
import { Table } from "../host.js";
import { type Account, findAccount } from "./account.js";
import { Owners } from "./claims.js";
import { type Summary, sumOf } from "./ids.js";
import { type Line, readAllLines } from "./lines.js";
import { liveFiles, sourceOf } from "./lint/files.js";
import { Findings } from "./lint/findings.js";
import { recordOf, userOf } from "./list/json.js";
import { linesFor } from "./list/relevance.js";
import { described, summarised } from "./list/text.js";
import { NotedNames, noNames, SystemNames } from "./nss.js";
import { jsonOption, plain, printJson, rootOption } from "./output.js";
import { type People, peopleOf } from "./people.js";
import { showsProgress, withProgress } from "./progress.js";

/** More users are not summed up one by one: each takes a walk through all tables. */
const MOST_USERS = 64;

interface Options {
  json?: true;
  root: string;
}

/** Adds the command. */
export function list(program: Command): void {
  program
    .command("list")
    .description("List all grants and restrictions, or a user's, and what they come to.")
    .argument("[user]", "a login name or a uid")
    .helpOption("--help", "print this text")
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(answer);
}

/** All that is said. */
interface Listing {
  lines: Line[];
  /** What nsswitch.conf has read in place of subuid and subgid; "" for nothing else. */
  source: string;
  summaries: Summary[];
  /** How many users more there are. */
  more: number;
  problems: Set<string>;
}

function answer(user: string | undefined, { root, json }: Options): void {
  const listing = listingOf(user, root, showsProgress(json === true));
  const { lines, summaries, more, problems } = listing;
  if (json) printJson({ lines: lines.map(recordOf), users: summaries.map(userOf), more });
  else process.stdout.write(textOf(listing, user === undefined ? undefined : summaries[0]?.account.uid));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.size > 0) process.exitCode = 1;
}

function listingOf(user: string | undefined, root: string, shown: boolean): Listing {
  const names = root === "/" ? new SystemNames() : noNames;
  const { users } = peopleOf(root);
  const account = user === undefined ? undefined : findAccount(root, user);
  const findings = new Findings();
  const source = sourceOf(root);
  const isRead = (table: Table) => source === "" || table === Table.Usernamespaces;
  const files = liveFiles(root, findings).filter(({ table }) => isRead(table));
  const all = readAllLines(files, shown);
  const lines = account ? linesFor(account, all, users, names) : all;
  const accounts = account ? [account] : accountsOf(all, users);
  const summed = accounts.slice(0, MOST_USERS);
  const summaries = withProgress("summing up", summed.length, shown, (step) =>
    summed.map((each, i) => {
      step(i);
      const noted = new NotedNames(names);
      return { account: each, sum: sumOf(each, root, noted), open: [...noted.open] };
    }),
  );
  const said = findings
    .sorted(files.map(({ path }) => path))
    .map(({ file, text }) => `usernsctl: ${file}: ${text}`);
  const problems = new Set([...summaries.flatMap(({ sum }) => sum.problems), ...said]);
  return { lines, source, summaries, more: accounts.length - summaries.length, problems };
}

function textOf({ lines, source, summaries, more }: Listing, uid: number | undefined): string {
  const text = [described(lines, uid)];
  if (source !== "")
    text.push(`ranges come from '${plain(source)}', which nsswitch.conf names, not from subuid and subgid\n`);
  for (const each of summaries) text.push("\n", ...summarised(each));
  if (more > 0) text.push(`\n${more} more users: usernsctl list USER\n`);
  return text.join("");
}

/** The users whom lines name, in the order of their uids. */
function accountsOf(lines: readonly Line[], users: People): Account[] {
  const owners = new Owners(users);
  const uids = new Set(lines.map((line) => owners.claim(line)?.owner.uid).filter((uid) => uid !== undefined));
  return [...uids]
    .sort((a, b) => a - b)
    .flatMap((uid) => {
      const person = users.withId(uid);
      return person ? [{ name: person.name, uid, gid: person.gid }] : [];
    });
}
