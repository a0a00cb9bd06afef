// SPDX-License-Identifier: MIT
//
// The picture as SVG: one document without anything from elsewhere.
import { type Span, spanText } from "../spans.js";
import { Axis, ticksOf } from "./axis.js";
import { count, type Lane, nounOf, type Picture } from "./picture.js";
import type { Use } from "./space.js";
import { style } from "./style.js";
import {
  accountsText,
  blockText,
  freeText,
  headline,
  idsOf,
  laneTexts,
  MOST_COLLISIONS,
  partiesText,
  remarks,
} from "./words.js";
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
      const text = `${idsOf(collision)}: ${partiesText(collision)}`;
      for (const line of wrapped(text, (WIDTH - 2 * MARGIN - 24) / widthOf("x"))) lines.push([line, "said"]);
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
    const { collisions, conventions, accounts, lanes, free } = picture;
    page.y += 34;
    page.add(label(MARGIN, page.y, nounOf(picture), "heading"));
    this.#drawLegend();
    page.y += 30;
    this.#drawAxis();
    const top = page.y;
    page.y += 6;
    if (collisions.length > 0) this.#drawCollisions();
    this.#row("conventions", "", true);
    for (const { start, end, what } of conventions)
      page.add(this.#block({ start, end }, "convention", `${spanText(start, end)}: ${what}`));
    this.#row("accounts", accountsText(picture), true);
    for (const each of accounts)
      page.add(
        this.#block(each, "account", `${spanText(each.start, each.end)}: ${count(each.count)} of them`),
      );
    for (const lane of lanes) this.#drawLane(lane);
    this.#row("free", "", true);
    for (const each of free.slice(0, MOST_CELLS)) page.add(this.#freeLine(each));
    for (const each of collisions.slice(0, MOST_CELLS))
      page.add(this.#box(each, top, page.y - top, "band", NARROWEST_COLLISION, ""));
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
    for (const { id, at } of ticksOf(this.picture, this.#axis, (text) => widthOf(text, 11) + 6))
      page.add(line(LEFT + at, y - 6, LEFT + at, y, "axis"), label(LEFT + at, y - 10, String(id), "tick"));
  }

  #drawCollisions(): void {
    const { page, picture } = this;
    this.#row("collisions", "", false, "alarm");
    for (const each of picture.collisions.slice(0, MOST_CELLS)) {
      const text = `${idsOf(each)}: ${partiesText(each)}`;
      page.add(this.#box(each, page.y - ROW + 3, ROW - 6, "collision", NARROWEST_COLLISION, text));
      const middle = (this.#axis.at(each.start) + this.#right(each.end)) / 2;
      page.add(label(LEFT + middle, page.y - 7, "!", "flag"));
    }
  }

  #drawLane(lane: Lane): void {
    const { page } = this;
    const fits = laneTexts(lane).find((text) => widthOf(text, 12) <= DETAILS) ?? "";
    this.#row(lane.who, fits, false, lane.collisions.length > 0 ? "alarm" : "who");
    const order: Use[] = ["slices", "on disk", "reserved", "granted", "live"];
    for (const use of order)
      for (const { span, text } of this.#visible(lane, use)) page.add(this.#block(span, use, text));
    for (const each of lane.collisions.slice(0, MOST_CELLS))
      page.add(
        this.#box(
          each,
          page.y - ROW + 4,
          BLOCK,
          "collision",
          NARROWEST_COLLISION,
          `${lane.who}: ${spanText(each.start, each.end)} collides`,
        ),
      );
  }

  /** The blocks of a use, those that cannot be told apart as one. */
  #visible(lane: Lane, use: Use): { span: Span; text: string }[] {
    const shown: { span: Span; blocks: number; text: string }[] = [];
    for (const block of lane.blocks) {
      if (block.use !== use) continue;
      const last = shown[shown.length - 1];
      const isApart = !last || this.#axis.at(block.start) - this.#right(last.span.end) >= APART;
      if (isApart || this.#right(block.end) - this.#axis.at(block.start) > NARROWEST)
        shown.push({ span: block, blocks: 1, text: blockText(lane, block) });
      else {
        last.span = { start: last.span.start, end: Math.max(last.span.end, block.end) };
        last.blocks++;
        last.text = `${lane.who}: ${lane.summary || `${count(last.blocks)} ranges`}`;
      }
    }
    return shown;
  }

  /** The background and the words of a row, which ends at page.y then. */
  #row(who: string, detail: string, isMuted: boolean, name = isMuted ? "muted" : "who"): void {
    const { page } = this;
    const y = page.y;
    page.y += ROW;
    page.add(rect(MARGIN, y + 1, WIDTH - 2 * MARGIN, ROW - 2, "row"));
    const most = Math.floor((LABELS - 16) / widthOf("x"));
    const short = who.length > most ? `${who.slice(0, most - 1)}…` : who;
    page.add(
      element(
        "text",
        { x: MARGIN + 6, y: y + 16, class: name },
        element("title", {}, escaped(who)),
        escaped(short),
      ),
    );
    if (detail !== "") page.add(label(LEFT + CHART + 20, y + 16, detail, "muted"));
  }

  #block(span: Span, use: Use, text: string): string {
    const top = this.page.y - ROW + 4;
    const isThin = use === "live" || use === "account";
    const [y, height] = isThin ? [top + BLOCK / 2 - 1, BLOCK / 2 + 1] : [top, BLOCK];
    return this.#box(span, y, height, use.replace(" ", "-"), NARROWEST, text);
  }

  #box(span: Span, y: number, height: number, name: string, narrowest: number, text: string): string {
    const from = this.#axis.at(span.start);
    const width = Math.max(narrowest, this.#right(span.end) - from);
    const said = text === "" ? [] : [element("title", {}, escaped(text))];
    return element("rect", { x: LEFT + from, y, width, height, class: name }, ...said);
  }

  #freeLine(span: Span): string {
    const y = this.page.y - ROW / 2;
    return element(
      "path",
      {
        d: `M${Math.round(LEFT + this.#axis.at(span.start))} ${y}H${Math.round(LEFT + this.#right(span.end))}`,
        class: "free",
      },
      element("title", {}, `${spanText(span.start, span.end)}: free for useradd`),
    );
  }

  #right(end: number): number {
    return end >= 2 ** 32 ? CHART : this.#axis.at(end);
  }

  #drawLegend(): void {
    const { page, picture } = this;
    const used = new Set(picture.lanes.flatMap(({ blocks }) => blocks.map(({ use }) => use)));
    const all: Use[] = ["live", "granted", "reserved", "on disk", "slices"];
    const shown: string[] = [...all.filter((use) => used.has(use)), "account", "convention"];
    if (picture.collisions.length > 0) shown.unshift("collision");
    let x = LEFT;
    const name = (text: string) => {
      page.add(label(x + 24, page.y, text, "muted"));
      x += 24 + widthOf(text, 12) + 20;
    };
    for (const use of shown) {
      page.add(rect(x, page.y - 11, 18, 12, use.replace(" ", "-")));
      name(use);
    }
    page.add(line(x, page.y - 5, x + 18, page.y - 5, "free"));
    name("free for useradd");
    page.add(...breakMark(x + 9, page.y - 5));
    name("nobody's");
  }
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
