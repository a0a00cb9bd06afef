// SPDX-License-Identifier: MIT
//
// The ways to write a map, and what is said of one that is wrong.
import { describe, expect, it } from "vitest";
import { main } from "./fake-host.js";
import { asked, complaint, type Extents } from "./run.js";

/** What is said of the text as the argument of --uid-map. */
function wrong(text: string): string {
  const said = complaint([`--uid-map=${text}`, "true"]);
  expect(complaint(["--gid-map", text, "true"])).toBe(said.replaceAll("--uid-map", "--gid-map"));
  expect(complaint(["--uid-map=@map", "true"], { files: { map: text } })).toBe(said);
  return said.replace(/^userns: --uid-map(, |: )/, "");
}

/** That the text is this map, of uids as of gids. */
function right(text: string, ...extents: Extents): void {
  expect(asked([`--uid-map=${text}`]).uids).toEqual(extents);
  expect(asked(["--gid-map", text]).gids).toEqual(extents);
  expect(asked(["--uid-map=@map"], { files: { map: text } }).uids).toEqual(extents);
}

const many = Array.from({ length: 340 }, (_, i) => [i, i + 7, 1]);

const entry = '{"containerID": 0, "hostID": 1000, "size": 1}';

describe("a map in lines", () => {
  it.each<[string, ...Extents]>([
    ["0 1000 1", [0, 1000, 1]],
    ["0 1000 1\n", [0, 1000, 1]],
    ["         0       1000          1\n", [0, 1000, 1]],
    ["\t0\t1000\t1\t", [0, 1000, 1]],
    ["0 1000 1\n1 100000 65536\n", [0, 1000, 1], [1, 100000, 65536]],
    ["\n\n1 100000 65535\n \n0 1000 1", [1, 100000, 65535], [0, 1000, 1]],
    ["4294967294 4294967294 1", [4294967294, 4294967294, 1]],
    ["0 0 4294967295", [0, 0, 4294967295]],
    [many.map((line) => `${line.join(" ")}\n`).join(""), ...many],
  ])("%j is one", right);

  it.each([
    ["", "the map is empty"],
    [" \n\t\n", "the map is empty"],
    ["x", "line 1: inside 'x' is no plain decimal number"],
    ["0 5x 1", "line 1: outside '5x' is no plain decimal number"],
    ["0 1 1\n\n1 2 ?", "line 3: count '?' is no plain decimal number"],
    ["0 01 1", "line 1: outside '01' begins with 0, which would make it octal: write it in decimal"],
    ["0 0xf 1", "line 1: outside '0xf' is hexadecimal: write it in decimal"],
    ["-1 1 1", "line 1: inside '-1' is negative"],
    ["+1 1 1", "line 1: inside '+1' is no plain decimal number"],
    ["1 4294967296 1", "line 1: outside '4294967296' is larger than any id"],
    [`1 ${"9".repeat(30)} 1`, `line 1: outside '${"9".repeat(30)}' is larger than any id`],
    [`1 ${"9".repeat(65)} 1`, "line 1: outside is too long to be a number"],
    ["0 1 0", "line 1: count is 0: a range holds at least one id"],
    ["4294967295 1 1", "line 1: inside 4294967295 with count 1 goes beyond the last id, 4294967294"],
    ["1 0 4294967295", "line 1: inside 1 with count 4294967295 goes beyond the last id, 4294967294"],
    ["0 2 4294967294", "line 1: outside 2 with count 4294967294 goes beyond the last id, 4294967294"],
    ["0 1", "line 1: fewer than three numbers: inside outside count"],
    ["0 1 1\n0\n", "line 2: fewer than three numbers: inside outside count"],
    ["0 1 1 1", "line 1: more than three numbers: inside outside count"],
    ["0 1 1\r\n", "line 1: count '1\\x0d' is no plain decimal number"],
    ["0:1:1", "line 1: inside '0:1:1' is no plain decimal number"],
    ["0,1,1", "line 1: inside '0,1,1' is no plain decimal number"],
    ["# map\n", "line 1: inside '#' is no plain decimal number"],
    [
      Array.from({ length: 341 }, (_, i) => `${i} ${i} 1\n`).join(""),
      "line 341: a map has at most 340 lines",
    ],
    [`${" ".repeat(65_536)}0 1 1`, "the map is longer than 65536 bytes"],
  ])("%j is none", (text, reason) => {
    expect(wrong(text)).toBe(reason);
  });
});

