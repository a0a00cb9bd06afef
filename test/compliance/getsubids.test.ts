// SPDX-License-Identifier: MIT
//
// The table of getsubids against ours, or with SUBJECT=shadow against Debian's 4.13.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { obstacle, startScene } from "../nss/scene.js";
import { root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";
import type { Stage } from "../stage/stage.js";
import { files, type ListCase, reasons } from "./getsubids-case.js";
import { plugins, tables } from "./getsubids-sources.js";
import { commandLine, users } from "./getsubids-users.js";

const shadow = process.env.SUBJECT === "shadow";
const topics = { "command line": commandLine, users, tables, plugins };
const text = (lines: string[] = []) => lines.map((line) => `${line}\n`).join("");

const reason = await obstacle();
let stage: Stage;
let program: string;

beforeAll(async () => {
  if (reason) return;
  stage = await startScene(files);
  await stage.overlay("/usr/local");
  await stage.install("build/nss", "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
  program = await stage.install(
    join(shadow ? shadowPrograms() : join(root, "build"), "getsubids"),
    "getsubids",
  );
});

afterAll(() => stage?.close());

beforeEach((context) => context.skip(reason !== undefined, reason));

/** What ought to come of a case. */
function wanted(of: ListCase) {
  const result = shadow && of.shadow ? of.shadow : of;
  const explained = shadow ? [] : (of.explained ?? []);
  return {
    status: result.status ?? (result.stdout ? 0 : 1),
    stdout: text(result.stdout),
    stderr: text(result.stderr) + text(explained),
  };
}

it("gives each difference its reason, and each reason a difference", () => {
  const cases = Object.values(topics).flat();
  expect(cases.filter((of) => Boolean(of.shadow) !== Boolean(of.reason)).map((of) => of.name)).toEqual([]);
  expect(Object.keys(reasons).filter((name) => !cases.some((of) => of.reason === name))).toEqual([]);
});

describe.each(Object.entries(topics))("%s", (_topic, cases) => {
  it.each(cases)("$name", async (of) => {
    await stage.only({ ...files, ...of.files });
    const outcome = await stage.exec({
      program,
      argv: ["getsubids", ...of.args],
      caller: { uid: 1000, gid: 1000, ...of.caller },
    });
    const { status, stdout, stderr } = outcome;
    expect({ status, stdout, stderr }).toEqual(wanted(of));
  });
});
