// SPDX-License-Identifier: MIT
//
// The ranges of /etc/usernamespaces that getsubids lists besides, and that newuidmap and newgidmap map them.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { examples } from "../docs/pages.js";
import { obstacle, startScene } from "../nss/scene.js";
import type { File, Stage } from "../stage/stage.js";

const passwd = `root:x:0:0::/:
alice:x:1000:1000::/:
alicia:x:1000:1000::/:
bob:x:1001:1001::/:
`;
const files: Record<string, File> = {
  "/etc/passwd": passwd,
  "/etc/group": "root:x:0:\nvideo:x:44:alice\nrender:x:45:bob\n",
  "/etc/nsswitch.conf": "passwd: files extrausers\ngroup: files extrausers\n",
  "/var/lib/extrausers/passwd": "nora:x:20000:20001::/:\n",
  "/var/lib/extrausers/group": "far:x:30000:nora\n",
  "/etc/subuid": "",
  "/etc/subgid": "",
};
const homes = "*:2000224256:147128320:each=65536\n";

const reason = await obstacle();
let stage: Stage;
let getsubids: string;
const map: Record<string, string> = {};

beforeAll(async () => {
  if (reason) return;
  stage = await startScene(files);
  await stage.overlay("/usr/local");
  await stage.install("build/nss", "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
  getsubids = await stage.install("build/getsubids", "getsubids");
  map.uid = await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] });
  map.gid = await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] });
});

afterAll(() => stage?.close());

beforeEach((context) => context.skip(reason !== undefined, reason));

interface Listed {
  status: number;
  stdout: string;
  stderr: string;
}

async function run(args: string[], etc: Record<string, File>, uid = 1000): Promise<Listed> {
  await stage.only({ ...files, ...etc });
  const caller = { uid, gid: uid };
  const outcome = await stage.exec({ program: getsubids, argv: ["getsubids", ...args], caller });
  return { status: outcome.status, stdout: outcome.stdout, stderr: outcome.stderr };
}

const table = (usernamespaces: File, others: Record<string, File> = {}) => ({
  "/etc/usernamespaces": usernamespaces,
  ...others,
});
const listed = (user: string, ...ranges: string[]): Listed => ({
  status: 0,
  stdout: ranges.map((range, i) => `${i}: ${user} ${range}\n`).join(""),
  stderr: "",
});
const none = (user: string, kind = "uid"): Listed => ({
  status: 1,
  stdout: "",
  stderr:
    `Error fetching ranges\ngetsubids: '${user}' has no range in /etc/sub${kind}, ` +
    "and none in /etc/usernamespaces that is under no restriction\n",
});

type Row = [what: string, lines: string, uids: string[], gids: string[]];

