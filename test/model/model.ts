// SPDX-License-Identifier: MIT
//
// The reference model: what newuidmap and newgidmap decide, written down a second time in the slowest and
// most obvious way. The tests hold the programs against it; it shares no code with them.
import { type Dialect, ours } from "./dialect.js";
import { NO_ID, plain, short, strtolPid, strtoul } from "./numbers.js";
import {
  type Account,
  accounts,
  firstFields,
  grantsAuxiliaryGroups,
  type Line,
  subidPlugin,
  subids,
} from "./tables.js";
import { barred, deniesSetgroups, entries, grants, type Named, sliceOf } from "./usernamespaces.js";
import { type FileState, kindOf, memberAnswer, PID, type World } from "./world.js";

export type Reason =
  | "help"
  | "usage"
  | "number"
  | "range"
  | "target"
  | "caller"
  | "owner"
  | "table"
  | "words"
  | "not granted"
  | "restricted"
  | "outside root"
  | "inside overlap"
  | "outside overlap"
  | "too many extents"
  | "too long"
  | "setgroups"
  | "write";

export interface Prediction {
  status: 0 | 1;
  /** Why no map was written; "" if it was. */
  reason: Reason | "";
  /** The map's text as the program writes it; "" if it writes none. */
  map: string;
  /** What the target's setgroups says afterwards. */
  setgroups: "allow" | "deny";
  /** The first line on stderr, without its newline; "" if there is none. Our own wording, in every dialect. */
  complaint: string;
}

export interface Extent {
  inside: bigint;
  outside: bigint;
  count: bigint;
}

/** What ends a run before the map is written. */
class End {
  constructor(
    readonly reason: Reason,
    readonly complaint: string,
  ) {}
}

/** What the programs do in a world; with a dialect, what they would do if they followed shadow in it. */
export function predict(world: World, dialect: Dialect = ours): Prediction {
  const after = { setgroups: world.target.setgroups };
  try {
    const map = run(world, dialect, after);
    return { status: 0, reason: "", map, setgroups: after.setgroups, complaint: "" };
  } catch (end) {
    if (!(end instanceof End)) throw end;
    const status = end.reason === "help" ? 0 : 1;
    return { status, reason: end.reason, map: "", setgroups: after.setgroups, complaint: end.complaint };
  }
}

function run(world: World, dialect: Dialect, after: { setgroups: "allow" | "deny" }): string {
  readTarget(world, dialect);
  const user = identify(world);
  requireOwnTarget(world, user);
  const lines = readTable(world, user, dialect);
  const request = readRequest(world, dialect);
  const rules = readUsernamespaces(world, user, lines);
  const granted = authorise(world, request, rules, dialect);
  if (!dialect.has("shape")) requireShape(world, request);
  const denied = request.some((extent) => samples(extent, rules).some(rules.deniesSetgroups));
  if (world.tool === "newgidmap" && (!granted || denied)) denySetgroups(world, after);
  return write(world, request);
}

function usage(tool: string): string {
  const kind = tool === "newuidmap" ? "uid" : "gid";
  const triple = `<${kind}> <lower${kind}> <count>`;
  return `usage: ${tool} [<pid>|fd:<pidfd>] ${triple} [ ${triple} ] ... `;
}

function misuse({ tool }: World): End {
  return new End("usage", usage(tool));
}

function readTarget(world: World, dialect: Dialect): void {
  const [target, ...words] = world.args;
  if (target === undefined) throw misuse(world);
  if (target === "--help" || target === "--version") throw new End("help", "");
  const named = dialect.has("argumentNumbers")
    ? strtolPid(target.replace(PID, "7"))
    : plain(target.replace(PID, "7"));
  if (named === undefined || named < 1n || named > 2n ** 31n - 1n) throw misuse(world);
  if (words.length === 0 && !dialect.has("noMap")) throw misuse(world);
  if (!target.includes(PID))
    throw new End(
      "target",
      `${world.tool}: Could not open proc directory for target ${named}: No such file or directory`,
    );
}

/** A file's content, where one that does not exist is as good as an empty one. */
function content(world: World, path: string, file: FileState): string {
  if (typeof file === "number")
    throw new End("table", `${world.tool}: cannot open ${path}: ${fileError(file)}`);
  return file ?? "";
}

function fileError(code: number): string {
  const texts: Record<number, string> = {
    [-5]: "Input/output error",
    [-13]: "Permission denied",
    [-40]: "Too many levels of symbolic links",
    [-1001]: "Not a regular file",
    [-1002]: "Not owned by root",
    [-1003]: "Others than its owner can write it",
    [-1004]: "A symbolic link to nothing",
    [-1005]: "It became shorter while it was read",
  };
  return texts[code] ?? "Unknown error";
}

interface User extends Account {
  passwd: Account[];
}

