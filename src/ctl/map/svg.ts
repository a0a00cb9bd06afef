// SPDX-License-Identifier: MIT
//
// The picture as SVG: one document without anything from elsewhere.
import { spanText } from "../spans.js";
import { Axis, ticksOf } from "./axis.js";
import { count, nounOf, type Picture } from "./picture.js";
import { type Look, looks, type Mark, meanings, type Row, rowsOf } from "./rows.js";
import { style } from "./style.js";
import { collisionText, freeText, headline, MOST_COLLISIONS, remarks } from "./words.js";
import { element, escaped } from "./xml.js";

const WIDTH = 1200;
const MARGIN = 24;
const LABELS = 150;
const DETAILS = 240;
const CHART = WIDTH - 2 * MARGIN - LABELS - DETAILS - 20;
const ROW = 24;
const BLOCK = 16;
const LINE = 20;
const MOST_CELLS = 120;
const NARROWEST = 1.5;
const NARROWEST_COLLISION = 4;
const NARROWEST_FLAG = 9;
/** Blocks closer than this are one. */
const APART = 0.5;
const LEFT = MARGIN + LABELS;

/** How wide a text is, as far as that can be known where the font is not. */
const widthOf = (text: string, size = 13) => text.length * size * 0.56;

/** The pictures below each other. */
export function svgOf(pictures: readonly Picture[]): string {
  const page = new Page();
  page.title("Who has which ids");
  page.alarm(pictures);
  for (const picture of pictures) new Sheet(picture, page).draw();
  return page.text();
}

/** A document on its way, drawn from the top down. */
class Page {
  readonly #content: string[] = [];
  y = MARGIN;

  add(...content: string[]): void {
    this.#content.push(...content);
  }

  title(text: string): void {
    this.y += 14;
    this.add(label(MARGIN, this.y, text, "title"));
    this.y += 14;
  }

  /** A paragraph, as many lines as it takes. */
  paragraph(text: string, name: string, size: number): void {
    for (const line of wrapped(text, (WIDTH - 2 * MARGIN) / widthOf("x", size))) {
      this.y += LINE - 2;
      this.add(label(MARGIN, this.y, line, name));
    }
  }

  /** The collisions in words, or that there are none. */
  alarm(pictures: readonly Picture[]): void {
    const all = pictures.flatMap(({ collisions }) => collisions);
    if (all.length === 0) {
      this.paragraph(headline(pictures), "muted", 12);
      return;
    }
    const lines: [text: string, name: string][] = [[`! ${headline(pictures)}`, "alarm"]];
    for (const collision of all.slice(0, MOST_COLLISIONS)) {
      for (const line of wrapped(collisionText(collision), (WIDTH - 2 * MARGIN - 24) / widthOf("x")))
        lines.push([line, "said"]);
    }
    if (all.length > MOST_COLLISIONS)
      lines.push([`and ${count(all.length - MOST_COLLISIONS)} more`, "muted"]);
    const height = lines.length * LINE + 14;
    this.add(rect(MARGIN, this.y, WIDTH - 2 * MARGIN, height, "box"));
    lines.forEach(([text, name], i) => {
      this.add(label(MARGIN + 12, this.y + 21 + i * LINE, text, name));
    });
    this.y += height;
  }

