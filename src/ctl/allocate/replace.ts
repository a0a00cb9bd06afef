// SPDX-License-Identifier: MIT
//
// Replaces files so that whoever reads one, at whatever moment, reads the old one or the new one: FILE+ is
// written beside it and renamed, and the old one stays as FILE-, as with shadow's programs.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, sep } from "node:path";
import { Failure } from "../failure.js";
import { attempt } from "./attempt.js";
import { copyAttributes } from "./xattrs.js";

/** What a file below a root directory is to hold, and what it holds; nothing if it is not there. */
export interface Replacement {
  path: string;
  old: Buffer;
  content: Buffer;
}

const MODE_OF_NEW = 0o644;
const PERMISSIONS = 0o7777;

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
    for (const each of done) attempt(`put ${each.path}- back in place of ${each.path}`, () => each.undo());
    throw error;
  }
}

/** A file with what takes its place. */
class Staged {
  readonly path: string;
  readonly #target: string;
  readonly #exists: boolean;

  constructor(root: string, { path, old, content }: Replacement) {
    this.path = path;
    const stats = statSync(path, { throwIfNoEntry: false });
    this.#target = stats ? targetOf(root, path) : path;
    this.#exists = stats !== undefined;
    // A copy, and no link: shadow's programs write into FILE- where it is.
    if (stats) {
      this.#write(old, stats);
      this.#keep();
    }
    this.#write(content, stats);
  }

  get #new(): string {
    return `${this.#target}+`;
  }

  #write(content: Buffer, old: Stats | undefined): void {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    attempt(`write ${this.#new}`, () => {
      removeIfThere(this.#new);
      const descriptor = openSync(this.#new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        writeFileSync(descriptor, content);
        if (old) {
          fchownSync(descriptor, old.uid, old.gid);
          copyAttributes(this.#target, descriptor);
        }
        fchmodSync(descriptor, old ? old.mode & PERMISSIONS : MODE_OF_NEW);
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
      attempt(`replace ${this.#target}-`, () => renameSync(this.#new, `${this.#target}-`));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  commit(): void {
    renameSync(this.#new, this.#target);
    const directory = openSync(dirname(this.#target), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(directory);
    } catch {
      // Not every file system can; the new file is in place whatever comes of it.
    } finally {
      closeSync(directory);
    }
  }

  undo(): void {
    if (this.#exists) renameSync(`${this.#target}-`, this.#target);
    else unlinkSync(this.#target);
  }

  discard(): void {
    removeIfThere(this.#new);
  }
}

/** The file itself where its name is a link: that stays one, and what it leads to is replaced. */
function targetOf(root: string, path: string): string {
  const [target, top] = [realpathSync(path), realpathSync(root)];
  if (top === "/" || target.startsWith(top + sep)) return target;
  throw new Failure(
    `${path} leads to ${target}, which is not below ${root}: nothing outside of it is changed`,
  );
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
