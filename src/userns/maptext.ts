// SPDX-License-Identifier: MIT
//
// The ways to write a map: as in /proc/PID/uid_map, as in the JSON of OCI's config.json or libcontainer's, and
// as inner:outer:count. Each is the same triple.
import { find } from "../tables/fields";
import { complain } from "../text/message";
import { Entry, FIELDS } from "./entry";
import { Extents } from "./mapwish";
import { Token } from "./number";
import { END, Source } from "./source";
import { Word } from "./word";

const TAB: i32 = 0x09;
const NEWLINE: i32 = 0x0a;
const RETURN: i32 = 0x0d;
const BLANK: i32 = 0x20;
const QUOTE: i32 = 0x22;
const COMMA: i32 = 0x2c;
const COLON: i32 = 0x3a;
/** Whose ids a MAP of newfsidmap is for. */
const BOTH: u8 = 0x62;
const GIDS: u8 = 0x67;
const UIDS: u8 = 0x75;
const OPEN_LIST: i32 = 0x5b;
const CLOSE_LIST: i32 = 0x5d;
const OPEN_OBJECT: i32 = 0x7b;
const CLOSE_OBJECT: i32 = 0x7d;

const RAW: StaticArray<string> = ["inside", "outside", "count"];
const TRIPLE: StaticArray<string> = ["inner", "outer", "count"];
const FSIDS: StaticArray<string> = ["INSIDE", "DISK", "COUNT"];
const OCI: StaticArray<string> = ["containerID", "hostID", "size"];
const LIBCONTAINER: StaticArray<string> = ["container_id", "host_id", "size"];

/** Reads the argument of --uid-map or --gid-map, a text or @FILE, into `extents`; ends with what is wrong in it. */
export function readMapText(option: string, word: Word, extents: Extents): void {
  const reader = new MapReader(new Source(option, word), new Entry(option, extents));
  if (reader.skipSpace() == OPEN_LIST) reader.readList();
  else reader.readLines();
  if (extents.length == 0) complain("userns").line(option).text(": the map is empty").end();
}

class MapReader {
  private readonly token: Token = new Token();
  private entries: u32 = 0;

  constructor(
    private readonly source: Source,
    private readonly entry: Entry,
  ) {}

  /** Passes over white space: the byte after it. */
  skipSpace(): i32 {
    for (let byte = this.source.peek(); isSpace(byte) || byte == RETURN; byte = this.source.peek())
      this.source.skip();
    return this.source.peek();
  }

  /** Reads a token up to white space or one of two other bytes. */
  private readToken(stop: i32, otherStop: i32, lastStop: i32): void {
    this.token.clear();
    for (let byte = this.source.peek(); byte != END; byte = this.source.peek()) {
      if (isSpace(byte) || byte == stop || byte == otherStop || byte == lastStop) return;
      this.token.add(byte as u8);
      this.source.skip();
    }
  }

  readLines(): void {
    while (this.skipSpace() != END) {
      this.entry.begin("line", this.source.line);
      for (let i: u32 = 0; i < FIELDS; i++) {
        if (this.atLineEnd()) this.entry.fault().text("fewer than three numbers: inside outside count").end();
        this.readToken(END, END, END);
        this.entry.set(i, RAW[i], this.token);
      }
      if (!this.atLineEnd()) this.entry.fault().text("more than three numbers: inside outside count").end();
      this.entry.add();
    }
  }

  /** Passes over blanks: whether the line ends after them. */
  private atLineEnd(): bool {
    while (this.source.peek() == BLANK || this.source.peek() == TAB) this.source.skip();
    return this.source.peek() == NEWLINE || this.source.peek() == END;
  }

  readList(): void {
    this.source.skip();
    if (this.skipSpace() == CLOSE_LIST) {
      this.source.skip();
    } else {
      do this.readEntry();
      while (this.goesOn(CLOSE_LIST, "',' or ']'"));
    }
    if (this.skipSpace() != END) this.expected("nothing after the list");
  }

  private readEntry(): void {
    this.entries++;
    this.entry.begin("entry", this.entries);
    this.expect(OPEN_OBJECT, "'{'");
    do this.readMember();
    while (this.goesOn(CLOSE_OBJECT, "',' or '}'"));
    for (let i: u32 = 0; i < FIELDS; i++) {
      if (!this.entry.has(i)) this.entry.fault().text(this.missing(i)).text(" is missing").end();
    }
    this.entry.add();
  }

  /** The name of a field that is missing, in the style of those that are not. */
  private missing(index: u32): string {
    const libcontainer = this.entry.calls(0, LIBCONTAINER[0]) || this.entry.calls(1, LIBCONTAINER[1]);
    return libcontainer ? LIBCONTAINER[index] : OCI[index];
  }

