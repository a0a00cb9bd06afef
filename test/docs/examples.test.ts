// SPDX-License-Identifier: MIT
//
// The examples of the manual pages, as they are printed there, on real namespaces.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eachInstall } from "../clients/world.js";
import { examples, type Page, pages } from "./pages.js";
import {
  attempts,
  fsidObstacle,
  fsidTables,
  obstacle,
  replay,
  session,
  type Tables,
  transcript,
  type User,
  usualTables,
} from "./session.js";

test("each page has its examples", () => {
  const counts = Object.fromEntries(pages.map((page) => [page, examples(page).length]));
  expect(counts).toEqual({
    ...{ "newuidmap.1": 3, "newgidmap.1": 3, "getsubids.1": 2, "userns.1": 9, "newfsidmap.1": 5 },
    ...{ "subuid.5": 4, "subgid.5": 2, "usernamespaces.5": 6, "usernsctl.8": 2 },
  });
});

const slices = "*:2000224256:147128320:each=65536\n";

/** The tables that the examples of each program's page begin with. */
const tablesOf: Partial<Record<Page, Tables>> = {
  "newuidmap.1": usualTables,
  "newgidmap.1": usualTables,
  "getsubids.1": { subuid: "alice:100000:65536\n", usernamespaces: slices },
  "userns.1": usualTables,
  "newfsidmap.1": fsidTables,
};
const usesPodman = (display: string) => display.startsWith("$ podman");
const sessions = Object.entries(tablesOf).flatMap(([page, tables]) =>
  examples(page as Page)
    .filter((display) => !usesPodman(display))
    .map((display) => ({ page, display, tables })),
);

test.for(sessions)("$page prints what it says: $display", ({ page, display, tables }, { skip }) => {
  const reason = page === "newfsidmap.1" ? fsidObstacle : obstacle;
  skip(reason !== undefined, reason);
  expect(transcript(tables, display)).toBe(display);
});

eachInstall("newfsidmap.1 prints what it says of podman", ["podman", "crun"], (world) => {
  const [display = "", ...others] = examples("newfsidmap.1").filter(usesPodman);
  expect(others).toEqual([]);
  const script = replay(display).replaceAll("'", "'\\''");
  const { stdout, stderr } = world.run(
    "root",
    `cp -a /etc /run/etc && mount --bind /run/etc /etc
    echo '${fsidTables.usernamespaces}' >/etc/usernamespaces
    mount -t tmpfs srv /srv && cp -r rootfs /srv/image && echo welcome >/srv/image/motd
    chown -R 300000:300000 /srv/image
    install -d -m 700 -o alice -g alice /home/alice /home/alice/run && cd /home/alice
    set -- '${script}'; setpriv --reuid alice --regid alice --init-groups \\
      env -i PATH=$PATH HOME=/home/alice XDG_RUNTIME_DIR=/home/alice/run sh -c "$1"`,
  );
  expect({ stdout, stderr }).toEqual({ stdout: display, stderr: "" });
});

/** Expects that a user can map these ranges, and no id beside one of them. */
function expectExactly(tables: Tables, program: string, ranges: string[], user?: User): void {
  const wider = ranges.flatMap((range) => {
    const [first = 0, last = 0] = range.split("-").map(Number);
    return [`${first - 1}-${last}`, `${first}-${last + 1}`];
  });
  const outcomes = attempts(tables, program, [...ranges, ...wider], user);
  expect(outcomes.filter((outcome) => outcome.mapped).map((outcome) => outcome.range)).toEqual(ranges);
}

/** What the text above each table says. */
const granted: Record<string, string[][]> = {
  "subuid.5": [["100000-165535"], ["100000-165535"], ["100000-231071"], ["100000-165535", "300000-300999"]],
  "subgid.5": [["100000-165535"], ["100000-165535", "44-44"]],
};

describe.each<[Page, string]>([
  ["subuid.5", "newuidmap"],
  ["subgid.5", "newgidmap"],
])("%s", (page, program) => {
  const cases = examples(page).map((table, index) => ({ table, ranges: granted[page]?.[index] ?? [] }));

  test.for(cases)("grants what it says: $table", ({ table, ranges }, { skip }) => {
    skip(obstacle !== undefined, obstacle);
    expect(ranges).not.toEqual([]);
    expectExactly({ [page.slice(0, -2)]: table }, program, ranges);
  });
});

