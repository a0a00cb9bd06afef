// SPDX-License-Identifier: MIT
//
// The command line of userns: getopt_long's manners, without abbreviations; the first operand ends the options.
import { argumentCount, argumentPart, exit, print } from "../host";
import { NO_ID } from "../policy/request";
import { find } from "../tables/fields";
import { VERSION } from "../text/help";
import { complain, Message } from "../text/message";
import { lengthOf } from "../text/packed";
import { HELP } from "../text/userns-help";
import { Binds } from "./bind";
import { readMapText, readTriple } from "./maptext";
import { MapWish, Single } from "./mapwish";
import { Token } from "./number";
import { ALWAYS, letterOf, NEVER, nameOf, Option, optionOfLetter, optionOfName, takes } from "./optiontable";
import { signalNumber } from "./signals";
import { Word } from "./word";

export const CLONE_NEWTIME: u32 = 0x00000080;
export const CLONE_NEWNS: u32 = 0x00020000;
const CLONE_NEWCGROUP: u32 = 0x02000000;
const CLONE_NEWUTS: u32 = 0x04000000;
const CLONE_NEWIPC: u32 = 0x08000000;
export const CLONE_NEWUSER: u32 = 0x10000000;
export const CLONE_NEWPID: u32 = 0x20000000;
const CLONE_NEWNET: u32 = 0x40000000;

/** What is asked to be in /proc/PID/setgroups. */
export enum Setgroups {
  Unsaid = 0,
  Allow = 1,
  Deny = 2,
}

/** How mounts propagate out of and into a new mount namespace; the first three are the shim's. */
export enum Propagation {
  Private = 0,
  Shared = 1,
  Slave = 2,
  Unchanged = 3,
}

/** What the user asks for. */
export class Options {
  /** CLONE_NEW... of the namespaces besides the user namespace. */
  namespaces: u32 = 0;
  fork: bool = false;
  /** The signal that the program gets when userns ends; 0: none. */
  killChild: i32 = 0;
  mountProc: bool = false;
  /** Where; not given: /proc. */
  procDirectory: Word = new Word();
  root: Word = new Word();
  directory: Word = new Word();
  /** Ids to take inside; -1: not said. */
  setuid: i64 = -1;
  setgid: i64 = -1;
  readonly uids: MapWish = new MapWish();
  readonly gids: MapWish = new MapWish();
  setgroups: Setgroups = Setgroups.Unsaid;
  keepCaps: bool = false;
  propagation: Propagation = Propagation.Private;
  readonly binds: Binds = new Binds();
  noNewPrivs: bool = false;
  disableUserns: bool = false;
  /** How many descriptors from 3 on stay open. */
  preserveFds: u32 = 0;
  /** The argument that names the program; 0: the shell. */
  program: u32 = 0;
}

/** The namespaces of the first seven. */
const NAMESPACES: StaticArray<u32> = [
  CLONE_NEWNS,
  CLONE_NEWUTS,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWPID,
  CLONE_NEWCGROUP,
  CLONE_NEWTIME,
];

const DASH: i32 = 0x2d;
const EQUALS: u8 = 0x3d;
/** What stands after the last byte of an argument. */
const END: i32 = -1;
const SIGKILL: i32 = 9;
/** Longer than any name of an option. */
const LONGEST_NAME: i32 = 64;
const TRY_HELP = "try 'userns --help'";
/** No descriptor's number is as large: /proc/sys/fs/nr_open. */
const MOST_DESCRIPTORS: u64 = 0x3fffffff;

/** Reads the command line; answers --help and --version; ends with what is wrong. */
export function readOptions(): Options {
  const reader = new OptionReader();
  while (reader.readWord());
  reader.options.binds.check();
  return reader.options;
}

class OptionReader {
  readonly options: Options = new Options();
  private index: u32 = 1;
  private readonly byte: StaticArray<u8> = new StaticArray<u8>(1);
  private readonly token: Token = new Token();
  /** How the user wrote the option that is being read. */
  private label: string = "";

