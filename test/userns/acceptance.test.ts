// SPDX-License-Identifier: MIT
//
// What /etc/usernamespaces and userns are for, each promise as it reads, on real namespaces.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { caller, Programs, programs, type User } from "./acceptance.js";

const reason = await Stage.unavailable();
let scene: Programs;
beforeAll(async () => {
  if (!reason) scene = await Programs.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

const size = 65536;
const slices = `*:2000224256:147128320:each=${size}\n`;
const alices = 2000224256;

describe("one line of slices", () => {
  it.each(programs)("gives a user without a sub-id line 65,536 ids through %s", async (program) => {
    await scene.tables({ usernamespaces: slices });
    const users: [User, number][] = [
      ["alice", alices],
      ["bob", alices + size],
      ["last", alices + 2244 * size],
    ];
    for (const [user, start] of users) {
      expect(await scene.ask(program, user, start, size)).toEqual({
        map: `0 ${start} ${size}`,
        said: "",
        setgroups: "allow",
      });
    }
  });

  it("is part of the map that userns makes by itself", async () => {
    await scene.tables({ usernamespaces: slices });
    const argv = ["userns", "cat", "/proc/self/uid_map", "/proc/self/gid_map"];
    const outcome = await scene.stage.exec({ program: scene.path("userns"), argv, caller: caller("alice") });
    const map = " 0 1000 1\n 1 2000224256 65536\n";
    expect(outcome.stdout.replace(/ +/g, " ")).toBe(map + map);
    expect(outcome.stderr).toBe("");
  });
});

describe("the slice of a user", () => {
  const whole = `${alices}:${size}`;
  const others: [what: string, tables: { subids?: string; entry?: string }][] = [
    ["nothing else", {}],
    [
      "a sub-id line of another's",
      { subids: `bob:${whole}\nafter:${whole}\ndaemon:${whole}\nroot:${whole}\n` },
    ],
    ["one by uid", { subids: `1001:${whole}\n3245:${whole}\n500:${whole}\n0:${whole}\n` }],
    ["sub-id lines that combine", { subids: `bob:${alices - 9}:99\nbob:${alices + 90}:99999\n` }],
    ["a line of another's", { entry: `bob:${whole}:\nafter:${whole}:uid,gid\nroot:${whole}:\n` }],
    ["a line by uid", { entry: `1001:${whole}:uid,gid,fsid\n500:${whole}:\n0:${whole}:\n` }],
    ["a line for a group id", { entry: `@bob:${whole}:gid\n*:${whole}:gid,deny-setgroups\n` }],
    [
      "a reservation and a grant",
      { subids: `bob:${whole}\n`, entry: `bob:${whole}:reserved\nbob:${whole}:\n` },
    ],
    ["slices of a group", { entry: `@bob:${whole}:each=${size},first=1001\n` }],
    ["other slices for all", { entry: `*:${alices - size}:${2 * size}:each=${size}\n` }],
    ["slices that begin elsewhere", { entry: `*:${alices}:${10 * size}:each=${size},first=500\n` }],
  ];
  const strangers: User[] = ["root", "daemon", "bob", "after"];
  // Few, for every refusal takes its time: it is logged, and that is kept from being a flood.
  const ranges = [
    [alices + size - 1, 2],
    [alices, size],
  ] as const;

  it.each(others)("is nobody else's with %s", async (_what, { subids = "", entry = "" }) => {
    for (const usernamespaces of new Set([slices + entry, entry + slices])) {
      await scene.tables({ subids, usernamespaces });
      const results = strangers.flatMap((user) =>
        ranges.flatMap(([start, count]) => {
          const range = `range [0-${count}) -> [${start}-${start + count}) not allowed`;
          const ownUid = `0 ${caller(user).uid} 1`;
          return [
            { said: `newuidmap: uid ${range}`, of: scene.ask("newuidmap", user, start, count) },
            { said: `newgidmap: gid ${range}`, of: scene.ask("newgidmap", user, start, count) },
            { said: `userns: uid ${range}`, of: scene.ask("userns", user, start, count) },
            { said: `userns: gid ${range}`, of: scene.userns(user, ownUid, `0 ${start} ${count}`) },
          ];
        }),
      );
      for (const { said, of } of results) {
        const result = await of;
        expect([result.map, result.said.split("\n")[0]]).toEqual(["", said]);
      }
    }
  });

  it("is its user's beside whatever else is granted to others", async () => {
    const entry = others.slice(0, 8).map(([, tables]) => tables.entry ?? "");
    const subids = others.map(([, tables]) => tables.subids ?? "").join("");
    await scene.tables({ subids, usernamespaces: slices + entry.join("").replaceAll(/^.*reserved\n/gm, "") });
    for (const program of programs) {
      const { map } = await scene.ask(program, "alice", alices, size);
      expect(`${program}: ${map}`).toBe(`${program}: 0 ${alices} ${size}`);
    }
  });
});

describe("a slice is granted", () => {
  const tables = (table: string) =>
    ["/etc/nsswitch.conf", "/etc/passwd", table, "/etc/usernamespaces"].sort();
  const names = (trace: string[], pattern: RegExp) =>
    [...new Set(trace.flatMap((line) => [...line.matchAll(pattern)].map(([, name]) => name)))].sort();
  const files = (trace: string[]) => names(trace, /"(\/[^"]*)"/g);
  const calls = (trace: string[], pattern: RegExp) => trace.filter((line) => pattern.test(line)).length;

  beforeEach(async (context) => {
    context.skip(!existsSync("/usr/bin/strace"), "strace is missing");
    await scene.tables({ usernamespaces: slices });
  });

  it.each(["newuidmap", "newgidmap"] as const)("by %s from the files and the uid alone", async (program) => {
    const path = scene.path(program);
    const argv = [path, "$PID", "0", String(alices), String(size)];
    const trace = await scene.trace("alice", argv, true);
    const table = program === "newuidmap" ? "/etc/subuid" : "/etc/subgid";
    expect(files(trace)).toEqual([...tables(table), path, "/proc/PID"].sort());
    expect(calls(trace, /execve|clone|fork|socket|connect/)).toBe(1);
  });

  it("by userns from the files and the uid alone", async () => {
    const map = `0 ${alices} ${size}`;
    const argv = [scene.path("userns"), "--uid-map", map, "--gid-map", map, "/bin/true"];
    const trace = await scene.trace("alice", argv, false);
    const own = (name: string) => name.startsWith("/proc/");
    const read = files(trace).filter((name) => !own(name as string) && name !== "/bin/true");
    expect(read).toEqual([...tables("/etc/subuid"), "/etc/subgid", scene.path("userns")].sort());
    expect(calls(trace, /execve\(/)).toBe(1);
    expect(calls(trace, /\b(socket|connect)\(/)).toBe(0);
    expect(calls(trace, /\bclone\(/)).toBe(1);
  });
});

describe("alice:44:1:gid,deny-setgroups", () => {
  const asked = [
    { by: "newgidmap", ask: () => scene.ask("newgidmap", "alice", 44, 1) },
    { by: "userns", ask: () => scene.userns("alice", "0 1000 1", "0 44 1") },
  ];
  const said = "";

  it.each(asked)("maps group 44 by $by, and setgroups is denied", async ({ ask }) => {
    await scene.tables({ usernamespaces: "alice:44:1:gid,deny-setgroups\n" });
    expect(await ask()).toEqual({ map: "0 44 1", said, setgroups: "deny" });
    await scene.tables({ subids: "alice:44:1\n", usernamespaces: "alice:44:1:gid,deny-setgroups\n" });
    expect(await ask()).toEqual({ map: "0 44 1", said, setgroups: "deny" });
  });

  it.each(asked)("is as with subgid by $by without the flag", async ({ ask }) => {
    await scene.tables({ subids: "alice:44:1\n" });
    const bySubgid = await ask();
    await scene.tables({ usernamespaces: "alice:44:1:gid\n" });
    expect(await ask()).toEqual(bySubgid);
    expect(bySubgid).toEqual({ map: "0 44 1", said, setgroups: "allow" });
  });
});

describe("a reserved range", () => {
  const usernamespaces = "# the orchestrator's\npodman:100000:65536:reserved\n";
  const subids = "alice:100000:65536\nbob:100000:65536\n";

  it.each(programs)("is refused by %s to everybody but its user, with the reason", async (program) => {
    const kind = program === "newgidmap" ? "gid" : "uid";
    await scene.tables({ subids, usernamespaces });
    expect(await scene.ask(program, "alice", 165530, 6)).toMatchObject({
      map: "",
      said:
        `${program}: ${kind} range [0-6) -> [165530-165536) not allowed\n` +
        `${program}: 165530-165535 is reserved for podman (/etc/usernamespaces:2)\n` +
        `${program}: alice may map only the own ${kind} 1000\n`,
    });
    expect((await scene.ask(program, "bob", 100000, size)).map).toBe("");
    // It grants nothing, to its user neither.
    expect((await scene.ask(program, "podman", 100000, 1)).map).toBe("");
    await scene.tables({ subids: `podman:100000:65536\n${subids}`, usernamespaces });
    expect((await scene.ask(program, "podman", 100000, size)).map).toBe(`0 100000 ${size}`);
    expect((await scene.ask(program, "alice", 100000, 1)).map).toBe("");
  });
});

describe("userns", () => {
  const subids = "alice:100000:65536\n";
  const run = (argv: string[]) =>
    scene.stage.exec({ program: scene.path("userns"), argv: ["userns", ...argv], caller: caller("alice") });
  const map = "0 100000 65536";

  it("--uid-map ... --gid-map ... -m -p -f --mount-proc -- sh -c 'id; ps' does what it says", async () => {
    await scene.tables({ subids });
    const maps = ["--uid-map", map, "--gid-map", map];
    const outcome = await run([...maps, "-m", "-p", "-f", "--mount-proc", "--", "sh", "-c", "id; ps"]);
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    const [id, ...table] = outcome.stdout.trimEnd().split("\n");
    expect(id).toBe("uid=0(root) gid=0(root) groups=0(root)");
    expect(table.map((row) => row.trim().replace(/ +/g, " "))).toEqual([
      "PID TTY TIME CMD",
      "1 ? 00:00:00 sh",
      "3 ? 00:00:00 ps",
    ]);
  });

  it.each([[[]], [["-S5", "-G5", "--keep-caps"]]])(
    "--disable-userns %j: unshare -U fails inside",
    async (options) => {
      await scene.tables({ subids });
      expect(await run([...options, "unshare", "-U", "true"])).toMatchObject({ status: 0 });
      expect(await run([...options, "--disable-userns", "unshare", "-U", "true"])).toMatchObject({
        status: 1,
        stderr: "unshare: unshare failed: Operation not permitted\n",
      });
    },
  );

  it("--disable-userns: unshare -U fails for a process outside that enters", async () => {
    await scene.tables({ subids });
    const script = `cd $(mktemp -d); mkfifo up
      ${scene.path("userns")} $0 sh -c 'echo; exec sleep 1000' >up & read line <up
      nsenter -U -t $! --preserve-credentials unshare -U true 2>&1; echo $?
      kill $!`;
    const outside = (option: string) =>
      scene.stage.exec({ argv: ["/bin/sh", "-c", script, option], caller: caller("alice") });
    expect((await outside("-r")).stdout).toBe("0\n");
    expect((await outside("--disable-userns")).stdout).toBe(
      "unshare: unshare failed: No space left on device\n1\n",
    );
  });

  it("names the broken lines that concern its caller when it refuses", async () => {
    const broken = ["alice:x:10:", "*:300000:0:gid", "1000:300000:10", "alice:300000:10:isolated"];
    const usernamespaces = [...broken, "bob:x:10:", "alice:400000:10:\n"].join("\n");
    await scene.tables({ usernamespaces });
    expect((await scene.ask("userns", "alice", 400000, 10)).map).toBe("0 400000 10");
    const { map, said } = await scene.ask("userns", "alice", 300000, 10);
    expect(map).toBe("");
    expect(said.split("\n").slice(1)).toEqual([
      "userns: 300000-300009 is refused because of a flag that cannot be read (/etc/usernamespaces:4)",
      "userns: alice may map 400000-400009 (/etc/usernamespaces:6) and the own uid 1000",
      "userns: /etc/usernamespaces:1 does not count: its start is no plain decimal number",
      "userns: /etc/usernamespaces:2 does not count: its count is no plain decimal number",
      "userns: /etc/usernamespaces:3 does not count: it has to be USER:START:LENGTH:FLAGS",
      "userns: /etc/usernamespaces:4 grants nothing: its flags cannot be read",
      "",
    ]);
  });
});
