// SPDX-License-Identifier: MIT
//
// What usernsctl explain prints, and its exit status.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type File, type Outcome, Stage, type Target } from "../stage/stage.js";

const usernsctl = [process.execPath, "build/usernsctl/usernsctl.mjs"];
const reason = await Stage.unavailable();
let stage: Stage;

const both = { "/etc/subuid": "alice:100000:65536\n", "/etc/subgid": "alice:100000:65536\n" };

beforeAll(async () => {
  if (reason) return;
  stage = await Stage.start({ etc: "hermetic" });
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(reason !== undefined, reason);
  await stage.only(both);
});

/** Runs usernsctl as root, on a target if there is one. */
async function run(
  args: string[],
  target: Target | null = null,
  env: Record<string, string> = {},
): Promise<Outcome> {
  return stage.run({
    argv: [...usernsctl, ...args],
    caller: { uid: 0, gid: 0, env },
    target,
    timeout: 60_000,
  });
}

/** The lines on stdout of `usernsctl explain`, which says nothing on stderr and ends with `status`. */
async function explained(args: string[], status: number, target: Target | null = null): Promise<string[]> {
  const outcome = await run(["explain", ...args], target);
  expect({ stderr: outcome.stderr, status: outcome.status }).toEqual({ stderr: "", status });
  return outcome.stdout.replace(/\n$/, "").split("\n");
}

describe("maps on the command line", () => {
  it("that are allowed", async () => {
    const maps = [
      "--uid-map",
      "0:1000:1",
      "--uid-map",
      "1:100000:65536",
      "--gid-map",
      "0 1000 1\n1 100000 65536",
    ];
    expect(await explained(["--user", "alice", ...maps], 0)).toEqual([
      "newuidmap for alice: allowed",
      "  0 1000 1",
      "  1 100000 65536",
      "newgidmap for alice: allowed",
      "  0 1000 1",
      "  1 100000 65536",
      "setgroups: stays allowed",
    ]);
  });

  it("of which one is refused", async () => {
    const maps = ["--uid-map", "0:200000:65536", "--gid-map", "0:1000:1"];
    expect(await explained(["--user", "1000", ...maps], 1)).toEqual([
      "newuidmap for alice: refused",
      "  0 200000 65536",
      "newuidmap: uid range [0-65536) -> [200000-265536) not allowed",
      "newuidmap: alice may map 100000-165535 (/etc/subuid:1) and the own uid 1000",
      "newgidmap for alice: allowed",
      "  0 1000 1",
      "setgroups: would be denied before the map is written",
    ]);
  });

  it("whose numbers are none, as the helper says it", async () => {
    expect(await explained(["--user", "alice", "--uid-map", "0:0x10:1"], 1)).toEqual([
      "newuidmap for alice: refused",
      "  0 0x10 1",
      expect.stringMatching(/^usage: newuidmap /),
      expect.stringMatching(/^newuidmap: .*'0x10'/),
    ]);
  });

  it.each([
    ["lines", "\n 0 \t1000 1 \n\n1 100000 10\n", ["0 1000 1", "1 100000 10"]],
    ["OCI's list", '[{"containerID":0,"hostID":1000,"size":1}]', ["0 1000 1"]],
    ["libcontainer's", '[{"container_id":0,"host_id":1000,"size":1}]', ["0 1000 1"]],
  ])("as %s in a file", async (_form, content, map) => {
    await stage.files({ "/etc/map": content });
    const { stdout } = await run(["explain", "--json", "--user", "alice", "--uid-map", "@/etc/map"]);
    expect(JSON.parse(stdout).maps[0].map).toEqual(map);
  });

  it("as JSON", async () => {
    const { stdout, status } = await run([
      ...["explain", "--json", "--user", "alice"],
      ...["--uid-map", "0:0:1", "--gid-map", "0:1000:1"],
    ]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      user: { name: "alice", uid: 1000, gid: 1000 },
      allowed: false,
      warnings: [],
      maps: [
        {
          program: "newuidmap",
          allowed: false,
          messages: [
            "newuidmap: uid range [0-1) -> [0-1) not allowed",
            "newuidmap: outside uid 0 is root's own: nobody else may map it",
          ],
          map: ["0 0 1"],
        },
        { program: "newgidmap", allowed: true, messages: [], map: ["0 1000 1"], setgroups: "deny" },
      ],
    });
  });

  it("of a uid that nobody has", async () => {
    const lines = await explained(["--user", "4711", "--uid-map", "0:4711:1"], 1);
    expect(lines.slice(0, 3)).toEqual([
      "newuidmap for uid 4711: refused",
      "  0 4711 1",
      "newuidmap: Cannot determine your user name.",
    ]);
  });

  it("of who calls, by default", async () => {
    expect(await explained(["--uid-map", "0:0:1"], 0)).toEqual(["newuidmap for root: allowed", "  0 0 1"]);
  });
});

