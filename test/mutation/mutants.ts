// SPDX-License-Identifier: MIT
//
// What can be changed in a source of the policy: one place at a time, each change one that a slip of the hand would make.
import ts from "typescript";

/** A source with one change. */
export interface Mutant {
  file: string;
  /** From 1. */
  line: number;
  /** The line, without the blanks around it. */
  at: string;
  /** What stands there, and what is put in its place. */
  was: string;
  becomes: string;
  /** Which of the places of the file where all this is the same, from 1. */
  nth: number;
  /** The whole changed source. */
  text: string;
}

const K = ts.SyntaxKind;

const operators = new Map<ts.SyntaxKind, string[]>([
  [K.LessThanToken, ["<=", ">="]],
  [K.LessThanEqualsToken, ["<", ">"]],
  [K.GreaterThanToken, [">=", "<="]],
  [K.GreaterThanEqualsToken, [">", "<"]],
  [K.EqualsEqualsToken, ["!="]],
  [K.ExclamationEqualsToken, ["=="]],
  [K.AmpersandAmpersandToken, ["||"]],
  [K.BarBarToken, ["&&"]],
  [K.PlusToken, ["-"]],
  [K.MinusToken, ["+"]],
  [K.AsteriskToken, ["/"]],
  [K.SlashToken, ["*"]],
  [K.AmpersandToken, ["|"]],
  [K.BarToken, ["&"]],
  [K.LessThanLessThanToken, [">>"]],
  [K.GreaterThanGreaterThanToken, ["<<"]],
  [K.PlusEqualsToken, ["-="]],
  [K.MinusEqualsToken, ["+="]],
  [K.BarEqualsToken, ["&="]],
]);

/** All mutants of a source, in the order of their places. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const lines = text.split("\n");
  const found: Mutant[] = [];
  const put = (node: ts.Node, becomes: string) => {
    const start = node.getStart(source);
    const { line } = source.getLineAndCharacterOfPosition(start);
    const at = (lines[line] ?? "").trim();
    const was = text.slice(start, node.end).replace(/\s+/g, " ");
    const same = found.filter((one) => one.at === at && one.was === was && one.becomes === becomes);
    found.push({
      file,
      line: line + 1,
      at,
      was,
      becomes,
      nth: same.length + 1,
      text: text.slice(0, start) + becomes + text.slice(node.end),
    });
  };
  const visit = (node: ts.Node): void => {
    // What the numbers of an enumeration are is of no importance to anybody.
    if (ts.isEnumDeclaration(node) || ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    for (const becomes of changesOf(node)) put(node, becomes);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found;
}

function changesOf(node: ts.Node): string[] {
  if (ts.isBinaryExpression(node.parent) && node === node.parent.operatorToken)
    return operators.get(node.kind) ?? [];
  if (isCondition(node)) return ["true", "false"];
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken)
    return [node.operand.getText()];
  if (ts.isPostfixUnaryExpression(node))
    return [`${node.operand.getText()}${node.operator === K.PlusPlusToken ? "--" : "++"}`];
  if (node.kind === K.TrueKeyword) return ["false"];
  if (node.kind === K.FalseKeyword) return ["true"];
  if (ts.isNumericLiteral(node)) return [String(Number(node.text) + 1)];
  if (ts.isCallExpression(node) && /^(min|max)$/.test(node.expression.getText()))
    return [node.getText().replace(/^m(in|ax)/, (name) => (name === "min" ? "max" : "min"))];
  if (ts.isExpressionStatement(node)) return [";"];
  if (ts.isReturnStatement(node) && isBoolean(node)) return ["return true;", "return false;"];
  return [];
}

/** Whether an expression alone says which way is taken. */
function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent) || ts.isWhileStatement(parent))
    return node === ("condition" in parent ? parent.condition : parent.expression);
  return false;
}

/** Whether it returns what is computed, from a function that says yes or no. */
function isBoolean(node: ts.ReturnStatement): boolean {
  let owner: ts.Node = node;
  while (!ts.isFunctionLike(owner)) owner = owner.parent;
  const given = node.expression?.kind;
  return owner.type?.getText() === "bool" && given !== K.TrueKeyword && given !== K.FalseKeyword;
}
