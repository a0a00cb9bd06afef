// SPDX-License-Identifier: MIT
//
// Rule 8: what another process of the same uid can do to the programs while they run, and to the name-service
// program that they start, whose answer is an authorisation.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../nss/scene.js";
import type { Install, Stage } from "../stage/stage.js";
import {
  alice,
  end,
  mapped,
  nss,
  pluginObstacle,
  privileges,
  refused,
  request,
  startStageWithPlugin,
} from "./scene.js";
import { type Change, weaken } from "./weaken.js";

/** As the kernel would leave the programs where fs.suid_dumpable is 1. */
const dumpable: Change = {
  file: "native/privilege.c",
  from: "PR_SET_DUMPABLE, dumpable ? 1 : 0,",
  to: "PR_SET_DUMPABLE, 1,",
};

const environment: Change = {
  file: "native/names.c",
  from: "static char *const no_environment[] = {NULL};",
  to: "char **const no_environment = environ;",
};
const anyEnvironment: Change = { file: "native/nss.c", from: "environ[0] != NULL", to: "false" };

let stage: Stage;

beforeEach((context) => context.skip(pluginObstacle !== undefined, pluginObstacle));
afterAll(() => stage?.close());

describe.each(privileges)(
  "newuidmap %s, where a plugin knows the ids of every user",
  (_how, { newuidmap }) => {
    let accomplice: string;
    let program: string;

    beforeAll(async () => {
      if (pluginObstacle) return;
      await stage?.close();
      stage = await startStageWithPlugin("names");
      accomplice = await stage.install(
        compile("test/hostile/accomplice.c", "hostile-accomplice"),
        "accomplice",
      );
      program = await stage.install("build/newuidmap", "newuidmap", newuidmap);
    });

    const install = (build: string, how: Install = newuidmap) => stage.install(build, "weakened", how);
    const theCarols = ["$PID", "0", "400000", "1000"];
    const notGranted = [
      "newuidmap: uid range [0-1000) -> [400000-401000) not allowed",
      "newuidmap: alice may map 300000-300999 (names) and the own uid 1000",
    ];

    it("gives alice hers and nobody else's", async () => {
      expect(await request(stage, { argv: [program, "$PID", "0", "300000", "1000"], caller: alice })).toEqual(
        mapped({ uidMap: "0 300000 1000" }),
      );
      expect(await request(stage, { argv: [program, ...theCarols], caller: alice })).toEqual(
        refused(...notGranted),
      );
    });

    /** Asks what carol has in alice's name: after the fork, before the exec. */
    const reword = (tries: number, build: string) =>
      stage.run({
        argv: [accomplice, "reword", String(tries), "alice", "carol", build, ...theCarols],
        caller: alice,
      });

    it("gives her carol's where its child can be traced", async () => {
      const outcome = await reword(200, await install(weaken("newuidmap", dumpable)));
      expect(outcome.stdout).toBe("reworded\n");
      expect(outcome.uidMap).toBe("0 400000 1000");
    });

    it("cannot be traced, nor can its child", async () => {
      const outcome = await reword(8, program);
      expect(outcome.stdout).toBe("never caught\n");
      expect(end(outcome)).toEqual(refused(...Array(8).fill(notGranted).flat()));
    });

    /** Answers in the place of the name-service program, if that loads what the environment names. */
    const preload = async (build: string) => {
      const library = compile("test/hostile/preload.c", "hostile-preload.so", ["-shared", "-fPIC"]);
      const env = { LD_PRELOAD: await stage.install(library, "preload.so") };
      return request(stage, { argv: [build, ...theCarols], caller: { ...alice, env } });
    };

    it("gives her carol's where the name-service program has her environment", async () => {
      await stage.install(weaken("nss", anyEnvironment), nss, { mode: 0o711 });
      const outcome = await preload(await install(weaken("newuidmap", environment)));
      await stage.install("build/nss", nss, { mode: 0o711 });
      expect(outcome).toEqual(mapped({ uidMap: "0 400000 1000" }));
    });

    it("hands no environment on, whatever the name-service program would make of it", async () => {
      await stage.install(weaken("nss", anyEnvironment), nss, { mode: 0o711 });
      const outcome = await preload(program);
      await stage.install("build/nss", nss, { mode: 0o711 });
      expect(outcome).toEqual(refused(...notGranted));
    });

    it("gets its answer whatever signals she ignores or blocks", async () => {
      const signals: NodeJS.Signals[] = ["SIGCHLD", "SIGPIPE", "SIGALRM", "SIGTERM"];
      for (const caller of [
        { ...alice, ignore: signals },
        { ...alice, block: signals },
      ]) {
        expect(await request(stage, { argv: [program, "$PID", "0", "300000", "9"], caller })).toEqual(
          mapped({ uidMap: "0 300000 9" }),
        );
      }
    });

    it("does not ask where the kernel would let the name-service program be traced", async () => {
      await stage.files({ "/tmp/dumpable": "1\n" });
      await stage.bind("/tmp/dumpable", "/proc/sys/fs/suid_dumpable");
      const outcome = await request(stage, { argv: [program, "$PID", "0", "300000", "1"], caller: alice });
      await stage.files({ "/tmp/dumpable": null });
      expect(outcome).toEqual(
        refused(
          "newuidmap: uid range [0-1) -> [300000-300001) not allowed",
          "newuidmap: the sub-id source 'names' of /etc/nsswitch.conf could not be asked: " +
            "the name service is not asked while the sysctl fs.suid_dumpable is 1",
          "newuidmap: alice may map only the own uid 1000",
        ),
      );
    });
  },
);
