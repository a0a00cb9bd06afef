// SPDX-License-Identifier: MIT
//
// The machine that the pictures of usernsctl map are tested on, and what takes them apart.
import { inflateSync } from "node:zlib";

export const names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];

/** The lines of passwd(5) of ten users, besides root. */
export const passwd = [
  "root:x:0:0::/root:/bin/sh",
  ...names.map((name, i) => `${name}:x:${1000 + i}:${1000 + i}::/home/${name}:/bin/sh`),
];

/** A range of 65,536 ids for each of them, side by side; with a collision dave's begins among carol's. */
export function ranges({ collide }: { collide: boolean }): string[] {
  return names.map((name, i) => `${name}:${collide && name === "dave" ? 281072 : 100000 + i * 65536}:65536`);
}

/** An element of a document. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** The text right in it. */
  text: string;
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function unescaped(text: string): string {
  if (/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`not escaped: ${text}`);
  return text.replace(/&([^;]*);/g, (_, entity: string) => entities[entity] as string);
}

/** The root of an XML document, which has to be well-formed and of elements, attributes and text alone. */
export function parseXml(document: string): Element {
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const token = /<\?xml [^?]*\?>|<(\/?)([a-z]+)((?: [a-zA-Z0-9]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  for (let at = 0; at < document.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(document);
    const inside = open[open.length - 1];
    if (!match || !inside) throw new Error(`not well-formed at ${document.slice(at, at + 60)}`);
    const [, closes, name, attributes = "", isEmpty, text] = match;
    if (text !== undefined) inside.text += unescaped(text);
    else if (closes) {
      if (inside.name !== name) throw new Error(`</${name}> ends <${inside.name}>`);
      open.pop();
    } else if (name !== undefined) {
      const pairs = [...attributes.matchAll(/ ([a-zA-Z0-9]+)="([^"]*)"/g)];
      const given = pairs.map(([, key, value]) => [key, unescaped(value as string)]);
      const element = { name, attributes: Object.fromEntries(given), children: [], text: "" };
      if (given.length !== Object.keys(element.attributes).length) throw new Error(`twice: ${attributes}`);
      inside.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || !only || others.length > 0) throw new Error("not one element");
  return only;
}

/** All elements of a name and class below one. */
export function find(element: Element, name: string, className?: string): Element[] {
  const below = element.children.flatMap((child) => find(child, name, className));
  const isWanted =
    element.name === name && (className ?? element.attributes.class) === element.attributes.class;
  return isWanted ? [element, ...below] : below;
}

/** The title of an element, which a browser shows who points at it. */
export function titleOf(element: Element): string {
  return element.children.find(({ name }) => name === "title")?.text ?? "";
}

/** Where a rectangle lies. */
export function boxOf({ attributes }: Element): { x: number; y: number; width: number; height: number } {
  const [x = 0, y = 0, width = 0, height = 0] = ["x", "y", "width", "height"].map((key) =>
    Number(attributes[key]),
  );
  return { x, y, width, height };
}

/** An image of three or four bytes a pixel. */
export interface Image {
  width: number;
  height: number;
  /** Red, green and blue of a pixel. */
  at(x: number, y: number): [number, number, number];
}

/** A PNG of 8 bits a sample that is not interlaced, as browsers write them. */
export function decodePng(file: Buffer): Image {
  const [width, height, depth, type] = [file.readUInt32BE(16), file.readUInt32BE(20), file[24], file[25]];
  if (depth !== 8 || (type !== 2 && type !== 6) || file[28] !== 0) throw new Error("another kind of PNG");
  const samples = type === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  const data = inflateSync(Buffer.concat(parts));
  const pixels = Buffer.alloc(width * height * samples);
  const row = width * samples;
  for (let y = 0; y < height; y++) {
    const filter = data[y * (row + 1)];
    for (let i = 0; i < row; i++) {
      const at = y * row + i;
      const left = i < samples ? 0 : (pixels[at - samples] as number);
      const up = y === 0 ? 0 : (pixels[at - row] as number);
      const corner = y === 0 || i < samples ? 0 : (pixels[at - row - samples] as number);
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter as number] as number;
      pixels[at] = (data[y * (row + 1) + 1 + i] as number) + predicted;
    }
  }
  const at = (x: number, y: number) => [...pixels.subarray((y * width + x) * samples).subarray(0, 3)];
  return { width, height, at: at as Image["at"] };
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [left, up, corner].map((each) => Math.abs(left + up - corner - each)) as [
    number,
    number,
    number,
  ];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
