// SPDX-License-Identifier: MIT
//
// The plugin against the reference model: random users, tables and restrictions; one id at a time.
import * as fc from "fast-check";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { countOf, seedOf } from "../model/seed.js";
import { accounts } from "../model/tables.js";
import { kindOf, type World } from "../model/world.js";
import { governedWorlds } from "../model/worlds.js";
import { END, model, type Person } from "./model.js";
import { ask, type Build, type Files, obstacle, ranges, usualBuild } from "./plugin.js";

const reason = obstacle();
let build: Build;

beforeAll(() => {
  if (!reason) build = usualBuild();
});
beforeEach((context) => context.skip(reason !== undefined, reason));

/** The name that a caller goes by. */
function nameOf(world: World): string {
  const found = accounts(world.passwd as string).find(({ uid }) => uid === BigInt(world.uid));
  if (!found) throw new Error("the caller has no line");
  return found.name;
}

/** The files of a world; its groups have the members that it says. */
function filesOf(world: World, name: string): Files {
  const members = Object.entries(world.nss.member as Record<string, string | number>);
  const group = members.map(
    ([group, answer], i) => `${group}:x:${7000 + i}:${answer === "in\n" ? name : ""}\n`,
  );
  return {
    "/etc/passwd": world.passwd as string,
    "/etc/group": group.join(""),
    "/etc/subuid": null,
    "/etc/subgid": null,
    [`/etc/sub${kindOf(world.tool)}`]: world.table as string | null,
    "/etc/usernamespaces": world.usernamespaces as string | null,
  };
}

/** What the plugin has to say of the ids, by the model. */
function holdAgainstModel(world: World, name: string, person: Person): void {
  const kind = kindOf(world.tool);
  const { served, listed: inList, own, samples } = person;
  const has = samples.map((id) => `has ${kind} ${id} 1 ${name}`);
  const find = samples.map((id) => `find ${kind} ${id}`);
  const [list = "", ...answers] = ask(build, filesOf(world, name), [`list ${kind} ${name}`, ...has, ...find]);
  const listed = ranges(list);
  for (const [i, id] of samples.entries()) {
    const holders = listed.filter(({ first, last }) => first <= id && id <= last);
    expect([id, holders.length], "how often an id is listed").toEqual([id, inList(id) ? 1 : 0]);
    expect([id, answers[i]]).toEqual([id, served(id) ? "0 yes" : "0 no"]);
    const uids = (answers[samples.length + i] ?? "").split(" ").slice(1);
    expect([id, uids.includes(String(world.uid))]).toEqual([id, served(id) && own(id)]);
  }
}

it("lists, has and finds what the model serves", { timeout: 300_000 }, () => {
  let some = 0;
  fc.assert(
    fc.property(governedWorlds, (world) => {
      const name = nameOf(world);
      const person = model(world, name);
      if (person === undefined) {
        const kind = kindOf(world.tool);
        const files = filesOf(world, name);
        expect(ask(build, files, [`list ${kind} ${name}`, `has ${kind} 1 1 ${name}`])).toEqual(["1", "1 no"]);
        return;
      }
      if (person.samples.some((id) => id < END && person.served(id))) some++;
      holdAgainstModel(world, name, person);
    }),
    { seed: seedOf("FC_SEED"), numRuns: countOf("PLUGIN_COUNT", 300) },
  );
  // Where next to nothing is served, next to nothing was tested.
  expect(some).toBeGreaterThan(50);
});
