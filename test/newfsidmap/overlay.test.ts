// SPDX-License-Identifier: MIT
//
// One base image, on disk once, below the containers of two namespaces with different ids.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { Stage } from "../stage/stage.js";
import { type Namespace, onDisk, owners, Scene } from "./scene.js";
import { mountDisk } from "./scene-disk.js";

let reason = await Stage.unavailable();
let scene: Scene;
beforeAll(async () => {
  if (reason) return;
  scene = await Scene.open();
  // tmpfs has the attributes that overlay needs only since Linux 6.6.
  reason = await mountDisk(scene, "ext4");
});
afterAll(() => scene?.stage.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

const disk = "/tmp/ext4";
const merged = `${disk}/merged`;

/** An image with files of root's and of the user 5:6, as a third range has them on disk. */
const image = `cd ${disk}; mkdir base base/etc base/home merged lower
  echo image >base/etc/release; echo image >base/etc/motd; echo image >base/home/file
  chown -R 300000:300000 base; chown -R 300005:300006 base/home`;

/** Has a namespace mount a container's root directory over the image, with a layer of its own at /tmp/ext4/NAME. */
async function container(name: string, of: Namespace, start: number, options: string[]): Promise<void> {
  await scene.root(
    `cd ${disk}; mkdir ${name} ${name}/upper ${name}/work; chown -R ${start}:${start} ${name}`,
  );
  await scene.bind(`${disk}/base`, `${disk}/lower`, of, [onDisk], options);
  const layers = `lowerdir=lower,upperdir=${name}/upper,workdir=${name}/work,userxattr`;
  await of.sh(`cd ${disk}; mount -n -t overlay -o ${layers} overlay merged`);
}

it.each([[[]], [["--read-only"]]])("bound with %j", async (options) => {
  await scene.root(image);
  const first = await scene.range(100000);
  const second = await scene.range(200000);
  await container("first", first, 100000, options);
  await container("second", second, 200000, options);

  for (const one of [first, second]) {
    expect(await one.sh(`cd ${merged}; ${owners} . etc/release home home/file; cat home/file`)).toBe(
      ".:0:0\netc/release:0:0\nhome:5:6\nhome/file:5:6\nimage\n",
    );
  }
  await first.sh(`echo first >>${merged}/etc/release; rm ${merged}/etc/motd; touch ${merged}/home/roots`);
  await first.sh(`setpriv --reuid 5 --regid 6 --clear-groups sh -c "echo first >>${merged}/home/file"`);
  await second.sh(`chown 7:8 ${merged}/home/file`);

  const look = `cd ${merged}; ${owners} etc/release home/file; cat etc/release home/file; ls etc home`;
  expect(await first.sh(look)).toBe(
    "etc/release:0:0\nhome/file:5:6\nimage\nfirst\nimage\nfirst\netc:\nrelease\n\nhome:\nfile\nroots\n",
  );
  expect(await second.sh(look)).toBe(
    "etc/release:0:0\nhome/file:7:8\nimage\nimage\netc:\nmotd\nrelease\n\nhome:\nfile\n",
  );

  // What was changed belongs to the ids of who changed it, and the image is as it was.
  const list = (directory: string) =>
    scene.root(`cd ${directory}; find . -type f | sort | xargs -r ${owners}`);
  expect(await list(`${disk}/first/upper`)).toBe(
    "./etc/release:100000:100000\n./home/file:100005:100006\n./home/roots:100000:100000\n",
  );
  expect(await list(`${disk}/second/upper`)).toBe("./home/file:200007:200008\n");
  expect(await list(`${disk}/base`)).toBe(
    "./etc/motd:300000:300000\n./etc/release:300000:300000\n./home/file:300005:300006\n",
  );
  expect(await scene.root(`cd ${disk}/base; cat etc/motd etc/release home/file`)).toBe(
    "image\nimage\nimage\n",
  );
  await first.end();
  await second.end();
  await scene.root(`rm -r ${disk}/*`);
});
