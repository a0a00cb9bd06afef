// SPDX-License-Identifier: MIT
//
// The reference model's word on what a fuzzed program did.
import { predict } from "../model/model.js";
import { LONGEST_LINE } from "../model/tables.js";
import type { Tool } from "../model/world.js";
import { groupsIn, type Input, readInput, wordsOf, worldOf } from "./input.js";

/** What a run did; as mapper.c puts it down. */
export interface Deeds {
  status: number;
  setgroups: "allow" | "deny";
  said: boolean;
  map: string;
  /** The beginning of what was said on stderr. */
  complaint: string;
  input: Buffer;
}

/** The records of a stream that are whole, and what is left of it. */
export function takeRecords(stream: Buffer): { records: Deeds[]; rest: Buffer } {
  const records: Deeds[] = [];
  let at = 0;
  while (stream.length - at >= 4 && stream.length - at - 4 >= stream.readUInt32LE(at)) {
    const length = stream.readUInt32LE(at);
    records.push(readRecord(stream.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return { records, rest: stream.subarray(at) };
}

function readRecord(record: Buffer): Deeds {
  const [map = 0, complaint = 0] = [4, 8].map((at) => record.readUInt32LE(at));
  const HEAD = 16;
  return {
    status: record[0] as number,
    setgroups: record[1] ? "deny" : "allow",
    said: record[2] !== 0,
    map: record.toString("latin1", HEAD, HEAD + map),
    complaint: record.toString("latin1", HEAD + map, HEAD + map + complaint),
    input: record.subarray(HEAD + map + complaint),
  };
}

/** The most groups that a program asks about: with more its answer depends on the order of the lines. */
export const MOST_GROUPS = 16;

/** Where the model has no word: of long lines of passwd it depends on the programs' buffer what is read. */
function isBeyond(input: Input): boolean {
  const [to = ""] = wordsOf(input);
  if ((input.sections[1] ?? "").split("\n").some((line) => line.length > LONGEST_LINE)) return true;
  return groupsIn(input.sections[5] ?? "").length > MOST_GROUPS || (/^fd:/.test(to) && to !== "fd:7");
}

/** What newuidmap or newgidmap ought to have done otherwise; "" if nothing, undefined if the model has no word. */
export function judge(tool: Tool, deeds: Deeds): string | undefined {
  const input = readInput(deeds.input);
  if (isBeyond(input)) return undefined;
  const { reason, ...wanted } = predict(worldOf(tool, input));
  const { status, map, setgroups } = deeds;
  const complaint = (deeds.complaint.split("\n")[0] as string).slice(0, wanted.complaint.length || undefined);
  const got = { status, map, setgroups, complaint };
  const same = Object.entries(wanted).every(([name, value]) => got[name as keyof typeof got] === value);
  if (same && deeds.said === (reason === "help")) return "";
  return `it did ${JSON.stringify({ ...got, said: deeds.said })}\nand not ${JSON.stringify({ ...wanted, reason })}`;
}