describe("a map in JSON", () => {
  it.each<[string, ...Extents]>([
    [`[${entry}]`, [0, 1000, 1]],
    [` [ ${entry} ] \n`, [0, 1000, 1]],
    [`[${entry},${entry.replace("0", "1").replace("1000", "7")}]`, [0, 1000, 1], [1, 7, 1]],
    ['[{"size":3,"hostID":2,"containerID":1}]', [1, 2, 3]],
    ['[{"container_id":1,"host_id":2,"size":3}]', [1, 2, 3]],
    ['[{"container_id":1,"hostID":2,"size":3}]', [1, 2, 3]],
    ['\n[\r\n\t{ "containerID" : 1 ,\r\n\t"hostID":2\r\n,"size":3\r\n}\r\n]\r\n', [1, 2, 3]],
    [`[${many.map(([i, o, n]) => `{"containerID":${i},"hostID":${o},"size":${n}}`).join()}]`, ...many],
  ])("%j is one", right);

  it.each([
    ["[]", "the map is empty"],
    ["[", "entry 1: expected '{', but the text ends"],
    ["[1]", "entry 1: expected '{', but there is '1'"],
    ["[[]]", "entry 1: expected '{', but there is '['"],
    ["[{}]", "entry 1: expected the name of a field, but there is '}'"],
    ["[{1:2}]", "entry 1: expected the name of a field, but there is '1'"],
    ['[{"size', "entry 1: expected '\"', but the text ends"],
    ['[{"si ze":1}]', "entry 1: expected '\"', but there is 'z'"],
    ['[{"size" 1}]', "entry 1: expected ':', but there is '1'"],
    ['[{"size":1', "entry 1: expected ',' or '}', but the text ends"],
    ['[{"size":1 2}]', "entry 1: expected ',' or '}', but there is '2'"],
    ['[{"size":1,}]', "entry 1: expected the name of a field, but there is '}'"],
    ['[{"size":}]', "entry 1: size '' is no plain decimal number"],
    ['[{"size":[1]}]', "entry 1: size '[1]' is no plain decimal number"],
    ['[{"size":"1"}]', "entry 1: size '\"1\"' is no plain decimal number"],
    ['[{"size":1e3}]', "entry 1: size '1e3' is no plain decimal number"],
    ['[{"size":1.0}]', "entry 1: size '1.0' is no plain decimal number"],
    ['[{"size":null}]', "entry 1: size 'null' is no plain decimal number"],
    ['[{"hostID":-1}]', "entry 1: hostID '-1' is negative"],
    ['[{"hostID":01}]', "entry 1: hostID '01' begins with 0, which would make it octal: write it in decimal"],
    ['[{"host_id":0x1}]', "entry 1: host_id '0x1' is hexadecimal: write it in decimal"],
    ['[{"containerID":4294967296}]', "entry 1: containerID '4294967296' is larger than any id"],
    ['[{"HostID":1}]', "entry 1: unknown field 'HostID': there are containerID, hostID and size"],
    ['[{"":1}]', "entry 1: unknown field '': there are containerID, hostID and size"],
    ['[{"\\u0073ize":1}]', "entry 1: unknown field '\\x5cu0073ize': there are containerID, hostID and size"],
    ['[{"size":1,"size":1}]', "entry 1: size is given twice"],
    ['[{"hostID":1,"host_id":1}]', "entry 1: host_id is given twice"],
    ['[{"containerID":0,"hostID":1}]', "entry 1: size is missing"],
    ['[{"container_id":0,"size":1}]', "entry 1: host_id is missing"],
    ['[{"size":1}]', "entry 1: containerID is missing"],
    [`[${entry},${entry.replace("1000", "x")}]`, "entry 2: hostID 'x' is no plain decimal number"],
    [`[${entry.replace("1}", "0}")}]`, "entry 1: size is 0: a range holds at least one id"],
    [
      '[{"container_id":0,"host_id":9,"size":4294967295}]',
      "entry 1: host_id 9 with size 4294967295 goes beyond the last id, 4294967294",
    ],
    [`[${entry}`, "entry 1: expected ',' or ']', but the text ends"],
    [`[${entry},]`, "entry 2: expected '{', but there is ']'"],
    [`[${entry}]]`, "entry 1: expected nothing after the list, but there is ']'"],
    [`[${entry}${entry}]`, "entry 1: expected ',' or ']', but there is '{'"],
    [entry, "line 1: inside '{\"containerID\":' is no plain decimal number"],
    [
      `[${Array.from({ length: 341 }, (_, i) => `{"containerID":${i},"hostID":${i},"size":1}`).join()}]`,
      "entry 341: a map has at most 340 lines",
    ],
  ])("%j is none", (text, reason) => {
    expect(wrong(text)).toBe(reason);
  });
});

