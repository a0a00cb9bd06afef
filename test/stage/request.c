// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "request.h"
#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct list *list, char *item)
{
    if (list->count + 1 >= COUNT(list->items))
        die("too many items in a case");
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}

static size_t read_groups(const char *text, gid_t *groups, size_t room)
{
    size_t count = 0;

    while (*text && count < room) {
        char *end;
        groups[count++] = (gid_t)strtoul(text, &end, 10);
        text = *end ? end + 1 : end;
    }
    return count;
}

static bool read_target_field(struct target *target, const char *key, char *value)
{
    if (!strcmp(key, "target.namespaces"))
        target->wanted = true, target->namespaces = atoi(value);
    else if (!strcmp(key, "target.uid"))
        target->uid = (uid_t)strtoul(value, NULL, 10);
    else if (!strcmp(key, "target.gid"))
        target->gid = (gid_t)strtoul(value, NULL, 10);
    else if (!strcmp(key, "target.groups"))
        target->group_count = read_groups(value, target->groups, COUNT(target->groups));
    else if (!strcmp(key, "target.undumpable"))
        target->undumpable = true;
    else if (!strcmp(key, "target.deny"))
        target->deny_setgroups = true;
    else if (!strcmp(key, "target.uidMap"))
        target->uid_map = value;
    else if (!strcmp(key, "target.gidMap"))
        target->gid_map = value;
    else if (!strcmp(key, "target.end"))
        target->end = *value == 'z' ? ZOMBIE : GONE;
    else
        return false;
    return true;
}

static void push(int *array, size_t room, size_t *count, const char *value)
{
    if (*count < room)
        array[(*count)++] = atoi(value);
}

static void read_field(struct request *request, const char *key, char *value)
{
    if (!strcmp(key, "arg"))
        append(&request->arguments, value);
    else if (!strcmp(key, "env"))
        append(&request->environment, value);
    else if (!strcmp(key, "fd"))
        append(&request->descriptors, value);
    else if (!strcmp(key, "rlimit"))
        append(&request->limits, value);
    else if (!strcmp(key, "program"))
        request->program = value;
    else if (!strcmp(key, "cwd"))
        request->cwd = value;
    else if (!strcmp(key, "uid"))
        request->uid = (uid_t)strtoul(value, NULL, 10);
    else if (!strcmp(key, "gid"))
        request->gid = (gid_t)strtoul(value, NULL, 10);
    else if (!strcmp(key, "groups"))
        request->group_count = read_groups(value, request->groups, COUNT(request->groups));
    else if (!strcmp(key, "noNewPrivs"))
        request->no_new_privs = true;
    else if (!strcmp(key, "close"))
        push(request->close, COUNT(request->close), &request->close_count, value);
    else if (!strcmp(key, "ignore"))
        push(request->ignore, COUNT(request->ignore), &request->ignore_count, value);
    else if (!strcmp(key, "block"))
        push(request->block, COUNT(request->block), &request->block_count, value);
    else if (!strcmp(key, "stdin"))
        request->stdio[0] = value;
    else if (!strcmp(key, "stdout"))
        request->stdio[1] = value;
    else if (!strcmp(key, "stderr"))
        request->stdio[2] = value;
    else if (!strcmp(key, "timeout"))
        request->timeout = atoi(value);
    else if (!read_target_field(&request->target, key, value))
        die("unknown field %s", key);
}

void read_request(struct request *request)
{
    // Only the counts matter in the lists: clearing all their items would cost more than the case.
    struct list *lists[] = {&request->arguments, &request->environment, &request->descriptors, &request->limits};
    for (size_t i = 0; i < COUNT(lists); i++) {
        lists[i]->count = 0;
        lists[i]->items[0] = NULL;
    }
    request->program = request->cwd = NULL;
    request->uid = request->gid = 0;
    request->group_count = request->close_count = request->ignore_count = request->block_count = 0;
    request->no_new_privs = false;
    memset(request->stdio, 0, sizeof request->stdio);
    request->timeout = 10000;
    request->target = (struct target){0};
    for (char *key; (key = next_field());) {
        char *value = strchr(key, '=');
        if (!value)
            die("field %s has no value", key);
        *value = '\0';
        read_field(request, key, value + 1);
    }
}

static char pool[8192];
static size_t used;

static void take(int length)
{
    used += (size_t)length;
    if (used >= sizeof pool)
        die("$PID in too long arguments");
}

static void name_in_list(struct list *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *from = list->items[i];
        char *text = pool + used;
        const char *place = strstr(from, "$PID");
        if (!place)
            continue;
        for (; place; from = place + 4, place = strstr(from, "$PID"))
            take(snprintf(pool + used, sizeof pool - used, "%.*s%d", (int)(place - from), from, (int)pid));
        take(1 + snprintf(pool + used, sizeof pool - used, "%s", from));
        list->items[i] = text;
    }
}

void name_target(struct request *request, pid_t pid)
{
    used = 0;
    name_in_list(&request->arguments, pid);
    name_in_list(&request->descriptors, pid);
}