describe("what podman asks for", () => {
  it("is the own id and all ranges, lowest first, but not those of /etc/usernamespaces", async () => {
    await stage.files({
      "/etc/subuid": "alice:300000:10\nbob:500000:10\n1000:200000:20\n",
      "/etc/usernamespaces": "alice:700000:10:\n",
    });
    expect(await explained(["--user", "alice", "--podman"], 0)).toEqual([
      "newuidmap for alice: allowed",
      "  0 1000 1",
      "  1 200000 20",
      "  21 300000 10",
      "newgidmap for alice: allowed",
      "  0 1000 1",
      "  1 100000 65536",
      "setgroups: stays allowed",
    ]);
  });

  it("is a warning where there is no range", async () => {
    expect(await explained(["--user", "bob", "--podman"], 1)).toEqual([
      "newuidmap for bob: allowed",
      "  0 1001 1",
      "newgidmap for bob: allowed",
      "  0 1001 1",
      "setgroups: would be denied before the map is written",
      "warning: podman finds no uids of bob: it maps the own uid and gid alone",
      "warning: podman finds no gids of bob: it maps the own uid and gid alone",
    ]);
  });

  it("is a warning where one kind has no range, and the other's are not used", async () => {
    await stage.files({ "/etc/subgid": "" });
    expect(await explained(["--user", "alice", "--podman"], 1)).toEqual([
      "newuidmap for alice: allowed",
      "  0 1000 1",
      "newgidmap for alice: allowed",
      "  0 1000 1",
      "setgroups: would be denied before the map is written",
      "warning: podman finds no gids of alice: it maps the own uid and gid alone",
    ]);
  });

  it("may be kept from the user by /etc/usernamespaces", async () => {
    await stage.files({ "/etc/usernamespaces": "bob:100000:10:reserved,uid\n" });
    expect((await explained(["--user", "alice", "--podman"], 1)).slice(0, 5)).toEqual([
      "newuidmap for alice: refused",
      "  0 1000 1",
      "  1 100000 65536",
      "newuidmap: uid range [1-65537) -> [100000-165536) not allowed",
      expect.stringContaining("reserved for bob (/etc/usernamespaces:1)"),
    ]);
  });
});

describe("a process", () => {
  const alices = { uid: 1000, gid: 1000 };
  it("has maps that its owner may have", async () => {
    const target = { ...alices, uidMap: "0 1000 1\n1 100000 65536", gidMap: "0 1000 1", denySetgroups: true };
    expect(await explained(["--pid", "$PID"], 0, target)).toEqual([
      "newuidmap for alice: allowed",
      "  0 1000 1",
      "  1 100000 65536",
      "newgidmap for alice: allowed",
      "  0 1000 1",
      "setgroups: is denied already",
    ]);
  });

  it("has maps that another may not have", async () => {
    const lines = await explained(["--pid", "$PID", "--user", "bob"], 1, { ...alices, uidMap: "0 1000 1" });
    expect(lines.slice(0, 3)).toEqual([
      "newuidmap for bob: refused",
      "  0 1000 1",
      "newuidmap: uid range [0-1) -> [1000-1001) not allowed",
    ]);
  });

  it.each<[string, string, Target | null]>([
    ["has no map yet", "process $PID has no map yet", alices],
    [
      "has no namespace",
      "process $PID is in this user namespace: nothing was mapped for it",
      { namespaces: 0 },
    ],
  ])("%s", async (_what, text, target) => {
    const { stdout, stderr, status, pid } = await run(["explain", "--pid", "$PID"], target);
    expect({ stdout, stderr, status }).toEqual({
      stdout: "",
      stderr: `usernsctl: --pid: ${text.replace("$PID", String(pid))}\n`,
      status: 2,
    });
  });
});