describe("a map in a file", () => {
  it("is read where @ stands before its name, and named if it cannot be", () => {
    expect(complaint(["--uid-map=@/no\nwhere", "true"])).toBe(
      "userns: --uid-map: cannot open '/no\\x0awhere': No such file or directory",
    );
    expect(complaint(["--gid-map", "@", "true"])).toBe(
      "userns: --gid-map: cannot open '': No such file or directory",
    );
    const directory = { files: { "/etc": "" }, answers: { readFile: -21 } };
    expect(complaint(["--uid-map=@/etc", "true"], directory)).toBe(
      "userns: --uid-map: cannot read: Is a directory",
    );
  });

  it("may begin with @ no more", () => {
    expect(complaint(["--uid-map=@map", "true"], { files: { map: "@map" } })).toBe(
      "userns: --uid-map, line 1: inside '@map' is no plain decimal number",
    );
  });

  it("may hold a NUL without hiding what follows", () => {
    expect(complaint(["--uid-map=@map", "true"], { files: { map: "0 1 1\0\n0 x" } })).toBe(
      "userns: --uid-map, line 1: count '1\\x00' is no plain decimal number",
    );
  });
});

describe("a range of --map-users and --map-groups", () => {
  it.each([
    ["0:1000:1", [0, 1000, 1]],
    ["5:100000:65536", [5, 100000, 65536]],
    ["4294967294:0:1", [4294967294, 0, 1]],
  ])("%j is one", (word, extent) => {
    expect(asked([`--map-users=${word}`]).uids).toEqual([extent]);
    expect(asked(["--map-groups", word]).gids).toEqual([extent]);
    expect(asked(["--map-users=3:2:1", "--map-users", word]).uids).toEqual([[3, 2, 1], extent]);
  });

  const form = "is neither inner:outer:count nor auto nor all";
  it.each([
    ["", `'' ${form}`],
    ["0", `'0' ${form}`],
    ["0:1", `'0:1' ${form}`],
    ["0:1:1:1", `'0:1:1:1' ${form}`],
    ["Auto", `'Auto' ${form}`],
    ["0:1:1\n", "count '1\\x0a' is no plain decimal number"],
    [
      "100000,0,65536",
      `'100000,0,65536' ${form}: with commas the outer id came first, with colons the inner one does`,
    ],
    ["0:5x:1", "outer '5x' is no plain decimal number"],
    ["::", "inner '' is no plain decimal number"],
    ["00:1:1", "inner '00' begins with 0, which would make it octal: write it in decimal"],
    ["0:1:0", "count is 0: a range holds at least one id"],
    ["0:4294967295:1", "outer 4294967295 with count 1 goes beyond the last id, 4294967294"],
    ["0:1:9999999999", "count '9999999999' is larger than any id"],
    [`0:1:${"1".repeat(70)}`, "count is too long to be a number"],
    [`0:1:${"1".repeat(200)}`, `'0:1:${"1".repeat(200)}' ${form}`],
  ])("%j is none", (word, reason) => {
    expect(complaint([`--map-users=${word}`, "true"])).toBe(`userns: --map-users: ${reason}`);
    expect(complaint(["--map-groups", word, "true"])).toBe(`userns: --map-groups: ${reason}`);
  });

  it("may be one of 340", () => {
    const ranges = (count: number) => Array.from({ length: count }, (_, i) => `--map-users=${i}:${i}:1`);
    expect(asked(ranges(340)).uids).toHaveLength(340);
    expect(complaint([...ranges(341), "true"])).toBe("userns: --map-users: a map has at most 340 lines");
  });
});

describe("the memory", () => {
  it("that very many options exhaust ends userns, nothing done", () => {
    const run = main([...Array.from({ length: 200_000 }, () => "-m"), "true"]);
    expect([run.status, run.calls.filter((call) => call.startsWith("unshare"))]).toEqual(["trap", []]);
  });
});
