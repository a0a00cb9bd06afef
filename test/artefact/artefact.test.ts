// SPDX-License-Identifier: MIT
//
// What the built programs must look like, and what the sources must not contain.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";

const tables = ["argumentCount", "askNss", "callerGid", "callerUid", "exit", "log"];
const common = [...tables, "openTable", "print", "privilege", "readTable"];
const target = ["mapWritten", "openMap", "openTarget", "statTarget", "targetGid", "targetNamespaceOwner"];
const map = [...common, ...target, "argument", "targetRelation", "targetUid", "writeMap"];
const setgroups = ["denySetgroups", "setgroupsDenied"];
const helper = ["awaitRequest", "joinOuter", "recordExtent", "startHelper", "writeOwnMap"];
const main = ["askHelper", "handOver", "holdNamespace", "openFile", "openOwnMap", "readFile", "argumentPart"];
const steps = [
  "changeDirectory",
  "changeRoot",
  "closeFrom",
  "dieWithParent",
  "dropGroups",
  "filterUserNamespaces",
];
const more = [
  "fork",
  "groupsDenied",
  "keepCapabilities",
  "limitUserNamespaces",
  "mountProc",
  "passCapabilities",
];
const bind = ["endBinder", "joinNamespaces", "keepNamespaces", "runNewfsidmap", "startBinder"];
const last = [
  ...bind,
  "runProgram",
  "runShell",
  "setNoNewPrivileges",
  "setPropagation",
  "setting",
  "shell",
  "takeGid",
];
const namespaces = [
  "callerGroups",
  "openTarget",
  "pinNamespaces",
  "readTargetMap",
  "recordExtent",
  "setgroupsDenied",
];
const mount = [
  "attachMount",
  "cloneSource",
  "lockClone",
  "makeMapping",
  "mapClone",
  "openSource",
  "sendMount",
];
const fileIds = [
  "hasFsidMaps",
  "sourceType",
  "sourceUid",
  "statTarget",
  "targetGid",
  "targetUid",
  "writeFsidMap",
];
const imports: Record<string, string[]> = {
  newuidmap: map,
  newgidmap: [...map, ...setgroups],
  userns: [...common, ...setgroups, ...helper, ...main, ...steps, ...more, ...last, "takeUid", "unshare"],
  newfsidmap: [...common, ...namespaces, ...mount, ...fileIds, "argumentPart"],
  getsubids: ["argument", "argumentCount", "askNss", "exit", "openTable", "print", "readTable"],
};

/** The files of the repository below some of its folders. */
function files(...directories: string[]): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--", ...directories], { encoding: "utf8" });
  return listed.split("\0").filter((file) => file !== "" && existsSync(file));
}

