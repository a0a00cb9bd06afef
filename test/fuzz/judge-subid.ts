// SPDX-License-Identifier: MIT
//
// The reference model's word on what the plugin answered.
import { NO_ID, plain } from "../model/numbers.js";
import { LONGEST_LINE } from "../model/tables.js";
import type { World } from "../model/world.js";
import { model } from "../plugin/model.js";
import { groupsIn, memberAnswer, readInput, tableOf, wordsOf, worldOf } from "./input.js";
import { type Deeds, MOST_GROUPS } from "./judge.js";

/** So many bytes of an answer are sure not to be cut. */
const MOST_ANSWER = 4000;

/** The world that the words ask about; undefined where the model has no word. */
function askedOf(deeds: Deeds): { world: World; name: string; start: bigint; count: bigint } | undefined {
  const input = readInput(deeds.input);
  const [name = "", letter = "", from = "", length = ""] = wordsOf(input);
  const [start, count] = [plain(from), plain(length)];
  const files = [1, 2, 4, 5].map((section) => tableOf(input, section));
  const texts = files.every((file) => typeof file === "string") ? (files as string[]) : undefined;
  if (start === undefined || count === undefined || start > NO_ID || count > NO_ID || !texts)
    return undefined;
  const [passwd = "", nsswitch = "", , usernamespaces = ""] = texts;
  const long = passwd.split("\n").some((line) => line.length > LONGEST_LINE);
  const groups = groupsIn(usernamespaces);
  if (long || /^subid:/im.test(nsswitch) || groups.length > MOST_GROUPS) return undefined;
  if (!/^([a-z_][a-z0-9_]{0,31}|0|[1-9][0-9]{0,9})$/.test(name) || deeds.map.length > MOST_ANSWER)
    return undefined;
  const world = worldOf(letter.startsWith("g") ? "newgidmap" : "newuidmap", input);
  const member = groups.filter((group) => input.facts[7] === 0 && memberAnswer(input, group) === "in\n");
  world.nss.member = Object.fromEntries(member.map((group) => [group, "in\n"]));
  return { world, name, start, count };
}

/** What the plugin ought to have answered otherwise; "" if nothing, undefined if the model has no word. */
export function judgeSubid(deeds: Deeds): string | undefined {
  const asked = askedOf(deeds);
  if (!asked) return undefined;
  const { world, name, start, count } = asked;
  const person = model(world, name);
  const [list = "", has = "", find = ""] = deeds.map.split("\n");
  const told = (what: string) => `${what} of ${JSON.stringify(world)} is otherwise: ${deeds.map}`;
  // By a uid the user database of the fuzzer knows everybody.
  if (!person)
    return /^[0-9]+$/.test(name) ? undefined : list === "1" && has === "1 0" ? "" : told("who is unknown");
  const ranges = list
    .split(" ")
    .slice(1)
    .map((range) => range.split("+").map(BigInt) as [bigint, bigint]);
  for (const id of person.samples) {
    const holders = ranges.filter(([first, size]) => first <= id && id < first + size);
    if (holders.length !== (person.listed(id) ? 1 : 0)) return told(`that ${id} is listed`);
  }
  const within = [start, ...person.samples.filter((id) => start < id && id < start + count)];
  const all = count > 0n && start + count <= NO_ID && within.every((id) => person.served(id));
  if (has !== `0 ${all ? 1 : 0}`) return told("what he has");
  const uid = /^[0-9]+$/.test(name) ? name : uidOf(world, name);
  const owns = person.served(start) && person.own(start);
  return find.split(" ").slice(1).includes(uid) === owns ? "" : told("whose it is");
}

function uidOf(world: World, name: string): string {
  const line = String(world.passwd)
    .split("\n")
    .find((text) => text.startsWith(`${name}:`));
  return (line as string).split(":")[2] as string;
}
