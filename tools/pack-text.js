// SPDX-License-Identifier: MIT
//
// A transform of asc's: packs each text literal of ours two characters to a UTF-16 unit, the first one in the low
// byte; an odd last one has a high byte of 0. Half of a text would be zeros otherwise, and every page of them that
// is copied into the module's memory costs a fault. src/text/packed.ts reads what stands here.
import {
  BinaryExpression,
  ExportStatement,
  ImportStatement,
  StringLiteralExpression,
  TemplateLiteralExpression,
  Token,
} from "assemblyscript";
import { Transform } from "assemblyscript/transform";

/** @typedef {import("assemblyscript").Node} Node */

/** Ends the build. @param {Node} node @param {string} what */
function refuse(node, what) {
  const { source, start } = node.range;
  throw new Error(`${source.normalizedPath}:${source.lineAt(start)}: ${what}`);
}

/**
 * Replaces each node of a tree by what `change` makes of it, the inner ones first, and each once: the compiler's
 * parser has some at two places.
 *
 * @param {Record<string, unknown>} tree @param {(node: object) => object} change @param {Set<object>} seen
 */
function rewrite(tree, change, seen = new Set()) {
  // The paths that they name are no texts of the program's.
  if (tree instanceof ImportStatement || tree instanceof ExportStatement) return;
  seen.add(tree);
  for (const [key, value] of Object.entries(tree)) {
    if (key === "range" || typeof value !== "object" || value === null || seen.has(value)) continue;
    rewrite(/** @type {Record<string, unknown>} */ (value), change, seen);
    tree[key] = change(value);
  }
}

/** Joins literals that are added up in the source. @param {object} node */
function joined(node) {
  if (node instanceof TemplateLiteralExpression) refuse(node, "a packed text cannot be a template");
  if (!(node instanceof BinaryExpression)) return node;
  const { left, operator, right } = node;
  if (operator !== Token.Plus && operator !== Token.Plus_Equals) return node;
  const leftIs = left instanceof StringLiteralExpression;
  const rightIs = right instanceof StringLiteralExpression;
  if (leftIs && rightIs) {
    left.value += right.value;
    return left;
  }
  if (leftIs || rightIs) refuse(node, "packed texts cannot be put together at run time");
  return node;
}

/** @param {object} node */
function packed(node) {
  if (!(node instanceof StringLiteralExpression)) return node;
  const bytes = Buffer.from(node.value, "utf8");
  if (bytes.some((byte) => byte === 0 || byte > 0x7f)) refuse(node, "a text has to be ASCII without NUL");
  const units = [];
  for (let i = 0; i < bytes.length; i += 2) units.push((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  node.value = String.fromCharCode(...units);
  return node;
}

export default class extends Transform {
  /** @param {import("assemblyscript").Parser} parser */
  afterParse(parser) {
    const ours = parser.sources.filter((source) => !source.isLibrary);
    for (const change of [joined, packed]) {
      for (const source of ours) rewrite(/** @type {any} */ (source), change);
    }
  }
}
