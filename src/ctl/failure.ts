// SPDX-License-Identifier: MIT

/** What keeps a command from its answer: said in one line, exit status 2. */
export class Failure extends Error {}
