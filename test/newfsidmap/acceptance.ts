// SPDX-License-Identifier: MIT
import { expect } from "vitest";
import { owners, type Scene } from "./scene.js";

/**
 * The scenario of the fsid mappings, as they were proposed: two namespaces with other ids share a tree whose files
 * are a third range's on disk. `here` is where both bind the tree of `Scene.shared`.
 */
export async function shareTree(scene: Scene, tree: string, here: string): Promise<void> {
  const first = await scene.range(100000);
  const second = await scene.range(200000);
  for (const one of [first, second]) {
    await scene.bind(tree, here, one);
    expect(await one.sh(`cd ${here}; ${owners} . base; cat base`)).toBe(".:0:0\nbase:0:0\nbase\n");
  }

  await first.sh(`cd ${here}; echo first >one`);
  expect(await second.sh(`cd ${here}; ${owners} one; cat one; echo second >>one`)).toBe("one:0:0\nfirst\n");
  await second.sh(`cd ${here}; mkdir two; echo second >two/file; chown 5:6 two/file`);
  expect(await first.sh(`cd ${here}; ${owners} two two/file; cat one two/file`)).toBe(
    "two:0:0\ntwo/file:5:6\nfirst\nsecond\nsecond\n",
  );

  expect(await scene.root(`cd ${tree}; ${owners} . base one two two/file`)).toBe(
    ".:300000:300000\nbase:300000:300000\none:300000:300000\ntwo:300000:300000\ntwo/file:300005:300006\n",
  );
  expect(await scene.root(`cd /proc; ${owners} ${first.pid} ${second.pid}`)).toBe(
    `${first.pid}:100000:100000\n${second.pid}:200000:200000\n`,
  );
  await first.end();
  await second.end();
}
