// SPDX-License-Identifier: MIT
// podman and buildah without root.

import { expect } from "vitest";
import { aliceAsRoot, eachInstall, mapText, showMaps } from "./world.js";

const podman = ["podman", "crun"];
const run = "podman run --rm --network=none";

eachInstall("podman unshare maps the user and the sub-ids", podman, (world) => {
  const script = `podman unshare sh -c 'id -u; id -g; ${showMaps}; touch own other; chown 33:44 other'; stat -c %n:%u:%g own other`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: `0\n0\n${aliceAsRoot}own:1000:1000\nother:100032:200043\n`,
    stderr: "",
  });
});

eachInstall("podman run: root inside is the user, with the sub-ids", podman, (world) => {
  const script = `${run} --rootfs $HOME/rootfs sh -c 'id; ${showMaps}'`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: `uid=0 gid=0\n${aliceAsRoot}`,
    stderr: "",
  });
});

eachInstall("podman run: a file of a user inside is a file of the sub-ids outside", podman, (world) => {
  const script = `mkdir -m 777 out
    ${run} -v $HOME/out:/out --user 33:44 --rootfs $HOME/rootfs sh -c 'id; touch /out/made'
    stat -c %n:%u:%g out/made`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: "uid=33 gid=44 groups=44\nout/made:100032:200043\n",
    stderr: "",
  });
});

eachInstall("podman run --userns=keep-id puts the user's own id among the sub-ids", podman, (world) => {
  const script = `${run} --userns=keep-id --rootfs $HOME/rootfs sh -c 'id -u; cat /proc/self/uid_map'`;
  // The map is seen from podman's own namespace, where the user is 0.
  const map = mapText([0, 1, 1000], [1000, 0, 1], [1001, 1001, 64536]);
  expect(world.run("alice", script)).toEqual({ status: 0, stdout: `1000\n${map}`, stderr: "" });
});

eachInstall("podman run ends with the container's status", podman, (world) => {
  const script = `${run} --rootfs $HOME/rootfs sh -c 'exit 7'`;
  expect(world.run("alice", script)).toEqual({ status: 7, stdout: "", stderr: "" });
});

eachInstall("podman build makes an image with files of several users", [...podman, "buildah"], (world) => {
  const script = `cat >Containerfile <<END
FROM scratch
COPY rootfs /
RUN touch /made && chown 12:34 /made
USER 5:6
CMD ["sh", "-c", "id; stat -c %u:%g /made"]
END
    podman build --quiet --network=none -t built . >image && podman run --rm --network=none built`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: "uid=5 gid=6 groups=6\n12:34\n",
    stderr: "",
  });
});

// It warns and goes on with the own id alone where a helper fails.
eachInstall("buildah unshare maps the user and the sub-ids", ["buildah"], (world) => {
  const script = `buildah unshare sh -c 'id -u; ${showMaps}; touch other; chown 33:44 other'; stat -c %n:%u:%g other`;
  expect(world.run("alice", script)).toEqual({
    status: 0,
    stdout: `0\n${aliceAsRoot}other:100032:200043\n`,
    stderr: "",
  });
});
