// SPDX-License-Identifier: MIT
//
// The maps that the target has, as its files in /proc show them: lines "%10u %10u %10u\n".
import { readTargetMap } from "../host";
import { Kind } from "../policy/kind";
import { MOST_LINES, NO_ID, Request } from "../policy/request";
import { causeText } from "../steps/explain";
import { Tool } from "../steps/tool";
import { decimal, find, isBlank } from "../tables/fields";
import { complain, Message } from "../text/message";

const NEWLINE: u8 = 0x0a;
/** The kernel shows at most 340 lines of 33 bytes. */
const LONGEST_MAP: i32 = 12288;

/** Reads the target's map of inside ids to ids of this namespace; ends if it has none yet. */
export function readMap(tool: Tool): Request {
  const text = new StaticArray<u8>(LONGEST_MAP);
  const length = readTargetMap(tool.kind == Kind.Gid, text);
  if (length < 0) unread(tool).text(causeText(length)).end();
  if (length == 0) unwritten(tool);
  return new MapReader(tool, text, length).read();
}

function unread(tool: Tool): Message {
  return complain(tool.name).line("cannot read the target's ").text(tool.map).text(": ");
}

function unwritten(tool: Tool): void {
  const complaint = complain(tool.name).line("the target has no ").text(tool.noun).text(" map yet");
  complaint
    .line("it is written by new")
    .text(tool.noun)
    .text("map, or by the program that made the namespace")
    .end();
}

class MapReader {
  private at: u32 = 0;

  constructor(
    private readonly tool: Tool,
    private readonly text: StaticArray<u8>,
    private readonly length: u32,
  ) {}

  read(): Request {
    const map = new Request(this.tool.kind, this.countLines());
    for (let i = 0; i < map.length; i++) {
      const inside = this.number();
      const outside = this.number();
      const count = this.number();
      if (this.text[this.at] != NEWLINE || inside + count > NO_ID || outside + count > NO_ID)
        this.malformed();
      this.at++;
      map.set(i, inside, outside, count);
    }
    return map;
  }

  private countLines(): i32 {
    let lines: u32 = 0;
    for (let at: u32 = 0; at < this.length; at = find(this.text, NEWLINE, at, this.length) + 1) lines++;
    if (lines > MOST_LINES || this.text[this.length - 1] != NEWLINE) this.malformed();
    return lines;
  }

  /** The number behind the next blanks. */
  private number(): u64 {
    while (isBlank(this.text[this.at])) this.at++;
    const start = this.at;
    while (!isBlank(this.text[this.at]) && this.text[this.at] != NEWLINE) this.at++;
    const value = decimal(this.text, start, this.at);
    if (value > NO_ID) this.malformed();
    return value;
  }

  private malformed(): void {
    unread(this.tool).text("it is no map").end();
  }
}
