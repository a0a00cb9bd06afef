// SPDX-License-Identifier: MIT
//
// Which namespaces the program finds itself in, and what --disable-userns keeps it from.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { alice, Scene } from "./scene.js";

const reason = await Stage.unavailable();
let scene: Scene;
beforeAll(async () => {
  if (!reason) scene = await Scene.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

const kinds = {
  m: "mnt",
  u: "uts",
  i: "ipc",
  n: "net",
  p: "pid_for_children",
  C: "cgroup",
  T: "time_for_children",
};
const links = ["user", ...Object.values(kinds)].map((kind) => `/proc/self/ns/${kind}`);

/** The kinds that are new for a program under the options. */
async function made(options: string[]): Promise<string[]> {
  const before = await scene.stage.exec({ argv: ["/bin/readlink", ...links], caller: alice });
  const after = await scene.run([...options, "/bin/readlink", ...links]);
  expect(after.stderr).toBe("");
  const [old, now] = [before.stdout.split("\n"), after.stdout.split("\n")];
  // The link of a pid namespace that has no process yet cannot be read.
  return links
    .filter((_, i) => !now.includes(old[i] as string))
    .map((link) => link.replace("/proc/self/ns/", ""));
}

describe("the namespaces", () => {
  const letters = Object.keys(kinds) as (keyof typeof kinds)[];
  const pairs = letters.flatMap((one, i) => letters.slice(i).map((other) => [one, other] as const));
  it.each(pairs)("of -%s with -%s are those and the user namespace", async (one, other) => {
    const wanted = [...new Set(["user", kinds[one], kinds[other]])].sort();
    expect((await made([`-${one}`, `-${other}`])).sort()).toEqual(wanted);
    expect((await made([`-${one}${other}f`])).sort()).toEqual(wanted);
  });

  it("are the user namespace alone without an option, and all with all", async () => {
    expect(await made([])).toEqual(["user"]);
    expect(await made(["-muinpCT"])).toHaveLength(8);
    expect(await made(["--disable-userns", "-muinpCT"])).toHaveLength(8);
  });

  it("are the caller's own, who can enter them from outside", async () => {
    const { stdout } = await scene.outside(`
      mkfifo up
      $U sh -c 'echo; exec sleep 1000' >up & read line <up
      nsenter -U -t $! --preserve-credentials id -u
      kill $!`);
    expect(stdout).toBe("0\n");
  });

  /** What userns says, run by root inside the namespace that userns made before. */
  const nested = (script: string) => scene.sh(["-mr"], `exec 2>&1; U=${scene.userns}; ${script}; echo $?`);

  it("that a limit keeps from being made are an error", async () => {
    const full = "userns: cannot create the namespaces: No space left on device\n";
    expect(await nested("echo 0 >/proc/sys/user/max_user_namespaces; $U -r true")).toBe(
      `${full}userns: /proc/sys/user/max_user_namespaces is 0: no user namespaces are allowed\n125\n`,
    );
    expect(await nested("echo 0 >/proc/sys/user/max_net_namespaces; $U -rn true")).toBe(
      `${full}userns: a limit in /proc/sys/user is reached, or user namespaces are nested 32 deep\n125\n`,
    );
  });

  it("that a chroot keeps from being made are an error", async () => {
    expect(await nested("mount --rbind / /usr/local && /usr/sbin/chroot /usr/local $U -r true")).toBe(
      "userns: cannot create the namespaces: Operation not permitted\n" +
        "userns: user namespaces are refused in a chroot, by some seccomp filters and security modules,\n" +
        "userns: and to a uid or gid that the caller's own namespace does not map\n125\n",
    );
  });
});

describe("the mounts", () => {
  /** How many mounts there are, are shared, and are slaves. */
  const counted = ["", "shared:", "master:"]
    .map((what) => `grep -c "${what}" /proc/self/mountinfo`)
    .join("; ");

  it("are private with -m, or what --propagation says", async () => {
    const counts = async (options: string[]) =>
      (await scene.sh(["-m", ...options], `${counted}; true`)).trim().split("\n").map(Number);
    const [all] = await counts([]);
    expect(all).toBeGreaterThan(5);
    expect(await counts([])).toEqual([all, 0, 0]);
    expect(await counts(["--propagation=private"])).toEqual([all, 0, 0]);
    expect(await counts(["--propagation=shared"])).toEqual([all, all, 0]);
  });

  it("that were shared come as slaves, and stay that unless --propagation says otherwise", async () => {
    const counts = async (option: string) => {
      const inner = `${scene.userns} -r -m --propagation=${option} sh -c '${counted}; true'`;
      const [all, ...rest] = (await scene.sh(["-m", "--propagation=shared"], inner))
        .trim()
        .split("\n")
        .map(Number);
      return rest.map((count) => count === all);
    };
    expect(await counts("private")).toEqual([false, false]);
    expect(await counts("shared")).toEqual([true, true]);
    expect(await counts("slave")).toEqual([false, true]);
    expect(await counts("unchanged")).toEqual([false, true]);
  });

  it("hold a proc file system of the pid namespace with --mount-proc", async () => {
    const script =
      "echo /proc/[0-9]*; grep ' /proc proc ' /proc/self/mountinfo || tail -n 1 /proc/self/mountinfo";
    const [processes, mount] = (await scene.sh(["-pf", "--mount-proc"], script)).split("\n");
    expect(processes).toBe("/proc/1");
    expect(mount).toMatch(/ \/proc rw,nosuid,nodev,noexec,\S+ - proc proc rw/);
    const elsewhere = await scene.sh(
      ["-pf", "--mount-proc=/usr/local"],
      "echo /usr/local/[0-9]*; echo /proc/[0-9]*",
    );
    expect(elsewhere).toMatch(/^\/usr\/local\/1\n\/proc\/1 .*\/proc/);
    expect((await made(["-pf", "--mount-proc"])).sort()).toEqual(["mnt", "pid_for_children", "user"]);
  });

  it("take no proc file system of another's pid namespace", async () => {
    expect(await scene.run(["--mount-proc", "true"])).toMatchObject({
      status: 125,
      stderr:
        "userns: cannot mount proc on '/proc': Operation not permitted\n" +
        "userns: it takes a pid namespace of the caller's own and a process in it: -p and -f\n",
    });
  });
});

describe("--disable-userns", () => {
  const ways = [
    ["unshare", "EPERM"],
    ["unshare with others", "EPERM"],
    ["clone", "EPERM"],
    ["clone3", "ENOSYS"],
    ["setns", "EPERM"],
    ["setns to any", "EPERM"],
  ];
  const allowed = ["plain unshare 0", "plain clone 0"];
  /** What makes.c prints for an ABI. */
  const tried = async (abi: string, program: Promise<{ stdout: string }>) =>
    (await program).stdout
      .split("\n")
      .filter((line) => line.startsWith(`${abi} `))
      .map((line) => line.slice(abi.length + 1));

  it.each(process.arch === "x64" ? ["native", "ia32", "x32"] : ["native"])(
    "closes every way into a user namespace in the %s ABI",
    async (abi) => {
      const open = await tried(abi, scene.run([scene.makes]));
      if (abi !== "x32") {
        expect(open.slice(0, 4)).toEqual(ways.slice(0, 4).map(([way]) => `${way} 0`));
        expect(open.slice(6)).toEqual(allowed);
      }
      const closed = await tried(abi, scene.run(["--disable-userns", scene.makes]));
      expect(closed.slice(0, 6)).toEqual(ways.map((way) => way.join(" ")));
      expect(closed.slice(6)).toEqual(open.slice(6));
    },
  );

  it("holds against root inside who lifts every limit that he sees", async () => {
    const script =
      "echo 100 >/proc/sys/user/max_user_namespaces; unshare -U true 2>&1; echo $?; id -u; cat /proc/self/uid_map";
    expect((await scene.sh(["--disable-userns"], script)).replace(/ +/g, " ")).toBe(
      "unshare: unshare failed: Operation not permitted\n1\n0\n 0 1000 1\n 1 100000 65536\n",
    );
    expect(
      await scene.sh(
        ["--disable-userns", "-S5", "--keep-caps", "--no-new-privs"],
        "unshare -U true 2>&1; id -u",
      ),
    ).toBe("unshare: unshare failed: Operation not permitted\n5\n");
  });

  it("holds against processes outside of it that enter without the filter", async () => {
    const { stdout } = await scene.outside(`
      mkfifo up
      $U --disable-userns sh -c 'echo; exec sleep 1000' >up & read line <up
      nsenter -U -t $! --preserve-credentials unshare -U true 2>&1
      kill $!`);
    expect(stdout).toBe("unshare: unshare failed: No space left on device\n");
  });

  it("holds against an accomplice who lifts the outer limit: the filter is on the program", async () => {
    const { stdout } = await scene.outside(`
      mkfifo up go
      $U --disable-userns sh -c 'echo >up; read line <go; unshare -U echo made 2>&1' & read line <up
      $MAKES $! && echo lifted
      nsenter -U -t $! --preserve-credentials unshare -U echo the accomplice is free
      echo >go; wait`);
    expect(stdout).toBe("lifted\nthe accomplice is free\nunshare: unshare failed: Operation not permitted\n");
  });
});

describe("a namespace without uid 0", () => {
  it("lets the own id be mapped, though the capabilities that are held there are of no use", async () => {
    const script = `exec 2>&1; ${scene.userns} -r cat /proc/self/uid_map; ${scene.userns} --map-auto -r id`;
    const { stdout } = await scene.run(["-c", "--", "/bin/sh", "-c", script]);
    const lines = stdout.split("\n").map((line) => line.trim().replace(/ +/g, " "));
    expect(lines).toEqual([
      "0 1000 1",
      "userns: write to uid_map failed: Operation not permitted",
      "userns: in a user namespace without uid 0 only the own ids can be mapped",
      "",
    ]);
  });
});
