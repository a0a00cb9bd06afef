// SPDX-License-Identifier: MIT
//
// usernsctl map: the picture for a terminal, for programs and for browsers, of tables below a directory.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { boxOf, find, names, parseXml, passwd, ranges, titleOf } from "./map.js";
import { Root, run, unavailable } from "./tables.js";

const both = (lines: string[]) => ({ "etc/subuid": lines, "etc/subgid": lines });
const group = ["root:x:0:"];
const usernamespaces = [
  "containers:900000:65536:reserved",
  "*:2000224256:147128320:each=65536",
  "alice:710000000:65536:fsid",
];
const collision = "uids and gids 281072-296607 (15,536 ids)";
const parties = "carol (etc/subuid:3, etc/subgid:3) and dave (etc/subuid:4, etc/subgid:4)";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(unavailable)(`usernsctl map${unavailable && `: ${unavailable}`}`, () => {
  let root: Root;
  beforeAll(() => {
    root = new Root({
      ...both(ranges({ collide: true })),
      "etc/passwd": passwd,
      "etc/group": group,
      "etc/usernamespaces": usernamespaces,
    });
  });
  afterAll(() => root.remove());

  it("names the collision first, and draws everybody's ids on one axis", () => {
    vi.stubEnv("COLUMNS", "80");
    const { status, stdout, stderr } = root.run("map");
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toBe(`! 1 collision
! ${collision}: carol (etc/subuid:3, etc/subgid:3)
   and dave (etc/subuid:4, etc/subgid:4)

uids and gids, not to scale: ╱ nobody's
            0    61184  281072     900000 2000420864
            ┬───╱┬╱─╱───┬──╱──────╱┬╱─╱───┬─────────╱─
collisions              !
conventions  ░░░ ░ ░                               ░ ░
accounts    ▪ ▪                                         11 users
alice                ▒               ▄ ▒                100000-165535 +2
bob                   ▒                 ▒               165536-231071 +1
carol                  ▒!                ▒              231072-296607 +1
dave                    !▒▒               ▒             281072-346607 +1
erin                        ▒              ▒▒           362144-427679 +1
frank                        ▒               ▒          427680-493215 +1
grace                         ▒               ▒         493216-558751 +1
heidi                          ▒               ▒        558752-624287 +1
ivan                            ▒               ▒       624288-689823 +1
judy                             ▒               ▒      689824-755359 +1
containers                         ╳                    900000-965535
everybody                                         ┊     2000879616-2147352575
free                       ·      · ·

! collision   ▒ granted   ╳ reserved   ▄ granted on disk
   ┊ slices of users to come   ▪ account   ░ by convention   · free
of useradd's 100000-600100000, 599,294,641 ids are free in 3 gaps, most at
   965536-600100000
░ by convention: 1-999 ids of system accounts; 1000-60000 ids of login users
   (UID_MIN to UID_MAX of login.defs); 60001-60705 ids of systemd-homed's users
   and of sessions; 61184-65519 ids that systemd gives to services
   (DynamicUser); 65534 the id of nobody; 65535 the id -1 where ids have 16
   bits; 2147352576-2147418111 ids that systemd keeps for files of other systems
   (foreign ids); 4294967295 the id -1, which cannot be mapped
`);
  });

  it.each(["40", "64", "80", "120", "200", "240"])("has room in %s columns", (columns) => {
    vi.stubEnv("COLUMNS", columns);
    const lines = root.run("map").stdout.split("\n");
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(Number(columns));
    const row = (who: string) => lines.find((line) => line.startsWith(`${who} `)) ?? "";
    const marked = (who: string) => [...row(who)].flatMap((each, i) => (each === "!" ? [i] : []));
    expect(marked("collisions").length).toBeGreaterThan(0);
    for (const who of ["carol", "dave"]) expect(marked(who)).toEqual(marked("collisions"));
    for (const who of ["bob", "erin", "judy"]) expect(marked(who)).toEqual([]);
  });

  it("says where everything is said, where there is room", () => {
    vi.stubEnv("COLUMNS", "200");
    const lines = root.run("map").stdout.split("\n");
    expect(lines[1]).toBe(`! ${collision}: ${parties}`);
    const ends = lines.map((line) => line.replace(/^.*[▒!╳┊] +/, ""));
    expect(ends).toContain("281072-346607 +1 (etc/subuid:4, etc/subgid:4, ...)");
    expect(ends).toContain("900000-965535 (etc/usernamespaces:1)");
  });

  it("draws ten ranges of one size as wide as each other, none over another's", () => {
    vi.stubEnv("COLUMNS", "240");
    const files = { ...both(ranges({ collide: false })), "etc/passwd": passwd, "etc/group": group };
    const { status, stdout } = run(files, "map");
    expect({ status, first: stdout.split("\n")[0] }).toEqual({ status: 0, first: "no collisions" });
    const rows = stdout.split("\n").filter((line) => names.includes(line.split(" ")[0] as string));
    const spans = rows.map((line) => [line.indexOf("▒"), line.lastIndexOf("▒") + 1] as const);
    expect(spans).toHaveLength(10);
    spans.forEach(([start, end], i) => {
      expect(end - start).toBeGreaterThan(7);
      expect(Math.abs(end - start - ((spans[0]?.[1] ?? 0) - (spans[0]?.[0] ?? 0)))).toBeLessThan(2);
      if (i > 0) expect(start).toBe(spans[i - 1]?.[1]);
    });
    expect(stdout).not.toContain("!");
  });

  it("draws uids and gids apart where they differ", () => {
    vi.stubEnv("COLUMNS", "80");
    const files = {
      "etc/passwd": passwd,
      "etc/group": group,
      "etc/subuid": ranges({ collide: true }),
      "etc/subgid": ranges({ collide: false }),
    };
    const [alarm, uids, gids] = run(files, "map")
      .stdout.split("\n\n")
      .filter((text) => !/^[!▒]./.test(text) || text.startsWith("! 1"));
    expect(alarm?.split("\n")[1]).toBe(
      "! uids 281072-296607 (15,536 ids): carol (etc/subuid:3) and dave (etc/subuid:4)",
    );
    expect(uids).toMatch(/^uids, not to scale.*\n.*\n.*\ncollisions /);
    expect(gids).toMatch(/^gids, not to scale.*\n.*\n.*\nconventions /);
    expect(gids).not.toContain("!");
  });

  it("draws a machine on which nobody was granted anything", () => {
    vi.stubEnv("COLUMNS", "80");
    const { status, stdout } = run({ "etc/passwd": passwd, "etc/group": group }, "map");
    expect(status).toBe(0);
    expect(stdout.split("\n").slice(0, 9)).toEqual([
      "no collisions",
      "",
      "uids and gids, not to scale: ╱ nobody's",
      "            0  1     1000         60001     61184      65534     2147352576",
      "            ┬──┬─────┬────────────┬─────╱╱╱╱┬──────╱╱╱╱┬────╱╱╱╱╱┬───────╱╱╱╱───",
      expect.stringMatching(/^conventions +░/),
      expect.stringMatching(/^accounts +▪/),
      expect.stringMatching(/^free +·+$/),
      "",
    ]);
  });

  it("has room for a thousand users, and names those who collide", () => {
    vi.stubEnv("COLUMNS", "100");
    const users = Array.from({ length: 1000 }, (_, i) => `user${i}`);
    const lines = users.map((name, i) => `${name}:${100000 + i * 65536}:65536`);
    const { status, stdout } = run(
      {
        "etc/passwd": users.map((name, i) => `${name}:x:${1000 + i}:${1000 + i}::/:/bin/sh`),
        "etc/group": group,
        ...both([...lines, "user7:700000000:1000", "user8:700000500:1000"]),
      },
      "map",
    );
    expect(status).toBe(1);
    expect(stdout.split("\n").slice(0, 13)).toEqual([
      "! 1 collision",
      "! uids and gids 700000500-700000999 (500 ids): user7 (etc/subuid:1001, etc/subgid:1001) and user8",
      "   (etc/subuid:1002, etc/subgid:1002)",
      "",
      "uids and gids, not to scale: ╱ nobody's",
      "              1 1000    61184   100000  624288       700000500",
      "            ╱╱┬─┬─────╱╱┬─╱╱──╱╱┬───────┬───────╱╱───┬──────╱╱───╱╱─",
      "collisions                                           !!!!!",
      "conventions   ░░░░░░░░  ░░  ░░                                ░░░  ░",
      "accounts        ▪▪                                                    1,000 users",
      "user7                               ▒▒▒▒          ▒▒▒!!!!!            558752-624287 +1",
      "user8                                   ▒▒▒          !!!!!▒▒          624288-689823 +1",
      "998 others                      ▒▒▒▒       ▒▒▒▒▒                      998 ranges of 998 users",
    ]);
  });

  it("draws a thousand users as one, where none of them collides", () => {
    vi.stubEnv("COLUMNS", "100");
    const users = Array.from({ length: 1000 }, (_, i) => `user${i}`);
    const lines = users.map((name, i) => `${name}:${100000 + i * 65536}:65536`);
    const { stdout } = run({ ...both(lines), "etc/passwd": passwd, "etc/group": group }, "map");
    expect(stdout.split("\n").find((line) => line.includes("▒"))).toMatch(
      /^1,000 users {10,}▒+ +1,000 ranges of 1,000 users$/,
    );
  });

  it("draws what systemd's containers take, where they are installed", () => {
    vi.stubEnv("COLUMNS", "120");
    const files = { ...both(ranges({ collide: false })), "etc/passwd": passwd, "etc/group": group };
    const { stdout } = run({ ...files, "usr/bin/systemd-nspawn": "" }, "map");
    const lines = stdout.split("\n");
    expect(lines.find((line) => line.startsWith("systemd "))).toMatch(/^systemd +░+ +524288-1879048191$/);
    expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain(
      "; 524288-1879048191 ids that systemd-nspawn gives to containers",
    );
  });

  it("is drawn in the README as it is", () => {
    vi.stubEnv("COLUMNS", "80");
    const files = {
      ...both(["alice:100000:65536", "bob:165536:65536", "carol:214688:65536"]),
      "etc/passwd": passwd.slice(0, 4),
      "etc/group": group,
      "etc/usernamespaces": ["incus:1000000:1000000:reserved"],
    };
    const [alarm = "", picture = "", legend = ""] = run(files, "map").stdout.split("\n\n");
    const readme = readFileSync("README.md", "utf8");
    const shown = [picture, legend.slice(0, legend.indexOf("\nof useradd's"))].join("\n\n");
    expect(readme).toContain(shown.replace(/^(?=.)/gm, "    "));
    // The paths are longer there: the lines end elsewhere.
    expect(readme.replace(/\s+/g, " ")).toContain(alarm.replaceAll("etc/", "/etc/").replace(/\s+/g, " "));
  });

  it("has it all in JSON", () => {
    const { status, stdout } = root.run("map", "--json");
    expect(status).toBe(1);
    const [picture, ...others] = JSON.parse(stdout);
    expect(others).toEqual([]);
    expect(picture.kinds).toEqual(["uid", "gid"]);
    expect(picture.collisions).toEqual([
      {
        kinds: ["uid", "gid"],
        start: 281072,
        count: 15536,
        parties: [
          { who: "carol", uid: 1002, sources: ["etc/subuid:3", "etc/subgid:3"] },
          { who: "dave", uid: 1003, sources: ["etc/subuid:4", "etc/subgid:4"] },
        ],
      },
    ]);
    expect(picture.owners).toHaveLength(12);
    expect(picture.owners[0]).toEqual({
      who: "alice",
      ranges: [
        { start: 100000, count: 65536, use: "granted", sources: ["etc/subuid:1", "etc/subgid:1"] },
        { start: 710000000, count: 65536, use: "on disk", sources: ["etc/usernamespaces:3"] },
        { start: 2000224256, count: 65536, use: "granted", sources: ["etc/usernamespaces:2"] },
      ],
    });
    expect(picture.owners.slice(-2)).toEqual([
      {
        who: "containers",
        ranges: [{ start: 900000, count: 65536, use: "reserved", sources: ["etc/usernamespaces:1"] }],
      },
      {
        who: "everybody",
        ranges: [{ start: 2000879616, count: 146472960, use: "slices", sources: ["etc/usernamespaces:2"] }],
      },
    ]);
    expect(picture.pool).toEqual({ start: 100000, count: 600000001 });
    expect(picture.free).toEqual([
      { start: 346608, count: 15536 },
      { start: 755360, count: 144640 },
      { start: 965536, count: 599134465 },
    ]);
    expect(picture.accounts).toEqual([
      { start: 0, count: 1, accounts: 1 },
      { start: 1000, count: 10, accounts: 10 },
    ]);
  });

  it("draws an SVG", () => {
    const { status, stdout } = root.run("map", "--svg", "-");
    expect(status).toBe(1);
    const svg = parseXml(stdout);
    expect(svg.attributes).toMatchObject({
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 1200 ${svg.attributes.height}`,
    });
    const used = ["rect", "text", "path", "line", "title", "style", "svg", "defs", "pattern"];
    const all = (element: typeof svg): string[] => [element.name, ...element.children.flatMap(all)];
    expect([...new Set(all(svg))].filter((name) => !used.includes(name))).toEqual([]);
    const texts = find(svg, "text").map(({ text }) => text);
    expect(texts.slice(0, 3)).toEqual(["Who has which ids", "! 1 collision", `${collision}: ${parties}`]);
    const red = find(svg, "rect", "collision");
    expect(red.map(titleOf)).toEqual([
      "",
      `${collision}: ${parties}`,
      "carol: 281072-296607",
      "dave: 281072-296607",
    ]);
    const [, first, ...lanes] = red.map(boxOf);
    for (const lane of lanes) expect(lane).toMatchObject({ x: first?.x, width: first?.width });
    const [band] = find(svg, "rect", "band").map(boxOf);
    expect(band).toMatchObject({ x: first?.x, width: first?.width });
    for (const { y, height } of lanes) expect(y + height).toBeLessThan((band?.y ?? 0) + (band?.height ?? 0));
    const granted = find(svg, "rect", "granted").filter((element) => titleOf(element) !== "");
    expect(granted).toHaveLength(20);
    expect(granted.map(titleOf)).toContain("bob: 165536-231071, granted (etc/subuid:2, etc/subgid:2)");
    expect(find(svg, "rect", "reserved").map(titleOf)).toContain(
      "containers: 900000-965535, reserved (etc/usernamespaces:1)",
    );
    for (const { x, width } of find(svg, "rect").map(boxOf)) expect(x + width).toBeLessThanOrEqual(1200);
  });

  it("draws the SVG of a machine without collisions without red", () => {
    const files = { ...both(ranges({ collide: false })), "etc/passwd": passwd, "etc/group": group };
    const { status, stdout } = run(files, "map", "--svg", "-");
    expect(status).toBe(0);
    const svg = parseXml(stdout);
    expect(find(svg, "text").map(({ text }) => text)).toContain("no collisions");
    for (const name of ["collision", "band", "box"]) expect(find(svg, "rect", name)).toEqual([]);
  });

  it("takes names from hostile files as text", () => {
    const name = `<script>alert("1")</script>&'`;
    const files = {
      "etc/passwd": [...passwd, `${name}:x:1010:1010::/:/bin/sh`],
      "etc/group": group,
      ...both([`${name}:100000:10`, "alice:100000:10", "\x1b[31mx:200000:10", "\ufffe]]>:300000:10"]),
    };
    const said = `${name} (etc/subuid:1, etc/subgid:1) and alice (etc/subuid:2, etc/subgid:2)`;
    vi.stubEnv("COLUMNS", "200");
    const text = run(files, "map").stdout;
    expect(text.split("\n")[1]).toBe(`! uids and gids 100000-100009 (10 ids): ${said}`);
    expect(text).not.toContain("\x1b");
    const { stdout } = run(files, "map", "--svg", "-");
    expect(stdout).not.toContain("<script");
    const svg = parseXml(stdout);
    expect(find(svg, "text").map(({ text: each }) => each)).toContain(
      `uids and gids 100000-100009 (10 ids): ${said}`,
    );
    expect(find(svg, "text").map(titleOf)).toEqual(expect.arrayContaining([name, "\\x1b[31mx", "\ufffd]]>"]));
  });

  it("writes a new file, and leaves one that exists", () => {
    const other = new Root({ ...both(["alice:100000:65536"]) });
    expect(other.run("map", "--svg", "ids.svg")).toEqual({ status: 0, stdout: "", stderr: "" });
    const written = readFileSync(join(other.path, "ids.svg"), "utf8");
    expect(written).toBe(other.run("map", "--svg", "-").stdout);
    writeFileSync(join(other.path, "mine"), "mine");
    expect(other.run("map", "--svg", "mine")).toEqual({
      status: 2,
      stdout: "",
      stderr: "usernsctl: --svg: 'mine' exists, and is left as it is\n",
    });
    expect(readFileSync(join(other.path, "mine"), "utf8")).toBe("mine");
    expect(other.run("map", "--svg", "nowhere/ids.svg")).toEqual({
      status: 2,
      stdout: "",
      stderr: "usernsctl: --svg: cannot write 'nowhere/ids.svg': no such file or directory\n",
    });
    expect(existsSync(join(other.path, "nowhere"))).toBe(false);
    expect(readdirSync(other.path).sort()).toEqual(["etc", "ids.svg", "mine"]);
    other.remove();
  });

  it("does not draw the ranges of a plugin, and says so", () => {
    const { status, stdout, stderr } = run(
      { ...both(ranges({ collide: true })), "etc/nsswitch.conf": ["subid: sss"] },
      "map",
    );
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: "usernsctl: ranges of 'sss', which nsswitch.conf names, are not drawn\n",
    });
    expect(stdout).not.toContain("carol");
  });

  it("is as wide as the terminal, and red there is the collision alone", () => {
    const program = resolve("build/usernsctl/usernsctl.mjs");
    const shown = (environment: string) => {
      const command = `stty cols 100; ${environment} ${process.execPath} ${program} map --root . || true`;
      const words = ["-qec", command, "/dev/null"];
      return execFileSync("script", words, {
        cwd: root.path,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      })
        .replaceAll("\r", "")
        .split("\n");
    };
    const lines = shown("TERM=xterm NO_COLOR=");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colours are made of
    const bare = lines.map((line) => line.replace(/\x1b\[\d+m/g, ""));
    expect(Math.max(...bare.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(bare[1]).toBe(`! ${collision}: carol (etc/subuid:3, etc/subgid:3) and dave`);
    const red = lines
      .flatMap((line) => line.split("\x1b[31m").slice(1))
      .map((part) => part.split("\x1b[0m")[0]?.trim());
    expect(red).toEqual([
      "! 1 collision",
      `! ${collision}:`,
      "collisions",
      "██",
      "carol",
      "██",
      "dave",
      "██",
      "█",
    ]);
    expect(shown("TERM=xterm NO_COLOR=1").join("\n")).toBe(
      bare.join("\n").replaceAll("██", "!!").replace("█ coll", "! coll"),
    );
  });
});
