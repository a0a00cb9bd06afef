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
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../failure.js";
import { attempt } from "./locks.js";
import { copyAttributes } from "./xattrs.js";

/** What a file is to hold. */
export interface Replacement {
  path: string;
  content: Buffer;
}

const MODE_OF_NEW = 0o644;
const PERMISSIONS = 0o7777;

/** Replaces the files one after the other, after all are written: hardly anything fails in between. */
export function replaceAll(replacements: readonly Replacement[]): void {
  const staged: Staged[] = [];
  const done: string[] = [];
  try {
    for (const each of replacements) staged.push(new Staged(each));
    for (const each of staged) {
      attempt(`replace ${each.path}`, () => each.commit());
      done.push(each.path);
    }
  } catch (error) {
    for (const each of staged) each.discard();
    if (error instanceof Failure && done.length > 0)
      throw new Failure(`${error.message}; ${done.join(", ")} is changed already`);
    throw error;
  }
}

/** A file with what takes its place. */
class Staged {
  readonly path: string;
  readonly #target: string;
  readonly #exists: boolean;

  constructor({ path, content }: Replacement) {
    this.path = path;
    const old = statSync(path, { throwIfNoEntry: false });
    this.#exists = old !== undefined;
    // A link stays one: what it leads to is replaced.
    this.#target = old ? realpathSync(path) : path;
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    attempt(`write ${this.#new}`, () => {
      rmSync(this.#new, { force: true });
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

  get #new(): string {
    return `${this.#target}+`;
  }

  commit(): void {
    const backup = `${this.#target}-`;
    if (this.#exists) {
      rmSync(backup, { force: true });
      linkSync(this.#target, backup);
    }
    renameSync(this.#new, this.#target);
    const directory = openSync(dirname(this.#target), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  discard(): void {
    rmSync(this.#new, { force: true });
  }
}
