/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>

#include "shim.h"

const struct program program = {
    .name = "newfsidmap", .capabilities = ONLY(CAP_SYS_ADMIN) | ONLY(CAP_SETUID) | ONLY(CAP_SETGID),
    .failure = 1,
};
