// SPDX-License-Identifier: MIT
//
// The maps as a kernel with file-system ids of namespaces takes them: once each, before the maps of the same kind, which
// such a kernel copies where none was written. No kernel that has them was released.
import { hasFsidMaps, writeFsidMap } from "../host";
import { Kind } from "../policy/kind";
import { Request } from "../policy/request";
import { causeText } from "../steps/explain";
import { EPERM } from "../text/errno";
import { complain } from "../text/message";
import { authoriseMaps } from "./authorise";
import { Options } from "./options";
import { explainLack } from "./privilege";
import { NAME } from "./target";

/** Writes the target's fsuid_map and fsgid_map; ends where the kernel has none. */
export function writeFsidMaps(options: Options): void {
  const known = hasFsidMaps();
  if (known < 0) complain(NAME).line("cannot look for fsuid_map: ").text(causeText(known)).end();
  if (known == 0) {
    complain(NAME)
      .line("this kernel has no /proc/PID/fsuid_map, as no released kernel has")
      .line("--bind SOURCE TARGET PID MAP... does the same for one tree of files")
      .end();
  }
  authoriseMaps(options);
  write(options.uids);
  write(options.gids);
}

function write(map: Request): void {
  const result = writeFsidMap(map.kind == Kind.Gid);
  if (result == 0) return;
  const complaint = complain(NAME).line(
    map.kind == Kind.Uid ? "write to fsuid_map failed: " : "write to fsgid_map failed: ",
  );
  complaint.text(causeText(result));
  if (result == -EPERM && !explainLack(complaint))
    complaint.line("it is written once, and before the namespace's own map of the same kind");
  complaint.end();
}