  text(): string {
    const height = Math.ceil(this.y + MARGIN);
    const hatch = element(
      "pattern",
      { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      element("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "stripe" }),
    );
    const root = {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
    };
    const content = [
      element("title", {}, "Who has which ids"),
      element("style", {}, style),
      element("defs", {}, hatch),
      rect(0, 0, WIDTH, height, "paper"),
      ...this.#content,
    ];
    return `<?xml version="1.0" encoding="UTF-8"?>\n${element("svg", { ...root, role: "img" }, `\n${content.join("\n")}\n`)}\n`;
  }
}

/** A picture on its way to the page. */
class Sheet {
  readonly #axis: Axis;

  constructor(
    private readonly picture: Picture,
    private readonly page: Page,
  ) {
    this.#axis = new Axis(picture, CHART, MOST_CELLS, false);
  }

  draw(): void {
    const { picture, page } = this;
    const rows = rowsOf(picture);
    page.y += 34;
    page.add(label(MARGIN, page.y, nounOf(picture), "heading"));
    this.#drawLegend(new Set(rows.flatMap(({ marks }) => marks.map(({ look }) => look))));
    page.y += 30;
    this.#drawAxis();
    const top = page.y;
    page.y += 6;
    for (const row of rows) this.#drawRow(row);
    for (const row of rows.filter(({ tone }) => tone === "collisions"))
      for (const each of this.#visible(row)) page.add(this.#box(each, top, page.y - top, "band"));
    page.paragraph(freeText(picture), "muted", 12);
    const said = remarks(picture).map(({ start, end, what }) => `${spanText(start, end)} ${what}`);
    page.paragraph(`by convention: ${said.join("; ")}`, "muted", 12);
  }

  #drawAxis(): void {
    const { page } = this;
    const y = page.y;
    for (const { isGap, left, right } of this.#axis.cells) {
      const [from, to] = [LEFT + left, LEFT + right];
      if (!isGap) page.add(line(from, y, to, y, "axis"));
      else {
        const middle = (from + to) / 2;
        const ends = [line(from, y, middle - 4, y, "axis"), line(middle + 4, y, to, y, "axis")];
        const strokes = breakMark(middle, y);
        page.add(...(to - from > 10 ? [...ends, ...strokes] : strokes));
      }
    }
    for (const { id, at } of ticksOf(this.picture, this.#axis, (text) => widthOf(text, 11) + 10))
      page.add(line(LEFT + at, y - 6, LEFT + at, y, "axis"), label(LEFT + at, y - 10, String(id), "tick"));
  }

  /** A row, which ends at page.y then. */
  #drawRow(row: Row): void {
    const { page } = this;
    const { who, details, tone } = row;
    const y = page.y;
    page.y += ROW;
    page.add(rect(MARGIN, y + 1, WIDTH - 2 * MARGIN, ROW - 2, "row"));
    const most = Math.floor((LABELS - 16) / widthOf("x"));
    const short = who.length > most ? `${who.slice(0, most - 1)}…` : who;
    const name = element("title", {}, escaped(who)) + escaped(short);
    page.add(element("text", { x: MARGIN + 6, y: y + 16, class: tone }, name));
    const fits = details.find((text) => widthOf(text, 12) <= DETAILS) ?? "";
    if (fits !== "") page.add(label(LEFT + CHART + 20, y + 16, fits, "muted"));
    for (const mark of this.#visible(row)) {
      page.add(this.#mark(mark, y + 4));
      if (tone === "collisions") this.#flag(mark, y + 17);
    }
  }

  /** The marks, those that cannot be told apart as one. */
  #visible({ who, marks, summary }: Row): Mark[] {
    const shown: Mark[] = [];
    for (const mark of marks) {
      const last = shown[shown.length - 1];
      const { left, right } = this.#edges(mark);
      const isApart = last?.look !== mark.look || left - this.#edges(last).right >= APART;
      if (isApart || right - left > narrowestOf(mark.look)) shown.push({ ...mark });
      else {
        last.end = Math.max(last.end, mark.end);
        last.text = () => `${who}: ${summary}`;
      }
    }
    return shown;
  }

  #mark(mark: Mark, top: number): string {
    const isThin = mark.look === "live" || mark.look === "account";
    const [y, height] = isThin ? [top + BLOCK / 2 - 1, BLOCK / 2 + 1] : [top, BLOCK];
    if (mark.look !== "free") return this.#box(mark, y, height, classOf(mark.look), mark.text());
    const [from, to] = [mark.start, mark.end].map((id) => Math.round(LEFT + this.#axis.at(id)));
    const path = { d: `M${from} ${top + BLOCK / 2}H${to}`, class: "free" };
    return element("path", path, element("title", {}, escaped(mark.text())));
  }

  /** Where a mark begins and ends, which none is too small to be seen. */
  #edges({ start, end, look }: Mark): { left: number; right: number } {
    const left = this.#axis.at(start);
    return { left, right: Math.max(this.#axis.at(end), left + narrowestOf(look)) };
  }

  #box(mark: Mark, y: number, height: number, name: string, text = ""): string {
    const { left, right } = this.#edges(mark);
    const said = text === "" ? [] : [element("title", {}, escaped(text))];
    return element("rect", { x: LEFT + left, y, width: right - left, height, class: name }, ...said);
  }

  #flag(mark: Mark, y: number): void {
    const { left, right } = this.#edges(mark);
    if (right - left > NARROWEST_FLAG) this.page.add(label(LEFT + (left + right) / 2, y, "!", "flag"));
  }

  #drawLegend(used: ReadonlySet<Look>): void {
    const { page } = this;
    let x = LEFT;
    const name = (text: string) => {
      page.add(label(x + 24, page.y, text, "muted"));
      x += 24 + widthOf(text, 12) + 18;
    };
    for (const look of [...looks].reverse().filter((each) => used.has(each))) {
      const y = page.y - 5;
      page.add(look === "free" ? line(x, y, x + 18, y, "free") : rect(x, y - 6, 18, 12, classOf(look)));
      name(meanings[look]);
    }
    page.add(...breakMark(x + 9, page.y - 5));
    name("nobody's");
  }
}

function narrowestOf(look: Look): number {
  return look === "collision" ? NARROWEST_COLLISION : NARROWEST;
}

function classOf(look: Look): string {
  return look.replace(" ", "-");
}

/** Where the axis is broken. */
function breakMark(x: number, y: number): string[] {
  return [-4, 1].map((at) => line(x + at, y + 5, x + at + 4, y - 5, "break"));
}

/** The text in lines of so many characters. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function label(x: number, y: number, text: string, name: string): string {
  return element("text", { x, y, class: name }, escaped(text));
}

function rect(x: number, y: number, width: number, height: number, name: string): string {
  return element("rect", { x, y, width, height, class: name });
}

function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return element("line", { x1, y1, x2, y2, class: name });
}
