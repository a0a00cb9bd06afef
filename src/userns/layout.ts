// SPDX-License-Identifier: MIT
//
// From what the user asks for to the extents of the maps. Nothing is decided here: the helper decides on them.
import { openOwnMap, Privilege, print, privilege, readFile } from "../host";
import { Kind } from "../policy/kind";
import { NO_ID, Request } from "../policy/request";
import { explainPrivilege } from "../steps/explain";
import { Tool } from "../steps/tool";
import { decimal, isBlank } from "../tables/fields";
import { complain, Message } from "../text/message";
import { causeText } from "./cause";
import { Extents, MapWish, Single } from "./mapwish";
import { Options } from "./options";
import { Asked } from "./request";
import { Survey } from "./survey";

const NEWLINE: u8 = 0x0a;
/** The kernel shows at most 340 lines of 33 bytes. */
const LONGEST_MAP: i32 = 12288;

/** The maps that the options ask for; says on stderr what of the caller's ranges is left out. */
export function layOut(options: Options): Asked {
  const survey = new Survey();
  const uids = layOutMap(new Tool(Kind.Uid, "userns"), options.uids, survey);
  const gids = layOutMap(new Tool(Kind.Gid, "userns"), options.gids, survey);
  const notes = survey.notes;
  if (notes.length > 0) print(2, notes.newline().bytes, notes.length);
  return new Asked(uids, gids, options.setgroups, options.disableUserns);
}

/** The inside id to take on: 0 if that is mapped and the own id is not; -1 to stay who one is. */
export function insideId(request: Request, own: u64): i64 {
  let zero: i64 = -1;
  for (let i = 0; i < request.length; i++) {
    if (own >= request.outside[i] && own < request.outsideEnd(i)) return -1;
    if (request.inside[i] == 0) zero = 0;
  }
  return zero;
}

function layOutMap(tool: Tool, wish: MapWish, survey: Survey): Request {
  const extents = wish.extents;
  const single = wish.asked ? wish.single : Single.Root;
  const own: u64 = tool.own;
  const inside = single == Single.Current ? own : 0;
  if (single != Single.None) extents.add(inside, own, 1);
  if (wish.all) addOwnMap(tool, extents);
  if (wish.auto) survey.place(tool, extents, single != Single.None, inside);
  if (!wish.asked) placeByDefault(tool, extents, survey);
  if (extents.length == 0) nothingToMap(tool, wish, survey);
  return extents.toRequest(tool.kind);
}

/** Ends because nothing is left of what was asked for, with the reasons that the survey found. */
function nothingToMap(tool: Tool, wish: MapWish, survey: Survey): void {
  const complaint = complain("userns").line(wish.option).text(": there is no range of ");
  complaint.text(tool.noun).text("s to map; -r or -c maps the own id");
  const notes = survey.notes;
  if (notes.length > 0) complaint.newline().raw(notes.bytes, 0, notes.length);
  complaint.end();
}

/** Without privilege only the own id can be mapped: that is said if there was more to map. */
function placeByDefault(tool: Tool, extents: Extents, survey: Survey): void {
  const facts = privilege();
  const all = (facts & Privilege.Held) != 0 ? extents : new Extents();
  survey.place(tool, all, true, 0);
  if (all == extents || all.length == 0) return;
  survey.notes.line("only the own ").text(tool.noun).text(" is mapped");
  explainPrivilege(survey.notes, tool, facts);
}

/** Adds every id of the own namespace as itself. */
function addOwnMap(tool: Tool, extents: Extents): void {
  const text = new StaticArray<u8>(LONGEST_MAP);
  const length = readOwnMap(tool, text);
  let at: u32 = 0;
  while (at < length) {
    const first = nextNumber(text, at, length);
    const second = nextNumber(text, first, length);
    const third = nextNumber(text, second, length);
    const inside = numberBefore(text, first);
    const count = numberBefore(text, third);
    if (inside >= NO_ID || count > NO_ID || extents.full) unread(tool).text("it is no map").end();
    extents.add(inside, inside, min(count, NO_ID - inside));
    at = third + 1;
  }
}

/** Reads the map of the own namespace, which the kernel hands out in parts: how many bytes. */
function readOwnMap(tool: Tool, text: StaticArray<u8>): u32 {
  const part = new StaticArray<u8>(1024);
  let length: u32 = 0;
  let got = openOwnMap(tool.kind == Kind.Gid);
  if (got == 0) got = readFile(part);
  while (got > 0) {
    for (let i = 0; i < got; i++) text[length++] = part[i];
    got = readFile(part);
  }
  if (got < 0) unread(tool).text(causeText(-got)).end();
  return length;
}

function unread(tool: Tool): Message {
  return complain(tool.name).line("cannot read /proc/self/").text(tool.map).text(": ");
}

/** Where the word ends that begins behind the blanks from `from` on. */
function nextNumber(text: StaticArray<u8>, from: u32, end: u32): u32 {
  let at = from;
  while (at < end && isBlank(text[at])) at++;
  while (at < end && !isBlank(text[at]) && text[at] != NEWLINE) at++;
  return at;
}

/** The number that ends at `end`. */
function numberBefore(text: StaticArray<u8>, end: u32): u64 {
  let start = end;
  while (start > 0 && !isBlank(text[start - 1]) && text[start - 1] != NEWLINE) start--;
  return decimal(text, start, end);
}
