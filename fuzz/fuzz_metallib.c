/* SPDX-License-Identifier: MIT */
/*
 * Metal library containers: open, list, write again. The bitcode inside goes to LLVM's reader, which is not hardened against
 * hostile input, so it is left alone here.
 */
#include <openpvg/air.h>

#include "fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pvg_metallib *lib = NULL;
    struct pvg_error err;
    volatile size_t sum = 0;

    if (pvg_metallib_open(data, size, &lib, &err) != 0)
        return 0;
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        for (const char *c = f->name; c && *c; c++)
            sum += (unsigned char)*c;
        /* Every byte that the entry promises can be read. */
        for (size_t k = 0; k < f->bitcode_size; k++)
            sum += ((const uint8_t *)f->bitcode)[k];
    }
    pvg_metallib_close(lib);
    return 0;
}
