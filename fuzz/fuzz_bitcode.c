/* SPDX-License-Identifier: MIT */
/*
 * Raw bitcode through the sandboxed child, as a guest sends it: whatever it does to LLVM, this process gets a translation or a
 * named refusal within bounded time and keeps its descriptors.
 */
#include <openpvg/air.h>

#include "air/helper.h"
#include "util/thread.h"

#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void check(int rc, const void *result, const struct pvg_error *err, uint64_t began_ns)
{
    /* A child has its limits; the rest is for a machine that does other things as well. */
    uint64_t ms = (pvg_now_ns() - began_ns) / 1000000, most = PVG_HELPER_WALL_MS + 1000;

    if (rc > 0 || (rc == 0) != (result != NULL) || (rc && !err->message[0]) || ms > most) {
        fprintf(stderr, "result %d \"%s\" after %u ms\n", rc, err->message, (unsigned)ms);
        abort();
    }
    for (const char *p = err->message; *p; p++)
        if ((unsigned char)*p < 0x20)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned calls, open_at_start;
    struct pvg_air_shader *shader = NULL;
    struct pvg_error err = {{0}};
    uint64_t began = pvg_now_ns();
    int rc = pvg_air_translate(data, size, NULL, NULL, &shader, &err);

    check(rc, shader, &err, began);
    pvg_air_shader_free(shader);
    if (size % 4 == 0) {
        struct pvg_metallib *lib = NULL;
        began = pvg_now_ns();
        err.message[0] = 0;
        rc = pvg_metallib_open(data, size, &lib, &err);
        check(rc, lib, &err, began);
        pvg_metallib_close(lib);
    }
    if (++calls == 16)
        open_at_start = descriptors();
    if (calls > 16 && calls % 64 == 0 && descriptors() > open_at_start + 4) {
        fprintf(stderr, "%u descriptors, %u at the start\n", descriptors(), open_at_start);
        abort();
    }
    return 0;
}
