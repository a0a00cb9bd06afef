// SPDX-License-Identifier: MIT
//
// The caller: what the vforked child does before it becomes the program.
#ifndef STAGE_CALLER_H
#define STAGE_CALLER_H

#include "request.h"

/** What failed before the program ran; what is NULL if nothing did. The child shares this memory. */
extern volatile struct failure {
    const char *what;
    int cause;
} failure;

/**
 * Becomes the caller and then the program. Runs in the stage's memory, before the stage goes on: it
 * sets nothing but `failure`.
 */
__attribute__((noreturn)) void be_caller(const struct request *request, const int *stdio, pid_t target);

#endif
