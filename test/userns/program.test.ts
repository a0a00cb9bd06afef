// SPDX-License-Identifier: MIT
//
// What the program gets and what it gives back: ids, capabilities, descriptors, signals, its status.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { Scene } from "./scene.js";

const reason = await Stage.unavailable();
let scene: Scene;
beforeAll(async () => {
  if (!reason) scene = await Scene.open();
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

const forks = [[[]], [["-f"]], [["-pf"]]];

describe("the program", () => {
  it("has the process id that userns had, another with -f, and 1 with -pf", async () => {
    const ids = async (options: string) =>
      (await scene.outside(`echo $$; exec $U ${options} sh -c 'echo $$'`)).stdout.trim().split("\n");
    const [before, plain] = await ids("");
    expect(plain).toBe(before);
    const [parent, forked] = await ids("-f");
    expect(forked).toMatch(/^[0-9]+$/);
    expect(forked).not.toBe(parent);
    expect((await ids("-pf"))[1]).toBe("1");
    expect((await ids("-p --kill-child"))[1]).toBe("1");
  });

  it.each(forks)("gives its exit status under %j", async (options) => {
    for (const status of [0, 1, 2, 125, 126, 127, 255]) {
      expect((await scene.run([...options, "sh", "-c", `exit ${status}`])).status).toBe(status);
    }
  });

  it.each(forks.slice(0, 2))("dies of its signal for all to see under %j", async (options) => {
    for (const signal of [1, 2, 6, 9, 13, 15, 34]) {
      const end = await scene.run([...options, "sh", "-c", `kill -${signal} $$`]);
      expect(end).toMatchObject({ status: -1, signal });
    }
  });

  it("that cannot be run is 126, that is not there 127", async () => {
    const ends = (status: number, stderr: string) => ({ status, stderr: `userns: cannot run ${stderr}\n` });
    for (const options of [[], ["-f"]]) {
      const run = (program: string) => scene.run([...options, program]);
      expect(await run("no\nwhere")).toMatchObject(ends(127, "'no\\x0awhere': No such file or directory"));
      expect(await run("/bin/nowhere")).toMatchObject(ends(127, "'/bin/nowhere': No such file or directory"));
      expect(await run("")).toMatchObject(ends(127, "'': No such file or directory"));
      expect(await run("/etc/passwd")).toMatchObject(ends(126, "'/etc/passwd': Permission denied"));
      expect(await run("/etc")).toMatchObject(ends(126, "'/etc': Permission denied"));
    }
    await scene.stage.files({ "/tmp/script": { content: "true\n", mode: 0o755 } });
    expect(await scene.run(["/tmp/script"])).toMatchObject(
      ends(126, "'/tmp/script': Exec format error\nuserns: a script begins with a line such as #!/bin/sh"),
    );
  });

  it("is found by the caller's PATH and gets his environment", async () => {
    await scene.stage.files({ "/tmp/bin": { directory: true } });
    await scene.stage.files({ "/tmp/bin/tool": { content: '#!/bin/sh\necho "$0 $*"\n', mode: 0o755 } });
    const env = { PATH: "/nowhere:/tmp/bin:/bin", LD_DEBUG: "x", A: "b" };
    expect((await scene.run(["tool", "-x", ""], { env })).stdout).toBe("/tmp/bin/tool -x \n");
    expect((await scene.run(["/usr/bin/env"], { env })).stdout).toBe(
      "PATH=/nowhere:/tmp/bin:/bin\nLD_DEBUG=x\nA=b\n",
    );
  });

  it("is SHELL, or /bin/sh", async () => {
    await scene.stage.files({
      "/tmp/commands": "echo $0",
      "/tmp/shell": { content: '#!/bin/sh\necho "this is $0 $#"\n', mode: 0o755 },
    });
    const shell = async (SHELL?: string) =>
      (await scene.run([], { stdin: "/tmp/commands", env: SHELL === undefined ? {} : { SHELL } })).stdout;
    expect(await shell("/tmp/shell")).toBe("this is /tmp/shell 0\n");
    expect(await shell("shell")).toBe("/bin/sh\n");
    expect(await shell("")).toBe("/bin/sh\n");
    expect(await shell()).toBe("/bin/sh\n");
  });

  it("starts in the root and working directory that were asked for", async () => {
    const pwd = async (...options: string[]) =>
      (await scene.run([...options, "/bin/pwd"], { cwd: "/usr" })).stdout;
    expect(await pwd()).toBe("/usr\n");
    expect(await pwd("-w/tmp")).toBe("/tmp\n");
    expect(await pwd("--wd", "bin/..")).toBe("/usr\n");
    expect((await scene.run(["-R", "/usr", "/bin/pwd"])).stdout).toBe("/\n");
    expect((await scene.run(["-R", "/usr", "-w", "share", "/bin/pwd"])).stdout).toBe("/share\n");
    expect(await scene.run(["-R", "/usr/nowhere", "true"])).toMatchObject({
      status: 125,
      stderr: "userns: cannot change the root directory to '/usr/nowhere': No such file or directory\n",
    });
  });
});
