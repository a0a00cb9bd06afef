// SPDX-License-Identifier: MIT
//
// --disable-userns: no user namespace is made or joined inside, whatever root inside tries, and whatever the
// caller's processes outside do for him. Two rules hold it, the limit of the outer namespace and a seccomp filter:
// without one of them the other holds alone what it is there for.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Stage } from "../stage/stage.js";
import { obstacle, startStage, tables } from "./scene.js";
import { installs, ran, run } from "./userns-scene.js";
import { type Change, weaken } from "./weaken.js";

const noFilter: Change = {
  file: "src/userns/become.ts",
  from: "  if (options.disableUserns) filter();\n",
  to: "",
};
const noLimit: Change = { file: "src/userns/enter.ts", from: "  limitNamespaces();\n", to: "" };
const filterAfterFork: Change[] = [
  noFilter,
  {
    file: "src/userns/become.ts",
    from: "  const keepsGroups = groupsDenied() == 1;\n",
    to: "  const keepsGroups = groupsDenied() == 1;\n  if (options.disableUserns) filter();\n",
  },
];
const looksAtNoMask: Change = { file: "native/become.c", from: "0xbfffffff /* x32's bit */", to: "~0u" };

const abis = process.arch === "x64" ? ["", "x32 ", "i386 "] : [""];
const none = "Operation not permitted";
const missing = "Function not implemented";
/** Whatever is tried inside, and how each attempt ends under the filter. */
const shut = [
  ["unshare", none],
  ["unshare with others", none],
  ["clone", none],
  ["clone with high bits", none],
  ["clone3", missing],
  ["setns of any type", none],
  ["setns", none],
  ["setns with high bits", none],
  ["setns of a process", none],
  ["setns of a process with others", none],
  ...abis.slice(1).flatMap((abi) => [
    [`${abi}unshare`, none],
    [`${abi}clone`, none],
    [`${abi}clone3`, missing],
    [`${abi}setns`, none],
  ]),
].map(([what, end]) => `${what}: ${end}\n`);

let stage: Stage;
let inside: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startStage();
  inside = await stage.install(
    compile("test/hostile/userns-inside.c", "hostile-userns-inside"),
    "userns-inside",
  );
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only({
    ...tables,
    "/tmp/up": { fifo: true, mode: 0o666 },
    "/tmp/go": { fifo: true, mode: 0o666 },
  });
});

/** What a script prints inside once a process of alice's has joined the outer namespace and lifted its limit. */
const helped = (program: string, options: string, command: string) =>
  run(stage, [
    "/bin/sh",
    "-c",
    `"$0" -r --disable-userns ${options} -- sh -c 'echo $$ >/tmp/up; read line </tmp/go; ${command}' "$1" &
    read pid </tmp/up; "$1" open $pid; echo >/tmp/go; wait $!`,
    program,
    inside,
  ]);

const seizeParent = '"$0" seize $PPID';

const bare: (typeof installs)[number] = ["without privilege", {}];

describe.each([...installs, bare])("userns --disable-userns %s", (how, install) => {
  let userns: string;
  beforeAll(async () => {
    if (!obstacle) userns = await stage.install("build/userns", "userns", install);
  });

  const weakened = (...changes: Change[]) => stage.install(weaken("userns", ...changes), "weakened", install);

  /** What the attempts inside print. */
  const tries = async (program: string, ...words: string[]) =>
    (await run(stage, [program, "-r", "--disable-userns", "--", inside, ...words])).stdout;

  it("lets nobody in, by no system call", async () => {
    expect(await tries(userns, "try")).toBe(shut.join(""));
  });

  it("does so when its limit has been lifted from outside", async () => {
    expect(await helped(userns, "", '"$0" try')).toEqual(ran(`lift the limit above: ok\n${shut.join("")}`));
  });

  it("has a limit that root inside cannot lift", async () => {
    expect(await tries(userns, "lift")).toBe(
      `open the namespace above: ${none}\nraise the limit: ok\nraise it in another proc: ok\nunshare: ${none}\n`,
    );
    const full = "No space left on device";
    expect(await tries(await weakened(noFilter), "lift")).toBe(
      `open the namespace above: ${none}\nraise the limit: ok\nraise it in another proc: ok\nunshare: ${full}\n`,
    );
    expect(await tries(await weakened(noFilter, noLimit), "lift")).toBe(
      `open the namespace above: ${none}\nraise the limit: ok\nraise it in another proc: ok\nunshare: ok\n`,
    );
  });

  it("would let everybody in with help from outside, without the filter", async () => {
    const { stdout } = await helped(await weakened(noFilter), "", '"$0" try');
    for (const what of ["unshare", "clone", "clone3"]) expect(stdout).toContain(`\n${what}: ok\n`);
  });

  it("gives no process to root inside that could do it for him", async (context) => {
    context.skip(process.arch !== "x64", "the tracer is x86-64's");
    const refused = how === bare[0] ? `unshare in another's place: ${none}\n` : `seize: ${none}\n`;
    expect(await helped(userns, "-f", seizeParent)).toEqual(ran(`lift the limit above: ok\n${refused}`));
  });
});

describe("the filter of --disable-userns", () => {
  beforeEach((context) => context.skip(process.arch !== "x64", "what is tried is x86-64's"));

  it("would be dodged through the process that waits, if that had none", async () => {
    const program = await stage.install(weaken("userns", ...filterAfterFork), "weakened", bare[1]);
    expect(await helped(program, "-f", seizeParent)).toEqual(
      ran("lift the limit above: ok\nunshare in another's place: ok\n"),
    );
  });

  it("would let the calls of x32 pass, if it did not know their bit", async () => {
    const program = await stage.install(weaken("userns", looksAtNoMask), "weakened", bare[1]);
    const { stdout } = await run(stage, [program, "-r", "--disable-userns", "--", inside, "try"]);
    expect(stdout).toMatch(/^x32 unshare: (Function not implemented|No space left on device)$/m);
  });
});
