// SPDX-License-Identifier: MIT
//
// Binds what --bind names by newfsidmap, since userns has no privilege over mounts. It attaches in namespaces that
// lie directly below the caller's. Those of --disable-userns lie one deeper: there the mounts are made in a mount
// namespace of the outer user namespace, and come along, locked, into the inner one.
import { endBinder, joinNamespaces, keepNamespaces, runNewfsidmap } from "../host";
import { compose } from "../policy/compose";
import { Kind } from "../policy/kind";
import { Request } from "../policy/request";
import { complain, Message } from "../text/message";
import { Bind, Binds } from "./bind";
import { causeText, ENOENT } from "./cause";
import { Extents } from "./mapwish";
import { Asked } from "./request";

/** The most bytes of arguments for which the binder has room. */
const MOST_BYTES: i32 = 65536;
/** More is no --fsid-map. */
const LONGEST_MAP: i32 = 256;
/** What an answer adds to the number of a signal. */
const SIGNALLED: i32 = 256;

/** Has the present namespaces be those to attach in. */
export function keepForBinds(): void {
  started(keepNamespaces());
}

/** Binds in namespaces with the program's own maps; ends if newfsidmap refuses. */
export function bindByMaps(binds: Binds): void {
  const maps = new Message(MOST_BYTES);
  const text = new StaticArray<u8>(LONGEST_MAP);
  for (let i = 0; i < binds.maps.length; i++) maps.raw(text, 0, binds.maps[i].read(0, text)).byte(0);
  bindAll(binds, maps);
}

/** Binds in the outer namespaces of --disable-userns, where each outside id is itself; ends likewise. */
export function bindByOuterMaps(binds: Binds, asked: Asked): void {
  const maps = new Message(MOST_BYTES);
  putOuterMaps(maps, "u:", binds.uids, asked.uids);
  putOuterMaps(maps, "g:", binds.gids, asked.gids);
  bindAll(binds, maps);
}

/** Writes {inside -> disk} down as {outside -> disk}, for the ids that are mapped. */
function putOuterMaps(into: Message, letter: string, extents: Extents, map: Request): void {
  const pieces = compose(extents.toRequest(map.kind), map);
  if (extents.length > 0 && pieces.length == 0) {
    const complaint = complain("userns").line("--fsid-map: none of its ");
    complaint.text(map.kind == Kind.Uid ? "uids" : "gids").text(" is mapped into the namespace");
    complaint.end();
  }
  for (let i = 0; i < pieces.length; i++) {
    into.text(letter).number(pieces.kernel.outside[i]);
    into.text(":").number(pieces.disk.outside[i]);
    into.text(":").number(pieces.disk.count[i]).byte(0);
  }
}

function bindAll(binds: Binds, maps: Message): void {
  started(joinNamespaces());
  const words = new Message(MOST_BYTES);
  for (let i = 0; i < binds.binds.length; i++) {
    const bind = binds.binds[i];
    words.length = 0;
    words.text("newfsidmap").byte(0);
    if (bind.readOnly) words.text("--read-only").byte(0);
    words.text("--bind").byte(0).text("--").byte(0);
    // The word without characters stands for the target.
    bind.putPaths(words).byte(0).raw(maps.bytes, 0, maps.length);
    if (words.length == MOST_BYTES) complain("userns").line("--fsid-map: these are too many").end();
    const answer = runNewfsidmap(words.bytes, words.length);
    if (answer != 0) failed(bind, answer);
  }
  endBinder();
}

/** Ends unless `answer` is 0. */
function started(answer: i32): void {
  if (answer == 0) return;
  complain("userns").line("--bind: cannot make newfsidmap ready: ").text(causeText(-answer)).end();
}

/** Ends with the bind that failed; why newfsidmap refused it has said itself. */
function failed(bind: Bind, answer: i32): void {
  endBinder();
  const complaint = bind.quoteSource(complain("userns").line("cannot bind "));
  bind.quoteTarget(complaint.text(" on ")).text(": ");
  if (answer > SIGNALLED) complaint.text("newfsidmap was ended by signal ").number(answer - SIGNALLED);
  else if (answer > 0) complaint.text("newfsidmap ended with status ").number(answer);
  else complaint.text("cannot run newfsidmap: ").text(causeText(-answer));
  if (answer == -ENOENT) complaint.line("it is looked for in PATH; not every installation has it");
  complaint.end();
}
