// SPDX-License-Identifier: MIT
//
// usernsctl explain --podman names the maps that podman makes.
import { expect } from "vitest";
import { eachInstall } from "../clients/world.js";
import { root } from "../stage/build.js";

const shown =
  'podman unshare sh -c \'sed "s/^/uid /" /proc/self/uid_map; sed "s/^/gid /" /proc/self/gid_map\'';

/** Runs as root a script in which /etc/subuid and /etc/subgid hold these lines: podman's maps, then what explain has. */
function script(subuid: string, subgid: string): string {
  const environment = "PATH=/usr/bin:/bin HOME=/home/alice XDG_RUNTIME_DIR=/home/alice/run";
  return `set -e
    printf '${subuid}' >/run/subuid; mount --bind /run/subuid /etc/subuid
    printf '${subgid}' >/run/subgid; mount --bind /run/subgid /etc/subgid
    mkdir -m 700 /home/alice/run; chown -R alice:alice /home/alice; cd /home/alice
    setpriv --reuid alice --regid alice --init-groups env -i ${environment} ${shown} 2>/dev/null
    echo; ${process.execPath} ${root}/build/usernsctl/usernsctl.mjs explain --user alice --podman --json || true`;
}

/** A table for each kind, and how many lines podman's maps have. */
const tables = [
  {
    subuid: "alice:300000:100\\nbob:1:1\\nalice:100000:65536\\n",
    subgid: "1000:600000:9\\nalice:400000:10\\n",
    lines: 6,
  },
  { subuid: "alice:100000:65536\\n", subgid: "bob:100000:65536\\n", lines: 2 },
];

eachInstall("explain --podman names what podman asks for", ["podman"], (world) => {
  for (const { subuid, subgid, lines } of tables) {
    const { stdout } = world.run("root", script(subuid, subgid));
    const [maps = "", json = ""] = stdout.split("\n\n");
    const made = maps.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
    const { maps: explained } = JSON.parse(json);
    const [uids, gids] = explained.map(({ map }: { map: string[] }) => map);
    const asked = [
      ...uids.map((line: string) => `uid ${line}`),
      ...gids.map((line: string) => `gid ${line}`),
    ];
    expect(asked).toEqual(made);
    expect(made.length).toBe(lines);
  }
});
