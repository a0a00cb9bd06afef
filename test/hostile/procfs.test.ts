// SPDX-License-Identifier: MIT
//
// Rule 3: the target is a directory of this very procfs, and nothing that was mounted there is believed.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Descriptor, OpenFlag, Stage } from "../stage/stage.js";
import { alice, bob, end, mapped, obstacle, privileges, refused, request, startStage } from "./scene.js";
import { type Change, weaken } from "./weaken.js";

/**
 * Alice wants her own group mapped with setgroups allowed (CVE-2018-7169). $2 is hers, its setgroups says
 * "allow". She makes a process whose setgroups says "deny", and in a mount namespace of her own shows that file
 * over the target's. Descriptor 9 reaches the target through that namespace.
 */
const fakedSetgroups = `
  program=$1 target=$2
  unshare -Ur sh -c 'echo >/tmp/denied; exec sleep 60' &
  until [ -e /tmp/denied ]; do sleep 0.01; done
  denied=$!
  eval fake=$3
  unshare -Urm sh -c "mount --bind $fake /proc/$target/setgroups; echo >/tmp/mounted; exec sleep 60" &
  until [ -e /tmp/mounted ]; do sleep 0.01; done
  exec 9</proc/$!/root/proc/$target
  cat /proc/self/fd/9/setgroups
  $program fd:9 0 1000 1
  status=$?
  kill $! $denied
  exit $status
`;

/** Without RESOLVE_NO_XDEV, and without the comparison of devices that catches a file of another file system. */
const crossing: Change = { file: "native/target.c", from: "RESOLVE_NO_XDEV | ", to: "" };
const anyDevice: Change = {
  file: "native/target.c",
  from: "above.st_dev != file.st_dev",
  to: "false",
};
const otherProcfs = "/proc/$denied/setgroups";
const plainFile = "/tmp/deny";

let stage: Stage;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage({ "/etc/subgid": "", [plainFile]: "deny\n" });
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(obstacle !== undefined, obstacle));

