// SPDX-License-Identifier: MIT
//
// An input of the fuzzer's as a world of the reference model. Mirrors input.h and input.c.
import { type Answer, type FileState, PID, type Tool, type World } from "../model/world.js";

const SEPARATOR = 0xfe;
const FACTS = 8;
const ids = [1000, 1001, 0, 1, 100, 60001, 4294967294, 2000];

/** Why a table cannot be opened: absent, or as src/host.ts has it. */
const damages: (FileState | undefined)[] = [undefined, null, -13, -40, -1001, -1002, -1003, -1004];
/** The words that the name-service program ends without: of these the model knows no more than that they are none. */
const NO_ANSWER = -1011;
const TIMEOUT = -1010;
const HANGS = 6;
const ENDINGS = 8;

/** The facts and the sections, from one character to a byte. */
export interface Input {
  facts: number[];
  uid: number;
  gid: number;
  sections: string[];
}

/** Takes an input apart; what is missing is 0 or empty. */
export function readInput(bytes: Buffer): Input {
  const facts = Array.from({ length: FACTS }, (_, i) => bytes[i] ?? 0);
  const sections = bytes.subarray(FACTS).toString("latin1").split(String.fromCharCode(SEPARATOR));
  const id = (fact = 0) => ids[fact % ids.length] as number;
  return { facts, uid: id(facts[0]), gid: id(facts[1]), sections };
}

/** The words of argv behind the program's name. */
export function wordsOf({ sections: [text = ""] }: Input): string[] {
  return text === "" ? [] : (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}

/** A table's text, or how it is damaged; `number` is that of its section. */
export function tableOf({ facts, sections }: Input, number: number): FileState {
  const damage = facts[3] as number;
  const found = damage % 8 === number - 1 ? damages[Math.floor(damage / 8) % 8] : undefined;
  return found === undefined ? (sections[number] ?? "") : found;
}

/** What the name service answers; its program's arguments end at a NUL byte, as does what is known of them. */
function answerOf({ facts, sections }: Input, fact: number, section: number): Answer {
  const ending = (facts[fact] as number) % ENDINGS;
  if (ending === 0) return sections[section] ?? "";
  return ending === HANGS ? TIMEOUT : NO_ANSWER;
}

/** Whether nss.c takes it for a name. */
function isName(name: string): boolean {
  const letters = [...name];
  return name !== "" && name.length <= 256 && letters.every((each) => each >= " " && !"\x7f:".includes(each));
}

/** Whether the caller is in a group. */
export function memberAnswer(input: Input, group: string): Answer {
  if (!isName(group)) return NO_ANSWER;
  if (input.facts[7] !== 0) return answerOf(input, 7, 8);
  const sum = [...group].reduce((total, letter) => (total + letter.charCodeAt(0)) & 0xff, 0);
  return ["in\n", "out\n", NO_ANSWER, input.sections[8] ?? ""][sum % 4] as Answer;
}

/** The groups that a text may name as @group. */
export function groupsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/^@([^:\n]*)/gm)].map(([, group]) => group as string))];
}

/** The world of newuidmap or newgidmap. */
export function worldOf(tool: Tool, input: Input): World {
  const { facts, uid, gid, sections } = input;
  const bits = facts[2] as number;
  const [to, ...words] = wordsOf(input);
  const member = groupsIn(sections[5] ?? "").map((group): [string, Answer] => [
    group,
    memberAnswer(input, group),
  ]);
  return {
    tool,
    args: to === undefined ? [] : [to === "7" || to === "fd:7" ? PID : to, ...words],
    uid,
    gid,
    passwd: tableOf(input, 1),
    nsswitch: tableOf(input, 2),
    loginDefs: tableOf(input, 3),
    table: tableOf(input, 4),
    linked: false,
    usernamespaces: tableOf(input, 5),
    target: {
      uid: (uid + (bits & 4 ? 1 : 0)) % 2 ** 32,
      gid: (gid + (bits & 8 ? 1 : 0)) % 2 ** 32,
      setgroups: bits & 1 ? "deny" : "allow",
      mapped: (bits & 2) !== 0,
    },
    nss: {
      user: answerOf(input, 5, 6),
      ranges: answerOf(input, 6, 7),
      member: Object.fromEntries(member),
    },
  };
}