describe("usernamespaces.5", () => {
  const [everyUser = "", withHomed = "", alone = "", members = "", service = "", files = ""] =
    examples("usernamespaces.5");
  const both = ["newuidmap", "newgidmap"];
  const whole: Tables = { subuid: "bob:2000224256:147128320\n", subgid: "bob:2000224256:147128320\n" };

  const slices: [table: string, user: User, range: string][] = [
    [everyUser, "alice", "2000224256-2000289791"],
    [everyUser, "bob", "2000289792-2000355327"],
    [everyUser, "u3244", "2147287040-2147352575"],
    [withHomed, "alice", "2000224256-2000289791"],
    [withHomed, "u2731", "2113667072-2113732607"],
    [withHomed, "u60001", "2113732608-2113798143"],
    [withHomed, "u60513", "2147287040-2147352575"],
  ];
  test.for(slices)("%s gives %s the ids %s", ([table, user, range], { skip }) => {
    skip(obstacle !== undefined, obstacle);
    for (const program of both) expectExactly({ usernamespaces: table }, program, [range], user);
  });

  const outsiders: [table: string, user: User][] = [
    [everyUser, "containers"],
    [everyUser, "u3245"],
    [withHomed, "u2732"],
    [withHomed, "u60514"],
  ];
  test.for(outsiders)("%s gives %s nothing", ([table, user], { skip }) => {
    skip(obstacle !== undefined, obstacle);
    const ends = ["2000224256-2000224256", "2113732608-2113732608", "2147352575-2147352575"];
    for (const program of both) {
      const outcomes = attempts({ usernamespaces: table }, program, ends, user);
      expect(outcomes.filter((outcome) => outcome.mapped)).toEqual([]);
    }
  });

  test("a slice is nobody else's, whatever grants it", ({ skip }) => {
    skip(obstacle !== undefined, obstacle);
    const tables = { ...whole, usernamespaces: everyUser };
    for (const program of both) {
      expect(attempts(whole, program, ["2000224256-2000289791"], "bob")[0]?.mapped).toBe(true);
      expectExactly(tables, program, ["2000289792-2000355327"], "bob");
    }
  });

  test.for([
    [alone, "alice"],
    [members, "alice"],
  ] as const)("%s grants %s the group, with setgroups denied", ([table, user], { skip }) => {
    skip(obstacle !== undefined, obstacle);
    const tables = { usernamespaces: table };
    const outcomes = attempts(tables, "newgidmap", ["44-44", "43-44", "44-45"], user);
    expect(outcomes.map(({ mapped, setgroups }) => [mapped, setgroups])).toEqual([
      [true, "deny"],
      [false, "allow"],
      [false, "allow"],
    ]);
    expect(attempts(tables, "newuidmap", ["44-44"], user)[0]?.mapped).toBe(false);
    expect(attempts(tables, "newgidmap", ["44-44"], "bob")[0]?.mapped).toBe(false);
  });

  test("a service has what it registers, and nobody else", ({ skip }) => {
    skip(obstacle !== undefined, obstacle);
    const tables = { subuid: "alice:300000:65536\n", subgid: "alice:300000:65536\n" };
    for (const program of both) {
      expectExactly({ usernamespaces: service }, program, ["300000-365535"], "containers");
      expectExactly(tables, program, ["300000-365535"]);
      const ids = ["300000-365535", "300000-300000", "365535-365535"];
      const outcomes = attempts({ ...tables, usernamespaces: service }, program, ids);
      expect(outcomes.filter((outcome) => outcome.mapped)).toEqual([]);
    }
  });

  test("alice has files of the ids on disk, and processes of none of them", ({ skip }) => {
    skip(fsidObstacle !== undefined, fsidObstacle);
    const tables = { ...usualTables, usernamespaces: files };
    for (const program of both) expectExactly(tables, program, ["100000-165535"]);
    const bind = (map: string) => `newfsidmap --bind /srv/tree /mnt $! ${map}; echo $?`;
    const sleep = "userns -m --map-users 0:100000:65536 --map-groups 0:100000:65536 sleep 600 &\nmade";
    const script = ["b:0:300000:65536", "b:1:299999:65535", "b:0:300000:65536 b:65536:365536:1"].map(bind);
    const { output } = session(tables, [sleep, ...script].join("\n"));
    const refused =
      "newfsidmap: uid range \\[.*\\) -> disk \\[(\\d+)-\\d+\\) not allowed\n(?:newfsidmap: .*\n)+";
    const expected = new RegExp(`^0\n${refused}1\n${refused}1\n$`);
    expect(expected.exec(output)?.slice(1), output).toEqual(["299999", "365536"]);
    const without = session(usualTables, [sleep, script[0]].join("\n")).output;
    expect(new RegExp(`^${refused}1\n$`).exec(without)?.slice(1), without).toEqual(["300000"]);
  });
});

describe("README", () => {
  const readme = readFileSync("README.md", "utf8");

  test("its one line is that of usernamespaces(5)", () => {
    const [, line] = /^ {4}echo '(.*)' >>\/etc\/usernamespaces$/m.exec(readme) ?? [];
    expect(`${line}\n`).toBe(examples("usernamespaces.5")[0]);
  });

  test("its session with newfsidmap is that of newfsidmap(1)", () => {
    const [first = ""] = examples("newfsidmap.1");
    expect(readme).toContain(`\n\n${first.replace(/^/gm, "    ").replace(/ {4}$/, "")}\n`);
  });

  test("newfsidmap without its privilege says so, and where to read how to give it", ({ skip }) => {
    skip(fsidObstacle !== undefined, fsidObstacle);
    const script = `unshare --user --mount sleep 600 &
      made; newuidmap $! 0 1001 1; newgidmap $! 0 1001 1
      mkdir /tmp/work; cp /run/bin/newfsidmap /tmp; chmod 755 /tmp/newfsidmap
      /tmp/newfsidmap --bind /tmp/work /mnt $! b:0:1001:1; echo $?`;
    const { output } = session({}, script, "bob");
    const lacks = "this program was started without CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID";
    const why = "it is installed without them, as it is unless the administrator wants it: see newfsidmap(1)";
    expect(output).toBe(
      `newfsidmap: cannot make the mapping: Operation not permitted\nnewfsidmap: ${lacks}: ${why}\n1\n`,
    );
  });

  test("refusals are worded as it shows them", ({ skip }) => {
    skip(obstacle !== undefined, obstacle);
    const tables = { ...usualTables, usernamespaces: "containers:300000:65536:reserved\n" };
    const shown = readme
      .match(/(?<=\n\n)(?: {4}newuidmap: .*\n)+/g)
      ?.map((text) => text.replace(/^ {4}/gm, ""));
    const refused = [200000, 300000].map((first) => {
      const map = `newuidmap $! 0 1000 1 1 ${first} 65536`;
      return session(tables, `unshare --user sleep 600 &\nmade\n${map}`).output;
    });
    expect(shown).toEqual(refused);
  });
});
