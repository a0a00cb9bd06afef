// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned char input[1 << 15];
static size_t input_at, input_end;
static char output[1 << 15];
static size_t output_end;
static char fields[1 << 20];
static size_t fields_end;

// What ended the last field: a tab, a newline, or 0 while a field is being read.
static int ended_by = '\n';

static void flush(void)
{
    size_t at = 0;

    while (at < output_end) {
        ssize_t n = write(STDOUT_FILENO, output + at, output_end - at);
        if (n < 0 && errno != EINTR)
            die("cannot reply");
        if (n > 0)
            at += (size_t)n;
    }
    output_end = 0;
}

static int next_raw(void)
{
    if (input_at == input_end) {
        flush();
        ssize_t n = read(STDIN_FILENO, input, sizeof input);
        if (n <= 0)
            return -1;
        input_at = 0;
        input_end = (size_t)n;
    }
    return input[input_at++];
}

static int hex(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    die("bad escape in a command");
}

bool next_command(void)
{
    while (ended_by != '\n')
        while (next_byte() >= 0)
            ;
    fields_end = 0;
    int c = next_raw();
    if (c < 0) {
        flush();
        return false;
    }
    input_at--;
    ended_by = 0;
    return true;
}

int next_byte(void)
{
    int c = next_raw();

    if (c < 0)
        die("a command without its end");
    if (c == '\t' || c == '\n') {
        ended_by = c;
        return -1;
    }
    if (c != '%')
        return c;
    int high = hex(next_raw());
    return high << 4 | hex(next_raw());
}

char *next_field(void)
{
    if (ended_by == '\n')
        return NULL;
    char *field = fields + fields_end;
    for (int c; (c = next_byte()) >= 0; fields[fields_end++] = (char)c)
        if (fields_end + 2 > sizeof fields)
            die("a command that is too long");
    fields[fields_end++] = '\0';
    return field;
}

char *need_field(void)
{
    char *field = next_field();

    if (!field)
        die("a field is missing");
    return field;
}

void reply(const char *format, ...)
{
    va_list arguments;

    if (sizeof output - output_end < 1024)
        flush();
    va_start(arguments, format);
    int n = vsnprintf(output + output_end, sizeof output - output_end, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof output - output_end)
        die("a reply that is too long");
    output_end += (size_t)n;
}

void reply_bytes(const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (sizeof output - output_end < 8)
            flush();
        if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
            output[output_end++] = (char)c;
        } else {
            memcpy(output + output_end, "\\u00", 4);
            output[output_end + 4] = digits[c >> 4];
            output[output_end + 5] = digits[c & 15];
            output_end += 6;
        }
    }
}

void reply_descriptor(const char *key, int fd)
{
    char buffer[4096];
    ssize_t n;

    reply(",\"%s\":\"", key);
    for (off_t at = 0; (n = pread(fd, buffer, sizeof buffer, at)) > 0; at += n)
        reply_bytes(buffer, (size_t)n);
    reply("\"");
}

// Files in memory and not pipes: a process that outlives the program cannot hold up the case, and
// the caller can open /dev/stderr by name, as it can on a terminal.
int capture(const char *name)
{
    int fd = (int)syscall(SYS_memfd_create, name, 1 /* close on exec */);

    if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0)
        die("cannot make a file for the output");
    return fd;
}

void reply_failure(const char *format, ...)
{
    char text[4096];
    const char *cause = strerror(errno);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reply("{\"error\":\"");
    reply_bytes(text, strlen(text));
    reply(": %s\"}\n", cause);
}

void die(const char *format, ...)
{
    const char *cause = strerror(errno);
    va_list arguments;

    fputs("stage: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, ": %s\n", cause);
    exit(1);
}
