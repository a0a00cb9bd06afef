// SPDX-License-Identifier: MIT
//
// --bind among processes: what a program in the place of newfsidmap finds, what its user may look into meanwhile,
// and that the user's program finds nothing of it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Caller, Stage } from "../stage/stage.js";
import { Scene } from "./scene.js";

const reason = await Stage.unavailable();
let scene: Scene;
const PATH = "/tmp/bin:/usr/bin:/bin";
const options = ["--bind=/tmp/a:/tmp/b", "--fsid-map=b:0:300000:10"];
const ways = [[[]], [["--disable-userns"]], [["-pf", "--mount-proc"]], [["-f", "--disable-userns"]]];

beforeAll(async () => {
  if (!reason) scene = await Scene.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

/** Runs userns with a script as newfsidmap, which knows the directory of the process it is shown as $T. */
async function run(newfsidmap: string, args: string[], caller: Partial<Caller> = {}) {
  const content = `#!/bin/sh
for word; do case $word in fd:*) T=/proc/self/fd/\${word#fd:};; esac; done
${newfsidmap}
`;
  await scene.stage.files({ "/tmp/bin": { directory: true } });
  await scene.stage.files({ "/tmp/bin/newfsidmap": { content, mode: 0o755 } });
  return scene.run(args, { env: { PATH }, ...caller });
}

/** The numbers of the namespaces in a directory of /proc. */
const namespaces = (directory: string) => `readlink ${directory}/ns/user ${directory}/ns/mnt`;

describe("what runs as newfsidmap", () => {
  it("is found by PATH and gets its arguments and the caller's environment", async () => {
    const binds = ["--bind=/tmp/a b:/tmp/c:ro", ...options];
    const env = { PATH, A: "b" };
    const { status, stdout } = await run('echo "$#: $*"; echo $A', [...binds, "true"], { env });
    expect([status, stdout.replaceAll(/fd:[0-9]/g, "fd:N")]).toEqual([
      0,
      "7: --read-only --bind -- /tmp/a b /tmp/c fd:N b:0:300000:10\nb\n" +
        "6: --bind -- /tmp/a /tmp/b fd:N b:0:300000:10\nb\n",
    ]);
  });

  it.each(ways)("stays in the caller's namespaces and directory, under %j", async (way) => {
    const script = `${namespaces("/proc/self")}; pwd; id -u`;
    const outside = await scene.stage.exec({
      argv: ["/bin/sh", "-c", script],
      caller: { uid: 1000, gid: 1000, cwd: "/usr" },
    });
    const { stdout } = await run(script, [...way, ...options, "true"], { cwd: "/usr" });
    expect(stdout).toBe(outside.stdout);
  });

  it.each([[[]], [["-pf", "--mount-proc"]]])("is shown the program's namespaces under %j", async (way) => {
    const program = ["/bin/sh", "-c", namespaces("/proc/self")];
    const { stdout } = await run(namespaces("$T"), [...way, ...options, ...program]);
    const [user, mount, ...programs] = stdout.trimEnd().split("\n");
    expect(programs).toEqual([user, mount]);
  });

  it("is shown those around the program's with --disable-userns, where each id outside is itself", async () => {
    const script = `${namespaces("$T")}; cat $T/uid_map $T/gid_map; grep -c 'shared:' $T/mountinfo; test $T/root -ef /`;
    const program = ["/bin/sh", "-c", namespaces("/proc/self")];
    const { stdout } = await run(script, ["--disable-userns", ...options, ...program]);
    const [user, mount, ...rest] = stdout.trimEnd().replaceAll(/ +/g, " ").split("\n");
    expect(rest.slice(0, 5)).toEqual([
      " 1000 1000 1",
      " 100000 100000 65536",
      " 1000 1000 1",
      " 200000 200000 65536",
      "0",
    ]);
    expect(rest).toHaveLength(7);
    expect(rest).not.toContain(user);
    expect(rest).not.toContain(mount);
  });

  it("gets descriptors 0 to 2 and that of the process, whatever the caller has open", async () => {
    const fds = { 3: { path: "/etc/passwd" }, 6: { path: "/etc/group" }, 9: { path: "/dev/null" } };
    const script =
      "for fd in 0 1 2 3 4 5 6 7 8 9; do test -L /proc/$$/fd/$fd && test $T != /proc/self/fd/$fd && echo $fd; done";
    const { stdout } = await run(script, [...options, "--preserve-fds=9", "true"], { fds });
    // The shell has the script itself open above them.
    expect(stdout).toBe("0\n1\n2\n");
  });

  it("has its status waited for when the caller ignores SIGCHLD", async () => {
    for (const way of [[], ["--disable-userns"]]) {
      const ended = await run("exit 3", [...way, ...options, "true"], { ignore: ["SIGCHLD"] });
      expect([ended.status, ended.stderr]).toEqual([
        125,
        "userns: cannot bind '/tmp/a' on '/tmp/b': newfsidmap ended with status 3\n",
      ]);
    }
  });

  it("fails by a signal, and where it cannot be run or is not there", async () => {
    const cannot = "userns: cannot bind '/tmp/a' on '/tmp/b': ";
    expect(await run("kill -9 $$", [...options, "true"])).toMatchObject({
      status: 125,
      stderr: `${cannot}newfsidmap was ended by signal 9\n`,
    });
    const missing = {
      status: 125,
      stderr:
        `${cannot}cannot run newfsidmap: No such file or directory\n` +
        "userns: it is looked for in PATH; not every installation has it\n",
    };
    const elsewhere = { env: { PATH: "/usr/bin:/bin" } };
    expect(await scene.run([...options, "/bin/true"], elsewhere)).toMatchObject(missing);
    expect(await scene.run(["--disable-userns", ...options, "/bin/true"], elsewhere)).toMatchObject(missing);
    await scene.stage.files({ "/tmp/bin/newfsidmap": { content: "", mode: 0o644 } });
    expect(await scene.run([...options, "true"], { env: { PATH } })).toMatchObject({
      status: 125,
      stderr: `${cannot}cannot run newfsidmap: Permission denied\n`,
    });
  });

  it("is not run again after a failure", async () => {
    const { status, stdout } = await run("echo once; exit 1", ["--bind=/tmp/x:/y", ...options, "true"]);
    expect([status, stdout]).toEqual([125, "once\n"]);
  });
});

describe("whoever shares the uid", () => {
  const look = `
    runner=$PPID
    parent() { sed -n 's/^PPid:.//p' /proc/$1/status; }
    main=$(parent $runner) stand_in=$(readlink $T) stand_in=\${stand_in#/proc/}
    test $(parent $stand_in) = $runner && echo the stand-in is shown
    for process in runner stand_in main; do
      eval "pid=\\$$process"
      cat /proc/$pid/environ >/dev/null 2>&1 && echo $process can be read
      stat -c "$process %u" /proc/$pid/environ
    done
    echo $(cat /proc/$main/task/$main/children) | grep -c " "
    test "$(ls /proc/$stand_in/fd 2>/dev/null | tr '\\n' ' ')" = "0 1 2 3 4 5 7 " && echo and nothing more`;

  it.each(ways)("can look into the stand-in alone, under %j", async (way) => {
    const { stdout, stderr } = await run(look, [...way, ...options, "true"]);
    expect([stdout, stderr]).toEqual([
      "the stand-in is shown\nrunner 0\nstand_in can be read\nstand_in 1000\nmain 0\n0\nand nothing more\n",
      "",
    ]);
  });
});

describe("the program", () => {
  it.each(ways)("finds no process, no descriptor and no signal of it, under %j", async (way) => {
    const script = `
      read children </proc/$$/task/$$/children; echo "[$children]"
      for fd in 3 4 5 6 7 8 9; do test -L /proc/$$/fd/$fd && echo $fd; done
      grep -E '^(SigPnd|ShdPnd|SigBlk|SigIgn)' /proc/$$/status | cut -f2 | sort -u`;
    const { stdout, stderr } = await run("true", [...way, ...options, "/bin/dash", "-c", script]);
    expect([stdout, stderr]).toEqual(["[]\n0000000000000000\n", ""]);
  });

  it("is the only child of what waits for it with -f", async () => {
    const script = 'read children </proc/$PPID/task/$PPID/children; test "$children" = $$ && echo alone';
    expect((await run("true", ["-f", ...options, "/bin/dash", "-c", script])).stdout).toBe("alone\n");
  });

  it("has the process id that userns had", async () => {
    await run("true", [...options, "true"]);
    const { stdout } = await scene.outside(
      `PATH=/tmp/bin:$PATH; echo $$; exec $U ${options.join(" ")} sh -c 'echo $$'`,
    );
    const [before, after] = stdout.split("\n");
    expect(after).toBe(before);
  });

  it("does not begin after a failure, and no process is left", async () => {
    const { stdout } = await scene.outside(`
      PATH=$PWD:$PATH
      printf '#!/bin/sh\\nexit 1\\n' >newfsidmap; chmod +x newfsidmap
      $U ${options.join(" ")} echo begun 2>&1
      ps -eo args | grep -c '^[^ ]*userns --bind'`);
    expect(stdout).toBe("userns: cannot bind '/tmp/a' on '/tmp/b': newfsidmap ended with status 1\n0\n");
  });
});
