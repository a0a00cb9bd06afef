// SPDX-License-Identifier: MIT
//
// usernsctl map on a machine with ten users, of whom one runs podman, and one collision.
import { expect } from "vitest";
import { eachInstall } from "../clients/world.js";
import { root } from "../stage/build.js";
import { find, names, parseXml, ranges, titleOf } from "./map.js";

const program = `${process.execPath} ${root}/build/usernsctl/usernsctl.mjs`;

/** Runs as root while alice's container sleeps: the picture, what it says of alice in JSON, and the SVG. */
const script = `set -e
  cp -a /etc /run/etc; mount --bind /run/etc /etc
  set -- ${names.slice(1).join(" ")}; id=1001
  for name; do
    echo $name:x:$id:$id::/home/$name:/bin/sh >>/etc/passwd; echo $name:x:$id: >>/etc/group; id=$((id + 1))
  done
  printf '%s\\n' ${ranges({ collide: true }).join(" ")} >/etc/subuid
  cp /etc/subuid /etc/subgid
  echo containers:900000:65536:reserved >/etc/usernamespaces
  rm -f /etc/login.defs
  mkdir -m 700 /home/alice/run; cp -a rootfs /home/alice; cd /home/alice
  ln -s busybox rootfs/bin/sleep; chown -R alice:alice .
  setpriv --reuid alice --regid alice --init-groups env -i PATH=/usr/bin:/bin HOME=$PWD XDG_RUNTIME_DIR=$PWD/run \\
    podman run -d --network=none --rootfs $PWD/rootfs sleep 600 >/dev/null
  set +e
  COLUMNS=80 ${program} map; echo "status $?"
  echo; ${program} map --json
  echo; ${program} map --svg -`;

const picture = `! 1 collision
! uids and gids 281072-296607 (15,536 ids): carol (/etc/subuid:3, /etc/subgid:3)
   and dave (/etc/subuid:4, /etc/subgid:4)

uids and gids, not to scale: ╱ nobody's
            0 1000  61184      281072 427680   900000
            ┬─┬────╱┬─╱──╱─────┬───╱──┬───────╱┬─╱──╱─
collisions                     !!
conventions  ░░░░░░ ░░ ░░                         ░░ ░
accounts    ▪ ▪▪▪                                       11 users
alice         █           ██                            100000-165535
bob                         ▒▒                          165536-231071
carol                         ▒!!                       231072-296607
dave                           !!▒▒                     281072-346607
erin                                ▒▒                  362144-427679
frank                                 ▒▒                427680-493215
grace                                   ▒               493216-558751
heidi                                    ▒▒             558752-624287
ivan                                       ▒            624288-689823
judy                                        ▒▒          689824-755359
containers                                     ╳╳       900000-965535
free                               ·          ·  ·

! collision   █ live   ▒ granted   ╳ reserved   ▪ account   ░ by convention
   · free
`;

eachInstall("map draws ten users, podman and the collision", ["podman", "crun"], (world) => {
  const { status, stdout, stderr } = world.run("root", script);
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  const [text = "", json = "", svg = ""] = stdout.split(/\n\n(?=\[|<\?xml)/);
  expect(text.slice(0, text.indexOf("of useradd's"))).toBe(picture);
  expect(text.split("\n").at(-1)).toBe("status 1");
  const [{ collisions, owners }] = JSON.parse(json);
  expect(collisions).toHaveLength(1);
  const live = owners[0].ranges.filter(({ use }: { use: string }) => use === "live");
  expect({ who: owners[0].who, live }).toEqual({
    who: "alice",
    live: [
      { start: 1000, count: 1, use: "live", sources: [expect.stringMatching(/^live: \d+ /)] },
      { start: 100000, count: 65536, use: "live", sources: [expect.stringMatching(/^live: \d+ /)] },
    ],
  });
  const drawn = parseXml(svg);
  const titles = find(drawn, "rect", "live").map(titleOf);
  expect(titles).toContainEqual(expect.stringMatching(/^alice: 100000-165535 \(live: \d+ /));
  expect(find(drawn, "rect", "collision").map(titleOf).slice(2)).toEqual([
    "carol: 281072-296607",
    "dave: 281072-296607",
  ]);
});
