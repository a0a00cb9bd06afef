// SPDX-License-Identifier: MIT
import { askHelper, exit, handOver, holdNamespace, startBinder } from "../host";
import { complain } from "../text/message";
import { bindByOuterMaps, keepForBinds } from "./binder";
import { causeText } from "./cause";
import { limitNamespaces, unshareNamespaces } from "./namespaces";
import { CLONE_NEWNS, CLONE_NEWUSER, Options } from "./options";
import { Asked, encode } from "./request";

/**
 * Enters the new namespaces and has the helper map them; ends if that fails. With --disable-userns the user
 * namespace lies in an outer one that allows a single namespace below it: the limit of the inner one its root could
 * raise again (kernel/ucount.c counts at every level up).
 *
 * There --bind takes a mount namespace of the outer one too. In that it binds when the inner maps are written and
 * the helper has ended; the inner mount namespace, with all the others, is made after it as a locked copy.
 */
export function enter(options: Options, asked: Asked): void {
  const request = encode(asked);
  const all = CLONE_NEWUSER | options.namespaces;
  const binds = options.binds;
  if (binds.given) startBinder();
  unshareNamespaces(asked.disableUserns ? CLONE_NEWUSER : all);
  mapped(askHelper(request.bytes, request.length));
  if (!asked.disableUserns) return;
  limitNamespaces();
  if (binds.given) {
    unshareNamespaces(CLONE_NEWNS);
    keepForBinds();
  }
  const unheld = holdNamespace();
  if (unheld != 0)
    complain("userns")
      .line("--disable-userns: cannot open /proc/self/ns/user: ")
      .text(causeText(-unheld))
      .end();
  unshareNamespaces(binds.given ? CLONE_NEWUSER : all);
  mapped(handOver());
  if (binds.given) {
    bindByOuterMaps(binds, asked);
    unshareNamespaces(options.namespaces);
  }
}

/** Ends unless the helper has done its work: in silence where it has said why not. */
function mapped(answer: i32): void {
  if (answer == 0) return;
  if (answer > 0) exit(1);
  complain("userns").line("the helper was ended by signal ").number(-answer).end();
}
