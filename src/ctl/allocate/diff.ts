// SPDX-License-Identifier: MIT

const CONTEXT = 3;

/** The difference of two texts in diff's unified form, in one piece; empty if there is none. */
export function unifiedDiff(path: string, before: Buffer, after: Buffer): Buffer {
  if (before.equals(after)) return Buffer.alloc(0);
  const [old, now] = [linesOf(before), linesOf(after)];
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const from = Math.max(0, head - CONTEXT);
  const behind = Math.min(tail, CONTEXT);
  const piece = (sign: string, lines: string[], start: number, end: number) =>
    lines
      .slice(start, end)
      .map((line) => sign + line + (line.endsWith("\n") ? "" : "\n\\ No newline at end of file\n"));
  const text = [
    `--- ${path}\n+++ ${path}\n`,
    `@@ -${rangeText(from, old.length - tail + behind)} +${rangeText(from, now.length - tail + behind)} @@\n`,
    ...piece(" ", old, from, head),
    ...piece("-", old, head, old.length - tail),
    ...piece("+", now, head, now.length - tail),
    ...piece(" ", old, old.length - tail, old.length - tail + behind),
  ];
  return Buffer.from(text.join(""), "latin1");
}

function linesOf(bytes: Buffer): string[] {
  return bytes.length === 0 ? [] : bytes.toString("latin1").split(/(?<=\n)/);
}

/** Lines [start, end) as the head of a piece counts them: from 1, and from the line before where there are none. */
function rangeText(start: number, end: number): string {
  const count = end - start;
  const first = count === 0 ? start : start + 1;
  return count === 1 ? `${first}` : `${first},${count}`;
}
