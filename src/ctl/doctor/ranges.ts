// SPDX-License-Identifier: MIT
//
// The user's ids, as the helpers and as podman find them.

import { sumOf } from "../ids.js";
import { namesOwnPlugin, OWN_PLUGIN, sourceOf } from "../lint/files.js";
import { kinds, podmanMaps } from "../maps.js";
import { pluginOf } from "../nss.js";
import { plain } from "../output.js";
import { sizeOf } from "../spans.js";
import { type Check, type Finding, ok, problem, warning } from "./finding.js";
import type { Machine } from "./machine.js";

/** What images of containers use: ids up to nobody's, 65534. */
const ENOUGH = 65536;

/** Whether the user has ranges, and enough. */
export const checkRanges: Check = ({ account, root, names }) => {
  const { ids, problems } = sumOf(account, root, names);
  const who = plain(account.name ?? `uid ${account.uid}`);
  const source = sourceOf(root);
  const add =
    source === ""
      ? `as root: usernsctl add ${who}`
      : `have them given where '${plain(source)}', which nsswitch.conf names, has its ranges`;
  const unread = problems.map((text) => problem("ranges", plain(text), "usernsctl lint says more"));
  const sizes = { uid: sizeOf(ids.uid.allowed), gid: sizeOf(ids.gid.allowed) };
  const findings = kinds.map((kind): Finding => {
    const size = sizes[kind];
    const check = `${kind}s of ${who}`;
    if (size === 0) return problem(check, "there is no range", add);
    if (size < ENOUGH)
      return warning(check, `${size} are too few for most images, which want ${ENOUGH}`, add);
    return ok(check, `${size} beside the own one`);
  });
  if (sizes.uid !== sizes.gid && sizes.uid > 0 && sizes.gid > 0)
    findings.push(
      warning(
        `ranges of ${who}`,
        `he has ${sizes.uid} uids and ${sizes.gid} gids: containers want as many of both`,
        "make them the same: usernsctl list shows where they come from",
      ),
    );
  return [...unread, ...findings];
};

/** Whether podman finds them: it knows no /etc/usernamespaces. */
export const checkPodman: Check = (machine) => {
  const { account, root, names } = machine;
  const { ids } = sumOf(account, root, names);
  const maps = podmanMaps(account, root, names);
  // Where one kind is missing podman makes nothing of the other, and that is said already.
  if (kinds.some((kind) => ids[kind].allowed.length === 0)) return [];
  const unseen = kinds.filter((kind) => maps[kind].length === 3);
  if (unseen.length === 0) return [];
  return [
    problem(
      "podman",
      `it does not find the ${unseen.join("s and ")}s that /etc/usernamespaces grants`,
      "let programs ask for them: `subid: usernamespaces` in /etc/nsswitch.conf, or lines in /etc/subuid and /etc/subgid",
    ),
  ];
};

/** Whether the plugin of nsswitch.conf is there. */
export const checkNsswitch: Check = ({ root }: Machine) => {
  const check = "nsswitch.conf";
  const source = sourceOf(root);
  const own = namesOwnPlugin(root);
  if (source === "" && !own) return [ok(check, "ranges come from the files")];
  // What the loader of another root finds is not known.
  if (root !== "/") return [];
  const plugin = own ? OWN_PLUGIN : source;
  const library = `libsubid_${plugin}.so`;
  if (pluginOf(plugin))
    return [
      ok(check, own ? `programs find the files' ranges through ${library}` : `ranges come from ${library}`),
    ];
  if (own)
    return [
      warning(
        check,
        `it has \`subid: ${OWN_PLUGIN}\`, and there is no ${library}: podman and others see no range of ` +
          "/etc/usernamespaces",
        "install the plugin where the loader finds it: see the README; then run ldconfig",
      ),
    ];
  return [
    problem(
      check,
      `it has \`subid: ${plain(source)}\`, and there is no ${plain(library)}: nobody has ranges`,
      "install the plugin, or take the line away so that /etc/subuid and /etc/subgid count",
    ),
  ];
};
