/* SPDX-License-Identifier: MIT */
#include "util/census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool pvg_census_on;

static _Atomic uint32_t counts[PVG_CENSUS_KINDS][PVG_CENSUS_CODES][2];
static _Atomic(const char *) renderer = "none";
static pid_t owner;

void pvg_census_add(enum pvg_census_kind kind, uint32_t code, bool refused)
{
    if (code < PVG_CENSUS_CODES)
        atomic_fetch_add_explicit(&counts[kind][code][refused], 1, memory_order_relaxed);
}

void pvg_census_renderer(const char *name)
{
    atomic_store_explicit(&renderer, name, memory_order_relaxed);
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("OPENPVG_CENSUS");

    pvg_census_on = path && *path;
    owner = getpid();
}

/** One write per line: processes that append to the same file do not mix inside a line. */
__attribute__((destructor)) static void report(void)
{
    static const char *const kinds[PVG_CENSUS_KINDS] = {"fifo", "object", "create", "destroy", "record"};
    int fd;

    if (!pvg_census_on || getpid() != owner)
        return;
    fd = open(getenv("OPENPVG_CENSUS"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        fprintf(stderr, "OPENPVG_CENSUS: cannot open %s\n", getenv("OPENPVG_CENSUS"));
        return;
    }
    for (unsigned kind = 0; kind < PVG_CENSUS_KINDS; kind++) {
        for (unsigned code = 0; code < PVG_CENSUS_CODES; code++) {
            uint32_t done = counts[kind][code][0], refused = counts[kind][code][1];
            char line[160];
            if (!done && !refused)
                continue;
            int n = snprintf(line, sizeof(line), "%s\t%s\t%s\t0x%x\t%u\t%u\n", program_invocation_short_name, renderer, kinds[kind],
                             code, done, refused);
            if (n < 0 || write(fd, line, (size_t)n) != n)
                break;
        }
    }
    close(fd);
}
