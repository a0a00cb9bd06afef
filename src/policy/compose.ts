// SPDX-License-Identifier: MIT
import { Kind } from "./kind";
import { Request } from "./request";

/** Two maps of the same inside ids, cut into pieces that are mapped by both. All three have the same pieces. */
export class Composition {
  /** inside -> disk */
  readonly disk: Request;
  /** inside -> kernel */
  readonly kernel: Request;
  /** disk -> kernel: the map of the mount. */
  readonly mount: Request;

  constructor(
    kind: Kind,
    readonly length: i32,
  ) {
    this.disk = new Request(kind, length);
    this.kernel = new Request(kind, length);
    this.mount = new Request(kind, length);
  }

  set(index: i32, inside: u64, disk: u64, kernel: u64, count: u64): void {
    this.disk.set(index, inside, disk, count);
    this.kernel.set(index, inside, kernel, count);
    this.mount.set(index, disk, kernel, count);
  }
}

/**
 * Composes {inside -> disk} with {inside -> kernel}: through the mount a file of a disk id shows as the inside id
 * that it is asked for. Ids that only one of the maps knows are in no piece.
 *
 * @param asked inside -> disk, no inside id twice
 * @param map inside -> kernel, likewise
 */
export function compose(asked: Request, map: Request): Composition {
  const composition = new Composition(asked.kind, countPieces(asked, map));
  let pieces = 0;
  for (let i = 0; i < asked.length; i++) {
    for (let j = 0; j < map.length; j++) {
      const start = max(asked.inside[i], map.inside[j]);
      const end = min(asked.insideEnd(i), map.insideEnd(j));
      if (start >= end) continue;
      const disk = asked.outside[i] + (start - asked.inside[i]);
      const kernel = map.outside[j] + (start - map.inside[j]);
      composition.set(pieces++, start, disk, kernel, end - start);
    }
  }
  return composition;
}

function countPieces(asked: Request, map: Request): i32 {
  let pieces = 0;
  for (let i = 0; i < asked.length; i++) {
    for (let j = 0; j < map.length; j++) {
      if (max(asked.inside[i], map.inside[j]) < min(asked.insideEnd(i), map.insideEnd(j))) pieces++;
    }
  }
  return pieces;
}