describe("what a line grants", () => {
  it.each<Row>([
    ["to the login name", "alice:500:10:\n", ["500 10"], ["500 10"]],
    ["to another name of the uid", "alicia:500:10:\n", ["500 10"], ["500 10"]],
    ["to the uid", "1000:500:10:\n", ["500 10"], ["500 10"]],
    ["to others", "bob:500:10:\n1001:600:1:\nalic:7:1:\n", [], []],
    ["as uids", "alice:500:10:uid\n", ["500 10"], []],
    ["as gids", "alice:500:10:gid\n", [], ["500 10"]],
    ["as owners of files", "alice:500:10:fsid\n", [], []],
    ["to everybody, gids alone", "*:500:10:\n", [], ["500 10"]],
    ["to a group of his, gids alone", "@video:500:10:\n", [], ["500 10"]],
    ["to his primary group", "@alices:500:10:\n", [], ["500 10"]],
    ["to another group", "@render:500:10:\n", [], []],
    ["to a group that is not there", "@nobodys:500:10:\n", [], []],
    ["in slices", homes, ["2000224256 65536"], ["2000224256 65536"]],
    ["in slices of his group", "@video:1000:100:each=10,first=995,gid\n", [], ["1050 10"]],
    ["in slices of another group", "@render:1000:100:each=10\n", [], []],
    ["in slices that end before his", "*:1000:100:each=10,first=980\n", [], []],
    ["in slices that begin after his", "*:1000:100:each=10,first=1001\n", [], []],
    [
      "in file order",
      "alice:900:1:\nalice:500:1:\nalice:700:1:\n",
      ["900 1", "500 1", "700 1"],
      ["900 1", "500 1", "700 1"],
    ],
    [
      "twice, the second time what is new",
      "alice:500:10:\nalice:495:20:\nalice:500:5:\n",
      ["500 10", "495 5", "510 5"],
      ["500 10", "495 5", "510 5"],
    ],
    ["outside 0, which is a gid like others", "alice:0:2:\n", ["1 1"], ["0 2"]],
    ["outside 0 alone", "alice:0:1:\n", [], ["0 1"]],
    ["with -1, which is no id", "alice:4294967290:6:\n", ["4294967290 5"], ["4294967290 5"]],
  ])("%s", async (_what, lines, uids, gids) => {
    const etc = table(lines, { "/etc/group": `${files["/etc/group"]}alices:x:1000:\n` });
    const expected = (ranges: string[], kind: string) =>
      ranges.length > 0 ? listed("alice", ...ranges) : none("alice", kind);
    expect(await run(["alice"], etc)).toEqual(expected(uids, "uid"));
    expect(await run(["-g", "alice"], etc)).toEqual(expected(gids, "gid"));
  });

  it("to a user and a group that only the name service knows", async () => {
    const etc = table("nora:500:10:uid\n@far:600:10:\n");
    expect(await run(["nora"], etc, 20000)).toEqual(listed("nora", "500 10"));
    expect(await run(["-g", "nora"], etc, 20000)).toEqual(listed("nora", "600 10"));
  });

  it("to root, whose is outside 0 as well", async () => {
    expect(await run(["root"], table("root:0:2:\n"), 0)).toEqual(listed("root", "0 2"));
  });

  it("to one whom another asks for", async () => {
    expect(await run(["alice"], table(homes), 1001)).toEqual(listed("alice", "2000224256 65536"));
    expect(await run(["bob"], table(homes), 1000)).toEqual(listed("bob", "2000289792 65536"));
  });

  it("to a uid that is asked for, which lists the lines of its own alone", async () => {
    expect((await run(["1000"], table("1000:500:10:\n"))).stdout).toBe("");
  });

  it("after the sub-ids, less what they hold", async () => {
    const etc = table("alice:500:20:\n", { "/etc/subuid": "alice:505:5\nalice:400:1\n" });
    expect(await run(["alice"], etc)).toEqual(listed("alice", "505 5", "400 1", "500 5", "510 10"));
  });

  it("after those of a plugin", async () => {
    const nsswitch = { "/etc/nsswitch.conf": "passwd: files\ngroup: files\nsubid: example\n" };
    const etc = table("alice:500:20:\n", { ...nsswitch, "/etc/subid-example": "alice:uid:300:10\n" });
    expect(await run(["alice"], etc)).toEqual(listed("alice", "300 10", "500 20"));
  });

  it("without those of a plugin that fails, which is said", async () => {
    const nsswitch = { "/etc/nsswitch.conf": "passwd: files\ngroup: files\nsubid: example\n" };
    const etc = table("alice:500:20:\n", { ...nsswitch, "/etc/subid-example": "alice:status:2\n" });
    expect(await run(["alice"], etc)).toEqual({
      ...listed("alice", "500 20"),
      stderr:
        "getsubids: the sub-id source 'example' of /etc/nsswitch.conf could not be asked: the name service failed\n",
    });
  });
});

describe("what is kept from him", () => {
  const all = "alice:500:100:\n";

  it.each<Row>([
    ["what is reserved", `${all}podman:550:10:reserved\n`, ["500 50", "560 40"], ["500 50", "560 40"]],
    ["what is reserved as gids", `${all}podman:550:10:reserved,gid\n`, ["500 100"], ["500 50", "560 40"]],
    ["nothing, where it is reserved for him", `${all}alice:550:10:reserved\n`, ["500 100"], ["500 100"]],
    [
      "the slices of others",
      `${all}*:500:50:each=10,first=999\n`,
      ["510 10", "550 50"],
      ["510 10", "550 50"],
    ],
    [
      "two lines of slices, one over the other",
      `*:500:50:each=10\n*:500:50:each=10\n${all}`,
      ["550 50"],
      ["550 50"],
    ],
    ["what has broken flags", `${all}alice:550:10:uids\n`, ["500 50", "560 40"], ["500 50", "560 40"]],
    [
      "what has broken flags, of a group that cannot be known",
      `${all}@nobodys:550:10:uids\n`,
      ["500 50", "560 40"],
      ["500 50", "560 40"],
    ],
    [
      "nothing, where broken flags are another's",
      `${all}bob:550:10:uids\n@render:560:10:x\n`,
      ["500 100"],
      ["500 100"],
    ],
    [
      "gids that take setgroups denied",
      `${all}alice:550:10:uid,deny-setgroups\n`,
      ["500 100"],
      ["500 50", "560 40"],
    ],
    ["a group under it", "alice:44:1:gid,deny-setgroups\n@video:46:1:gid\n", [], ["46 1"]],
    ["nothing, where that is another's", `${all}bob:550:10:gid,deny-setgroups\n`, ["500 100"], ["500 100"]],
    ["all of it", `${all}*:0:4294967296:reserved\n`, [], []],
    ["lines that count as none", `${all}alice:x:10:uids\nalice:550:10\n`, ["500 100"], ["500 100"]],
  ])("%s", async (_what, lines, uids, gids) => {
    const expected = (ranges: string[], kind: string) =>
      ranges.length > 0 ? listed("alice", ...ranges) : none("alice", kind);
    expect(await run(["alice"], table(lines))).toEqual(expected(uids, "uid"));
    expect(await run(["-g", "alice"], table(lines))).toEqual(expected(gids, "gid"));
  });

  it("but not of his sub-ids, which are listed as they stand", async () => {
    const etc = table("*:0:4294967296:reserved\n", { "/etc/subuid": "alice:500:100\n" });
    expect(await run(["alice"], etc)).toEqual(listed("alice", "500 100"));
  });
});

