// SPDX-License-Identifier: MIT
//
// usernsctl explain --podman names the maps that podman makes.
import { expect } from "vitest";
import { eachInstall } from "../clients/world.js";
import { libraries } from "../nss/scene.js";
import { plugin } from "../plugin/plugin.js";
import { root } from "../stage/build.js";

const shown =
  'podman unshare sh -c \'sed "s/^/uid /" /proc/self/uid_map; sed "s/^/gid /" /proc/self/gid_map\'';

/** Makes our plugin the source of sub-ids, and has /etc/usernamespaces hold a line. */
function throughPlugin(line: string): string {
  return `mkdir /run/etc /run/lib
    printf 'passwd: files\\ngroup: files\\nsubid: usernamespaces\\n' >/run/etc/nsswitch.conf
    echo '${line}' >/run/etc/usernamespaces
    cp '${plugin}' /run/lib
    mount -t overlay -o lowerdir=/run/etc:/etc overlay /etc
    mount -t overlay -o lowerdir=/run/lib:${libraries} overlay ${libraries}`;
}

/**
 * Runs as root a script in which /etc/subuid and /etc/subgid hold these lines, and more is set up: podman's maps, then
 * what explain has.
 */
function script(subuid: string, subgid: string, more: string): string {
  const environment = "PATH=/usr/bin:/bin HOME=/home/alice XDG_RUNTIME_DIR=/home/alice/run";
  return `set -e
    ${more}
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
  { subuid: "", subgid: "", more: throughPlugin("*:2000224256:147128320:each=65536"), lines: 4 },
  { subuid: "alice:100000:10\\n", subgid: "", more: throughPlugin("alice:300000:9:"), lines: 5 },
];

eachInstall("explain --podman names what podman asks for", ["podman"], (world) => {
  for (const { subuid, subgid, lines, more = "" } of tables) {
    const { stdout } = world.run("root", script(subuid, subgid, more));
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
