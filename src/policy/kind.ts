// SPDX-License-Identifier: MIT

/** What the ids of a request or a grant are. */
export enum Kind {
  Uid = 0,
  Gid = 1,
}
