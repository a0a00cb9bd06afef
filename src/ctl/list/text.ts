// SPDX-License-Identifier: MIT
//
// What list prints for people.
import { type IdKind, type Ids, idKinds, type Summary } from "../ids.js";
import { type Line, placeOf } from "../lines.js";
import { plain, styled } from "../output.js";
import { spanText } from "../spans.js";
import { ownerOf, sentence } from "./meaning.js";

const MOST_SPANS = 8;
const LONGEST_OWNER = 32;

/** The lines in columns; for a single user his slices count. */
export function described(lines: readonly Line[], uid: number | undefined): string {
  const rows = lines.map((line) => [placeOf(line), shortened(ownerOf(line)), sentence(line, uid)] as const);
  const width = (column: 0 | 1) => rows.reduce((most, row) => Math.max(most, row[column].length), 0);
  const [places, owners] = [width(0), width(1)];
  const text = rows.map(
    ([place, owner, what]) => `${styled(place.padEnd(places), "dim")}  ${owner.padEnd(owners)}  ${what}\n`,
  );
  return text.join("") || "no line of the tables grants or restricts anything\n";
}

function shortened(owner: string): string {
  return owner.length > LONGEST_OWNER ? `${owner.slice(0, LONGEST_OWNER - 3)}...` : owner;
}

const nouns: Readonly<Record<IdKind, string>> = { uid: "uids", gid: "gids", fsid: "on disk besides" };

/** What it comes to for a user. */
export function summarised({ account, sum, open }: Summary): string[] {
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
  if (open.length > 0)
    lines.push(
      `  not known: whether he is in ${open.map(plain).join(", ")}; their lines restrict him and grant nothing`,
    );
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
