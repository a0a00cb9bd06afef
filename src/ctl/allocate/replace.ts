// SPDX-License-Identifier: MIT
//
// Replaces files so that whoever reads one, at whatever moment, reads the old one or the new one: FILE+ is
// written beside it and renamed, and the old one stays as FILE-, as with shadow's programs.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { attempt, Reason } from "../attempt.js";
import { isSame, locateForChange, openBelow, type Place } from "../below.js";
import { Failure } from "../failure.js";
import type { RangeTable } from "../lines.js";
import { paths } from "../tables.js";
import { unlinkIfPossible, unlinkIfThere } from "./unlink.js";
import { copyAttributes } from "./xattrs.js";

/** What a table is to hold, and what it held and was like when it was read; no stats if it was not there. */
export interface Replacement {
  table: RangeTable;
  path: string;
  old: Buffer;
  stats: Stats | undefined;
  content: Buffer;
}

const MODE_OF_NEW = 0o644;
/** Not those of programs: what a table says may be another's. */
const PERMISSIONS = 0o777;

/** Replaces the files one after the other, after all are written; if one fails, those before it become the old ones. */
export function replaceAll(root: string, replacements: readonly Replacement[]): void {
  const staged: Staged[] = [];
  const done: Staged[] = [];
  try {
    for (const each of replacements) staged.push(new Staged(root, each));
    for (const each of staged) {
      attempt(`replace ${each.path}`, () => each.commit());
      done.push(each);
    }
  } catch (error) {
    for (const each of staged) each.discard();
    for (const each of done) each.undo(error);
    throw error;
  }
}

/** A file with what takes its place. */
class Staged {
  readonly path: string;
  readonly #place: Place;
  readonly #exists: boolean;
  readonly #folder: number;

  constructor(root: string, { table, path, old, stats, content }: Replacement) {
    this.path = path;
    this.#exists = stats !== undefined;
    this.#place = attempt(`replace ${path}`, () => locateForChange(root, paths[table], true));
    const { O_RDONLY, O_DIRECTORY } = constants;
    this.#folder = attempt(`open the directory of ${path}`, () =>
      openSync(dirname(this.#place.access), O_RDONLY | O_DIRECTORY),
    );
    const current = attempt(`read ${path}`, () => openUnchanged(root, paths[table], stats));
    try {
      // A copy, and no link: shadow's programs write into FILE- where it is.
      if (current !== undefined) {
        this.#write(old, current);
        this.#keep();
      }
      this.#write(content, current);
    } finally {
      if (current !== undefined) closeSync(current);
    }
  }

  get #new(): string {
    return `${this.#place.access}+`;
  }

  /** Writes FILE+, which is to be like the old file in all but what it holds. */
  #write(content: Buffer, old: number | undefined): void {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    attempt(`write ${this.#place.path}+`, () => {
      unlinkIfThere(this.#new);
      const descriptor = openSync(this.#new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        writeFileSync(descriptor, content);
        const stats = old === undefined ? undefined : fstatSync(old);
        if (old !== undefined && stats) {
          fchownSync(descriptor, stats.uid, stats.gid);
          copyAttributes(this.path, old, descriptor);
        }
        fchmodSync(descriptor, stats ? stats.mode & PERMISSIONS : MODE_OF_NEW);
        fsyncSync(descriptor);
      } catch (error) {
        this.discard();
        throw error;
      } finally {
        closeSync(descriptor);
      }
    });
  }

  #keep(): void {
    try {
      attempt(`replace ${this.#place.path}-`, () => renameSync(this.#new, `${this.#place.access}-`));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  commit(): void {
    renameSync(this.#new, this.#place.access);
    try {
      fsyncSync(this.#folder);
    } catch {
      // Not every file system can; the new file is in place whatever comes of it.
    }
  }

  /** Makes the file the old one again, after `cause` has kept another from being replaced. */
  undo(cause: unknown): void {
    const { access } = this.#place;
    try {
      if (this.#exists) renameSync(`${access}-`, access);
      else unlinkSync(access);
    } catch {
      throw new Failure(`${(cause as Error).message}; ${this.path} cannot be put back and stays changed`);
    }
  }

  /** Leaves what it has written where it cannot be removed: why the work failed is what has to be told. */
  discard(): void {
    unlinkIfPossible(this.#new);
  }
}

/** Opens the file that was read; undefined if there was none. */
function openUnchanged(root: string, path: string, old: Stats | undefined): number | undefined {
  const descriptor = openBelow(root, path);
  const now = descriptor === undefined ? undefined : fstatSync(descriptor);
  const isOld =
    now && old ? isSame(now, old) && now.size === old.size && now.mtimeMs === old.mtimeMs : now === old;
  if (!isOld) throw new Reason("a program that does not take the locks has changed it meanwhile; try again");
  return descriptor;
}