function identify(world: World): User {
  const text = content(world, "/etc/passwd", world.passwd);
  const passwd = accounts(text);
  const found = passwd.find((account) => account.uid === BigInt(world.uid)) ?? askNameService(world, text);
  if (!found) throw new End("caller", `${world.tool}: Cannot determine your user name.`);
  return { ...found, passwd };
}

/** One user, of the uid that was asked for, under a name that no line of passwd bears. */
function askNameService(world: World, passwd: string): Account | undefined {
  const { user } = world.nss;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that a name must not hold
  const parts = /^([^:\0-\x1f\x7f]{1,255}):([0-9]+):([0-9]+)\n$/.exec(typeof user === "string" ? user : "");
  if (!parts || parts[0].length >= 320) return undefined;
  const [, name, uidText, gidText] = parts as unknown as [string, string, string, string];
  const gid = short(gidText);
  if (short(uidText) !== BigInt(world.uid) || gid === undefined) return undefined;
  return firstFields(passwd).includes(name) ? undefined : { name, uid: BigInt(world.uid), gid };
}

function requireOwnTarget(world: World, user: User): void {
  const { uid, gid, target } = world;
  const same = target.uid === uid && target.gid === gid;
  if (same && user.gid === BigInt(gid)) return;
  if (same && grantsAuxiliaryGroups(content(world, "/etc/login.defs", world.loginDefs))) return;
  const uids = `uid:${uid} pw_uid:${uid} st_uid:${target.uid}`;
  const gids = `gid:${gid} pw_gid:${user.gid} st_gid:${target.gid}`;
  throw new End("owner", `${world.tool}: Target process is owned by a different user: ${uids}, ${gids}`);
}

/** The caller's lines, of the table or of the plugin in its place. */
function readTable(world: World, user: User, dialect: Dialect): Line[] {
  const plugin = subidPlugin(content(world, "/etc/nsswitch.conf", world.nsswitch));
  if (plugin !== "" && !dialect.has("plugin")) return askPlugin(world, user, plugin);
  const path = `/etc/sub${kindOf(world.tool)}`;
  const failed = new End("table", `${world.tool}: cannot open ${path}: No such file or directory`);
  if (world.table === null && dialect.has("missingTable")) throw failed;
  if (world.linked && dialect.has("linkedTable")) throw failed;
  const lines = subids(content(world, path, world.table), dialect);
  if (!lines) throw failed;
  return lines.filter((line) => owns(user, line.owner, dialect));
}

function owns(user: User, owner: string, dialect: Dialect): boolean {
  const byName = (name: string) => user.passwd.find((account) => account.name === name);
  const uid = dialect.has("firstName") ? (byName(user.name)?.uid ?? user.uid) : user.uid;
  if (owner === String(uid)) return true;
  if (/^[0-9]+$/.test(owner) && !dialect.has("digitNames")) return false;
  if (owner === user.name) return true;
  if (dialect.has("firstName")) return byName(owner)?.uid === uid;
  return user.passwd.some((account) => account.name === owner && account.uid === uid);
}

/** What the plugin grants; nothing if it cannot be asked, by that name, or its answer is no list. */
function askPlugin(world: World, user: User, plugin: string): Line[] {
  const answer = world.nss.ranges;
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(plugin) || /^[0-9]+$/.test(user.name) || user.name.length > 256)
    return [];
  if (typeof answer === "number" || answer.length >= 8192) return [];
  if (!/^([^\n]*\n)*$/.test(answer)) return [];
  const ranges = answer
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").map(plain));
  const lines: Line[] = [];
  for (const [start, count, ...rest] of ranges) {
    if (start === undefined || count === undefined || rest.length > 0 || start + count > 2n ** 32n) return [];
    if (count > 0n) lines.push({ owner: user.name, first: start, last: start + count - 1n });
  }
  return lines;
}

function readRequest(world: World, dialect: Dialect): Extent[] {
  const words = world.args.slice(1);
  const extents = Math.floor((words.length + 2) / 3);
  if (extents * 3 !== words.length)
    throw new End("words", `${world.tool}: ranges: ${extents} is wrong for argc: ${words.length}`);
  return Array.from({ length: extents }, (_, i) => readExtent(world, words.slice(3 * i, 3 * i + 3), dialect));
}

function readExtent(world: World, words: string[], dialect: Dialect): Extent {
  const overflow = new End("range", `${world.tool}: subuid overflow detected.`);
  const [inside, outside, count] = words.map((word) => {
    const value = dialect.has("argumentNumbers") ? strtoul(word) : plain(word);
    // What shadow would read as a number, but one that is no id, it calls an overflow.
    if (/^-[1-9][0-9]*$/.test(word) && !dialect.has("argumentNumbers")) throw overflow;
    if (word.length > 64) throw overflow;
    if (value === undefined) throw new End("number", misuse(world).complaint);
    if (value > NO_ID) throw overflow;
    return value;
  }) as [bigint, bigint, bigint];
  if (count === 0n || inside + count > NO_ID || outside + count > NO_ID) throw overflow;
  return { inside, outside, count };
}

