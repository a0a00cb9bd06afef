// SPDX-License-Identifier: MIT
//
// The command line of userns: getopt_long's manners, without abbreviations; the first operand ends the options.
import { argumentCount, exit, print } from "../host";
import { NO_ID } from "../policy/request";
import { find } from "../tables/fields";
import { VERSION } from "../text/help";
import { complain, Message } from "../text/message";
import { HELP } from "../text/userns-help";
import { readMapText, readTriple } from "./maptext";
import { MapWish, Single } from "./mapwish";
import { Token } from "./number";
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUTS,
  Options,
  Propagation,
  Setgroups,
} from "./options";
import { signalNumber } from "./signals";
import { Word } from "./word";

/** The options in the order of `OPTIONS`. */
enum Option {
  Mount,
  Uts,
  Ipc,
  Net,
  Pid,
  Cgroup,
  Time,
  Fork,
  KillChild,
  MountProc,
  Root,
  Directory,
  Setuid,
  Setgid,
  MapRootUser,
  MapCurrentUser,
  MapUsers,
  MapGroups,
  MapAuto,
  UidMap,
  GidMap,
  Setgroups,
  KeepCaps,
  Propagation,
  NoNewPrivs,
  DisableUserns,
  PreserveFds,
  Help,
  Version,
  None,
}

/** The letter, whether there is an argument (`:` yes, `=` only after that sign, `-` no), the long name. */
const OPTIONS: StaticArray<string> = [
  "m-mount",
  "u-uts",
  "i-ipc",
  "n-net",
  "p-pid",
  "C-cgroup",
  "T-time",
  "f-fork",
  " =kill-child",
  " =mount-proc",
  "R:root",
  "w:wd",
  "S:setuid",
  "G:setgid",
  "r-map-root-user",
  "c-map-current-user",
  " :map-users",
  " :map-groups",
  " -map-auto",
  " :uid-map",
  " :gid-map",
  " :setgroups",
  " -keep-caps",
  " :propagation",
  " -no-new-privs",
  " -disable-userns",
  " :preserve-fds",
  "h-help",
  "V-version",
];

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
const EQUALS: i32 = 0x3d;
const BLANK: i32 = 0x20;
/** Of `OPTIONS`: whether there is an argument. */
const NEVER: i32 = DASH;
const ALWAYS: i32 = 0x3a;
/** What stands after the last byte of an argument. */
const END: i32 = -1;
const SIGKILL: i32 = 9;
/** Longer than any name of an option. */
const LONGEST_NAME: i32 = 64;
/** Where the long name begins in a row of `OPTIONS`. */
const NAME_AT: u32 = 2;
const TRY_HELP = "try 'userns --help'";
/** No descriptor's number is as large: /proc/sys/fs/nr_open. */
const MOST_DESCRIPTORS: u64 = 0x3fffffff;

/** Reads the command line; answers --help and --version; ends with what is wrong. */
export function readOptions(): Options {
  const reader = new OptionReader();
  while (reader.readWord());
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
      this.label = "-" + OPTIONS[option].charAt(0);
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
    const end = find(text, EQUALS as u8, 0, length);
    const option = optionOfName(text, end);
    if (option == Option.None) unknownName(text, end);
    this.label = "--" + OPTIONS[option].substring(NAME_AT);
    if (end < length) {
      if (takes(option) == NEVER) misuse("option '" + this.label + "' takes no argument");
      this.apply(option, new Word(this.index, 2 + end + 1));
    } else {
      this.apply(option, takes(option) == ALWAYS ? this.nextWord() : new Word());
    }
  }

  /** The word after the option, which is its argument. */
  private nextWord(): Word {
    this.index++;
    if (this.index >= argumentCount()) misuse("option '" + this.label + "' needs an argument");
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
        answer(HELP);
        break;
      default:
        answer("userns (usernamespaces) " + VERSION + "\n");
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
    if (index >= argumentCount() || new Word(index, at).read(0, this.byte) == 0) return END;
    return this.byte[0] as i32;
  }

  /** Begins an error message about the option's argument. */
  private fault(): Message {
    return complain("userns").line(this.label).text(": ");
  }
}

function takes(option: Option): i32 {
  return OPTIONS[option].charCodeAt(1);
}

function optionOfLetter(letter: i32): Option {
  let option = 0;
  while (option < Option.None && (letter == BLANK || OPTIONS[option].charCodeAt(0) != letter)) option++;
  return option as Option;
}

/** The option whose long name stands in the first `length` bytes. */
function optionOfName(bytes: StaticArray<u8>, length: u32): Option {
  let option = 0;
  while (option < Option.None && !isName(OPTIONS[option], bytes, length)) option++;
  return option as Option;
}

function isName(row: string, bytes: StaticArray<u8>, length: u32): bool {
  if (length + NAME_AT != row.length) return false;
  for (let i: u32 = 0; i < length; i++) if (row.charCodeAt(NAME_AT + i) != bytes[i]) return false;
  return true;
}

function exclude(one: string, other: string): void {
  complain("userns").line(one).text(" and ").text(other).text(" exclude each other").end();
}

function misuse(text: string): void {
  complain("userns").line(text).line(TRY_HELP).end();
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
function answer(text: string): void {
  const message = new Message(text.length).text(text);
  exit(print(1, message.bytes, message.length) == 0 ? 0 : 1);
  unreachable();
}
