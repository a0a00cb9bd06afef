// SPDX-License-Identifier: MIT
import { exit } from "../src/host";
import { authorise } from "../src/newfsidmap/authorise";
import { writeFsidMaps } from "../src/newfsidmap/fsidmaps";
import { makeIdMapping, makeMount, openSourceOf } from "../src/newfsidmap/mount";
import { readOptions, Way } from "../src/newfsidmap/options";
import { place } from "../src/newfsidmap/place";
import { pinNamespacesOf, pinProcess } from "../src/newfsidmap/target";

/** Gives files other ids inside a user namespace than on disk: newfsidmap(1). */
export function main(): void {
  const options = readOptions();
  pinProcess(options);
  if (options.way == Way.Maps) {
    writeFsidMaps(options);
  } else {
    pinNamespacesOf(options);
    const uids = authorise(options);
    makeIdMapping();
    openSourceOf(options, uids);
    makeMount(options);
    place(options);
  }
  exit(0);
}
