// SPDX-License-Identifier: MIT
//
// What is wrong with a line by itself.
import { Table } from "../../host.js";
import { Fault } from "../../tables/fault.js";
import { fieldAt, type Line } from "../lines.js";
import { plain } from "../output.js";
import type { Defect, Findings } from "./findings.js";

const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";
const CARRIAGE_RETURN = 0x0d;
const NO_EFFECT = "the line does not count";

/** Notes what keeps a line from saying what it is meant to; whether all of it can be judged further. */
export function checkSyntax(line: Line, findings: Findings): boolean {
  const marked = line.number === 1 && line.text.startsWith(BYTE_ORDER_MARK);
  if (marked) findings.add("error", line, 0, "a byte-order mark is taken for part of the line");
  const returns = line.lastByte === CARRIAGE_RETURN && line.fault !== Fault.TooLong;
  if (returns)
    findings.add("error", line, line.text.length - 1, "a carriage return is taken for part of the line");
  // What the mark and the return bring about is not said again.
  const explained = (marked && line.fault === Fault.Fields) || (returns && isInLastField(line));
  if (line.fault !== Fault.None && !explained) {
    const { severity, at, text } = defectOf(line);
    findings.add(severity, line, at, text);
  }
  return line.fault === Fault.None && !marked;
}

/** Whether the fault lies where a carriage return at the line's end brings one about. */
function isInLastField(line: Line): boolean {
  const last = line.table === Table.Usernamespaces ? Fault.Flags : Fault.Count;
  return line.text === "\r" || (line.fault === last && line.text.indexOf(",", line.faultAt) < 0);
}

function defectOf(line: Line): Defect {
  const error = (text: string): Defect => ({
    severity: "error",
    at: line.faultAt,
    text: `${text}: ${NO_EFFECT}`,
  });
  switch (line.fault) {
    case Fault.TooLong:
      return error("longer than 1023 bytes");
    case Fault.Nul:
      return error("a NUL byte");
    case Fault.Start:
      return error(`the start ${wrongNumber(fieldAt(line, line.startAt))}`);
    case Fault.Count:
      return error(
        `the ${line.table === Table.Usernamespaces ? "length" : "count"} ${wrongNumber(fieldAt(line, line.countAt))}`,
      );
    case Fault.Beyond:
      return error("the range goes beyond the last id, 4294967295");
    case Fault.Flags:
      return flagDefect(line);
    default:
      return wrongFields(line);
  }
}

function wrongFields(line: Line): Defect {
  const warning = (text: string): Defect => ({ severity: "warning", at: 0, text: `${text}: ${NO_EFFECT}` });
  if (line.text === "") return warning("an empty line");
  if (line.text.startsWith("#")) return warning("there are no comments in this file");
  const form = line.table === Table.Usernamespaces ? "USER:START:LENGTH:FLAGS" : "USER:START:COUNT";
  return { severity: "error", at: line.faultAt, text: `not of the form ${form}: ${NO_EFFECT}` };
}

/** A field that has to be a number, and why it is none. */
function wrongNumber(text: string): string {
  if (text === "0") return "is 0";
  return `'${plain(text)}' ${/^0[0-9]+$/.test(text) ? "has a leading zero" : "is no plain decimal number"}`;
}

function flagDefect(line: Line): Defect {
  const [at, why] = wrongFlag(line);
  return { severity: "error", at, text: `${why}: the line grants nothing and refuses its ids` };
}

/** Where the flag is that cannot be, and why. */
function wrongFlag(line: Line): [number, string] {
  const { text, faultAt: at, flagsAt } = line;
  if (at === text.length && !text.endsWith(",")) return [flagsAt, wrongCombination(line)];
  const [flag = ""] = text.slice(at).split(",", 1);
  const name = nameOf(flag);
  if (flag === "") return [at, "an empty flag"];
  if (
    text
      .slice(flagsAt, at)
      .split(",")
      .some((each) => nameOf(each) === name)
  )
    return [at, `the flag '${plain(name)}' is there twice`];
  if (text.slice(at) === `${flag},`) return [text.length, "an empty flag"];
  if (/^(each|first)=/.test(flag)) return [at, `'${plain(flag)}' has a number that cannot be`];
  return [at, `there is no flag '${plain(flag)}'`];
}

function nameOf(flag: string): string {
  return flag.replace(/=.*/, "");
}

/** Why flags that are fine each by itself cannot stand together. */
function wrongCombination({ entry }: Line): string {
  if (!entry || entry.each === 0) return "first= needs each=";
  return entry.reserved ? "each= and reserved exclude each other" : "each= needs * or @group";
}
