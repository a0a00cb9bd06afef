// SPDX-License-Identifier: MIT
//
// Rule 8, in userns: what other processes of the same uid can do to its two processes before one of them becomes
// the program.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Caller, Stage } from "../stage/stage.js";
import { obstacle, startStage, tables } from "./scene.js";
import { failed, installs, ran, run, showMaps } from "./userns-scene.js";
import { type Change, weaken } from "./weaken.js";

/** As the kernel would leave the processes where fs.suid_dumpable is 1. */
const dumpable: Change = {
  file: "native/privilege.c",
  from: "PR_SET_DUMPABLE, dumpable ? 1 : 0,",
  to: "PR_SET_DUMPABLE, 1,",
};

/**
 * Starts userns as $main, with $helper, and stops the helper before userns has a map to ask for; `held` then
 * continues it, and `asks` lets the main process make its namespace and ask.
 */
const begin = `
  "$U" --uid-map @/tmp/map --gid-map '0 1000 1' -- ${showMaps.slice(0, 2).join(" ")} "$SHOW" & main=$!
  until read helper rest </proc/$main/task/$main/children || [ "$helper" ]; do :; done
  kill -STOP $helper
  until grep -q '^State:.T' /proc/$helper/status; do :; done
  asks() {
    echo 0 100000 10 >/tmp/map
    until grep -q '^CapEff:.0*[1-9a-f]' /proc/$main/status; do :; done
  }
  # It may be that nobody waits for it.
  alive() { grep -q '^State:.[^Z]' /proc/$helper/status 2>/dev/null; }
  finish() { kill -CONT $helper; wait $main; exit $?; }
`;

let stage: Stage;
let accomplice: string;
let looker: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  accomplice = await stage.install(
    compile("test/hostile/userns-accomplice.c", "hostile-userns-accomplice"),
    "userns-accomplice",
  );
  looker = await stage.install(compile("test/hostile/accomplice.c", "hostile-accomplice"), "accomplice");
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only({ ...tables, "/tmp/map": { fifo: true, mode: 0o666 } });
});

describe.each(installs)("userns %s", (_how, install) => {
  let userns: string;
  beforeAll(async () => {
    if (!obstacle) userns = await stage.install("build/userns", "userns", install);
  });

  /** Runs a script of alice's around a run of userns that is held. */
  const hold = (script: string, program = userns, caller: Partial<Caller> = {}) => {
    const env = { PATH: "/usr/bin:/bin", U: program, SHOW: showMaps[2] as string, LOOK: looker };
    return run(stage, ["/bin/sh", "-c", `${begin}${script}`], { env, ...caller });
  };
  const mapped = "0 100000 10\n0 1000 1\ndeny\n";

  const options = ["", "-r", "-mpf", "--disable-userns", "--disable-userns --keep-caps -S5"];

  it.each(options)("is never open, however fast one is, with the options '%s'", async (given) => {
    const words = given.split(" ").filter((word) => word !== "");
    const argv = [accomplice, "watch", "100", userns, ...words, "--", "/nonexistent"];
    expect(await run(stage, argv)).toEqual(ran("never caught\n"));
  });

  it("would be, if it were dumpable", async () => {
    const weak = await stage.install(weaken("userns", dumpable), "dumpable", install);
    const argv = [accomplice, "watch", "1000", weak, "-r", "--", "/nonexistent"];
    expect((await run(stage, argv)).stdout).toMatch(/^the (main process|helper|helper's memory)\n$/);
  });

  const calls = ["ptrace", "process_vm_writev", "pidfd_getfd"];
  const files = ["mem", "environ", "maps", "fd/0", "fd", "root", "ns/user"];
  const shut = [
    ...calls.map((what) => `${what}: Operation not permitted\n`),
    ...files.map((what) => `${what}: Permission denied\n`),
  ].join("");

  it("cannot be looked into by its caller, whether before or after its namespace is made", async () => {
    const look = '"$LOOK" look $main; "$LOOK" look $helper;';
    const outcome = await hold(`${look} asks; ${look} finish`);
    expect(outcome).toEqual(ran(`${shut.repeat(4)}${mapped}`));
  });

  it("says so when its helper is killed, and runs nothing", async () => {
    expect(await hold("kill -KILL $helper; echo 0 100000 10 >/tmp/map; wait $main")).toEqual(
      failed("userns: the helper was ended by signal 9"),
    );
    expect(await hold("asks; kill -KILL $helper; wait $main")).toEqual(
      failed("userns: the helper was ended by signal 9"),
    );
  });

  it("waits for a helper that is stopped", async () => {
    expect(await hold("asks; finish")).toEqual(ran(mapped));
  });

  it("leaves no helper behind when it is killed", async () => {
    const gone = "kill -CONT $helper; while alive; do :; done; echo gone";
    expect(await hold(`kill -KILL $main; ${gone}`)).toMatchObject({ stdout: "gone\n" });
    expect(await hold(`asks; kill -KILL $main; ${gone}`)).toMatchObject({ stdout: "gone\n" });
  });

  it.each([
    ["descriptors", "nofile", "userns: cannot open /etc/passwd: Too many open files"],
    ["processes", "nproc", ""],
  ])("maps all or nothing where its helper may have no more %s", async (_what, limit, stderr) => {
    const outcome = await hold(`prlimit --pid $helper --${limit}=0:0; asks; finish`);
    expect(outcome).toEqual(stderr === "" ? ran(mapped) : failed(stderr));
  });

  it("maps nothing where its caller may have no more descriptors", async () => {
    expect(await hold("prlimit --pid $main --nofile=0:0; echo 0 100000 10 >/tmp/map & finish")).toEqual(
      failed("userns: cannot give up the supplementary groups: Operation not permitted"),
    );
  });

  it.each([["-r"], ["--disable-userns"]])(
    "runs the program with the whole map or not at all, whenever the helper is killed, with %s",
    async (option) => {
      const cat = ["/bin/cat", "/proc/self/gid_map", "/proc/self/setgroups"];
      const argv = [accomplice, "chase", "250", userns, option, "-r", "--", ...cat];
      const { stdout } = await run(stage, argv);
      const killed = "125 userns: the helper was ended by signal 9\n";
      const whole = "0          0       1000          1\ndeny\n";
      expect([`${killed}${whole}`, `${whole}${killed}`, killed, whole]).toContain(stdout);
    },
  );

  it("dumps no core", async () => {
    const crash = (program: string) =>
      hold(
        "cd /tmp; kill -SEGV $main; wait $main; kill -SEGV $helper; kill -CONT $helper; while alive; do :; done; echo *; rm -f core",
        program,
        { cwd: "/tmp", limits: { core: 1 << 30 } },
      );
    expect((await crash(userns)).stdout).toBe("map\n");
    const weak = await stage.install(weaken("userns", dumpable), "dumpable", install);
    expect((await crash(weak)).stdout).toBe("core map\n");
  });
});

it.each(installs)(
  "userns %s does not run where the kernel would leave it open to its caller",
  async (_how, install) => {
    const other = await startStage({ "/tmp/dumpable": "1\n" });
    const userns = await other.install("build/userns", "userns", install);
    await other.bind("/tmp/dumpable", "/proc/sys/fs/suid_dumpable");
    const outcome = await run(other, [userns, "-r", "--", "true"]);
    await other.close();
    expect(outcome).toEqual(failed("userns: does not run while the sysctl fs.suid_dumpable is 1"));
  },
);
