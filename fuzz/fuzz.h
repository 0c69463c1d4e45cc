/* SPDX-License-Identifier: MIT */
/** @file Reading a fuzz input as a sequence of small values; reads past the end give 0. */
#ifndef PVG_FUZZ_FUZZ_H
#define PVG_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/** A target's own way to change an input of `size` bytes in place, up to `room`. Only some targets have one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

struct fuzz_input {
    const uint8_t *p;
    size_t n;
};

static inline uint64_t fuzz_take(struct fuzz_input *in, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++) {
        if (in->n) {
            v |= (uint64_t)*in->p++ << (8 * i);
            in->n--;
        }
    }
    return v;
}

/** The next `*len` bytes of the input, shortened to what is left. */
static inline const uint8_t *fuzz_bytes(struct fuzz_input *in, size_t *len)
{
    const uint8_t *p = in->p;

    if (*len > in->n)
        *len = in->n;
    in->p += *len;
    in->n -= *len;
    return p;
}

#endif
