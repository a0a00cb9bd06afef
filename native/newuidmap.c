/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>

#include "shim.h"

const struct program program = {
    .name = "newuidmap", .map = "uid_map", .capability = CAP_SETUID,
    .maps_root = true,
};
