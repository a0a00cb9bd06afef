// SPDX-License-Identifier: MIT
//
// The SVG of usernsctl map in a real browser: what is red on the screen is the collision.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { boxOf, decodePng, type Element, find, type Image, parseXml, passwd, ranges } from "./map.js";
import { run, unavailable } from "./tables.js";

const hasBrowser = (process.env.PATH ?? "").split(delimiter).some((dir) => existsSync(join(dir, "chromium")));
const obstacle = unavailable || (hasBrowser ? undefined : "not installed: chromium");

const flags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  "--force-device-scale-factor=1",
];

/** What the browser shows of a document that fills its window. */
function shown(svg: string, size: Record<string, string>, ...more: string[]): Image {
  const folder = mkdtempSync(join(tmpdir(), "browser-"));
  try {
    mkdirSync(join(folder, "profile"));
    writeFileSync(join(folder, "ids.svg"), svg);
    const words = [
      ...flags,
      ...more,
      `--user-data-dir=${join(folder, "profile")}`,
      `--screenshot=${join(folder, "ids.png")}`,
      `--window-size=${size.width},${size.height}`,
      `file://${join(folder, "ids.svg")}`,
    ];
    const env = { PATH: process.env.PATH, HOME: folder };
    const { error, stderr } = spawnSync("chromium", words, { encoding: "utf8", env, timeout: 50_000 });
    if (error) throw error;
    expect(existsSync(join(folder, "ids.png")), stderr).toBe(true);
    return decodePng(readFileSync(join(folder, "ids.png")));
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

type Point = readonly [x: number, y: number];

/** The pixels of a red that nothing but a collision has: no mixture of another colour with the background. */
function redOf(image: Image): Point[] {
  const points: Point[] = [];
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) {
      const [red, green, blue] = image.at(x, y);
      if (red > 200 && green < 90 && blue < 90) points.push([x, y]);
    }
  return points;
}

/** Whether a pixel is of the box, or of a line around it. */
function isOf([x, y]: Point, element: Element): boolean {
  const box = boxOf(element);
  const isWithin =
    x >= box.x - 2 && x <= box.x + box.width + 1 && y >= box.y - 2 && y <= box.y + box.height + 1;
  if (element.attributes.class !== "box") return isWithin;
  const isInside = x > box.x + 1 && x < box.x + box.width - 2 && y > box.y + 1 && y < box.y + box.height - 2;
  return isWithin && !isInside;
}

function svgOf(collide: boolean): string {
  const lines = ranges({ collide });
  const files = {
    "etc/subuid": lines,
    "etc/subgid": lines,
    "etc/passwd": passwd,
    "etc/group": ["root:x:0:"],
  };
  return run(files, "map", "--svg", "-").stdout;
}

const schemes = [
  ["light", 255, "--blink-settings=preferredColorScheme=1"],
  ["dark", 15, "--blink-settings=preferredColorScheme=0"],
] as const;

test.for(schemes)("the collision is red, and nothing else (%s)", ([, paper, flag], { skip }) => {
  skip(obstacle !== undefined, obstacle);
  const svg = svgOf(true);
  const document = parseXml(svg);
  const image = shown(svg, document.attributes, flag);
  expect([image.width, image.height]).toEqual([1200, Number(document.attributes.height)]);
  expect(image.at(2, 2)[0]).toBe(paper);
  const red = redOf(image);
  const collisions = find(document, "rect", "collision");
  // Carol's, dave's, their row above, and the legend.
  expect(collisions).toHaveLength(4);
  for (const each of collisions) {
    const { width, height } = boxOf(each);
    expect(red.filter((point) => isOf(point, each)).length / (width * height)).toBeGreaterThan(0.85);
  }
  const known = [...collisions, ...find(document, "rect", "box")];
  const alarms = ["alarm", "collisions", "colliding"].flatMap((name) => find(document, "text", name));
  const words = alarms.map(({ attributes }) => [Number(attributes.x), Number(attributes.y)]);
  const isWord = ([x, y]: Point) =>
    words.some(([left = 0, base = 0]) => x >= left && x < left + 150 && Math.abs(y - base + 5) < 10);
  expect(red.filter((point) => !isWord(point) && !known.some((each) => isOf(point, each)))).toEqual([]);
});

test("nothing is red where nothing collides", ({ skip }) => {
  skip(obstacle !== undefined, obstacle);
  const svg = svgOf(false);
  const image = shown(svg, parseXml(svg).attributes);
  expect(redOf(image)).toEqual([]);
  // It is drawn all the same: the blue of alice's range.
  const blue = Array.from({ length: image.width }, (_, x) => x).some((x) =>
    Array.from({ length: image.height }, (_, y) => image.at(x, y).join()).includes("169,195,222"),
  );
  expect(blue).toBe(true);
});
