// SPDX-License-Identifier: MIT
//
// Rule 1, in userns: whatever it is started with, it makes the maps that were asked for and runs the program, or it
// runs nothing; and what it was started with, but for what its page says, is what the program finds.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Caller, Install, Stage } from "../stage/stage.js";
import { alice, obstacle, startStage, tables } from "./scene.js";
import { failed, installs, type Run, ran, run, showMaps } from "./userns-scene.js";

const hers = ["--uid-map=0 100000 10", "--gid-map=0 100000 10"];
const whole = ran("0 100000 10\n0 100000 10\nallow\n");

let stage: Stage;
let launch: string;
beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  launch = await stage.install(compile("test/hostile/launch.c", "hostile-launch"), "launch");
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only(tables);
});

describe.each(installs)("userns %s", (_how, install) => {
  let userns: string;
  beforeAll(async () => {
    if (!obstacle) userns = await stage.install("build/userns", "userns", install);
  });

  const maps = (caller: Partial<Caller>, options: string[] = []): Promise<Run> =>
    run(stage, [userns, ...hers, ...options, "--", ...showMaps], caller);

  it("maps as the first process of a namespace whose children are in another", async () => {
    const first = ["/usr/bin/unshare", "-pf", "/usr/bin/unshare", "-p"];
    const as = ["/usr/bin/setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"];
    const argv = [...first, ...as, userns, ...hers, "--", "cat", "/proc/self/uid_map"];
    expect(await run(stage, argv, { uid: 0, gid: 0 })).toEqual(ran("         0     100000         10\n"));
  });

  const signals = ["SIGHUP", "SIGINT", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGCHLD", "SIGCONT"] as const;
  it.each<[string, Partial<Caller>]>([
    ["an environment that would load, print and look elsewhere", { env: hostileEnvironment() }],
    ["a large environment", { env: { PATH: "/usr/bin:/bin", LARGE: "x".repeat(100_000) } }],
    ["another working directory", { cwd: "/tmp" }],
    ["all signals ignored", { ignore: [...signals] }],
    ["all signals blocked", { block: [...signals] }],
    ["nothing to read from", { close: [0] }],
    ["nowhere to complain", { close: [2] }],
    ["a directory to read from", { stdin: "/" }],
    [
      "descriptors of its own files",
      { fds: { 3: { path: "/proc/self/uid_map" }, 9: { path: "/proc/self" } } },
    ],
    ["CPU time of 1 s", { limits: { cpu: 1 } }],
    ["no core file", { limits: { core: 0 } }],
    ["no locked memory", { limits: { memlock: 0 } }],
    ["no pending signal", { limits: { sigpending: 0 } }],
    ["a pending signal", { limits: { sigpending: 1 } }],
  ])("maps with %s", async (_what, caller) => {
    expect(await maps(caller)).toEqual(whole);
    expect(await maps(caller, ["--disable-userns", "-f"])).toEqual(whole);
  });

  it("maps where files may have no size", async () => {
    const check = ["grep", "-q", "100000", "/proc/self/uid_map"];
    expect(await run(stage, [userns, ...hers, "--", ...check], { limits: { fsize: 0 } })).toEqual(ran(""));
  });

  it.each<[string, Partial<Caller>]>([
    ["no memory", { limits: { as: 0 } }],
    ["a byte of memory", { limits: { as: 1 } }],
    ["no data", { limits: { data: 0 } }],
    ["no stack", { limits: { stack: 0 } }],
    ["no descriptor", { limits: { nofile: 0 } }],
    ["one descriptor", { limits: { nofile: 1 } }],
    ["none for its own files", { limits: { nofile: 4 } }],
    ["none for the channel", { limits: { nofile: 7 } }],
    ["none for a table", { limits: { nofile: 8 } }],
  ])("runs nothing with %s", async (_what, caller) => {
    const outcome = await maps(caller);
    expect(outcome.stdout).toBe("");
    expect(outcome.status).not.toBe(0);
  });

  it("says that it may start no process", async () => {
    for (const nproc of [0, 1])
      expect(await maps({ limits: { nproc } })).toEqual(
        failed("userns: cannot start a process: a limit of processes is reached"),
      );
  });

  const launched = (circumstance: string, words: string[] = [...hers, "--", ...showMaps]) =>
    run(stage, [launch, circumstance, "--", userns, ...words]);

  it("takes nothing from argv[0], and runs the shell without any argument", async () => {
    expect(await launched("argc=0")).toEqual(ran(""));
    const argv = ["\x1b]0;root\x07", "--uid-map=0 0 1", "--gid-map=0 1000 1", "true"];
    const { stderr } = await stage.exec({ program: userns, argv, caller: alice });
    expect(stderr).toBe(
      "userns: uid range [0-1) -> [0-1) not allowed\nuserns: outside uid 0 is root's own: nobody else may map it\n",
    );
  });

  it("takes as many arguments as fit, and no more lines than the kernel", async () => {
    const many = (count: number, word: string, ...before: string[]) => {
      const script = `exec "$@" $(yes -- ${word} | head -n ${count})`;
      return run(stage, ["/bin/sh", "-c", script, "sh", userns, ...before]);
    };
    expect(await many(341, "--map-users=0:100000:1")).toEqual(
      failed("userns: --map-users: a map has at most 340 lines"),
    );
    expect(await many(100_000, "x", "-r", "--", "/bin/sh", "-c", "echo $#", "sh")).toEqual(ran("100000\n"));
  });

  it.each(["traced", "shared"])("has no privilege when it is %s from its start", async (circumstance) => {
    const { status, stdout, stderr } = await launched(circumstance);
    expect({ status, stdout, first: stderr.split("\n")[0] }).toEqual({
      ...{ status: 125, stdout: "" },
      first: "userns: write to uid_map failed: Operation not permitted",
    });
  });

  it.each(["openat2:38", "read:0", "prctl:0", "capset:0", "setresuid:0", "write:0"])(
    "maps nothing but the own ids under a filter of the caller's: %s",
    async (rule) => {
      expect((await launched(`fail=${rule}`)).stdout).toBe("");
      const { stdout } = await launched(`fail=${rule}`, ["-r", "--", "cat", "/proc/self/uid_map"]);
      expect(["", "         0       1000          1\n"]).toContain(stdout);
    },
  );

  it("runs the program or not when a timer ends it", async () => {
    for (let after = 20; after < 1520; after += 50) {
      const outcome = await launched(`alarm=${after}`, ["-r", "--", "/bin/cat", "/proc/self/setgroups"]);
      expect(["", "deny\n"]).toContain(outcome.stdout);
    }
  });

  it.each<[string, string]>([
    ["/dev/zero", "the map is longer than 65536 bytes"],
    ["/dev/null", "the map is empty"],
    ["/etc", "cannot read: Is a directory"],
    ["/proc/self/mem", "cannot open '/proc/self/mem': Permission denied"],
    ["/proc/self/environ", "cannot open '/proc/self/environ': Permission denied"],
    ["/proc/self/ns/user", "cannot read: Invalid argument"],
    ["/etc/secret", "cannot open '/etc/secret': Permission denied"],
    ["", "cannot open '': No such file or directory"],
  ])("reads a map from @%s as its caller would", async (path, text) => {
    await stage.files({ "/etc/secret": { content: "0 0 1\n", mode: 0o600 } });
    expect(await run(stage, [userns, `--uid-map=@${path}`, "true"])).toEqual(
      failed(`userns: --uid-map: ${text}`),
    );
  });

  it("opens no descriptor of its own for its caller", async () => {
    for (let fd = 3; fd < 16; fd++) {
      const { status, stderr } = await run(stage, [userns, `--uid-map=@/proc/self/fd/${fd}`, "true"]);
      expect(status).toBe(125);
      expect(stderr).toMatch(/^userns: --uid-map: cannot open /);
    }
  });

  /** Runs userns again, as a user who is not root, in a namespace whose root prepared /proc. */
  const nested = (prepare: string, ...words: string[]) => {
    const script = `${prepare} && exec setpriv --reuid 5 --regid 5 --clear-groups "$0" "$@"`;
    const namespace = ["--map-auto", "-mpf", "--mount-proc", "-S0", "-G0", "--"];
    return run(stage, [userns, ...namespace, "sh", "-c", script, userns, ...words]);
  };
  const proc = (options: string) => `mount -t proc -o ${options} proc /proc`;
  const showOwn = ["-r", "--", "sed", "s/^ *//; s/  */ /g", "/proc/self/uid_map"];

  it.each(["hidepid=1", "hidepid=2", "hidepid=4"])("works where /proc has %s", async (option) => {
    expect(await nested(proc(option), ...showOwn)).toEqual(ran("0 5 1\n"));
  });

  it.each<[string, string, string]>([
    ["no /proc", "mount -t tmpfs none /proc", "cannot open /proc/self: is /proc mounted?"],
    [
      "a directory for /proc/self",
      "mount -t tmpfs none /proc && mkdir -p /proc/self && echo deny >/proc/self/setgroups",
      "cannot open the own files in /proc/self",
    ],
    [
      "a file over its setgroups",
      "echo deny >/tmp/deny && mount --bind /tmp/deny /proc/$$/setgroups",
      "cannot open the own files in /proc/self",
    ],
    [
      "another's map over its own",
      "sleep 1000 & mount --bind /proc/$!/uid_map /proc/$$/uid_map",
      "cannot open the own files in /proc/self",
    ],
  ])("runs nothing where there is %s", async (_what, prepare, line) => {
    expect(await nested(prepare, ...showOwn)).toEqual(failed(`userns: ${line}`));
  });
});

/** What a process is like, but for what is documented to differ; the script runs outside and inside. */
const show = `
  umask; nice; ulimit -aH; ulimit -aS; pwd; cat /proc/self/cgroup /proc/self/oom_score_adj /proc/self/coredump_filter
  grep -E '^(Umask|NoNewPrivs|Seccomp|Speculation|Cpus_allowed|Mems_allowed)' /proc/self/status
  set -- $(cat /proc/$$/stat); echo $(($1 - $5)) $(($1 - $6))
  env | sort; readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/pid; ls /proc/self/fd
`;

describe.each<[string, Install]>([...installs, ["without privilege", {}]])(
  "the program under userns %s",
  (_how, install) => {
    let userns: string;
    beforeAll(async () => {
      if (!obstacle) userns = await stage.install("build/userns", "userns", install);
    });

    it.each([["-r"], ["-r", "--disable-userns"]])(
      "finds what the caller had, with %s %s",
      async (...given) => {
        const options = given.filter((option) => option !== undefined);
        const script = `
      umask 027; ulimit -S -n 100; ulimit -c 5; echo 0x33 >/proc/self/coredump_filter; echo 500 >/proc/self/oom_score_adj
      cd /usr; exec nice -n 3 "$@" /bin/sh -c "$SHOW"`;
        const env = { PATH: "/usr/bin:/bin", SHOW: show, LD_BIND_NOW: "1", TMPDIR: "/x" };
        const shown = async (...words: string[]) => {
          const caller = { env, limits: { memlock: 4096 } };
          const outcome = await run(stage, ["/bin/sh", "-c", script, "sh", ...words], caller);
          expect(outcome).toMatchObject({ status: 0, stderr: "" });
          return options.length > 1
            ? outcome.stdout.replace(/^(Seccomp\w*:\t)\d+$/gm, "$1?")
            : outcome.stdout;
        };
        expect(await shown(userns, ...options, "--")).toBe(await shown());
      },
    );

    it("finds the signals as they were, also when the name service was asked or something was said", async () => {
      await stage.files({ "/etc/usernamespaces": "@video:300000:10:gid\nalice:310000:9:fsid\n" });
      const cat = ["--", "grep", "-E", "^(Sig(Blk|Ign|Pnd)|ShdPnd)", "/proc/self/status"];
      // Standard error is a pipe that nobody reads.
      const argv = [launch, "broken", "--", userns, ...cat];
      const signals = async (caller: Partial<Caller>) => (await run(stage, argv, caller)).stdout;
      const nothing = "0000000000000000";
      const status = (blocked: string, ignored: string) =>
        `SigPnd:\t${nothing}\nShdPnd:\t${nothing}\nSigBlk:\t${blocked}\nSigIgn:\t${ignored}\n`;
      const three = ["SIGCHLD", "SIGPIPE", "SIGXFSZ"] as const;
      expect(await signals({ ignore: [...three] })).toBe(status(nothing, "0000000001011000"));
      expect(await signals({ block: [...three] })).toBe(status("0000000001011000", nothing));
      expect(await signals({})).toBe(status(nothing, nothing));
    });

    it("finds its timers as late as they were, also when the name service was asked", async () => {
      await stage.files({ "/etc/usernamespaces": "@video:300000:10:gid\n" });
      for (const late of ["3000000000", "5000000000", "2305843009213693952"]) {
        const argv = [launch, `slack=${late}`, "--", userns, "--", "cat", "/proc/self/timerslack_ns"];
        expect((await run(stage, argv)).stdout).toBe(`${late}\n`);
      }
    });
  },
);

function hostileEnvironment(): Record<string, string> {
  return {
    ...{ LD_LIBRARY_PATH: "/tmp", GLIBC_TUNABLES: "glibc.malloc.check=3", PATH: "/usr/bin:/bin" },
    ...{ HOME: "/tmp", SHELL: "/tmp/x", LOGNAME: "bob", USER: "root", SUDO_UID: "0", TZ: "/tmp/x", UID: "0" },
  };
}
