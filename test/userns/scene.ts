// SPDX-License-Identifier: MIT
//
// A stage on which userns is installed, for a user with ranges: alice, uid 1000.
import { expect } from "vitest";
import { buildStatic } from "../stage/build.js";
import { type Caller, type Outcome, Stage } from "../stage/stage.js";

export const alice = { uid: 1000, gid: 1000, groups: [44] };

export class Scene {
  private constructor(
    readonly stage: Stage,
    readonly userns: string,
    /** The same program installed with no privilege. */
    readonly bare: string,
    /** makes.c */
    readonly makes: string,
  ) {}

  static async open(): Promise<Scene> {
    const stage = await Stage.start({ etc: "hermetic", overlays: ["/usr/local"] });
    await stage.install("build/nss", "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
    await stage.files({ "/etc/subuid": "alice:100000:65536\n", "/etc/subgid": "alice:200000:65536\n" });
    const built = buildStatic("userns-makes", ["test/userns/makes.c"]);
    return new Scene(
      stage,
      await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] }),
      await stage.install("build/userns", "bare"),
      await stage.install(built, "makes"),
    );
  }

  /** Runs userns. */
  run(args: string[], caller: Partial<Caller> = {}, program = this.userns): Promise<Outcome> {
    return this.stage.exec({ program, argv: ["userns", ...args], caller: { ...alice, ...caller } });
  }

  /** What a script prints that userns runs under the options, and that succeeds. */
  async sh(options: string[], script: string, caller: Partial<Caller> = {}): Promise<string> {
    const outcome = await this.run([...options, "--", "/bin/sh", "-c", script], caller);
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    return outcome.stdout;
  }

  /** What a script prints that runs outside, with userns as $U, makes.c as $MAKES, and a directory of its own to work in. */
  async outside(script: string): Promise<Outcome> {
    const env = { PATH: "/usr/bin:/bin", U: this.userns, MAKES: this.makes };
    const argv = ["/bin/bash", "-c", `cd $(mktemp -d)\n${script}`];
    return this.stage.exec({ argv, caller: { ...alice, env } });
  }
}
