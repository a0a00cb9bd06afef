// SPDX-License-Identifier: MIT
//
// What usernsctl free and add learn from the machine itself: live namespaces, the name service and its plugins.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRun, done, failed, Root, refused } from "./allocate.js";

const here = new Root();
const canNest = canRun("unshare", "-mpf", "--mount-proc", "unshare", "-U", "true");

/** Runs a script where /etc is the directory's and no process of others is to be seen. */
function alone(script: string) {
  const bound = `mount --bind ${here.path}/etc /etc || exit 9\n${script}`;
  return here.spawn("unshare", "-mpf", "--mount-proc", "sh", "-c", bound, "sh", ...here.argv().slice(0, 1));
}

/** Starts a process in a user namespace with the map. */
const mapped = (map: string) => `unshare -U sleep 1000 & pid=$!
  while [ "$(readlink /proc/$pid/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do :; done
  printf '${map}' >/proc/$pid/uid_map || exit 8`;

describe.skipIf(!canNest)("a live namespace (needs root and namespaces)", () => {
  const usernsctl = `${process.execPath} "$1"`;

  it("keeps what it maps from others", () => {
    const maps = mapped("0 165540 10\\n20 165560 10\\n");
    expect(alone(`${maps}; ${usernsctl} free --size 10`)).toEqual(done("165550:10\n"));
    expect(alone(`${maps}; ${usernsctl} free --size 11`)).toEqual(done("165570:11\n"));
    const { stderr } = alone(`${maps}; ${usernsctl} add alice 165569:5`);
    expect(stderr).toMatch(
      /^usernsctl: 165569-165573 is not free: 165569 is taken \(mapped by process \d+\)\n$/,
    );
  });
  it("is seen by who is not root", () => {
    const as = "setpriv --reuid 65534 --regid 65534 --clear-groups";
    const script = `chmod 755 ${here.path}; ${mapped("0 165540 10\\n")}; ${as} ${usernsctl} free --size 10`;
    expect(alone(script)).toEqual(done("165550:10\n"));
  });
  it("keeps nothing from others if it maps half of all ids or more", () => {
    const maps = mapped("0 0 1000000000\\n1000000000 1000000000 1147483648\\n");
    expect(alone(`${maps}; ${usernsctl} free --size 10`)).toEqual(done("165536:10\n"));
    const fewer = mapped("0 0 1000000000\\n1000000000 1000000000 1147483647\\n");
    expect(alone(`${fewer}; ${usernsctl} free --size 10`).status).toBe(1);
  });
  it("is no obstacle to what its user has already", () => {
    here.put("subuid", "alice:165536:100\n");
    const script = `${mapped("0 165536 100\\n")}; ${usernsctl} add alice 165536:100`;
    expect(alone(script)).toEqual(done("/etc/subgid: added alice:165536:100\n"));
  });
  it("is not our own", () => {
    const maps =
      "printf '0 165536 65536\\n' >/proc/$pid/uid_map; printf '0 165536 65536\\n' >/proc/$pid/gid_map";
    const inner = `unshare -U sh -c 'read -r go; "$0" "$1" free --size 1' ${process.execPath} "$1" <$dir/go & pid=$!`;
    const script = `dir=$(mktemp -d); mkfifo $dir/go; ${inner}; exec 3>$dir/go
      while [ "$(readlink /proc/$pid/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do :; done
      chmod -R a+rX ${here.path} $dir; ${maps}; echo >&3; wait $pid; status=$?; rm -r $dir; exit $status`;
    expect(alone(script)).toEqual(done("165536:1\n"));
  });
});

describe.skipIf(!canNest)("the name service (needs root and namespaces)", () => {
  let libraries: string;
  beforeAll(() => {
    libraries = mkdtempSync(join(tmpdir(), "libraries-"));
    const compile = (source: string, name: string) =>
      execFileSync("cc", ["-shared", "-fPIC", "-o", join(libraries, name), source]);
    compile("test/ctl/libnss_hidden.c", "libnss_hidden.so.2");
    compile("test/nss/libsubid_example.c", "libsubid_example.so");
  });
  afterAll(() => rmSync(libraries, { recursive: true }));

  const usernsctl = () => `env LD_LIBRARY_PATH=${libraries} ${process.execPath} "$1"`;

  it("lists accounts that are in no file", ({ skip }) => {
    const extra = "/var/lib/extrausers";
    skip(!existsSync(extra), "libnss-extrausers is not installed");
    here.put("nsswitch.conf", "passwd: files extrausers\ngroup: files extrausers\n");
    const script = `mount -t tmpfs -o mode=755 none ${extra} || exit 9
      echo 'remote:x:165600:165600::/:' >${extra}/passwd; echo 'remotes:x:165700:' >${extra}/group`;
    expect(alone(`${script}; ${usernsctl()} free --size 100`)).toEqual(done("165701:100\n"));
    expect(alone(`${script}; ${usernsctl()} add alice 165600:1`)).toEqual(
      refused("165600 is not free: 165600 is taken (the uid of remote)"),
    );
    expect(alone(`${script}; ${usernsctl()} add alice 165700:1`)).toEqual(
      refused("165700 is not free: 165700 is taken (the gid of remotes)"),
    );
    expect(alone(`${script}; ${usernsctl()} add remote 300000:1`).stdout).toBe(
      "/etc/subuid: added remote:300000:1\n/etc/subgid: added remote:300000:1\n",
    );
  });
  it("is asked about ids of accounts that it does not list", () => {
    expect(alone(`${usernsctl()} free --align 65536`)).toEqual(done("196608:65536\n"));
    here.put("nsswitch.conf", "passwd: files hidden\n");
    expect(alone(`${usernsctl()} free --align 65536`)).toEqual(done("327680:65536\n"));
    expect(alone(`${usernsctl()} add alice 199999:2`)).toEqual(
      refused("199999-200000 is not free: 199999-200000 is taken (200000 is the uid of remote200000)"),
    );
    expect(alone(`${usernsctl()} add alice 200005:1`)).toEqual(
      refused("200005 is not free: 200005 is taken (200005 is the uid of remote200005)"),
    );
  });
  it("has a plugin, whose ranges are another's", () => {
    here.put("nsswitch.conf", "passwd: files\nsubid: example\n");
    here.put("subid-example", "alice:uid:165536:10\nbob:gid:165546:10\n");
    expect(alone(`${usernsctl()} free`)).toEqual(done("165556:65536\n"));
    expect(alone(`${usernsctl()} reserve bob 165550:1`)).toEqual(
      refused("165550 is not free: 165550 is taken (a range of bob by the plugin 'example')"),
    );
  });
  it.each([
    ["fails", "example", "alice:status:3\n"],
    ["is not installed", "missing", ""],
  ])("has a plugin that %s: nothing is called free", (_, plugin, ranges) => {
    here.put("nsswitch.conf", `passwd: files\nsubid: ${plugin}\n`);
    here.put("subid-example", ranges);
    const who = plugin === "missing" ? "root" : "alice";
    expect(alone(`${usernsctl()} free`)).toEqual(
      failed(
        `the plugin '${plugin}', which nsswitch.conf names for subid, does not tell the ranges of ${who}: ` +
          "what is free is not known before it is installed and answers",
      ),
    );
  });
});
