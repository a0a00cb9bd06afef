// SPDX-License-Identifier: MIT
//
// The tables read as kindly as can be, without the model: what is granted at the very most.
import type { World } from "../model/world.js";

/** Ids as [first, end). */
export type Span = [number, number];

export function text(file: World["table"]): string {
  return typeof file === "string" ? file : "";
}

/** Every name and number under which lines could be the caller's. */
export function owners({ uid, passwd, nss }: World): Set<string> {
  const lines = text(passwd).split("\n");
  const names = lines.map((line) => line.split(":")).filter((fields) => fields[2] === String(uid));
  return new Set([
    String(uid),
    ...names.map((fields) => fields[0] as string),
    String(nss.user).split(":")[0] as string,
  ]);
}

/** The ids that some line, of the plugin or of the table, gives to the caller. */
export function subids(world: World, plugin: boolean): Span[] {
  const own = owners(world);
  const fields = text(world.table)
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([owner]) => own.has(owner as string));
  const answers = String(world.nss.ranges)
    .split("\n")
    .map((line) => ["", ...line.split(" ")]);
  return (plugin ? answers : fields).map(([, start, count]) => [
    Number(start),
    Number(start) + Number(count),
  ]);
}

/** Whether each id from the span's first to its last lies in some span of `spans`. */
export function within([first, end]: Span, spans: Span[]): boolean {
  let at = first;
  while (at < end) {
    const span = spans.find(([from, to]) => from <= at && at < to);
    if (!span) return false;
    at = span[1];
  }
  return true;
}

/** The two sides of a map. */
export function sides(map: string): { inside: Span[]; outside: Span[] } {
  const rows = map
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ").map(Number) as [number, number, number]);
  return {
    inside: rows.map(([first, , count]): Span => [first, first + count]),
    outside: rows.map(([, first, count]): Span => [first, first + count]),
  };
}