describe("a table", () => {
  it.each<[string, File, string[]]>([
    [
      "that cannot be read",
      { content: homes, mode: 0o600 },
      ["Permission denied", "the caller has to be able to read it: chmod 644 /etc/usernamespaces"],
    ],
    [
      "that others can write",
      { content: homes, mode: 0o666 },
      ["Others than its owner can write it", "it would work after: chmod go-w /etc/usernamespaces"],
    ],
  ])("%s is an error, whatever else there is", async (_what, file, [why, help]) => {
    expect(await run(["alice"], table(file, { "/etc/subuid": "alice:1:1\n" }))).toEqual({
      status: 1,
      stdout: "",
      stderr: `Error fetching ranges\ngetsubids: cannot open /etc/usernamespaces: ${why}\ngetsubids: ${help}\n`,
    });
  });

  it("that the caller cannot read stays unread where the program is setuid root", async () => {
    const program = await stage.install("build/getsubids", "getsubids-setuid", { setuid: true });
    await stage.only({ ...files, ...table({ content: homes, mode: 0o600 }) });
    const caller = { uid: 1000, gid: 1000 };
    const outcome = await stage.exec({ program, argv: ["getsubids", "alice"], caller });
    expect([outcome.status, outcome.stdout]).toEqual([1, ""]);
    expect(outcome.stderr).toContain("cannot open /etc/usernamespaces: Permission denied");
  });

  it("of many lines of others is passed over", async () => {
    const others = Array.from({ length: 40_000 }, (_, i) => `bob:${10_000 + 2 * i}:1:reserved\n`).join("");
    expect(await run(["alice"], table(`${others}alice:500:10:\n`))).toEqual(listed("alice", "500 10"));
  });

  it("that keeps more ranges from him than can be compared is an error", async () => {
    const many = Array.from({ length: 16_400 }, (_, i) => `*:${10_000 + 2 * i}:1:reserved\n`).join("");
    expect(await run(["alice"], table(`${many}alice:10000:32800:\n`))).toEqual({
      status: 1,
      stdout: "",
      stderr: "Error fetching ranges\ngetsubids: too many separate ranges to compare\n",
    });
  });

  it("that grants more ranges than fit is an error", async () => {
    const many = Array.from({ length: 16_400 }, (_, i) => `alice:${10_000 + 2 * i}:1:\n`).join("");
    expect(await run(["alice"], table(many))).toEqual({
      status: 1,
      stdout: "",
      stderr: "Error fetching ranges\ngetsubids: too many separate ranges to compare\n",
    });
  });
});

/** Numbers from a seed: a linear congruential generator's upper bits. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Lines on a grid of tens, so that they meet. */
function anyTable(seed: number): string {
  const next = random(seed);
  const pick = (words: string[]) => words[next(words.length)] as string;
  const line = () => {
    const owner = pick(["alice", "alice", "1000", "bob", "@video", "@render", "@nobodys", "*"]);
    const flags = pick([
      "",
      "",
      "uid",
      "gid",
      "gid,deny-setgroups",
      "reserved",
      "reserved,gid",
      "uids",
      "each=10,first=997",
      "each=20,first=999,gid",
    ]);
    return `${owner}:${500 + 10 * next(12)}:${10 * (1 + next(6))}:${flags}\n`;
  };
  return Array.from({ length: 2 + next(6) }, line).join("");
}

describe.each(["uid", "gid"])("the %ss listed in any table", (kind) => {
  it("can be mapped together, with setgroups allowed", async () => {
    let ranges = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const lines = anyTable(seed);
      const { stdout } = await run(kind === "gid" ? ["-g", "alice"] : ["alice"], table(lines));
      const list = stdout
        .split("\n")
        .filter(Boolean)
        .map((each) => each.split(" ").slice(2).join(" "));
      if (list.length === 0) continue;
      ranges += list.length;
      const extents = list.map((range, i) => `${i * 1000} ${range}`);
      const argv = [kind, "$PID", ...extents.join(" ").split(" ")];
      const caller = { uid: 1000, gid: 1000 };
      const outcome = await stage.run({ program: map[kind] as string, argv, caller });
      const written = kind === "uid" ? outcome.uidMap : outcome.gidMap;
      expect([lines, outcome.stderr, written, outcome.setgroups]).toEqual([
        lines,
        "",
        extents.join("\n"),
        "allow",
      ]);
    }
    expect(ranges).toBeGreaterThan(100);
  });
});

const pageExamples = examples("getsubids.1").flatMap((display) =>
  display.replaceAll("\\(aq", "'").split(/^\$ /m).slice(1),
);

describe("the examples of the page", () => {
  it.each(pageExamples)("%s", async (example) => {
    const [command = "", ...output] = example.trimEnd().split("\n");
    const args = command.split(" ").slice(1);
    const result = await run(args, table(homes, { "/etc/subuid": "alice:100000:65536\n" }));
    expect(result.stdout + result.stderr).toBe(output.map((line) => `${line}\n`).join(""));
  });
});
