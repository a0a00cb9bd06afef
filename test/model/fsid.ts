// SPDX-License-Identifier: MIT
//
// The reference model of newfsidmap: sets of single ids, in the slowest and most obvious way. It reads the files as
// the model of newuidmap and newgidmap does, and shares no code with the programs.
import { ours } from "./dialect.js";
import { subids } from "./tables.js";
import {
  type Asker,
  barred,
  deniesSetgroups,
  entries,
  grants,
  type Kind,
  type Named,
} from "./usernamespaces.js";
import { type FileState, memberAnswer, type NameService, nobodyKnown } from "./world.js";

/** Everything that a decision of newfsidmap's depends on, as plain data. */
export interface FsidWorld {
  /** The arguments behind argv[0]. */
  args: string[];
  uid: number;
  gid: number;
  /** The caller's supplementary groups, or why they cannot be known. */
  groups: number[] | number;
  passwd: FileState;
  nsswitch: FileState;
  loginDefs: FileState;
  subuid: FileState;
  subgid: FileState;
  usernamespaces: FileState;
  /** The target's maps as its files show them, or why they cannot be read. */
  uidMap: string | number;
  gidMap: string | number;
  /** What the shim answers: 1 denied, 0 allowed, or -errno. */
  setgroups: number;
  nss: NameService;
}

/** The words of /proc/PID/uid_map. */
export function mapFile(...lines: [inside: number, kernel: number, count: number][]): string {
  return lines.map((line) => `${line.map((value) => String(value).padStart(10)).join(" ")}\n`).join("");
}

/** alice, uid and gid 1000, with 100000-165535 in processes and on disk and 300000-365535 granted for both, in nothing but her own group. */
export function fsidWorld(changes: Partial<FsidWorld> = {}): FsidWorld {
  const uid = changes.uid ?? 1000;
  return {
    args: ["--bind", "/source", "/target", "7", "b:0:300000:65536"],
    uid,
    gid: changes.gid ?? uid,
    groups: [],
    passwd:
      "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n",
    nsswitch: "passwd: files\n",
    loginDefs: "",
    subuid: "alice:100000:65536\nalice:300000:65536\n",
    subgid: "alice:100000:65536\nalice:300000:65536\n",
    usernamespaces: null,
    uidMap: mapFile([0, 100000, 65536]),
    gidMap: mapFile([0, 100000, 65536]),
    setgroups: 0,
    nss: nobodyKnown,
    ...changes,
  };
}

/** Why a world's request may be refused; a program may name any one of those that hold. */
export type FsidReason =
  | "overlap inside"
  | "overlap on disk"
  | "empty"
  | "disk"
  | "kernel"
  | "fd"
  | "setgroups"
  | "hidden";

/** An id inside, with the ids that it has on disk and in the kernel. */
export interface Pair {
  inside: bigint;
  disk: bigint;
  kernel: bigint;
  /** Which of the extents that were asked for, and which line of the target's map. */
  piece: string;
}

interface Extent {
  inside: bigint;
  outside: bigint;
  count: bigint;
}

/** What the model says of the ids of one kind. */
export interface Side {
  kind: "uid" | "gid";
  own: bigint;
  asked: Extent[];
  pairs: Pair[];
  mayOnDisk(id: bigint): boolean;
  mayInKernel(id: bigint): boolean;
  /** The own id, where nothing but that it is his own allows it. */
  ownOnDisk: boolean;
}

/** The ids of an extent with their places in it. */
function idsOf({ inside, outside, count }: Extent): { inside: bigint; outside: bigint }[] {
  return Array.from({ length: Number(count) }, (_, i) => ({
    inside: inside + BigInt(i),
    outside: outside + BigInt(i),
  }));
}

/** The arguments u:, g: and b: that ask for ids of the kind. */
function askedFor(args: string[], kind: "uid" | "gid"): Extent[] {
  const letter = kind === "uid" ? "u" : "g";
  return args
    .map((word) => word.split(":"))
    .filter((fields) => fields.length === 4 && (fields[0] === letter || fields[0] === "b"))
    .map(([, inside, disk, count]) => ({
      inside: BigInt(inside as string),
      outside: BigInt(disk as string),
      count: BigInt(count as string),
    }));
}

function mapLines(map: string | number): Extent[] {
  return String(map)
    .split("\n")
    .slice(0, -1)
    .map((line) => line.trim().split(/ +/).map(BigInt) as [bigint, bigint, bigint])
    .map(([inside, outside, count]) => ({ inside, outside, count }));
}

/** For every inside id that both know, what it is on disk and in the kernel. */
function pairsOf(asked: Extent[], map: Extent[]): Pair[] {
  return asked.flatMap((extent, i) =>
    idsOf(extent).flatMap(({ inside, outside: disk }) =>
      map.flatMap((line, j) =>
        idsOf(line)
          .filter((id) => id.inside === inside)
          .map(({ outside: kernel }) => ({ inside, disk, kernel, piece: `${i},${j}` })),
      ),
    ),
  );
}

function text(file: FileState): string {
  return typeof file === "string" ? file : "";
}

