// SPDX-License-Identifier: MIT
//
// What can happen between two steps of a program: the plugin that it asks for the ids holds it up after it has
// looked at its target and before it opens the target's map.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Install, Stage } from "../stage/stage.js";
import { alice, end, mapped, pluginObstacle, privileges, refused, startStageWithPlugin } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

/** Runs $3 while $1 is held up on target $2. */
const inTheMiddle = `
  program=$1 target=$2 accomplice=$4
  $program $target 0 300000 1000 & helper=$!
  until [ -e /tmp/asked ]; do sleep 0.002; done
  read -r child </proc/$helper/task/$helper/children
  child=\${child% }
  eval "$3"
  : >/tmp/answer
  wait $helper 2>/dev/null
`;

/** As root: $1 is held up on a process of alice's that ends then, and another gets its pid. Prints its map. */
const pidAgain = `
  as_alice='setpriv --reuid 1000 --regid 1000 --clear-groups'
  $as_alice unshare -U sleep 60 & target=$!
  until [ "$(readlink /proc/$target/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.002; done
  $as_alice "$1" $target 0 300000 1000 & helper=$!
  until [ -e /tmp/asked ]; do sleep 0.002; done
  kill -9 $target
  wait $target 2>/dev/null
  echo $((target - 1)) >/proc/sys/kernel/ns_last_pid
  $as_alice unshare -U sleep 60 & another=$!
  until [ "$(readlink /proc/$another/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.002; done
  [ $another = $target ] || echo another pid >&2
  : >/tmp/answer
  wait $helper; status=$?
  tr -s ' ' </proc/$another/uid_map
  kill $another
  exit $status
`;

/** $2 changes its group while $1 is held up on it. Prints its map. */
const groupChanges = `
  $2 & target=$!
  until [ -e /tmp/ready ]; do sleep 0.002; done
  "$1" $target 0 300000 1000 & helper=$!
  until [ -e /tmp/asked ]; do sleep 0.002; done
  : >/tmp/change
  until [ -e /tmp/changed ]; do sleep 0.002; done
  : >/tmp/answer
  wait $helper; status=$?
  tr -s ' ' </proc/$target/uid_map
  kill $target
  exit $status
`;

const openedByName: Change = {
  file: "native/target.c",
  from: "const int fd = open_below(name, O_WRONLY);",
  to: `char path[64];
  __builtin_snprintf(path, sizeof path, "/proc/%s/%s", start.argv[1], name);
  const int fd = open(path, O_WRONLY | O_CLOEXEC);`,
};
/** As the kernel would leave the program where fs.suid_dumpable is 1. */
const dumpable: Change = {
  file: "native/privilege.c",
  from: "PR_SET_DUMPABLE, dumpable ? 1 : 0,",
  to: "PR_SET_DUMPABLE, 1,",
};
const ownerUnseen: Change = {
  file: "native/target.c",
  from: "fstat(fd, &st) == 0 && st.st_uid == start.uid && st.st_gid == start.gid",
  to: "fstat(fd, &st) == 0",
};

let stage: Stage;

beforeEach((context) => context.skip(pluginObstacle !== undefined, pluginObstacle));
afterAll(() => stage?.close());