describe.each(Object.keys(imports))("%s", (program) => {
  const wasm = new WebAssembly.Module(readFileSync(`build/${program}.wasm`));

  test("is a static, position-independent, stripped program", () => {
    const headers = execFileSync("readelf", ["-hlW", `build/${program}`], { encoding: "utf8" });
    expect(headers).toMatch(/Type: +DYN/);
    expect(headers).not.toContain("INTERP");
    expect(headers).toMatch(/GNU_STACK +\S+ \S+ \S+ \S+ \S+ RW +0x/);
    expect(execFileSync("readelf", ["-SW", `build/${program}`], { encoding: "utf8" })).not.toContain(
      ".symtab",
    );
  });

  test("has at most 80 KB where musl is there to link it", (context) => {
    const musl = spawnSync("musl-gcc", ["--version"]).status === 0;
    context.skip(!musl, "musl-gcc is missing");
    if (program === "userns" || program === "newfsidmap") return;
    expect(statSync(`build/${program}`).size).toBeLessThanOrEqual(80_000);
  });

  test("imports its own list of calls and nothing else", () => {
    const calls = WebAssembly.Module.imports(wasm);
    expect(calls.every((call) => call.module === "host" && call.kind === "function")).toBe(true);
    expect(calls.map((call) => call.name).sort()).toEqual([...(imports[program] ?? [])].sort());
    const declared = readFileSync("src/host.ts", "utf8").matchAll(/export declare function (\w+)/g);
    const host = new Set([...declared].map((match) => match[1]));
    expect(calls.filter((call) => !host.has(call.name))).toEqual([]);
  });

  test("has one memory of 2 to 16 pages, no table, and exports its main alone", () => {
    expect(
      WebAssembly.Module.exports(wasm)
        .map((each) => each.name)
        .sort(),
    ).toEqual(["main", "memory"]);
    const text = execFileSync("node_modules/.bin/wasm-objdump", ["-h", "-x", `build/${program}.wasm`], {
      encoding: "utf8",
    });
    expect(text).toMatch(/memory\[0\] pages: initial=2 max=16/);
    expect(text).not.toMatch(/table\[/);
  });
});

/** Which functions of a module each of them calls, by wasm-objdump's disassembly. */
function callGraph(program: string): Map<string, string[]> {
  const text = execFileSync("node_modules/.bin/wasm-objdump", ["-d", `build/${program}.wasm`], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  expect(text).not.toContain("call_indirect");
  const graph = new Map<string, string[]>();
  for (const body of text.split(/^[0-9a-f]+ func\[/m).slice(1)) {
    const calls = [...body.matchAll(/\| call (\d+)/g)].map((match) => String(match[1]));
    graph.set(body.slice(0, body.indexOf("]")), calls);
  }
  return graph;
}

test.each([...Object.keys(imports), "subid"])(
  "no function of %s calls itself, directly or through others",
  (program) => {
    const graph = callGraph(program);
    expect([...graph.values()].flat().length).toBeGreaterThan(100);
    const state = new Map<string, "open" | "done">();
    const visit = (name: string): void => {
      expect(state.get(name), `function ${name} is reached from itself`).not.toBe("open");
      if (state.has(name)) return;
      state.set(name, "open");
      for (const called of graph.get(name) ?? []) visit(called);
      state.set(name, "done");
    };
    for (const name of graph.keys()) visit(name);
  },
);

test("memory-unsafe operations stay in the line scanner", () => {
  const unsafe = /\b(load|store|unchecked|changetype|memory|heap|reinterpret)\s*[<(.]|@unsafe/;
  // What runs on Node.js is no AssemblyScript.
  const offenders = files("src", "bin").filter(
    (file) => /^(?!src\/ctl\/).*\.ts$/.test(file) && unsafe.test(readFileSync(file, "utf8")),
  );
  expect(offenders).toEqual(["src/tables/lines.ts"]);
});

test("the shim implements exactly what src/host.ts declares", () => {
  const names = (file: string, pattern: RegExp) =>
    [...readFileSync(file, "utf8").matchAll(pattern)].map((match) => match[1]).sort();
  const implemented = files("native")
    .filter((file) => file.startsWith("native/host"))
    .flatMap((file) => names(file, /w2c_host_(\w+)\(/g));
  expect([...new Set(implemented)].sort()).toEqual(names("src/host.ts", /export declare function (\w+)/g));
});

/** How many lines files of native/ have together. */
function linesOf(names: string[]): number {
  const lines = names.map((file) => readFileSync(file, "utf8").split("\n").length - 1);
  return lines.reduce((sum, each) => sum + each, 0);
}

test("the privileged code is under 1,000 lines, what userns adds under 600 and newfsidmap under 800", () => {
  // nss.c and getsubids.c have no privilege; become.c and binder.c are what userns does after it has given up its own;
  // the plugin is a library of other people's programs.
  const unprivileged = /(nss|getsubids)\.c$|(become|binder|plugin[a-z-]*)\.[ch]$/;
  const both = ["maps.c", "maps.h", "channel.c", "channel.h", "host-words.c"];
  const ofUserns = ["helper.c", "helper.h", "host-userns.c", "userns.c"];
  const ofNewfsidmap = ["attach.c", "host-newfsidmap.c", "idmap.h", "mapping.c", "mount.c", "newfsidmap.c"];
  const path = (name: string) => `native/${name}`;
  const added = [...both, ...ofUserns, ...ofNewfsidmap].map(path);
  const privileged = files("native").filter((file) => !unprivileged.test(file) && !added.includes(file));
  expect(linesOf(privileged)).toBeLessThan(1000);
  expect(linesOf([...ofUserns, ...both].map(path))).toBeLessThan(600);
  expect(linesOf([...ofNewfsidmap, ...both].map(path))).toBeLessThan(800);
});

test("every source file names its licence, and none is over 400 lines", () => {
  const sources = [
    ...files("bin", "src", "native", "test", "tools", "demo", "completion", ".ci"),
    "Makefile",
    "vitest.config.ts",
  ];
  // What holds bytes alone has no room for it.
  for (const file of sources.filter((name) => !/\.json$|^test\/fuzz\/corpus\//.test(name))) {
    const text = readFileSync(file, "utf8");
    expect(text.slice(0, 200), file).toContain("SPDX-License-Identifier: MIT");
    expect(text.split("\n").length, file).toBeLessThanOrEqual(401);
  }
});

test("the programs have the version of package.json", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(readFileSync("src/text/help.ts", "utf8")).toContain(`VERSION = "${version}"`);
});

test("the name-service program is dynamic and not privileged by its mode", () => {
  expect(execFileSync("readelf", ["-lW", "build/nss"], { encoding: "utf8" })).toContain("INTERP");
  expect(statSync("build/nss").mode & 0o7000).toBe(0);
});