/** Whether a line names alice, by name or by uid. */
function named(world: FsidWorld, owner: string): Named {
  if (owner === "*") return "yes";
  if (!owner.startsWith("@")) return owner === "alice" || owner === String(world.uid) ? "yes" : "no";
  const answer = memberAnswer(world.nss, owner.slice(1));
  return answer === "in\n" ? "yes" : answer === "out\n" ? "no" : "unknown";
}

function askerOf(world: FsidWorld, kind: Kind): Asker {
  return { uid: BigInt(world.uid), kind, named: (owner) => named(world, owner) };
}

/** What the tables say of the ids of one kind. */
export function sideOf(world: FsidWorld, kind: "uid" | "gid"): Side {
  const all = entries(text(world.usernamespaces));
  const asker = askerOf(world, kind);
  const onDisk = askerOf(world, "fsid");
  const lines = subids(text(world[`sub${kind}`]), ours) ?? [];
  const asked = askedFor(world.args, kind);
  const own = BigInt(world[kind]);
  const mayInKernel = (id: bigint) => {
    const listed = lines.some(
      ({ owner, first, last }) => named(world, owner) === "yes" && first <= id && id <= last,
    );
    const granted = listed || all.some((entry) => grants(entry, asker, id));
    return id !== 0n && granted && !barred(all, asker, id);
  };
  const mayOnDisk = (id: bigint) => {
    const granted = mayInKernel(id) || all.some((entry) => grants(entry, onDisk, id));
    return id !== 0n && granted && !barred(all, onDisk, id);
  };
  const pairs = pairsOf(asked, mapLines(world[`${kind}Map`]));
  return {
    kind,
    own,
    asked,
    pairs,
    mayOnDisk,
    mayInKernel,
    ownOnDisk: own !== 0n && !barred(all, onDisk, own),
  };
}

/** Whether some id stands twice in a list. */
function repeats(ids: bigint[]): boolean {
  return new Set(ids).size < ids.length;
}

/** The pieces that lie together in an extent and in a line. */
function piecesOf(pairs: Pair[]): Pair[][] {
  return [...new Set(pairs.map(({ piece }) => piece))].map((piece) =>
    pairs.filter((pair) => pair.piece === piece),
  );
}

function sideReasons(side: Side): FsidReason[] {
  const { asked, pairs, own } = side;
  const found: FsidReason[] = [];
  const ids = asked.flatMap(idsOf);
  if (repeats(ids.map(({ inside }) => inside))) found.push("overlap inside");
  if (repeats(ids.map(({ outside }) => outside))) found.push("overlap on disk");
  if (pairs.length === 0) found.push("empty");
  for (const extent of asked) {
    const alone = extent.count === 1n && extent.outside === own && side.ownOnDisk;
    if (!alone && !idsOf(extent).every(({ outside }) => side.mayOnDisk(outside))) found.push("disk");
  }
  for (const piece of piecesOf(pairs)) {
    const alone = piece.length === 1 && piece[0]?.kernel === own && own !== 0n;
    if (!alone && !piece.every(({ kernel }) => side.mayInKernel(kernel))) found.push("kernel");
  }
  return found;
}

/** Whether a grant, and not the own gid alone, authorised some of what is mapped. */
function grantedGids({ pairs, mayOnDisk, mayInKernel }: Side): boolean {
  return piecesOf(pairs).some(
    (piece) => piece.every(({ disk }) => mayOnDisk(disk)) || piece.every(({ kernel }) => mayInKernel(kernel)),
  );
}

function groupReasons(world: FsidWorld, side: Side): FsidReason[] {
  const found: FsidReason[] = [];
  const all = entries(text(world.usernamespaces));
  const denied = (id: bigint) => deniesSetgroups(all, askerOf(world, "gid"), id);
  const disk = side.asked.flatMap(idsOf).map(({ outside }) => outside);
  const granted = grantedGids(side);
  const denies = [...disk, ...side.pairs.map(({ kernel }) => kernel)].some(denied);
  if (world.args[0] === "--fd" && disk.some(denied)) found.push("fd");
  if (denies && world.setgroups !== 1) found.push("setgroups");
  const held = [side.own, ...(typeof world.groups === "number" ? [] : world.groups.map(BigInt))];
  const shown = (id: bigint) => side.pairs.some(({ disk, kernel }) => disk === id && kernel === id);
  if (held.some((id) => !shown(id) && ((!granted && world.setgroups === 1) || denied(id))))
    found.push("hidden");
  return found;
}

/** Every reason to refuse a request for a mount; none if it is allowed. */
export function fsidReasons(world: FsidWorld): Set<FsidReason> {
  const gids = sideOf(world, "gid");
  return new Set([...sideReasons(sideOf(world, "uid")), ...sideReasons(gids), ...groupReasons(world, gids)]);
}

/** What the map of the mount is to be, pair by pair, in the order of the disk ids. */
export function mountPairs(world: FsidWorld, kind: "uid" | "gid"): string[] {
  return sideOf(world, kind)
    .pairs.sort((one, other) => Number(one.disk - other.disk))
    .map(({ disk, kernel }) => `${disk}->${kernel}`);
}
