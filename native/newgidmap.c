/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>

#include "shim.h"

const struct program program = {
    .name = "newgidmap", .map = "gid_map", .capabilities = ONLY(CAP_SETGID),
    .denies_setgroups = true,
    .failure = 1,
};
