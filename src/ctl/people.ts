// SPDX-License-Identifier: MIT
//
// Who has which id: by the files, and by the name service where it has more sources than the files.
import { readFileSync } from "node:fs";
import { type Asking, askGroups, askUsers } from "./asking.js";
import { textBelow } from "./below.js";

/** A user or group with its id; a user's primary group besides. */
export interface Person {
  name: string;
  id: number;
  gid: number;
}

/** The users or the groups. */
export class People {
  /** Those of the file, in its order. */
  readonly listed: Person[];
  readonly #byName = new Map<string, Person | undefined>();
  readonly #byId = new Map<number, Person | undefined>();

  /**
   * @param text what the file says
   * @param ask the name service; undefined where the files are all there is
   */
  constructor(
    text: string,
    private readonly ask: Asking | undefined,
  ) {
    this.listed = readPeople(text);
    for (const person of this.listed) {
      if (!this.#byName.has(person.name)) this.#byName.set(person.name, person);
      if (!this.#byId.has(person.id)) this.#byId.set(person.id, person);
    }
  }

  /** Who has this name. */
  named(name: string): Person | undefined {
    const known = this.#byName.get(name);
    if (known || this.#byName.has(name)) return known;
    const found = this.ask?.byName(name);
    this.#byName.set(name, found);
    return found;
  }

  /** Who has this id. */
  withId(id: number): Person | undefined {
    if (!this.#byId.has(id)) this.#byId.set(id, this.ask?.byId?.(id));
    return this.#byId.get(id);
  }
}

/** The users and groups of a machine whose files lie below `root`. */
export function peopleOf(root: string): { users: People; groups: People } {
  const nsswitch = root === "/" ? textBelow("/", "/etc/nsswitch.conf") : "";
  return {
    users: new People(textBelow(root, "/etc/passwd"), askUsers(nsswitch)),
    groups: new People(textBelow(root, "/etc/group"), askGroups(nsswitch)),
  };
}

/** The people of a file of the form of passwd(5) or group(5), whose third field is the id. */
function readPeople(text: string): Person[] {
  const people: Person[] = [];
  for (const line of text.split("\n")) {
    const [name = "", , id = "", gid = ""] = line.split(":");
    if (name === "" || /^[+#-]/.test(name) || !/^[0-9]+$/.test(id)) continue;
    people.push({ name, id: Number(id), gid: Number(gid) });
  }
  return people;
}

/** The text of a file, empty if it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A word of a file of mounts, in which blanks are octal numbers. */
export function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
