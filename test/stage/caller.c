// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

volatile struct failure failure;

static bool fail(const char *what)
{
    failure.cause = errno;
    failure.what = what;
    return false;
}

static bool set_signals(const struct request *request)
{
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    static const unsigned long standard[8];

    /* What the tests themselves were started with is not the caller's; libc keeps a few numbers to itself. */
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, standard, NULL, 8);
    sigset_t blocked;

    sigemptyset(&blocked);
    for (size_t i = 0; i < request->ignore_count; i++)
        if (sigaction(request->ignore[i], &ignored, NULL) < 0)
            return fail("ignore a signal");
    for (size_t i = 0; i < request->block_count; i++)
        sigaddset(&blocked, request->block[i]);
    return sigprocmask(SIG_SETMASK, &blocked, NULL) == 0 || fail("block signals");
}

static bool set_stdio(const struct request *request, const int *given)
{
    for (int i = 0; i < 3; i++) {
        int fd = given[i];
        if (request->stdio[i])
            fd = open(request->stdio[i], i == 0 ? O_RDONLY : O_WRONLY | O_APPEND);
        if (fd < 0 || dup2(fd, i) < 0)
            return fail("open standard input or output");
        if (request->stdio[i])
            close(fd);
    }
    return true;
}

static bool set_descriptors(const struct request *request, pid_t target)
{
    for (size_t i = 0; i < request->descriptors.count; i++) {
        char *end;
        int number = (int)strtol(request->descriptors.items[i], &end, 10);
        int flags = (int)strtol(end + 1, &end, 8);
        int fd = strcmp(end + 1, "pidfd") ? open(end + 1, flags) : (int)syscall(SYS_pidfd_open, target, 0);
        if (fd < 0 || (fd != number && dup2(fd, number) < 0))
            return fail("open a descriptor");
        // pidfd_open sets close-on-exec.
        if (fd == number && fcntl(fd, F_SETFD, 0) < 0)
            return fail("keep a descriptor");
        if (fd != number)
            close(fd);
    }
    for (size_t i = 0; i < request->close_count; i++)
        close(request->close[i]);
    return true;
}

static bool set_limits(const struct request *request)
{
    for (size_t i = 0; i < request->limits.count; i++) {
        char *end;
        int resource = (int)strtol(request->limits.items[i], &end, 10);
        struct rlimit limit;
        limit.rlim_cur = strtoull(end + 1, &end, 10);
        limit.rlim_max = strtoull(end + 1, &end, 10);
        if (syscall(SYS_setrlimit, resource, &limit) < 0)
            return fail("set a limit");
    }
    return true;
}

// Plain system calls: the C library's wrappers also tell its other threads, and this child has none.
static bool set_ids(const struct request *request)
{
    return (syscall(SYS_setgroups, request->group_count, request->groups) == 0 &&
            syscall(SYS_setresgid, request->gid, request->gid, request->gid) == 0 &&
            syscall(SYS_setresuid, request->uid, request->uid, request->uid) == 0) ||
           fail("become the caller");
}

void be_caller(const struct request *request, const int *stdio, pid_t target)
{
    setsid();
    umask(022);
    bool good = (!request->cwd || chdir(request->cwd) == 0 || fail("change the directory")) && set_signals(request) &&
                set_stdio(request, stdio) && set_ids(request) && set_descriptors(request, target) && set_limits(request) &&
                (!request->no_new_privs || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || fail("set no_new_privs"));
    if (good) {
        execve(request->program, request->arguments.items, request->environment.items);
        fail("execute the program");
    }
    _exit(127);
}
