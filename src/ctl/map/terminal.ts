// SPDX-License-Identifier: MIT
//
// The picture for a terminal: of all that is drawn only collisions are coloured.
import { coloured, styled } from "../output.js";
import { spanText } from "../spans.js";
import { Axis, ticksOf } from "./axis.js";
import { nounOf, type Picture } from "./picture.js";
import { type Look, looks, meanings, type Row, rowsOf } from "./rows.js";
import { collisionText, freeText, headline, laneTexts, MOST_COLLISIONS, remarks } from "./words.js";

const NARROW = 64;
/** The longest name that is no owner's. */
const SHORTEST_LABEL = "conventions".length;
const LONGEST_LABEL = 20;
const GAP = "╱";

/** What stands for each look. */
const glyphs: Readonly<Record<Look, string>> = {
  collision: "!",
  live: "█",
  granted: "▒",
  reserved: "╳",
  "on disk": "▄",
  slices: "┊",
  account: "▪",
  convention: "░",
  free: "·",
};

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
      const [first = "", ...rest] = wrapped(`! ${collisionText(collision)}`, width);
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
    const longest = Math.max(SHORTEST_LABEL, ...lanes.map(({ who }) => who.length));
    this.#label = Math.min(longest, width < NARROW ? SHORTEST_LABEL : LONGEST_LABEL);
    const details = lanes.map((lane) => laneTexts(lane)[0]?.length ?? 0);
    this.#detail = width < NARROW ? 0 : Math.min(Math.max(...details, 0), Math.floor(width * 0.3));
    const columns = width - this.#label - 1 - (this.#detail > 0 ? this.#detail + 2 : 0);
    this.#axis = new Axis(picture, columns, columns, true);
  }

  lines(): string[] {
    const rows = rowsOf(this.picture);
    return [
      `${styled(nounOf(this.picture), "bold")}, not to scale: ${GAP} nobody's`,
      ...this.#axisLines(),
      ...rows.map((row) => this.#row(row)),
      "",
      this.#legend(new Set(rows.flatMap(({ marks }) => marks.map(({ look }) => look)))),
      ...this.#notes(),
    ];
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

  /** Its name, its marks in their columns, and the longest of the details that has room. */
  #row({ who, marks, details, tone }: Row): string {
    const columns = Array<string>(this.#axis.width).fill(" ");
    for (const { start, end, look } of marks) {
      const from = Math.floor(this.#axis.at(start));
      columns.fill(glyphs[look], from, Math.max(from + 1, Math.ceil(this.#axis.at(end))));
    }
    const label = who.length > this.#label ? `${who.slice(0, this.#label - 1)}…` : who.padEnd(this.#label);
    const name = tone === "owner" ? label : styled(label, tone === "muted" ? "dim" : "red");
    const detail = details.find((each) => each.length <= this.#detail) ?? "";
    const bare = detail === "" ? columns.join("").trimEnd() : columns.join("");
    const chart = bare.replace(/!+|[^!]+/g, (part) => painted(part, tone));
    return `${name} ${chart}${detail && `  ${styled(detail, "dim")}`}`;
  }

  #legend(used: ReadonlySet<Look>): string {
    const shown = [...looks].reverse().filter((look) => used.has(look));
    const said = shown.map((look) => `${glyphs[look]} ${meanings[look]}`).join("   ");
    return wrapped(said, this.width, "   ")
      .join("\n")
      .replace(/^!/, (mark) => painted(mark, "owner"));
  }

  #notes(): string[] {
    const conventions = remarks(this.picture).map(
      ({ start, end, what }) => `${spanText(start, end)} ${what}`,
    );
    const text = [freeText(this.picture), `${glyphs.convention} by convention: ${conventions.join("; ")}`];
    return text.flatMap((each) => wrapped(each, this.width).map((line) => styled(line, "dim")));
  }
}

/** Part of a chart: what collides as a red block where there are colours, and words for it where not. */
function painted(part: string, tone: Row["tone"]): string {
  if (part.startsWith("!")) return coloured() ? styled("█".repeat(part.length), "red") : part;
  return tone === "muted" ? styled(part, "dim") : part;
}
