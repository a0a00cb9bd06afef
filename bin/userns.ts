// SPDX-License-Identifier: MIT
import { callerGid, callerUid, startHelper } from "../src/host";
import { become } from "../src/userns/become";
import { enter } from "../src/userns/enter";
import { serve } from "../src/userns/helper";
import { insideId, layOut } from "../src/userns/layout";
import { readOptions } from "../src/userns/options";

/** Makes a user namespace, maps it and runs a program in it: userns(1). */
export function main(): void {
  if (startHelper()) serve();
  const options = readOptions();
  const asked = layOut(options);
  enter(options, asked);
  become(options, insideId(asked.uids, callerUid()), insideId(asked.gids, callerGid()));
}
