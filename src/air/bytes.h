/* SPDX-License-Identifier: MIT */
/** @file A growing byte string and a checked reader of one. */
#ifndef PVG_AIR_BYTES_H
#define PVG_AIR_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero-initialise. `failed` (out of memory) sticks, so that only the end has to look. */
struct pvg_bytes {
    uint8_t *p;
    size_t size, capacity;
    bool failed;
};

void pvg_bytes_put(struct pvg_bytes *b, const void *data, size_t size);
/** The low `bytes` bytes of `v`, little-endian. */
void pvg_bytes_put_int(struct pvg_bytes *b, uint64_t v, unsigned bytes);
/** Length, then the string. */
void pvg_bytes_put_string(struct pvg_bytes *b, const char *s);
void pvg_bytes_free(struct pvg_bytes *b);

/** `bad` (end passed, out of memory) sticks; reads then give zeros. */
struct pvg_reader {
    const uint8_t *p;
    size_t left;
    bool bad;
};

void pvg_reader_get(struct pvg_reader *r, void *data, size_t size);
uint64_t pvg_reader_int(struct pvg_reader *r, unsigned bytes);
/** malloc'ed copy of a string; NULL when the reader is bad. */
char *pvg_reader_string(struct pvg_reader *r);
/** malloc'ed copy of `count` items; at least one byte; NULL when the reader is bad. */
void *pvg_reader_array(struct pvg_reader *r, size_t count, size_t size);

#endif