describe.each(privileges)("newgidmap %s and a faked setgroups", (_how, install) => {
  const attack = async (build: string, fake: string) => {
    const program = await stage.install(build, "newgidmap", install.newgidmap);
    const outcome = await stage.run({
      argv: ["/bin/sh", "-c", fakedSetgroups, "sh", program, "$PID", fake],
      caller: alice,
    });
    // Through the stage, which forgets what others made: it sets a file up in order to take it away.
    await stage.files({ "/tmp/denied": "", "/tmp/mounted": "" });
    await stage.files({ "/tmp/denied": null, "/tmp/mounted": null });
    expect(outcome.stdout).toBe("deny\n");
    return end(outcome);
  };
  const fallen = mapped({ gidMap: "0 1000 1", setgroups: "allow" });

  it("would believe another process's, if it crossed mounts", async () => {
    expect(await attack(weaken("newgidmap", crossing), otherProcfs)).toEqual(fallen);
  });

  it("would believe any file, if it did not compare devices either", async () => {
    expect(await attack(weaken("newgidmap", crossing, anyDevice), plainFile)).toEqual(fallen);
  });

  it.each([otherProcfs, plainFile])("does not believe %s", async (fake) => {
    const { stderr, ...rest } = await attack("build/newgidmap", fake);
    expect(rest).toEqual({ status: 1, signal: 0, uidMap: "", gidMap: "", setgroups: "allow" });
    expect(stderr).toMatch(/^newgidmap: couldn't open process setgroups: /);
  });
});

describe.each(privileges)(
  "a descriptor that is no directory of a process in this /proc, newuidmap %s",
  (_how, install) => {
    let program: string;

    beforeAll(async () => {
      if (!obstacle) program = await stage.install("build/newuidmap", "newuidmap", install.newuidmap);
    });

    const usage =
      "usage: newuidmap [<pid>|fd:<pidfd>] <uid> <loweruid> <count> [ <uid> <loweruid> <count> ] ... ";
    const given = (fd: Descriptor, number = 9) =>
      request(stage, {
        argv: [program, `fd:${number}`, "0", "100000", "65536"],
        caller: { ...alice, fds: { 9: fd } },
      });
    const noProcess = (number: number) =>
      refused(
        usage,
        `newuidmap: descriptor ${number} is not open on the directory of a process in this /proc`,
      );

    it("maps what is one", async () => {
      for (const path of ["/proc/$PID", "/proc/$PID/task/$PID"]) {
        for (const flags of [["O_RDONLY"], ["O_PATH"], ["O_RDONLY", "O_DIRECTORY"]] as OpenFlag[][]) {
          expect(await given({ path, flags })).toEqual(mapped({ uidMap: "0 100000 65536" }));
        }
      }
    });

    it.each([
      ["/proc itself", "/proc"],
      ["the threads of a process", "/proc/$PID/task"],
      ["the descriptors of a process", "/proc/$PID/fd"],
      ["the network of a process", "/proc/$PID/net"],
      ["the memory map of a process", "/proc/$PID/map_files"],
      ["the root of a process", "/proc/$PID/root"],
      ["the working directory of a process", "/proc/$PID/cwd"],
      ["the system's settings", "/proc/sys"],
      ["a file of a process", "/proc/$PID/uid_map"],
      ["a namespace", "/proc/$PID/ns/user"],
      ["a directory of another file system", "/tmp"],
      ["a device", "/dev/null"],
    ])("refuses %s", async (_what, path) => {
      expect(await given({ path })).toEqual(noProcess(9));
      expect(await given({ path, flags: ["O_PATH"] })).toEqual(noProcess(9));
    });

    it("refuses a symbolic link", async () => {
      await stage.files({ "/tmp/link": { symlink: "/proc/1" } });
      expect(await given({ path: "/tmp/link", flags: ["O_PATH", "O_NOFOLLOW"] })).toEqual(noProcess(9));
    });

    it("refuses a pidfd, and what is closed", async () => {
      expect(await given("pidfd")).toEqual(noProcess(9));
      for (const number of [0, 1, 2, 8, 1023, 2147483647]) {
        expect(await given({ path: "/proc/$PID" }, number)).toEqual(noProcess(number));
      }
    });

    it("refuses a directory that is called like one", async () => {
      const evil = { "/tmp/1": { directory: true as const, uid: alice.uid } };
      await stage.files({
        ...evil,
        "/tmp/1/uid_map": { symlink: "/proc/1/uid_map" },
        "/tmp/1/setgroups": "deny\n",
      });
      expect(await given({ path: "/tmp/1" })).toEqual(noProcess(9));
    });

    it("refuses another procfs that shows the same process", async () => {
      const another = `
      unshare -Urpfm sh -c 'mount -t proc proc /proc; echo >/tmp/mounted; exec sleep 60' &
      until [ -e /tmp/mounted ]; do sleep 0.01; done
      for pid in $(cat /proc/$!/task/$!/children); do inner=$pid; done
      exec 9</proc/$inner/root/proc/1
      $1 fd:9 0 100000 65536
      status=$?
      kill $! $inner
      exit $status
    `;
      const outcome = await stage.exec({ argv: ["/bin/sh", "-c", another, "sh", program], caller: alice });
      await stage.files({ "/tmp/mounted": "" });
      await stage.files({ "/tmp/mounted": null });
      expect(outcome).toMatchObject({ status: 1, stderr: noProcess(9).stderr });
    });

    it("has no use for a process of somebody else's", async () => {
      const outcome = await request(stage, {
        argv: [program, "fd:9", "0", "100000", "65536"],
        caller: { ...alice, fds: { 9: { path: "/proc/$PID" } } },
        target: bob,
      });
      expect(outcome.stderr).toMatch(/^newuidmap: Target process is owned by a different user: uid:1000 /);
      expect(outcome).toMatchObject({ status: 1, uidMap: "" });
    });
  },
);
