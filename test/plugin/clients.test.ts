// SPDX-License-Identifier: MIT
//
// Real programs that ask libsubid, for a user who has a slice of /etc/usernamespaces and nothing else.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mapText, showMaps } from "../clients/world.js";
import { libraries } from "../nss/scene.js";
import { root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";
import { obstacle, plugin } from "./plugin.js";

const slice = "*:2000224256:147128320:each=65536";

/** Why clients cannot be run; undefined if they can. */
function whyNot(): string | undefined {
  const missing = ["podman", "crun", "busybox"].filter((name) => !existsSync(`/usr/bin/${name}`));
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  return libraries ? obstacle() : "the plugin that is tested is glibc's";
}

/** The beginning of a world's script, as root: an /etc with the plugin for its source of sub-ids, and alice's home. */
const prepare = `set -e
mkdir etc lib
printf '%s\\n' 'passwd: files' 'group: files' 'subid: usernamespaces' >etc/nsswitch.conf
: >etc/subuid
: >etc/subgid
echo '${slice}' >etc/usernamespaces
cp '${plugin}' lib
mount -t overlay -o lowerdir=$PWD/etc:/etc overlay /etc
mount -t overlay -o lowerdir=$PWD/lib:${libraries} overlay ${libraries}
cp -r rootfs /home/alice
mkdir -m 700 /home/alice/run
chown -R alice:alice /home/alice
cd /home/alice
set +e
`;

/** Runs a script as alice where newuidmap and newgidmap are those of a folder, installed setuid root. */
function run(programs: string, script: string): { status: number | null; stdout: string; stderr: string } {
  const alice = `exec setpriv --reuid alice --regid alice --init-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
HOME=/home/alice USER=alice XDG_RUNTIME_DIR=/home/alice/run sh -c "$(cat <<'END'
${script}
END
)"`;
  const words = [join(root, "test/clients/world.sh"), programs, "setuid", "root", `${prepare}${alice}`];
  const { status, stdout, stderr, error } = spawnSync("sh", words, { encoding: "utf8", timeout: 60_000 });
  if (error) throw error;
  return { status, stdout, stderr };
}

const map = mapText([0, 1000, 1], [1, 2000224256, 65536]);

describe.each([
  ["ours", () => join(root, "build")],
  ["shadow's of 4.13", shadowPrograms],
])("the programs are %s", (_whose, programs) => {
  test("podman maps the user and his slice, and its containers have files of it", ({ skip }) => {
    const reason = whyNot();
    skip(reason !== undefined, reason);
    const podman = "podman run --rm --network=none";
    const script = `${podman} --rootfs $HOME/rootfs sh -c 'id; ${showMaps}'
mkdir -m 777 out
${podman} -v $HOME/out:/out --user 33:44 --rootfs $HOME/rootfs touch /out/made
stat -c %u:%g out/made`;
    expect(run(programs(), script)).toEqual({
      status: 0,
      stdout: `uid=0 gid=0\n${map}${map}allow\n2000224288:2000224299\n`,
      stderr: "",
    });
  });

  test("newuidmap writes the slice and nothing beyond it", ({ skip }) => {
    const reason = whyNot();
    skip(reason !== undefined, reason);
    const script = `unshare -U sleep 60 &
until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do :; done
newuidmap $! 0 2000224256 65537 2>/dev/null; echo $?
newuidmap $! 0 2000224256 65536; echo $?
newgidmap $! 0 2000224256 65536; echo $?
cat /proc/$!/uid_map /proc/$!/gid_map
kill $!`;
    const whole = mapText([0, 2000224256, 65536]);
    expect(run(programs(), script)).toEqual({ status: 0, stdout: `1\n0\n0\n${whole}${whole}`, stderr: "" });
  });

  test("getsubids lists the slice", ({ skip }) => {
    const reason = whyNot();
    skip(reason !== undefined, reason);
    // The world puts it there.
    const script =
      "for words in alice '-g alice' 1000; do /mnt/own/getsubids $words 2>/dev/null; echo $?; done";
    const line = "0: alice 2000224256 65536\n0\n";
    expect(run(programs(), script)).toEqual({ status: 0, stdout: `${line}${line}1\n`, stderr: "" });
  });
});