  private readMember(): void {
    this.expect(QUOTE, "the name of a field");
    this.readToken(QUOTE, END, END);
    this.expect(QUOTE, "'\"'");
    const index = indexOf(this.token, OCI);
    const other = indexOf(this.token, LIBCONTAINER);
    if (index == FIELDS && other == FIELDS) {
      const complaint = this.entry.fault().text("unknown field ");
      this.token.quote(complaint).text(": there are containerID, hostID and size").end();
    }
    this.expect(COLON, "':'");
    this.skipSpace();
    this.readToken(COMMA, CLOSE_OBJECT, RETURN);
    if (index < FIELDS) this.entry.set(index, OCI[index], this.token);
    else this.entry.set(other, LIBCONTAINER[other], this.token);
  }

  /** Passes over a comma or `last`: whether it was the comma. */
  private goesOn(last: i32, what: string): bool {
    const comma = this.skipSpace() == COMMA;
    this.expect(comma ? COMMA : last, what);
    return comma;
  }

  /** Passes over white space and `byte`. */
  private expect(byte: i32, what: string): void {
    if (this.skipSpace() != byte) this.expected(what);
    this.source.skip();
  }

  private expected(what: string): void {
    const complaint = this.entry.fault().text("expected ").text(what).text(", but ");
    const byte = this.source.peek();
    if (byte == END) complaint.text("the text ends").end();
    this.token.clear();
    this.token.add(byte as u8);
    this.token.quote(complaint.text("there is ")).end();
  }
}

function isSpace(byte: i32): bool {
  return byte == BLANK || byte == TAB || byte == NEWLINE;
}

/** Which of the names of fields the token is; FIELDS if none. */
function indexOf(token: Token, names: StaticArray<string>): u32 {
  let index: u32 = 0;
  while (index < FIELDS && !token.is(names[index])) index++;
  return index;
}

/** Numbers with colons between them. */
class Triple {
  readonly text: StaticArray<u8> = new StaticArray<u8>(128);
  readonly length: u32;

  constructor(word: Word) {
    this.length = word.read(0, this.text);
  }

  has(byte: i32): bool {
    return find(this.text, byte as u8, 0, this.length) < this.length;
  }

  /** Whether there are three. */
  get whole(): bool {
    let colons: u32 = 0;
    for (let i: u32 = 0; i < this.length; i++) if (this.text[i] == (COLON as u8)) colons++;
    return colons + 1 == FIELDS && this.length < (this.text.length as u32);
  }

  /** Adds them as an extent whose fields the user calls `names`. */
  add(entry: Entry, names: StaticArray<string>): void {
    const token = new Token();
    let from: u32 = 0;
    for (let i: u32 = 0; i < FIELDS; i++) {
      const to = find(this.text, COLON as u8, from, this.length);
      token.clear();
      for (let at = from; at < to; at++) token.add(this.text[at]);
      entry.set(i, names[i], token);
      from = to + 1;
    }
    entry.add();
  }
}

/** Reads one inner:outer:count into `extents`; ends with what is wrong in it. */
export function readTriple(option: string, word: Word, extents: Extents): void {
  const entry = new Entry(option, extents);
  const triple = new Triple(word);
  const comma = triple.has(COMMA);
  if (!triple.whole || comma) {
    const complaint = word.quote(entry.fault()).text(" is neither inner:outer:count nor auto nor all");
    // Of that form of unshare(1) the order was another.
    if (comma) complaint.text(": with commas the outer id came first, with colons the inner one does");
    complaint.end();
  }
  triple.add(entry, TRIPLE);
}

/** Reads one MAP of newfsidmap(1) into the extents of the kinds that its letter stands for; ends likewise. */
export function readFsidMap(option: string, word: Word, uids: Extents, gids: Extents): void {
  const letter = new StaticArray<u8>(2);
  const triple = new Triple(new Word(word.index, word.offset + word.read(0, letter)));
  const both = letter[0] == BOTH;
  const known = both || letter[0] == UIDS || letter[0] == GIDS;
  if (!known || letter[1] != (COLON as u8) || !triple.whole) {
    const complaint = word.quote(new Entry(option, uids).fault());
    complaint.text(" is none of u:INSIDE:DISK:COUNT, g:INSIDE:DISK:COUNT and b:INSIDE:DISK:COUNT").end();
  }
  if (both || letter[0] == UIDS) triple.add(new Entry(option, uids), FSIDS);
  if (both || letter[0] == GIDS) triple.add(new Entry(option, gids), FSIDS);
}
