// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "names.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

// The argument that is a path.
static const struct {
    long number;
    int argument;
} paths[] = {
    {SYS_open, 0},   {SYS_stat, 0},   {SYS_lstat, 0},    {SYS_access, 0},     {SYS_readlink, 0}, {SYS_chdir, 0},
    {SYS_chroot, 0}, {SYS_statfs, 0}, {SYS_getxattr, 0}, {SYS_execve, 0},     {SYS_openat, 1},   {SYS_openat2, 1},
    {SYS_mount, 1},  {SYS_open_tree, 1},
};

// Those whose first argument is a descriptor. Of newfstatat the path is empty where the C library means one.
static const long descriptors[] = {
    SYS_read,    SYS_write,    SYS_pread64,  SYS_close,    SYS_fstat,   SYS_fstatfs,  SYS_fcntl,       SYS_ioctl,
    SYS_lseek,   SYS_setns,    SYS_sendto,   SYS_recvfrom, SYS_sendmsg, SYS_recvmsg,  SYS_newfstatat,  SYS_execveat,
    SYS_dup2,    SYS_dup3,     SYS_mount_setattr, SYS_move_mount, SYS_getsockopt, SYS_connect,
};

static char text[4096];

static const char *string_at(pid_t pid, unsigned long address)
{
    // Up to the end of its page: what lies behind it may not be there.
    size_t room = 4096 - address % 4096;
    struct iovec own = {text, room < sizeof text ? room : sizeof text - 1};
    struct iovec other = {(void *)address, own.iov_len};
    ssize_t got = process_vm_readv(pid, &own, 1, &other, 1, 0);

    text[got > 0 ? got : 0] = '\0';
    return text;
}

static const char *file_of(pid_t pid, unsigned long descriptor)
{
    char link[64];

    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, (int)descriptor);
    ssize_t length = readlink(link, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

const char *what_it_is_about(pid_t pid, const struct __ptrace_syscall_info *info)
{
    const long number = (long)info->entry.nr;

    for (size_t i = 0; i < COUNT(paths); i++)
        if (paths[i].number == number)
            return string_at(pid, info->entry.args[paths[i].argument]);
    if (number == SYS_newfstatat && *string_at(pid, info->entry.args[1]) != '\0')
        return text;
    for (size_t i = 0; i < COUNT(descriptors); i++)
        if (descriptors[i] == number)
            return file_of(pid, info->entry.args[0]);
    return "";
}
