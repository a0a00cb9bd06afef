// SPDX-License-Identifier: MIT
//
// The rows of a picture, from the top down, as both renderers draw them.
import { type Span, spanText } from "../spans.js";
import { count, type Lane, type Picture } from "./picture.js";
import type { Use } from "./space.js";
import { accountsText, blockText, collisionText, laneTexts } from "./words.js";

/** What ids in a row are drawn as. */
export type Look = Use | "free" | "collision";

/** Ids in a row, and what there is to say of them. */
export interface Mark extends Span {
  end: number;
  look: Look;
  /** Made when it is asked for: there may be a hundred thousand. */
  text: () => string;
}

/** A row: marks in the order in which they cover each other. */
export interface Row {
  who: string;
  marks: Mark[];
  /** What stands beside it, the longest first: one of them may have room. */
  details: readonly string[];
  tone: "collisions" | "colliding" | "owner" | "muted";
  /** What stands in place of marks that cannot be told apart. */
  summary: string;
}

/** The looks in the order in which they cover each other. */
export const looks: readonly Look[] = [
  ...(["free", "convention", "account", "slices", "on disk", "reserved", "granted", "live"] as const),
  "collision",
];

/** What each look means. */
export const meanings: Readonly<Record<Look, string>> = {
  collision: "collision",
  live: "live",
  granted: "granted",
  reserved: "reserved",
  "on disk": "granted on disk",
  slices: "slices of users to come",
  account: "account",
  convention: "by convention",
  free: "free",
};

/** The rows of a picture. */
export function rowsOf(picture: Picture): Row[] {
  const { collisions, conventions, accounts, lanes, free, containers } = picture;
  const muted: Omit<Row, "who" | "marks"> = { details: [], tone: "muted", summary: "" };
  const ids = ({ start, end }: Span) => spanText(start, end);
  const rows: Row[] = lanes.map(laneRow);
  rows.unshift(
    {
      ...muted,
      who: "conventions",
      marks: conventions.map((each) => marked(each, "convention", () => `${ids(each)}: ${each.what}`)),
    },
    {
      ...muted,
      who: "accounts",
      marks: accounts.map((each) =>
        marked(each, "account", () => `${ids(each)}: ${count(each.count)} of them`),
      ),
      details: [accountsText(picture)],
    },
  );
  if (containers) {
    const marks = [marked(containers, "convention", () => `${ids(containers)}: ${containers.what}`)];
    rows.unshift({ ...muted, who: "systemd", marks, details: [ids(containers)] });
  }
  if (collisions.length > 0) {
    const marks = collisions.map((each) => marked(each, "collision", () => collisionText(each)));
    rows.unshift({ ...muted, who: "collisions", marks, tone: "collisions" });
  }
  rows.push({
    ...muted,
    who: "free",
    marks: free.map((each) => marked(each, "free", () => `${ids(each)}: free`)),
    summary: `${count(free.length)} gaps`,
  });
  return rows;
}

function laneRow(lane: Lane): Row {
  const { who, blocks, collisions, summary } = lane;
  const marks = [
    ...blocks.map((block) => marked(block, block.use, () => blockText(lane, block))),
    ...collisions.map((each) => marked(each, "collision", () => `${who}: ${spanText(each.start, each.end)}`)),
  ];
  marks.sort((a, b) => looks.indexOf(a.look) - looks.indexOf(b.look));
  const tone = collisions.length > 0 ? "colliding" : "owner";
  return { who, marks, details: laneTexts(lane), tone, summary: summary || `${count(blocks.length)} ranges` };
}

function marked({ start, end }: Span, look: Look, text: () => string): Mark {
  return { start, end, look, text };
}