describe.each(privileges)("newuidmap %s, held up by a plugin", (_how, { newuidmap }) => {
  let program: string;
  let accomplice: string;
  let changer: string;
  const flags = ["asked", "answer", "ready", "change", "changed"].map((name) => `/tmp/${name}`);

  beforeAll(async () => {
    if (pluginObstacle) return;
    await stage?.close();
    stage = await startStageWithPlugin("waits");
    program = await stage.install("build/newuidmap", "newuidmap", newuidmap);
    const look = compile("test/hostile/accomplice.c", "hostile-accomplice");
    accomplice = await stage.install(look, "accomplice");
    const own = compile("test/hostile/changer.c", "hostile-changer");
    changer = await stage.install(own, "changer", { mode: 0o2755, uid: alice.uid, gid: 44 });
  });

  // Through the stage, which forgets what others made: it sets a file up in order to take it away.
  beforeEach(async () => {
    if (pluginObstacle) return;
    await stage.files(Object.fromEntries(flags.map((path) => [path, ""])));
    await stage.files(Object.fromEntries(flags.map((path) => [path, null])));
  });

  const during = (action: string, build = program) =>
    stage.run({
      argv: ["/bin/sh", "-c", inTheMiddle, "sh", build, "$PID", action, accomplice],
      caller: alice,
    });
  const given = mapped({ uidMap: "0 300000 1000" });
  const unanswered = (why: string) =>
    refused(
      "newuidmap: uid range [0-1000) -> [300000-301000) not allowed",
      `newuidmap: the sub-id source 'waits' of /etc/nsswitch.conf could not be asked: ${why}`,
      "newuidmap: alice may map only the own uid 1000",
    );

  it("is out of reach for its user, as is the name-service program", async () => {
    const outcome = await during("$accomplice look $helper; $accomplice look $child");
    const refusals = [
      ...["ptrace", "process_vm_writev", "pidfd_getfd"].map((way) => `${way}: Operation not permitted`),
      ...["mem", "environ", "maps", "fd/0", "fd", "root", "ns/user"].map(
        (way) => `${way}: Permission denied`,
      ),
    ];
    expect(outcome.stdout.split("\n")).toEqual([...refusals, ...refusals, ""]);
    expect(end(outcome)).toEqual(given);
  });

  it("would be in reach, as soon as it has no capability any more, if it stayed dumpable", async () => {
    const bare = await stage.install(weaken("newuidmap", dumpable), "newuidmap-bare");
    const outcome = await during("$accomplice look $helper", bare);
    expect(outcome.stdout).toContain("ptrace: ok\n");
    expect(outcome.stdout).toContain("mem: ok\n");
  });

  it.each([
    ["it is stopped and goes on", "kill -STOP $helper; kill -CONT $helper", given],
    ["the name-service program is stopped and goes on", "kill -STOP $child; kill -CONT $child", given],
    ["the name-service program is killed", "kill -9 $child", unanswered("the name service failed")],
    ["the name-service program is ended", "kill -TERM $child", unanswered("the name service failed")],
    ["it is killed", "kill -9 $helper", { ...refused(), status: 137 }],
    [
      "it may open no more files",
      "prlimit --pid $helper --nofile=3:3",
      refused("newuidmap: cannot open /etc/usernamespaces: Too many open files"),
    ],
    [
      "its target ends",
      "kill -9 $target; until grep -q ') Z' /proc/$target/stat; do sleep 0.002; done",
      refused("newuidmap: open of uid_map failed: Permission denied", "newuidmap: the process has ended"),
    ],
  ])("maps all or nothing when %s", async (_what, action, expected) => {
    expect(end(await during(action))).toEqual(expected);
  });

  it("leaves no process behind when it is killed", async () => {
    const gone =
      "kill -9 $helper; while [ -d /proc/$child ] && ! grep -q ') Z' /proc/$child/stat; do sleep 0.002; done";
    expect((await during(`${gone}; echo gone`)).stdout).toBe("gone\n");
  });

  const afterPidAgain = async (build: string) => {
    const path = await stage.install(build, "newuidmap-pid", newuidmap);
    const root = { uid: 0, gid: 0 };
    return stage.exec({ argv: ["/bin/sh", "-c", pidAgain, "sh", path], caller: root });
  };

  it("would map another process that got the target's pid, if it opened the map by name", async () => {
    const outcome = await afterPidAgain(weaken("newuidmap", openedByName));
    expect(outcome).toMatchObject({ status: 0, stdout: " 0 300000 1000\n", stderr: "" });
  });

  it("maps no other process that got the target's pid", async () => {
    expect(await afterPidAgain("build/newuidmap")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "newuidmap: open of uid_map failed: No such process\n",
    });
  });

  const afterGroupChanges = async (build: string, how: Install = newuidmap) => {
    const path = await stage.install(build, "newuidmap-group", how);
    return stage.exec({ argv: ["/bin/sh", "-c", groupChanges, "sh", path, changer], caller: alice });
  };

  it("would map a target that has become another group's, if it looked at its owner only once", async () => {
    const outcome = await afterGroupChanges(weaken("newuidmap", ownerUnseen));
    expect(outcome).toMatchObject({ status: 0, stdout: " 0 300000 1000\n", stderr: "" });
  });

  it("maps no target that has become another group's", async () => {
    expect(await afterGroupChanges("build/newuidmap")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "newuidmap: open of uid_map failed: the target changed its owner\n",
    });
  });
});
