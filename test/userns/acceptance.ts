// SPDX-License-Identifier: MIT
//
// The three programs on real namespaces, each asked in its own way for the same ids.
import { type Caller, type File, Stage } from "../stage/stage.js";

export const programs = ["newuidmap", "newgidmap", "userns"] as const;
export type Program = (typeof programs)[number];

/** Everybody whom the tests let ask; root and a uid below all slices among them. */
const users = { root: 0, daemon: 500, podman: 990, alice: 1000, bob: 1001, last: 3244, after: 3245 };
export type User = keyof typeof users;

const passwd = Object.entries(users)
  .map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`)
  .join("");
const group = Object.entries(users)
  .map(([name, id]) => `${name}:x:${id}:\n`)
  .join("");

export type Tables = { subids?: string; usernamespaces?: string };

/** What a program made of a request: the map that it wrote, what it said, and whether setgroups can be called. */
export interface Result {
  map: string;
  said: string;
  setgroups: string;
}

const oneLine = (text = "") => text.trim().replace(/ +/g, " ");

export function caller(user: User): Caller {
  return { uid: users[user], gid: users[user], env: { PATH: "/usr/bin:/bin" } };
}

export class Programs {
  private constructor(
    readonly stage: Stage,
    private readonly paths: Record<Program, string>,
  ) {}

  static async open(): Promise<Programs> {
    const stage = await Stage.start({ etc: "hermetic", overlays: ["/usr/local"] });
    await stage.install("build/nss", "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
    return new Programs(stage, {
      newuidmap: await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] }),
      newgidmap: await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] }),
      userns: await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] }),
    });
  }

  /** Sets the tables up; both of sub-ids hold the same. */
  async tables({ subids = "", usernamespaces = "" }: Tables): Promise<void> {
    const files: Record<string, File> = { "/etc/subuid": subids, "/etc/subgid": subids };
    files["/etc/usernamespaces"] = usernamespaces;
    await this.stage.only({ ...files, "/etc/passwd": passwd, "/etc/group": group });
  }

  path(program: Program): string {
    return this.paths[program];
  }

  /** Has a user ask for ids, from inside 0 on. With userns he asks for uids and gids at once. */
  async ask(program: Program, user: User, start: number, count: number): Promise<Result> {
    if (program === "userns") return this.userns(user, `0 ${start} ${count}`, `0 ${start} ${count}`);
    const argv = [this.paths[program], "$PID", "0", String(start), String(count)];
    const { uidMap, gidMap, setgroups, stderr } = await this.stage.run({ argv, caller: caller(user) });
    const map = program === "newuidmap" ? uidMap : gidMap;
    return { map: oneLine(map), said: stderr, setgroups: oneLine(setgroups) };
  }

  /** Runs userns with two maps; the result holds the gid map. */
  async userns(user: User, uids: string, gids: string): Promise<Result> {
    const show = ["cat", "/proc/self/gid_map", "/proc/self/setgroups"];
    const argv = ["userns", "--uid-map", uids, "--gid-map", gids, ...show];
    const program = this.paths.userns;
    const { stdout, stderr } = await this.stage.exec({ program, argv, caller: caller(user) });
    const [map = "", setgroups = ""] = stdout.split("\n");
    return { map: oneLine(map), said: stderr, setgroups };
  }

  /**
   * What strace sees of the calls with names of files, of processes and of sockets, up to the user's program if
   * there is one.
   */
  async trace(user: User, argv: string[], target: boolean): Promise<string[]> {
    const { uid, gid } = caller(user);
    const strace = ["/usr/bin/strace", "-f", "-qq", "-o", "/tmp/trace", "-u", user];
    const words = [...strace, "-e", "trace=%file,%process,%network", ...argv];
    const outcome = await this.stage.run({
      argv: words,
      caller: caller("root"),
      target: target ? { uid, gid } : null,
      timeout: 60_000,
    });
    if (outcome.status !== 0) throw new Error(outcome.stderr);
    const seen = await this.stage.exec({ argv: ["/bin/cat", "/tmp/trace"], caller: caller("root") });
    const lines = seen.stdout.replaceAll(`/proc/${outcome.pid}`, "/proc/PID").split("\n");
    return lines.slice(0, lines.findLastIndex((line) => line.includes("execve(")) || undefined);
  }
}
