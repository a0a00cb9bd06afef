// SPDX-License-Identifier: MIT
// The OCI runtimes on their own: runc starts the helpers with an empty environment and leaked descriptors, crun with
// nearly all signals blocked.

import { expect } from "vitest";
import { eachInstall, mapText, showMaps } from "./world.js";

type Extent = [inside: number, outside: number, count: number];

const uids: Extent[] = [
  [0, 1000, 1],
  [1, 100000, 1000],
  [5000, 120000, 10],
];
const gids: Extent[] = [
  [0, 1000, 1],
  [1, 200000, 500],
  [7000, 230000, 20],
];

function mappings(extents: Extent[]) {
  return extents.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
}

/** Writes config.json beside the root file system and runs it in a container. */
function runBundle(runtime: string, uidMap: Extent[], script: string): string {
  const config = {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      cwd: "/",
      args: ["sh", "-c", script],
      env: ["PATH=/bin"],
      capabilities: { bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"] },
    },
    root: { path: "rootfs" },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      uidMappings: mappings(uidMap),
      gidMappings: mappings(gids),
      namespaces: ["user", "mount", "pid", "ipc"].map((type) => ({ type })),
    },
  };
  return `cat >config.json <<'END'\n${JSON.stringify(config)}\nEND\n${runtime} --root $HOME/run/state run one`;
}

// runc cannot drop the groups of its caller, who is in the group audio, which is not mapped; crun drops them.
const identities = { runc: "uid=0 gid=0 groups=65534,0", crun: "uid=0 gid=0" };

for (const [runtime, identity] of Object.entries(identities)) {
  eachInstall(`${runtime} writes maps of several extents`, [runtime], (world) => {
    const inside = `id; ${showMaps}; touch /tmp/made; chown 5009:7019 /tmp/made; exit 3`;
    const script = `${runBundle(runtime, uids, inside)}; echo $?; stat -c %u:%g rootfs/tmp/made`;
    expect(world.run("alice", script)).toEqual({
      status: 0,
      stdout: `${identity}\n${mapText(...uids)}${mapText(...gids)}allow\n3\n120009:230019\n`,
      stderr: "",
    });
  });

  eachInstall(`${runtime} fails with the reason where an extent is not granted`, [runtime], (world) => {
    const script = runBundle(runtime, [...uids.slice(0, 2), [5000, 50, 10]], "id");
    const { status, stdout, stderr } = world.run("alice", script);
    // Among the runtime's own complaints, which come from other processes.
    expect(stderr.split("\n")).toContain("newuidmap: uid range [5000-5010) -> [50-60) not allowed");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });
}
