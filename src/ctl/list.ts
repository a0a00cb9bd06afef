// SPDX-License-Identifier: MIT
//
// usernsctl list: each grant and restriction with its place, and what it comes to for a user.
import type { Command } from "commander";
import { bit } from "../policy/kind.js";
import { Fault } from "../tables/fault.js";
import { type Account, findAccount } from "./account.js";
import { Owners } from "./claims.js";
import { type IdKind, type Ids, idKinds, type Sum, sumOf } from "./ids.js";
import { counts, type Line, placeOf, readLines } from "./lines.js";
import { liveFiles } from "./lint/files.js";
import { Findings } from "./lint/findings.js";
import { ownerOf, sentence } from "./meaning.js";
import { noNames, SystemNames } from "./nss.js";
import { jsonOption, plain, printJson, rootOption, styled } from "./output.js";
import { peopleOf } from "./people.js";
import { linesFor } from "./relevance.js";
import { type Span, spanText } from "./spans.js";

/** More users are not summed up one by one: each takes a walk through all tables. */
const MOST_USERS = 64;
const MOST_SPANS = 8;
const LONGEST_OWNER = 32;

interface Options {
  json?: true;
  root: string;
}

/** Adds the command. */
export function list(program: Command): void {
  program
    .command("list")
    .description("list all grants and restrictions, or a user's, and what they come to")
    .argument("[user]", "a login name or a uid")
    .helpOption("--help", "print this text")
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(answer);
}

/** A user and what he may have. */
interface Summary {
  account: Account;
  sum: Sum;
}

function answer(user: string | undefined, { root, json }: Options): void {
  const names = root === "/" ? new SystemNames() : noNames;
  const problems = new Findings();
  const files = liveFiles(root, problems);
  const all = files.flatMap(({ path, table, bytes }) => readLines(path, table, bytes));
  const accounts = user === undefined ? accountsOf(all, root) : [findAccount(root, user)];
  const [account] = accounts;
  const lines = user === undefined || !account ? all : linesFor(account, all, peopleOf(root).users, names);
  const summaries = accounts
    .slice(0, MOST_USERS)
    .map((each) => ({ account: each, sum: sumOf(each, root, names) }));
  if (json)
    printJson({
      lines: lines.map(recordOf),
      users: summaries.map(userOf),
    });
  else print(lines, summaries, accounts.length - summaries.length, user === undefined ? undefined : account);
  const said = new Set(summaries.flatMap(({ sum }) => sum.problems));
  for (const { file, text } of problems.sorted(files.map(({ path }) => path)))
    said.add(`usernsctl: ${file}: ${text}`);
  for (const problem of said) process.stderr.write(`${problem}\n`);
  if (said.size > 0) process.exitCode = 1;
}

/** The users whom lines name, in the order of their uids. */
function accountsOf(lines: readonly Line[], root: string): Account[] {
  const { users } = peopleOf(root);
  const owners = new Owners(users);
  const uids = new Set(lines.map((line) => owners.claim(line)?.owner.uid).filter((uid) => uid !== undefined));
  return [...uids]
    .sort((a, b) => a - b)
    .flatMap((uid) => {
      const person = users.withId(uid);
      return person ? [{ name: person.name, uid, gid: person.gid }] : [];
    });
}

function recordOf(line: Line): object {
  const { file, number, start, end, fault, entry } = line;
  const record = {
    file,
    line: number,
    owner: ownerOf(line),
    counts: fault === Fault.None,
    text: sentence(line),
  };
  if (!counts(line)) return record;
  const flags = entry && {
    ...entry,
    owner: record.owner,
    kinds: namesOf(entry.kinds),
    grants: namesOf(entry.grants),
    keeps: namesOf(entry.keeps),
  };
  return { ...record, start, count: end - start, ...(flags && fault === Fault.None ? flags : {}) };
}

function namesOf(kinds: number): IdKind[] {
  return idKinds.filter((_, kind) => (kinds & bit(kind)) !== 0);
}

function userOf({ account, sum }: Summary): object {
  const ranges = (spans: readonly Span[]) => spans.map(({ start, end }) => ({ start, count: end - start }));
  const ids = idKinds.map((kind) => {
    const { allowed, refused, denied } = sum.ids[kind];
    return [kind, { allowed: ranges(allowed), refused: ranges(refused), denied: ranges(denied) }];
  });
  return { user: account, ids: Object.fromEntries(ids) };
}

function print(
  lines: readonly Line[],
  summaries: readonly Summary[],
  more: number,
  user: Account | undefined,
): void {
  const rows = lines.map(
    (line) => [placeOf(line), shortened(ownerOf(line)), sentence(line, user?.uid)] as const,
  );
  const width = (column: 0 | 1) => rows.reduce((most, row) => Math.max(most, row[column].length), 0);
  const [places, owners] = [width(0), width(1)];
  const text = rows.map(
    ([place, owner, what]) => `${styled(place.padEnd(places), "dim")}  ${owner.padEnd(owners)}  ${what}\n`,
  );
  if (lines.length === 0) text.push("no line of the tables grants or restricts anything\n");
  for (const each of summaries) text.push("\n", ...summarised(each));
  if (more > 0) text.push(`\n${more} more users: usernsctl list USER\n`);
  process.stdout.write(text.join(""));
}

function shortened(owner: string): string {
  return owner.length > LONGEST_OWNER ? `${owner.slice(0, LONGEST_OWNER - 3)}...` : owner;
}

const nouns: Readonly<Record<IdKind, string>> = { uid: "uids", gid: "gids", fsid: "on disk besides" };

function summarised({ account, sum }: Summary): string[] {
  const { name, uid, gid } = account;
  const lines = [
    `${styled(name === undefined ? `uid ${uid}` : plain(name), "bold")}, uid ${uid}, gid ${gid}, may have`,
  ];
  for (const kind of idKinds) {
    const { allowed } = sum.ids[kind];
    const own =
      kind === "fsid" ? "" : `${allowed.length > 0 ? " and " : ""}the own ${kind === "uid" ? uid : gid}`;
    if (allowed.length > 0 || own) lines.push(`  ${nouns[kind]}: ${listed(allowed)}${own}`);
  }
  lines.push(...restrictions(sum.ids));
  return lines.map((line) => `${line}\n`);
}

function restrictions(ids: Record<IdKind, Ids>): string[] {
  const lines: string[] = [];
  const { denied } = ids.gid;
  if (denied.length > 0) lines.push(`  with setgroups denied: gids ${listed(denied)}`);
  for (const kind of idKinds) {
    const { refused } = ids[kind];
    if (refused.length > 0)
      lines.push(`  refused ${kind === "fsid" ? "on disk" : nouns[kind]}: ${listed(refused)}`);
  }
  return lines;
}

function listed(spans: Ids["allowed"]): string {
  const said = spans.slice(0, MOST_SPANS).map(({ start, end }) => spanText(start, end));
  const more = spans.length - said.length;
  return said.join(", ") + (more > 0 ? ` and ${more} more ranges` : "");
}
