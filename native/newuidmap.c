/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>

#include "shim.h"

const struct program program = {
    .name = "newuidmap", .map = "uid_map", .capabilities = ONLY(CAP_SETUID),
    .maps_root = true,
    .failure = 1,
};
