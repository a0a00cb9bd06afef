// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "scene.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

// The file systems that the stage mounted itself, by device number: the only ones it writes to.
static dev_t own_devices[64];
static size_t own_count;
static int log_socket = -1;

static void own_mount(const char *path)
{
    struct stat st;

    if (own_count == sizeof own_devices / sizeof *own_devices)
        die("too many mounts");
    if (stat(path, &st) < 0)
        die("cannot stat %s", path);
    own_devices[own_count++] = st.st_dev;
}

// Removes what is at path, after having made sure that its directory is the stage's own.
static bool clear_place(const char *path)
{
    char copy[4096];
    struct stat st;

    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (stat(dirname(copy), &st) < 0)
        return false;
    bool own = false;
    for (size_t i = 0; i < own_count; i++)
        own = own || own_devices[i] == st.st_dev;
    if (!own) {
        errno = EXDEV;
        return false;
    }
    return unlink(path) == 0 || errno == ENOENT || rmdir(path) == 0;
}

void open_scene(void)
{
    // Whoever runs the tests from a login session has an audit uid, which getlogin() would report.
    int loginuid = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
    if (loginuid >= 0) {
        if (write(loginuid, "4294967295", 10) < 0)
            errno = 0;
        close(loginuid);
    }
    if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
        die("cannot leave the machine's namespaces");
    pid_t child = fork();
    if (child < 0)
        die("cannot fork");
    if (child > 0) {
        int status;
        while (waitpid(child, &status, 0) < 0)
            if (errno != EINTR)
                die("cannot wait");
        exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        die("cannot ask to end with the parent");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        die("cannot make the mounts private");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        die("cannot mount /proc");
    if (mount("stage", STAGE_ROOT, "tmpfs", MS_NODEV, "mode=755") < 0)
        die("cannot mount " STAGE_ROOT);
    own_mount(STAGE_ROOT);
}

static void done(bool good, const char *action, const char *path)
{
    if (good)
        reply("{}\n");
    else
        reply_failure("cannot %s %s", action, path);
}

void command_tmpfs(void)
{
    const char *path = need_field();
    const char *options = need_field();
    bool nosuid = strcmp(need_field(), "nosuid") == 0;
    bool good = mount("stage", path, "tmpfs", nosuid ? MS_NOSUID : 0, options) == 0;

    if (good)
        own_mount(path);
    done(good, "mount over", path);
}

void command_overlay(void)
{
    static int count;
    char base[64], upper[80], work[80], options[8192];
    const char *path = need_field();

    snprintf(base, sizeof base, STAGE_ROOT "/overlay%d", count++);
    snprintf(upper, sizeof upper, "%s/upper", base);
    snprintf(work, sizeof work, "%s/work", base);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", path, upper, work);
    bool good = mkdir(base, 0755) == 0 && mkdir(upper, 0755) == 0 && mkdir(work, 0755) == 0 &&
                mount("stage", path, "overlay", 0, options) == 0;
    if (good)
        own_mount(path);
    done(good, "overlay", path);
}

void command_bind(void)
{
    const char *source = need_field();
    const char *path = need_field();

    done(mount(source, path, NULL, MS_BIND, NULL) == 0, "bind over", path);
}

void command_dev(void)
{
    static const struct {
        const char *path;
        unsigned minor;
    } devices[] = {{"/dev/null", 3}, {"/dev/zero", 5}, {"/dev/full", 7}, {"/dev/random", 8}, {"/dev/urandom", 9}};
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    bool good = mount("stage", "/dev", "tmpfs", MS_NOSUID, "mode=755") == 0;

    for (size_t i = 0; good && i < sizeof devices / sizeof *devices; i++)
        good = mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)) == 0 &&
               chmod(devices[i].path, 0666) == 0;
    good = good && symlink("/proc/self/fd", "/dev/fd") == 0;
    if (good) {
        own_mount("/dev");
        log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        good = log_socket >= 0 && bind(log_socket, (const struct sockaddr *)&address, sizeof address) == 0 &&
               chmod("/dev/log", 0666) == 0;
    }
    done(good, "make", "/dev");
}

static bool write_content(const char *path)
{
    char buffer[1 << 14];
    size_t n = 0;
    int c = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0;

    while (good && c >= 0) {
        c = next_byte();
        if (c >= 0)
            buffer[n++] = (char)c;
        if (n == sizeof buffer || c < 0) {
            good = write(fd, buffer, n) == (ssize_t)n;
            n = 0;
        }
    }
    if (fd >= 0)
        close(fd);
    return good;
}

void command_file(void)
{
    const char *path = need_field();
    char type = *need_field();
    mode_t mode = (mode_t)strtoul(need_field(), NULL, 8);
    uid_t uid = (uid_t)strtoul(need_field(), NULL, 10);
    gid_t gid = (gid_t)strtoul(need_field(), NULL, 10);
    bool good = clear_place(path);

    if (good && type == 'f')
        good = write_content(path);
    else if (good && type == 'l')
        good = symlink(need_field(), path) == 0;
    else if (good && type == 'p')
        good = mkfifo(path, 0600) == 0;
    else if (good && type == 'd')
        good = mkdir(path, 0700) == 0;
    if (good && type != '-')
        good = lchown(path, uid, gid) == 0 && (type == 'l' || chmod(path, mode) == 0);
    done(good, "set up", path);
}

// The attribute as the kernel keeps it: revision 2, with the effective flag, 64 bits in two halves.
static bool set_capabilities(int fd, uint64_t mask)
{
    const uint32_t attribute[5] = {0x02000001, (uint32_t)mask, 0, (uint32_t)(mask >> 32), 0};

    return mask == 0 || fsetxattr(fd, "security.capability", attribute, sizeof attribute, 0) == 0;
}

void command_copy(void)
{
    const char *source = need_field();
    const char *path = need_field();
    mode_t mode = (mode_t)strtoul(need_field(), NULL, 8);
    uid_t uid = (uid_t)strtoul(need_field(), NULL, 10);
    gid_t gid = (gid_t)strtoul(need_field(), NULL, 10);
    uint64_t mask = strtoull(need_field(), NULL, 16);
    bool good = clear_place(path);
    int in = good ? open(source, O_RDONLY | O_CLOEXEC) : -1;
    int out = in >= 0 ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    ssize_t n = 1;

    while (out >= 0 && n > 0)
        n = sendfile(out, in, NULL, 1 << 20);
    // The owner first: a change of owner clears the mode's setuid bit and the capabilities.
    good = out >= 0 && n == 0 && fchown(out, uid, gid) == 0 && fchmod(out, mode) == 0 && set_capabilities(out, mask);
    int cause = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    errno = cause;
    done(good, "install", path);
}

size_t next_log(char *message, size_t size)
{
    ssize_t n = log_socket < 0 ? -1 : recv(log_socket, message, size, 0);

    return n > 0 ? (size_t)n : 0;
}
