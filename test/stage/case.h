// SPDX-License-Identifier: MIT
#ifndef STAGE_CASE_H
#define STAGE_CASE_H

/** run KEY=VALUE...: one case; replies with its outcome. */
void command_run(void);

#endif
