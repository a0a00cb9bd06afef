// SPDX-License-Identifier: MIT
//
// The test stage: runs programs as any caller, on any target, over private files, and says what
// came of it. It is started as root by stage.ts and takes its commands from there.
#define _GNU_SOURCE
#include "case.h"
#include "protocol.h"
#include "scene.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    void (*run)(void);
} commands[] = {
    {"run", command_run},       {"file", command_file}, {"copy", command_copy}, {"bind", command_bind},
    {"overlay", command_overlay}, {"tmpfs", command_tmpfs}, {"dev", command_dev},
};

static void dispatch(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, name)) {
            commands[i].run();
            return;
        }
    die("unknown command %s", name);
}

int main(void)
{
    sigset_t none;

    // Programs inherit all this; what the wrapper ignores, blocks or leaves open is none of the case's.
    syscall(SYS_close_range, 3, ~0U, 0);
    for (int i = 1; i < 32; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    open_scene();
    reply("{}\n");
    while (next_command())
        dispatch(need_field());
    return 0;
}
