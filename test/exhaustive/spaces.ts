// SPDX-License-Identifier: MIT
//
// Which tables there are in the small world, by their numbers.
import type { Tables } from "./reference.js";
import { ranges, type SmallWorld, worlds } from "./world.js";

/** Tables, numbered from 0 on. */
export interface Space {
  name: string;
  world: SmallWorld;
  size: number;
  tables(number: number): Tables;
}

/** A line of one of the tables. */
interface Line {
  file: keyof Tables;
  text: string;
}

const kinds = ["uid", "gid", "fsid"];

/** Who a line may name: the users by name and uid, all, groups of both, of alice, of nobody, and an unknown one. */
function owners({ people }: SmallWorld): string[] {
  const users = people.flatMap(({ name, id }) => [name, String(id)]);
  return [...users, "nobody", "*", "@both", "@alices", "@none", "@unknown"];
}

/** No flag, each one, every two in either order, and every slice with its first user and one more. */
function everyFlags({ base }: SmallWorld): string[] {
  const sizes = ["each=1", "each=2", "each=3"];
  const firsts = [0, 1, 2].map((offset) => `first=${base + offset}`);
  const more = [...kinds, "deny-setgroups", "reserved"];
  const all = [...more, ...sizes, ...firsts, "isolated"];
  const two = all.flatMap((one) => all.map((other) => `${one},${other}`));
  const three = sizes.flatMap((size) =>
    firsts.flatMap((first) => more.map((flag) => `${size},${first},${flag}`)),
  );
  return ["", ...all, ...two, ...three];
}

/** Those of which pairs are tried. */
function chosenFlags({ base }: SmallWorld): string[] {
  const plain = ["", "uid", "gid", "uid,gid", "fsid", "reserved", "reserved,gid", "gid,deny-setgroups"];
  const sliced = ["each=1", "each=2", "each=1,gid", `each=1,first=${base + 1}`, "each=1,deny-setgroups"];
  return [...plain, ...sliced, "deny-setgroups", "isolated"];
}

function entryLines({ base }: SmallWorld, whose: string[], flags: string[]): Line[] {
  return whose.flatMap((owner) =>
    ranges.flatMap(([start, count]) =>
      flags.map(
        (flag): Line => ({ file: "usernamespaces", text: `${owner}:${base + start}:${count}:${flag}\n` }),
      ),
    ),
  );
}

function subidLines({ base }: SmallWorld, whose: string[]): Line[] {
  return whose.flatMap((owner) =>
    ranges.map(([start, count]): Line => ({ file: "subids", text: `${owner}:${base + start}:${count}\n` })),
  );
}

/** The tables that hold these lines, in their order, behind what both users are granted besides. */
function tablesOf(granted: string, ...lines: Line[]): Tables {
  const tables: Tables = { subids: granted, usernamespaces: "" };
  for (const { file, text } of lines) tables[file] += text;
  return tables;
}

/** Nothing and everything: where nothing is granted a line shows what it grants, else what it keeps. */
function backgrounds({ base, people }: SmallWorld): string[] {
  return ["", people.map(({ name }) => `${name}:${base}:3\n`).join("")];
}

/** Every table of a single line. */
function singles(name: string, world: SmallWorld): Space {
  const lines = [...subidLines(world, owners(world)), ...entryLines(world, owners(world), everyFlags(world))];
  const granted = backgrounds(world);
  return {
    name: `single entries, ${name} ids`,
    world,
    size: lines.length * granted.length,
    tables: (number) =>
      tablesOf(
        granted[number % granted.length] as string,
        lines[Math.floor(number / granted.length)] as Line,
      ),
  };
}

/** Every table of two lines, in either order. */
function pairs(world: SmallWorld): Space {
  const whose = owners(world).filter((owner) => owner !== "@none" && owner !== String(world.people[1].id));
  const lines = [
    ...subidLines(world, owners(world).slice(0, 3)),
    ...entryLines(world, whose, chosenFlags(world)),
  ];
  const granted = backgrounds(world);
  return {
    name: "pairs of entries, usual ids",
    world,
    size: lines.length ** 2 * granted.length,
    tables: (number) => {
      const pair = Math.floor(number / granted.length);
      const [one, other] = [lines[Math.floor(pair / lines.length)], lines[pair % lines.length]];
      return tablesOf(granted[number % granted.length] as string, one as Line, other as Line);
    },
  };
}

export const spaces: Space[] = [
  ...Object.entries(worlds).map(([name, world]) => singles(name, world)),
  pairs(worlds.usual),
];
