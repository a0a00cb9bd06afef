/* SPDX-License-Identifier: MIT */
#include "shim.h"

/* It writes no map and needs no privilege: what it was given it drops at its start. */
const struct program program = {.name = "getsubids", .failure = 1};
