// SPDX-License-Identifier: MIT
// rootlesskit for users who have no line in /etc/subuid or /etc/subgid: it asks getsubids, by name and by uid, and
// maps what both list. It is from before 1.1.1 here, so a range that both listed would be mapped twice.

import { expect } from "vitest";
import { eachInstall, mapText, showMaps, type World } from "./world.js";

const slices = "*:2000224256:147128320:each=65536";

/** Runs a script as alice where these are the tables, and the first getsubids is the one under test. */
function runAsAlice(world: World, { subids = "", usernamespaces = slices }, script: string) {
  const home = "/home/alice";
  return world.run(
    "root",
    `cp -a /etc /mnt/new && mount --bind /mnt/new /etc
printf '${subids}' | tee /etc/subuid >/etc/subgid
printf '%s\\n' '${usernamespaces}' >/etc/usernamespaces
mkdir -m 700 ${home}/run && chown -R alice:alice ${home} && cd ${home}
setpriv --reuid alice --regid alice --init-groups env -i PATH=/mnt/own:/usr/sbin:/usr/bin:/sbin:/bin \\
  HOME=${home} USER=alice XDG_RUNTIME_DIR=${home}/run sh -c '${script}'`,
  );
}

const clients = ["rootlesskit", "setpriv"];
const slice = mapText([0, 1000, 1], [1, 2000224256, 65536]);

eachInstall("rootlesskit serves a user who has only a slice", clients, (world) => {
  expect(runAsAlice(world, {}, `rootlesskit sh -c "id -u; id -g; ${showMaps}"`)).toEqual({
    status: 0,
    stdout: `0\n0\n${slice}${slice}allow\n`,
    stderr: "",
  });
});

eachInstall("rootlesskit maps sub-ids first, then the slice", clients, (world) => {
  const both = mapText([0, 1000, 1], [1, 100000, 1000], [1001, 2000224256, 65536]);
  expect(runAsAlice(world, { subids: "alice:100000:1000\\n" }, `rootlesskit sh -c "${showMaps}"`)).toEqual({
    status: 0,
    stdout: `${both}${both}allow\n`,
    stderr: "",
  });
});

eachInstall("rootlesskit says that a user without any range has none", clients, (world) => {
  const { status, stdout, stderr } = runAsAlice(world, { usernamespaces: "bob:5000:10:" }, "rootlesskit id");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain('No subuid ranges found for user 1000 ("alice")');
});