/** What all the tables say about an id. */
interface Rules {
  granted(id: bigint): boolean;
  barred(id: bigint): boolean;
  deniesSetgroups(id: bigint): boolean;
  /** Ids where an answer may begin to differ from the one for the id before. */
  boundaries: bigint[];
}

function readUsernamespaces(world: World, user: User, lines: Line[]): Rules {
  const all = entries(content(world, "/etc/usernamespaces", world.usernamespaces));
  const asker = {
    uid: user.uid,
    kind: kindOf(world.tool),
    named: (owner: string) => named(world, user, owner),
  };
  const slices = all.flatMap((entry) => sliceOf(entry, user.uid) ?? []);
  return {
    granted: (id) =>
      lines.some(({ first, last }) => first <= id && id <= last) ||
      all.some((entry) => grants(entry, asker, id)),
    barred: (id) => barred(all, asker, id),
    deniesSetgroups: (id) => deniesSetgroups(all, asker, id),
    boundaries: [...lines, ...all, ...slices].flatMap(({ first, last }) => [first, last + 1n]),
  };
}

/** The user database's word on a group counts if it is clear, else nothing is known. */
function named(world: World, user: User, owner: string): Named {
  if (owner === "*") return "yes";
  if (!owner.startsWith("@")) return owns(user, owner, ours) ? "yes" : "no";
  const group = owner.slice(1);
  const answer = askable(user, group) ? memberAnswer(world.nss, group) : "";
  if (answer === "in\n") return "yes";
  return answer === "out\n" ? "no" : "unknown";
}

/** Names that the name service takes, and that the shim has room for in a question. */
function askable(user: User, group: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that a name must not hold
  const valid = [user.name, group].every((name) => /^[^:\0-\x1f\x7f]{1,256}$/.test(name));
  return valid && user.name.length + group.length <= 480;
}

/** One id of each part of the extent whose ids are all alike. */
function samples({ outside, count }: Extent, { boundaries }: Rules): bigint[] {
  return [outside, ...boundaries.filter((id) => outside < id && id < outside + count)];
}

/** Whether a grant, and not the own id alone, authorised some extent; ends at the first that may not be mapped. */
function authorise(world: World, request: Extent[], rules: Rules, dialect: Dialect): boolean {
  const own = BigInt(world.tool === "newuidmap" ? world.uid : world.gid);
  let granted = false;
  for (const extent of request) {
    const { inside, outside, count } = extent;
    const ids = `${kindOf(world.tool)} range [${inside}-${inside + count}) -> [${outside}-${outside + count})`;
    const refused = (reason: Reason) => new End(reason, `${world.tool}: ${ids} not allowed`);
    const root = world.tool === "newuidmap" && outside === 0n && world.uid !== 0;
    if (root && !dialect.has("outsideRoot")) throw refused("outside root");
    const covered = samples(extent, rules).every(rules.granted);
    const restricted = samples(extent, rules).some(rules.barred);
    if (covered && !restricted) granted = true;
    else if (count !== 1n || outside !== own) throw refused(covered ? "restricted" : "not granted");
  }
  return granted;
}

/** The map as text. */
export function mapText(request: Extent[]): string {
  return request.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join("");
}

/** Why the kernel would answer EINVAL to a map. */
export function shapeFault(request: Extent[]): Reason | "" {
  const overlaps = (side: "inside" | "outside") =>
    request.some((one, i) =>
      request.some(
        (other, j) => i < j && one[side] < other[side] + other.count && other[side] < one[side] + one.count,
      ),
    );
  if (overlaps("inside")) return "inside overlap";
  if (overlaps("outside")) return "outside overlap";
  if (request.length > 340) return "too many extents";
  return mapText(request).length > 4095 ? "too long" : "";
}

function requireShape(world: World, request: Extent[]): void {
  const fault = shapeFault(request);
  if (fault)
    throw new End(fault, `${world.tool}: write to ${kindOf(world.tool)}_map failed: Invalid argument`);
}

/** The kernel denies setgroups only as long as there is no gid map. */
function denySetgroups(world: World, after: { setgroups: "allow" | "deny" }): void {
  if (after.setgroups === "deny") return;
  if (world.target.mapped)
    throw new End("setgroups", `${world.tool}: failed to setgroups deny policy: Operation not permitted`);
  after.setgroups = "deny";
}

function write(world: World, request: Extent[]): string {
  const failed = `${world.tool}: write to ${kindOf(world.tool)}_map failed`;
  if (request.length === 0 || shapeFault(request)) throw new End("write", `${failed}: Invalid argument`);
  if (world.target.mapped) throw new End("write", `${failed}: Operation not permitted`);
  return mapText(request);
}
