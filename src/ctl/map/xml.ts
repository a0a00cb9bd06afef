// SPDX-License-Identifier: MIT

/** An element; its content has to be escaped text or elements. */
export function element(
  name: string,
  attributes: Record<string, string | number>,
  ...content: string[]
): string {
  const said = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === "number" ? rounded(value) : escaped(value)}"`,
  );
  return content.length === 0
    ? `<${name}${said.join("")}/>`
    : `<${name}${said.join("")}>${content.join("")}</${name}>`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as a document of XML can hold it: what it cannot hold at all is replaced. */
export function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"']/g, (each) => entities[each] as string);
}
