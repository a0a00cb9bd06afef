// SPDX-License-Identifier: MIT
//
// What the program inherits: ids, capabilities, descriptors and signals; and how userns waits for it with -f.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { Scene } from "./scene.js";

const reason = await Stage.unavailable();
let scene: Scene;
beforeAll(async () => {
  if (!reason) scene = await Scene.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

/** The values of /proc/self/status of a program under the options, by name. */
async function status(options: string[], caller = {}): Promise<Record<string, string>> {
  const { stdout, stderr } = await scene.run([...options, "/bin/cat", "/proc/self/status"], caller);
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  return Object.fromEntries(
    lines.map((line) => line.split(":").map((part) => part.trim()) as [string, string]),
  );
}

const all = expect.stringMatching(/^0*[1-9a-f]f+$/);
const none = "0000000000000000";

describe("the ids", () => {
  const id = async (...options: string[]) =>
    (await scene.run([...options, "/bin/sh", "-c", "id -u; id -g; id -G"])).stdout;

  it("are 0 inside, or those of -S and -G, real and effective", async () => {
    expect(await id()).toBe("0\n0\n0\n");
    expect(await id("-S", "5")).toBe("5\n0\n0\n");
    expect(await id("-G7")).toBe("0\n7\n7\n");
    expect(await id("-S65536", "--setgid=65536")).toBe("65536\n65536\n65536\n");
    expect(await status(["-S5", "-G7"])).toMatchObject({ Uid: "5\t5\t5\t5", Gid: "7\t7\t7\t7", Groups: "" });
    expect(await status(["-f", "-S5", "-G7"])).toMatchObject({
      Uid: "5\t5\t5\t5",
      Gid: "7\t7\t7\t7",
      Groups: "",
    });
  });

  it("that are not mapped cannot be taken", async () => {
    const refused = (kind: string) => ({
      status: 125,
      stderr: `userns: cannot take on ${kind} 65537: Invalid argument\nuserns: ${kind} 65537 is not mapped into the namespace\n`,
    });
    expect(await scene.run(["-S65537", "true"])).toMatchObject(refused("uid"));
    expect(await scene.run(["-f", "-G65537", "true"])).toMatchObject(refused("gid"));
  });

  it("leave the supplementary groups where setgroups is denied", async () => {
    const groups = (await status(["-r"])).Groups;
    expect(groups).toBe("65534");
    expect((await status(["-r", "-R/", "-w/"])).Groups).toBe("65534");
    expect((await status(["--setgroups=deny"])).Groups).toBe("65534");
    expect((await status(["--map-auto"])).Groups).toBe("");
  });
});

describe("the capabilities", () => {
  it("are all where the uid is 0, none where it is another, all again with --keep-caps", async () => {
    expect(await status([])).toMatchObject({ CapPrm: all, CapEff: all, CapInh: none, CapAmb: none });
    for (const options of [["-S5"], ["-c"], ["-S5", "-G5", "-f"]]) {
      expect(await status(options)).toMatchObject({ CapPrm: none, CapEff: none, CapInh: none, CapAmb: none });
      expect(await status([...options, "--keep-caps"])).toMatchObject({
        CapPrm: all,
        CapEff: all,
        CapInh: all,
        CapAmb: all,
      });
    }
    expect(await status(["--keep-caps"])).toMatchObject({ CapPrm: all, CapEff: all });
  });

  it("can come back through a setuid program, and not with --no-new-privs", async () => {
    const script =
      "cp /bin/sleep /bin/cat . && chmod 4755 cat && setpriv --reuid 5 --regid 5 --clear-groups ./cat /proc/self/status | grep Uid";
    const inside = `cd $(mktemp -d) && ${script}`;
    expect(await scene.sh([], inside)).toBe("Uid:\t5\t0\t0\t0\n");
    expect(await scene.sh(["--no-new-privs"], inside)).toBe("Uid:\t5\t5\t5\t5\n");
    expect(await status([])).toMatchObject({ NoNewPrivs: "0", Seccomp: "0" });
    expect(await status(["--no-new-privs"])).toMatchObject({ NoNewPrivs: "1", Seccomp: "0" });
  });
});

describe("the descriptors", () => {
  const fds = { 3: { path: "/etc/passwd" }, 4: { path: "/etc/group" }, 7: { path: "/dev/null" } };
  const script = "for fd in 0 1 2 3 4 5 6 7 8 9; do test -L /proc/$$/fd/$fd && echo -n $fd' '; done; true";
  const open = async (options: string[]) => {
    const { stdout } = await scene.run([...options, "/bin/sh", "-c", script], { fds });
    return stdout.trim();
  };

  it.each([[[]], [["-f"]], [["-mpf", "--mount-proc"]], [["--disable-userns"]]])(
    "above 2 are closed under %j, but for --preserve-fds",
    async (options) => {
      expect(await open(options)).toBe("0 1 2");
      expect(await open([...options, "--preserve-fds=1"])).toBe("0 1 2 3");
      expect(await open([...options, "--preserve-fds=2"])).toBe("0 1 2 3 4");
      expect(await open([...options, "--preserve-fds=5"])).toBe("0 1 2 3 4 7");
    },
  );

  it("of a map file may be a pipe", async () => {
    const { stdout } = await scene.outside(
      "$U --uid-map @<(echo 0 1000 1; echo 1 100000 9) --gid-map @/proc/self/fd/0 cat /proc/self/uid_map /proc/self/gid_map <<<'5 1000 1'",
    );
    expect(stdout.replace(/ +/g, " ")).toBe(" 0 1000 1\n 1 100000 9\n 5 1000 1\n");
  });
});

describe("the signals", () => {
  it.each([[[]], [["-f"]], [["-pf"]], [["--kill-child"]]])(
    "are as the caller set them under %j",
    async (options) => {
      const caller = { ignore: ["SIGPIPE", "SIGCHLD", "SIGINT"], block: ["SIGTERM", "SIGXFSZ"] } as const;
      expect(await status(options, { ignore: [...caller.ignore], block: [...caller.block] })).toMatchObject({
        SigIgn: "0000000000011002",
        SigBlk: "0000000001004000",
        SigCgt: none,
      });
      expect(await status(options)).toMatchObject({
        SigIgn: none,
        SigBlk: none,
        SigCgt: none,
        SigPnd: none,
        ShdPnd: none,
      });
    },
  );

  it("are so even when something was printed before", async () => {
    // Without privilege it says that the ranges are left out, and goes on.
    const args = ["grep", "SigIgn", "/proc/self/status"];
    const { stdout, stderr } = await scene.run(args, { ignore: ["SIGHUP"] }, scene.bare);
    expect(stderr).toContain("userns: only the own uid is mapped\n");
    expect(stdout).toBe("SigIgn:\t0000000000000001\n");
  });
});

describe("waiting with -f", () => {
  it("outlives SIGINT and SIGTERM", async () => {
    const { stdout } = await scene.outside(`
      mkfifo up go
      $U -f sh -c 'echo >up; read line <go; exit 3' & read line <up
      kill -INT $!; kill -TERM $!; echo >go
      wait $!; echo $?`);
    expect(stdout).toBe("3\n");
  });

  it("keeps a status where the caller ignores SIGCHLD", async () => {
    expect((await scene.run(["-f", "sh", "-c", "exit 7"], { ignore: ["SIGCHLD"] })).status).toBe(7);
  });

  it("stops when the program does, and continues it", async () => {
    const state = "grep -o 'State:.[A-Z]' /proc/$p/status";
    const { stdout } = await scene.outside(`
      mkfifo up go
      $U -f sh -c 'echo >up; kill -STOP $$; read line <go; exit 4' & p=$!
      read line <up
      until ${state} | grep -q T; do :; done
      kill -CONT $p; echo >go
      wait $p; echo $?`);
    expect(stdout).toBe("4\n");
  });

  it.each(["", "-p", "-p -S5 -G5 --keep-caps", "-mp --mount-proc --no-new-privs --disable-userns"])(
    "with --kill-child %s takes the program along",
    async (options) => {
      // The last line that is read is the end of the file: nobody is left to write.
      const { stdout } = await scene.outside(`
        mkfifo up
        $U --kill-child ${options} sh -c 'echo started; exec sleep 1000' >up 2>&1 &
        exec 5<up; read line <&5; echo $line
        kill -KILL $!; cat <&5; echo over`);
      expect(stdout).toBe("started\nover\n");
    },
  );

  it("with --kill-child=TERM sends that", async () => {
    const { stdout } = await scene.outside(`
      mkfifo up
      $U --kill-child=TERM sh -c '
        sleep 1000 >/dev/null 2>&1 & trap "echo TERM; kill $!; exit" TERM; echo started; wait' >up 2>&1 &
      exec 5<up; read line <&5; echo $line
      kill -KILL $!; cat <&5; echo over`);
    expect(stdout).toBe("started\nTERM\nover\n");
  });
});

describe("what the caller can look into", () => {
  it("is the program, and never userns that waits for it", async () => {
    const script =
      "cat /proc/$$/environ >/dev/null && echo program; cat /proc/$PPID/environ 2>&1 >/dev/null; true";
    expect(await scene.sh(["-f"], script)).toMatch(
      /^program\ncat: \/proc\/[0-9]+\/environ: Permission denied\n$/,
    );
    const { stdout } = await scene.outside(`
      mkfifo up
      $U -f sh -c 'echo; exec sleep 1000' >up & read line <up
      stat -c %u /proc/$!/environ; cat /proc/$!/environ 2>&1 >/dev/null | grep -o 'Permission denied'
      c=$(cat /proc/$!/task/$!/children); kill $c; stat -c %u /proc/self/environ`);
    expect(stdout).toBe("0\nPermission denied\n1000\n");
  });
});
