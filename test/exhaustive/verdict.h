/* SPDX-License-Identifier: MIT
 *
 * A verdict as one byte. Mirrors the codes of reference.ts.
 */
#ifndef VERDICT_H
#define VERDICT_H

enum verdict {
  ALLOWED = 0,
  ALLOWED_DENIED = 1, /* setgroups was denied first */
  OVERLAP_INSIDE = 2,
  OVERLAP_OUTSIDE = 3,
  FIRST_WITH_EXTENT = 4,
  NOT_GRANTED = 4,
  RESTRICTED = 5,
  OUTSIDE_ROOT = 6,
  EXTENT = 16, /* is added where the second extent is refused */
  TRAPPED = 254,
  OUT_OF_TURN = 255, /* the shim would have ended the program, or an answer that no wording fits */
};

/* The target's process id. */
#define TARGET 7

#endif