  /** Reads what the next word says; false after the last option. */
  readWord(): bool {
    if (this.byteOf(this.index, 0) != DASH || this.byteOf(this.index, 1) == END) return this.stop();
    if (this.byteOf(this.index, 1) != DASH) {
      this.readLetters();
    } else if (this.byteOf(this.index, 2) != END) {
      this.readName();
    } else {
      this.index++;
      return this.stop();
    }
    this.index++;
    return true;
  }

  /** The program begins here, if there is one. */
  private stop(): bool {
    if (this.index < argumentCount()) this.options.program = this.index;
    return false;
  }

  private readLetters(): void {
    const word = this.index;
    for (let at: u32 = 1; this.byteOf(word, at) != END; at++) {
      const letter = this.byteOf(word, at);
      const option = optionOfLetter(letter);
      if (option == Option.None) unknownLetter(letter);
      this.label = letterOf(option);
      if (takes(option) == ALWAYS) {
        const attached = this.byteOf(word, at + 1) != END;
        this.apply(option, attached ? new Word(word, at + 1) : this.nextWord());
        return;
      }
      this.apply(option, new Word());
    }
  }

  private readName(): void {
    const text = new StaticArray<u8>(LONGEST_NAME);
    const length = new Word(this.index, 2).read(0, text);
    const end = find(text, EQUALS, 0, length);
    const option = optionOfName(text, end);
    if (option == Option.None) unknownName(text, end);
    this.label = nameOf(option);
    if (end < length) {
      if (takes(option) == NEVER) this.misuse("' takes no argument");
      this.apply(option, new Word(this.index, 2 + end + 1));
    } else {
      this.apply(option, takes(option) == ALWAYS ? this.nextWord() : new Word());
    }
  }

  /** The word after the option, which is its argument. */
  private nextWord(): Word {
    this.index++;
    if (this.index >= argumentCount()) this.misuse("' needs an argument");
    return new Word(this.index, 0);
  }

  private apply(option: Option, word: Word): void {
    if (option <= Option.Time) this.options.namespaces |= NAMESPACES[option];
    else if (option >= Option.MapRootUser && option <= Option.Setgroups) this.applyMap(option, word);
    else this.applyProcess(option, word);
  }

  private applyProcess(option: Option, word: Word): void {
    const options = this.options;
    switch (option) {
      case Option.Fork:
        options.fork = true;
        break;
      case Option.KillChild:
        options.fork = true;
        options.killChild = this.signal(word);
        break;
      case Option.MountProc:
        options.namespaces |= CLONE_NEWNS;
        options.mountProc = true;
        options.procDirectory = word;
        break;
      case Option.Root:
        options.root = word;
        break;
      case Option.Directory:
        options.directory = word;
        break;
      case Option.Propagation:
        options.propagation = this.propagation(word);
        break;
      case Option.Bind:
        options.namespaces |= CLONE_NEWNS;
        options.binds.addBind(word);
        break;
      case Option.FsidMap:
        options.binds.addMap(word);
        break;
      case Option.Setuid:
        options.setuid = this.number(word, NO_ID - 1, " is larger than any id") as i64;
        break;
      case Option.Setgid:
        options.setgid = this.number(word, NO_ID - 1, " is larger than any id") as i64;
        break;
      case Option.KeepCaps:
        options.keepCaps = true;
        break;
      case Option.NoNewPrivs:
        options.noNewPrivs = true;
        break;
      case Option.DisableUserns:
        options.disableUserns = true;
        break;
      case Option.PreserveFds:
        options.preserveFds = this.number(word, MOST_DESCRIPTORS, " is too many") as u32;
        break;
      case Option.Help:
        answer(new Message(lengthOf(HELP)).text(HELP));
        break;
      default:
        answer(new Message(64).text("userns (usernamespaces) ").text(VERSION).newline());
    }
  }

  private applyMap(option: Option, word: Word): void {
    const uids = this.options.uids;
    const gids = this.options.gids;
    switch (option) {
      case Option.MapRootUser:
        this.single(Single.Root);
        break;
      case Option.MapCurrentUser:
        this.single(Single.Current);
        break;
      case Option.MapUsers:
        this.ranges(uids, word);
        break;
      case Option.MapGroups:
        this.ranges(gids, word);
        break;
      case Option.MapAuto:
        this.ask(uids);
        this.ask(gids);
        uids.auto = true;
        gids.auto = true;
        break;
      case Option.UidMap:
        this.raw(uids, word);
        break;
      case Option.GidMap:
        this.raw(gids, word);
        break;
      default:
        this.setgroups(word);
    }
  }

