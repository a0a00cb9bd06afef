// SPDX-License-Identifier: MIT
//
// Random worlds set up on the stage, and our programs and shadow's run in each.
import { join } from "node:path";
import type { Dialect } from "../model/dialect.js";
import { predict } from "../model/model.js";
import { kindOf, type Tool, type World } from "../model/world.js";
import type { Scene } from "../model/worlds.js";
import { root } from "../stage/build.js";
import { shadowPrograms } from "../stage/shadow.js";
import { type Outcome, Stage } from "../stage/stage.js";

/** What the programs are compared by. */
export interface Seen {
  status: number;
  map: string;
  setgroups: string;
}

/** One world, and what came of it. */
export interface Result {
  world: World;
  ours: Outcome;
  shadow: Outcome;
}

type Programs = Record<"ours" | "shadow", Record<Tool, string>>;

/** What stands in the map of a target that was mapped before: its owner's id as 0. */
function earlierMap({ tool, target }: World): string {
  return `0 ${tool === "newuidmap" ? target.uid : target.gid} 1`;
}

/** What the model says will be seen. */
export function predicted(world: World, dialect?: Dialect): Seen {
  const { status, map, setgroups } = predict(world, dialect);
  return { status, map: world.target.mapped ? earlierMap(world) : map.trimEnd(), setgroups };
}

/** What was seen; a program that was killed is no result to compare. */
export function seen({ tool }: World, outcome: Outcome): Seen {
  if (outcome.signal !== 0) throw new Error(`${tool} was ended by signal ${outcome.signal}`);
  const map = tool === "newuidmap" ? outcome.uidMap : outcome.gidMap;
  return { status: outcome.status, map: map ?? "", setgroups: outcome.setgroups ?? "" };
}

/** A stage with all four programs on it. */
export class Arena {
  private constructor(
    readonly stage: Stage,
    readonly programs: Programs,
  ) {}

  static async open(): Promise<Arena> {
    const stage = await Stage.start({ etc: "hermetic" });
    // With a log to write to, each refusal pauses.
    await stage.files({ "/dev/log": null });
    const install = async (folder: string, name: string, options: (tool: Tool) => object) => ({
      newuidmap: await stage.install(join(folder, "newuidmap"), `${name}-newuidmap`, options("newuidmap")),
      newgidmap: await stage.install(join(folder, "newgidmap"), `${name}-newgidmap`, options("newgidmap")),
    });
    return new Arena(stage, {
      ours: await install(join(root, "build"), "ours", (tool) => ({
        caps: [`cap_set${kindOf(tool)}`, "cap_setfcap"],
      })),
      shadow: await install(shadowPrograms(), "shadow", () => ({ setuid: true })),
    });
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  /** Runs all the worlds of a scene; the commands are sent at once, the stage keeps their order. */
  async play({ worlds }: Scene): Promise<Result[]> {
    const ready = this.stage.only(files(worlds[0] as World));
    const results = worlds.map(async (world) => {
      const [ours, shadow] = await Promise.all([this.run(world, "ours"), this.run(world, "shadow")]);
      return { world, ours, shadow };
    });
    await ready;
    return Promise.all(results);
  }

  run(world: World, subject: keyof Programs): Promise<Outcome> {
    const { tool, args, uid, gid, target } = world;
    const { mapped, setgroups } = target;
    const earlier = mapped ? { [`${kindOf(tool)}Map`]: earlierMap(world) } : {};
    return this.stage.run({
      program: this.programs[subject][tool],
      argv: [tool, ...args],
      caller: { uid, gid },
      target: { uid: target.uid, gid: target.gid, denySetgroups: setgroups === "deny", ...earlier },
    });
  }
}

/** The files of a world, for the stage. */
export function files({ tool, passwd, nsswitch, loginDefs, table, linked, usernamespaces }: World) {
  const bytes = (file: World["table"]) => (typeof file === "string" ? Buffer.from(file, "latin1") : null);
  const path = `/etc/sub${kindOf(tool)}`;
  return {
    "/etc/passwd": bytes(passwd),
    "/etc/nsswitch.conf": bytes(nsswitch),
    "/etc/login.defs": bytes(loginDefs),
    "/etc/usernamespaces": bytes(usernamespaces),
    ...(linked ? { "/etc/linked": bytes(table), [path]: { symlink: "linked" } } : { [path]: bytes(table) }),
  };
}
