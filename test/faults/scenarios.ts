// SPDX-License-Identifier: MIT
//
// The runs whose calls are made to fail: between them they go through all of the programs' code.
import type { File } from "../stage/stage.js";
import type { End, Run } from "./injector.js";

/** What a run needs, and how it ends where nothing fails. */
export interface Scenario {
  /** The program, as its messages begin. */
  name: string;
  what: string;
  files: Record<string, File>;
  run: Run;
  end: Partial<End>;
  /** The exit status of its failures: 1. */
  failure?: number;
  /** What it prints is its answer, of which a part may have been printed when it fails. */
  prints?: true;
}

export const alice = { uid: 1000, gid: 1000, groups: [44] };

export const subuid = { "/etc/subuid": "alice:100000:65536\n" };
export const subgid = { "/etc/subgid": "alice:100000:65536\n" };

/** Alice's user is one that /etc/passwd does not have. */
export const unknown = {
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "/etc/nsswitch.conf": "passwd: files extrausers\n",
  "/var/lib/extrausers/passwd": "alice:x:1000:1000::/home/alice:/bin/sh\n",
};

/** The plugin of test/nss/libsubid_example.c gives alice a range of each kind. */
export const plugin = {
  "/etc/nsswitch.conf": "subid: example\n",
  "/etc/subid-example": "alice:uid:100000:65536\nalice:gid:100000:65536\n",
};

/** Who is in the group video is asked through NSS. */
export const restricted = {
  "a restriction": "bob:100010:5:reserved\n",
  "a restriction of a group's members": "@video:100000:10:unknown\n",
  "a range in slices": "*:100000:65536:each=10\n",
};

/** A map as the kernel shows it. */
export function map(...extents: [number, number, number][]): string {
  return extents.map((numbers) => `${numbers.map((n) => `${n}`.padStart(10)).join(" ")}\n`).join("");
}
