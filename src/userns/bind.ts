// SPDX-License-Identifier: MIT
//
// What --bind and --fsid-map say.
import { equals, find } from "../tables/fields";
import { complain, Message } from "../text/message";
import { readFsidMap } from "./maptext";
import { Extents } from "./mapwish";
import { Word } from "./word";

const COLON: u8 = 0x3a;
const SLASH: u8 = 0x2f;
/** Of linux/limits.h: no path is as long. */
const PATH_MAX: u32 = 4096;
/** The most bytes of a path that a message quotes. */
const MOST_QUOTED: i32 = 1024;

/** One SOURCE:TARGET or SOURCE:TARGET:ro. */
export class Bind {
  constructor(
    private readonly source: StaticArray<u8>,
    private readonly target: StaticArray<u8>,
    readonly readOnly: bool,
  ) {}

  /** Appends SOURCE and TARGET as words that end in a NUL each. */
  putPaths(into: Message): Message {
    into.raw(this.source, 0, this.source.length).byte(0);
    return into.raw(this.target, 0, this.target.length).byte(0);
  }

  quoteSource(into: Message): Message {
    return quote(into, this.source);
  }

  quoteTarget(into: Message): Message {
    return quote(into, this.target);
  }
}

/** What is to be bound, and whom the files belong to inside. */
export class Binds {
  readonly binds: Array<Bind> = [] as Bind[];
  /** The arguments of --fsid-map, and what they say: inside -> disk. */
  readonly maps: Array<Word> = [] as Word[];
  readonly uids: Extents = new Extents();
  readonly gids: Extents = new Extents();
  private text: StaticArray<u8> = new StaticArray<u8>(0);

  /** Whether there is anything to bind. */
  get given(): bool {
    return this.binds.length > 0;
  }

  addBind(word: Word): void {
    if (!this.given) this.text = new StaticArray<u8>(2 * PATH_MAX + 4);
    this.binds.push(readBind(word, this.text));
  }

  addMap(word: Word): void {
    this.maps.push(word);
    readFsidMap("--fsid-map", word, this.uids, this.gids);
  }

  /** Ends if one is given without the other. */
  check(): void {
    if (this.given == this.maps.length > 0) return;
    if (this.given) complain("userns").line("--bind needs --fsid-map: the ids on disk and inside").end();
    complain("userns").line("--fsid-map means nothing without --bind").end();
  }
}

/** Reads the argument of --bind, for which there is room in `text`; ends with what is wrong in it. */
function readBind(word: Word, text: StaticArray<u8>): Bind {
  const length = word.read(0, text);
  const sourceEnd = find(text, COLON, 0, length);
  const target = min(sourceEnd + 1, length);
  const targetEnd = find(text, COLON, target, length);
  const readOnly = targetEnd < length;
  const known = !readOnly || equals(text, targetEnd + 1, length, "ro");
  if (sourceEnd == 0 || target == targetEnd || !known)
    word.quote(fault()).text(" is neither SOURCE:TARGET nor SOURCE:TARGET:ro").end();
  if (sourceEnd >= PATH_MAX || targetEnd - target >= PATH_MAX)
    fault().text("a path is longer than 4095 bytes").end();
  const source = text.slice<StaticArray<u8>>(0, sourceEnd);
  const bind = new Bind(source, text.slice<StaticArray<u8>>(target, targetEnd), readOnly);
  if (text[target] != SLASH) bind.quoteTarget(fault().text("TARGET ")).text(" is no absolute path").end();
  return bind;
}

function fault(): Message {
  return complain("userns").line("--bind: ");
}

function quote(into: Message, path: StaticArray<u8>): Message {
  into.quoted(path, 0, min(path.length, MOST_QUOTED));
  return path.length > MOST_QUOTED ? into.text("...") : into;
}
