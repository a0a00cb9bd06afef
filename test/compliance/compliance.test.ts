// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { openStage, play, seen, toolsOf, wanted } from "./run.js";
import { chosenSubject } from "./subject.js";
import { table } from "./table.js";

const reason = await Stage.unavailable();

describe("the table", () => {
  it("gives each difference its reason, and a reason to nothing else", () => {
    const cases = table.flatMap((topic) => topic.cases);
    const odd = cases.filter(
      (of) => Boolean(of.shadow ?? of.shadow413 ?? of.shadow420) !== Boolean(of.reason),
    );
    expect(odd.map((of) => of.name)).toEqual([]);
  });

  it("has no two cases of one name", () => {
    const names = table.flatMap(({ topic, cases }) =>
      cases.flatMap((of) => toolsOf(of).map((tool) => `${topic}: ${of.name} (${tool})`)),
    );
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe("newuidmap and newgidmap", () => {
  const subject = reason ? undefined : chosenSubject();
  let stage: Stage;
  beforeAll(async () => {
    if (reason) return;
    stage = await openStage();
  });
  afterAll(() => stage?.close());
  beforeEach((context) => context.skip(reason !== undefined, reason));

  describe.each(table)("$topic", ({ cases }) => {
    const runs = cases.flatMap((of) => toolsOf(of).map((tool) => ({ of, tool, name: of.name })));
    it.each(runs)("$name ($tool)", async ({ of, tool }) => {
      if (!subject) throw new Error("no subject");
      const outcome = await play(stage, subject, of, tool);
      expect(seen(outcome, tool)).toEqual(wanted(subject.expected(of), subject, of, tool, outcome.pid));
    });
  });
});
