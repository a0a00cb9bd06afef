// SPDX-License-Identifier: MIT
//
// The small world: three ids, two users, and every request of up to two extents.

/** One user, and the letters that the groups he is in begin with. */
export interface Person {
  name: string;
  id: number;
  groups: string;
}

/** Three ids from `base` on, which are both uids and gids. */
export interface SmallWorld {
  base: number;
  people: [Person, Person];
}

/** How many ids there are. */
export const IDS = 3;

/** `first` is the offset of the first user's uid, which is his gid, too; the second one's is the next. */
function small(base: number, first: number): SmallWorld {
  return {
    base,
    people: [
      { name: "alice", id: base + first, groups: "ab" },
      { name: "bob", id: base + first + 1, groups: "b" },
    ],
  };
}

export const worlds = {
  /** Where slices begin if a line does not say where. */
  usual: small(1000, 0),
  /** With the uid that only root may map, who is none of the two. */
  low: small(0, 1),
  /** One of the two is root. */
  root: small(0, 0),
  /** The last id is none: it may stand in a table, and in no request. */
  high: small(2 ** 32 - 3, 0),
};

export interface Extent {
  inside: number;
  outside: number;
  count: number;
}

/** Ranges within the three ids, as offset and length. */
export const ranges: [start: number, count: number][] = [];
for (let start = 0; start < IDS; start++)
  for (let count = 1; start + count <= IDS; count++) ranges.push([start, count]);

/** Every request of one or two extents whose ids are three inside and three outside, and no more than ids can be. */
export function requestsOf({ base }: SmallWorld): Extent[][] {
  const extents = ranges.flatMap(([start, count]) =>
    Array.from({ length: IDS - count + 1 }, (_, inside) => ({ inside, outside: base + start, count })),
  );
  const sound = extents.filter(({ outside, count }) => outside + count <= 2 ** 32 - 1);
  return [...sound.map((one) => [one]), ...sound.flatMap((one) => sound.map((other) => [one, other]))];
}

/** The users as passwd(5) has them. */
export function passwd({ people }: SmallWorld): string {
  return people.map(({ name, id }) => `${name}:x:${id}:${id}::/:/bin/sh\n`).join("");
}