  /** Notes that the option says something of a map, which no raw map is written for. */
  private ask(wish: MapWish): void {
    if (wish.raw) exclude(wish.option, this.label);
    wish.option = this.label;
  }

  private single(single: Single): void {
    const before = this.options.uids.single;
    if (before != Single.None && before != single) exclude("-r", "-c");
    this.ask(this.options.uids);
    this.ask(this.options.gids);
    this.options.uids.single = single;
    this.options.gids.single = single;
  }

  private ranges(wish: MapWish, word: Word): void {
    this.ask(wish);
    const token = this.token.take(word);
    if (token.is("auto")) wish.auto = true;
    else if (token.is("all")) wish.all = true;
    else readTriple(this.label, word, wish.extents);
  }

  private raw(wish: MapWish, word: Word): void {
    if (wish.raw) complain("userns").line(this.label).text(" is given twice").end();
    if (wish.asked) exclude(wish.option, this.label);
    wish.option = this.label;
    wish.raw = true;
    readMapText(this.label, word, wish.extents);
  }

  private setgroups(word: Word): void {
    const token = this.token.take(word);
    const asked = token.is("allow") ? Setgroups.Allow : token.is("deny") ? Setgroups.Deny : Setgroups.Unsaid;
    if (asked == Setgroups.Unsaid) word.quote(this.fault()).text(" is neither allow nor deny").end();
    const before = this.options.setgroups;
    if (before != Setgroups.Unsaid && before != asked) exclude("--setgroups=allow", "--setgroups=deny");
    this.options.setgroups = asked;
  }

  private propagation(word: Word): Propagation {
    const token = this.token.take(word);
    if (token.is("private")) return Propagation.Private;
    if (token.is("shared")) return Propagation.Shared;
    if (token.is("slave")) return Propagation.Slave;
    if (!token.is("unchanged"))
      word.quote(this.fault()).text(" is none of private, shared, slave, unchanged").end();
    return Propagation.Unchanged;
  }

  private signal(word: Word): i32 {
    if (!word.given) return SIGKILL;
    const signal = signalNumber(this.token.take(word));
    if (signal == 0) word.quote(this.fault()).text(" is no signal").end();
    return signal;
  }

  private number(word: Word, most: u64, tooLarge: string): u64 {
    const token = this.token.take(word);
    if (!token.isNumber(most)) token.explain(this.fault(), tooLarge).end();
    return token.value;
  }

  /** One byte of an argument; END after its last, and where there is no such argument. */
  private byteOf(index: u32, at: u32): i32 {
    if (index >= argumentCount() || argumentPart(index, at, this.byte) == 0) return END;
    return this.byte[0] as i32;
  }

  /** Begins an error message about the option's argument. */
  private fault(): Message {
    return complain("userns").line(this.label).text(": ");
  }

  /** Ends because the option is not used as it has to be. */
  private misuse(how: string): void {
    complain("userns").line("option '").text(this.label).text(how).line(TRY_HELP).end();
  }
}

function exclude(one: string, other: string): void {
  complain("userns").line(one).text(" and ").text(other).text(" exclude each other").end();
}

function unknownLetter(letter: i32): void {
  const text = new Token();
  text.add(letter as u8);
  const complaint = complain("userns").line("unknown option '-").escaped(text.bytes, 0, 1).text("'");
  complaint.line(TRY_HELP).end();
}

function unknownName(text: StaticArray<u8>, length: u32): void {
  const complaint = complain("userns").line("unknown option '--").escaped(text, 0, length);
  complaint.text(length < (text.length as u32) ? "'" : "...'");
  complaint.line(TRY_HELP).end();
}

/** Prints on stdout and ends: with success unless it could not be printed. */
function answer(text: Message): void {
  exit(print(1, text.bytes, text.length) == 0 ? 0 : 1);
  unreachable();
}
