/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>

#include "shim.h"

const struct program program = {
    .name = "userns", .capabilities = ONLY(CAP_SETUID) | ONLY(CAP_SETGID),
    .denies_setgroups = true,
    .maps_root = true,
    .becomes_another = true,
    .failure = 125,
};
