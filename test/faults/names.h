// SPDX-License-Identifier: MIT
//
// Which file a system call is about.
#ifndef FAULTS_NAMES_H
#define FAULTS_NAMES_H

#include <sys/ptrace.h>
#include <sys/types.h>

/** The path that the call names or that its descriptor stands for; empty if it is about none. Valid until the next. */
const char *what_it_is_about(pid_t pid, const struct __ptrace_syscall_info *info);

#endif
