// SPDX-License-Identifier: MIT
//
// The picture for a terminal: of all that is drawn only collisions are coloured.
import { coloured, styled } from "../output.js";
import { type Span, spanText } from "../spans.js";
import { Axis, ticksOf } from "./axis.js";
import type { Picture } from "./picture.js";
import type { Use } from "./space.js";
import {
  accountsText,
  freeText,
  headline,
  idsOf,
  laneTexts,
  MOST_COLLISIONS,
  partiesText,
  remarks,
} from "./words.js";

const NARROW = 64;
const LONGEST_LABEL = 20;
const GAP = "╱";
const FREE = "·";

/** What stands for each use, the one that is seen where several are in a column last. */
const glyphs: Readonly<Record<Use, string>> = {
  convention: "░",
  account: "▪",
  slices: "┊",
  "on disk": "▄",
  reserved: "╳",
  granted: "▒",
  live: "█",
};
const uses = Object.keys(glyphs) as Use[];

/** The pictures, `width` columns wide. */
export function drawn(pictures: readonly Picture[], width: number): string {
  const lines = pictures.flatMap((picture) => ["", ...new Sheet(picture, width).lines()]);
  return [...alarm(pictures, width), ...lines].map((line) => `${line.trimEnd()}\n`).join("");
}

/** The collisions in words. */
function alarm(pictures: readonly Picture[], width: number): string[] {
  const all = pictures.flatMap(({ collisions }) => collisions);
  const said = headline(pictures);
  if (all.length === 0) return [said];
  const more = all.length - MOST_COLLISIONS;
  return [
    styled(`! ${said}`, "red"),
    ...all.slice(0, MOST_COLLISIONS).flatMap((collision) => {
      const [first = "", ...rest] = wrapped(`! ${idsOf(collision)}: ${partiesText(collision)}`, width);
      const at = first.indexOf(": ") < 0 ? first.length : first.indexOf(": ") + 1;
      return [styled(first.slice(0, at), "red") + first.slice(at), ...rest];
    }),
    ...(more > 0 ? [`! ${more} more, which --json names`] : []),
  ];
}

/** The text in lines that are cut at `space`, all but the first indented. */
function wrapped(text: string, width: number, space = " "): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(space)) {
    if (line !== "" && line.length + space.length + word.length > width) {
      lines.push(line);
      line = `   ${word}`;
    } else line += line === "" ? word : `${space}${word}`;
  }
  return [...lines, line];
}

/** A picture on its way to lines. */
class Sheet {
  readonly #axis: Axis;
  readonly #label: number;
  readonly #detail: number;

  constructor(
    private readonly picture: Picture,
    private readonly width: number,
  ) {
    const { lanes } = picture;
    const longest = Math.max(11, ...lanes.map(({ who }) => who.length));
    this.#label = Math.min(longest, width < NARROW ? 11 : LONGEST_LABEL);
    const details = lanes.map((lane) => laneTexts(lane)[0]?.length ?? 0);
    this.#detail = width < NARROW ? 0 : Math.min(Math.max(...details, 0), Math.floor(width * 0.3));
    const columns = width - this.#label - 1 - (this.#detail > 0 ? this.#detail + 2 : 0);
    this.#axis = new Axis(picture, columns, columns, true);
  }

  lines(): string[] {
    const { picture } = this;
    const { collisions, conventions, accounts, lanes, free, kinds } = picture;
    const title = kinds.map((kind) => `${kind}s`).join(" and ");
    const lines = [`${styled(title, "bold")}, not to scale: ${GAP} is what nobody has`, ...this.#axisLines()];
    if (collisions.length > 0) lines.push(this.#row("collisions", [], collisions, []));
    lines.push(this.#row("conventions", marks(conventions, "convention"), [], []));
    lines.push(this.#row("accounts", marks(accounts, "account"), [], [accountsText(picture)]));
    for (const lane of lanes) lines.push(this.#row(lane.who, lane.blocks, lane.collisions, laneTexts(lane)));
    lines.push(this.#row("free", [], [], [], free));
    return [...lines, this.#legend(), ...this.#notes()];
  }

  #axisLines(): string[] {
    const { cells, width } = this.#axis;
    const labels = Array<string>(width).fill(" ");
    const line = Array<string>(width).fill("─");
    for (const { isGap, left, right } of cells) if (isGap) line.fill(GAP, left, right);
    for (const { id, at } of ticksOf(this.picture, this.#axis, (label) => label.length + 1)) {
      [...String(id)].forEach((digit, i) => {
        labels[at + i] = digit;
      });
      line[at] = "┬";
    }
    const indent = " ".repeat(this.#label + 1);
    return [labels, line].map((row) => indent + styled(row.join("").trimEnd(), "dim"));
  }

  /** A lane: its name, its blocks in their columns, and the longest of the details that has room. */
  #row(
    who: string,
    blocks: readonly (Span & { use: Use })[],
    collisions: readonly Span[],
    details: readonly string[],
    free: readonly Span[] = [],
  ): string {
    const columns = Array<string>(this.#axis.width).fill(" ");
    for (const span of free) this.#fill(columns, span, FREE);
    for (const use of uses)
      for (const block of blocks) if (block.use === use) this.#fill(columns, block, glyphs[use]);
    for (const span of collisions) this.#fill(columns, span, "!");
    const chart = columns.join("").replace(/!+/g, (marked) => this.#red(marked));
    const label = who.length > this.#label ? `${who.slice(0, this.#label - 1)}…` : who.padEnd(this.#label);
    const detail = details.find((each) => each.length <= this.#detail) ?? "";
    const isOwner = details.length > 0 && who !== "accounts";
    const name = collisions.length > 0 ? styled(label, "red") : isOwner ? label : styled(label, "dim");
    return `${name} ${chart}${detail && `  ${styled(detail, "dim")}`}`;
  }

  #red(marked: string): string {
    return coloured() ? styled("█".repeat(marked.length), "red") : marked;
  }

  #fill(columns: string[], { start, end }: Span, glyph: string): void {
    const from = Math.floor(this.#axis.at(start));
    const to = end >= 2 ** 32 ? this.#axis.width : Math.ceil(this.#axis.at(end));
    columns.fill(glyph, from, Math.max(from + 1, to));
  }

  #legend(): string {
    const { collisions, lanes } = this.picture;
    const used = new Set(lanes.flatMap(({ blocks }) => blocks.map(({ use }) => use)));
    const shown = [...uses].reverse().filter((use) => used.has(use));
    const said = shown.map((use) => `${glyphs[use]} ${use}`);
    if (collisions.length > 0) said.unshift(`${this.#red("!")} collision`);
    return wrapped([...said, `${FREE} free for useradd`].join("   "), this.width, "   ").join("\n");
  }

  #notes(): string[] {
    const conventions = remarks(this.picture).map(
      ({ start, end, what }) => `${spanText(start, end)} ${what}`,
    );
    const text = [freeText(this.picture), `${glyphs.convention} by convention: ${conventions.join("; ")}`];
    return text.flatMap((each) => wrapped(each, this.width).map((line) => styled(line, "dim")));
  }
}

function marks(spans: readonly Span[], use: Use): (Span & { use: Use })[] {
  return spans.map(({ start, end }) => ({ start, end, use }));
}