describe("a container's config.json", () => {
  it("has its maps explained", async () => {
    const linux = {
      uidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
      gidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
    };
    await stage.files({ "/etc/config.json": JSON.stringify({ ociVersion: "1.0.2", linux }) });
    const lines = await explained(["--user", "alice", "--oci", "/etc/config.json"], 1);
    expect(lines.slice(0, 5)).toEqual([
      "newuidmap for alice: allowed",
      "  0 100000 10",
      "newgidmap for alice: refused",
      "  0 5 1",
      "newgidmap: gid range [0-1) -> [5-6) not allowed",
    ]);
  });
});

describe("another root directory", () => {
  it("has its own tables and users, and its groups are not known", async () => {
    const etc: Record<string, File> = {
      "/tmp/other": { directory: true },
      "/tmp/other/etc": { directory: true },
      "/tmp/other/etc/passwd": "zoe:x:5000:5000::/:/bin/sh\n",
      "/tmp/other/etc/subuid": "zoe:100:10\n",
      "/tmp/other/etc/usernamespaces": "@video:44:1:gid\n",
    };
    await stage.files(etc);
    const maps = ["--uid-map", "0:100:10", "--gid-map", "0:44:1"];
    const lines = await explained(["--root", "/tmp/other", "--user", "zoe", ...maps], 1);
    expect(lines.slice(0, 5)).toEqual([
      "newuidmap for zoe: allowed",
      "  0 100 10",
      "newgidmap for zoe: refused",
      "  0 44 1",
      "newgidmap: gid range [0-1) -> [44-45) not allowed",
    ]);
  });
});

const HINT = "usernsctl: try 'usernsctl explain --help'";

describe("no answer", () => {
  it.each([
    [[], "explain: one of --uid-map or --gid-map, --pid, --podman and --oci says which maps"],
    [
      ["--podman", "--pid", "1"],
      "explain: one of --uid-map or --gid-map, --pid, --podman and --oci says which maps",
    ],
    [["--uid-map", "0:0"], "--uid-map: '0:0' is not three numbers: inside outside count"],
    [["--gid-map", "0 0 1 1"], "--gid-map: '0 0 1 1' is not three numbers: inside outside count"],
    [["--gid-map", " "], "--gid-map: the map is empty"],
    [["--uid-map", "[]"], "--uid-map: the map is empty"],
    [["--uid-map", '[{"hostID":1}]'], "--uid-map: entry 1: containerID, hostID and size have to be numbers"],
    [["--uid-map", "@/etc/nonesuch"], "--uid-map: cannot read '/etc/nonesuch': no such file or directory"],
    [["--oci", "/etc/passwd"], expect.stringMatching(/^usernsctl: --oci: no JSON: /)],
    [["--pid", "self"], "--pid: 'self' is no process id"],
    [["--pid", "2147483647"], "--pid: there is no process 2147483647"],
    [["--user", "nemo", "--podman"], "there is no user 'nemo'"],
    [["--user", "4294967295", "--podman"], "'4294967295' is no uid"],
    [["--uidmap", "0:0:1"], `unknown option '--uidmap'\n(Did you mean --uid-map?)\n${HINT}`],
    [["--podman", "alice"], `too many arguments for 'explain'. Expected 0 arguments but got 1.\n${HINT}`],
  ])("to %j", async (args, text) => {
    const { stdout, stderr, status } = await run(["explain", ...args]);
    const expected = typeof text === "string" ? `usernsctl: ${text}\n` : text;
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: expected, status: 2 });
  });

  it("to a command that is none", async () => {
    const { stdout, stderr, status } = await run(["explian"]);
    expect({ stdout, stderr, status }).toEqual({
      stdout: "",
      stderr:
        "usernsctl: unknown command 'explian'\n(Did you mean explain?)\nusernsctl: try 'usernsctl --help'\n",
      status: 2,
    });
  });
});

it("prints its help and its version", async () => {
  expect(await run(["--version"])).toMatchObject({
    stdout: "usernsctl (usernamespaces) 0.1.0\n",
    stderr: "",
    status: 0,
  });
  const { stdout, status } = await run(["--help"]);
  expect(stdout).toMatch(/^Usage: usernsctl .*\n[\s\S]*\n {2}explain /);
  expect(status).toBe(0);
});
