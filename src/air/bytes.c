/* SPDX-License-Identifier: MIT */
#include "air/bytes.h"

#include <stdlib.h>
#include <string.h>

void pvg_bytes_put(struct pvg_bytes *b, const void *data, size_t size)
{
    if (b->failed || !size)
        return;
    if (size > b->capacity - b->size) {
        size_t capacity = b->capacity ? b->capacity : 256;
        while (capacity - b->size < size && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        uint8_t *p = capacity - b->size < size ? NULL : realloc(b->p, capacity);
        if (!p) {
            b->failed = true;
            return;
        }
        b->p = p;
        b->capacity = capacity;
    }
    memcpy(b->p + b->size, data, size);
    b->size += size;
}

void pvg_bytes_put_int(struct pvg_bytes *b, uint64_t v, unsigned bytes)
{
    uint8_t raw[8];

    for (unsigned i = 0; i < bytes; i++)
        raw[i] = (uint8_t)(v >> (8 * i));
    pvg_bytes_put(b, raw, bytes);
}

void pvg_bytes_put_string(struct pvg_bytes *b, const char *s)
{
    size_t n = s ? strlen(s) : 0;

    pvg_bytes_put_int(b, n, 4);
    pvg_bytes_put(b, s, n);
}

void pvg_bytes_free(struct pvg_bytes *b)
{
    free(b->p);
    *b = (struct pvg_bytes){0};
}

void pvg_reader_get(struct pvg_reader *r, void *data, size_t size)
{
    if (r->bad || size > r->left) {
        r->bad = true;
        memset(data, 0, size);
        return;
    }
    memcpy(data, r->p, size);
    r->p += size;
    r->left -= size;
}

uint64_t pvg_reader_int(struct pvg_reader *r, unsigned bytes)
{
    uint8_t raw[8] = {0};
    uint64_t v = 0;

    pvg_reader_get(r, raw, bytes);
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)raw[i] << (8 * i);
    return v;
}

void *pvg_reader_array(struct pvg_reader *r, size_t count, size_t size)
{
    void *p;

    if (r->bad || (size && count > r->left / size)) {
        r->bad = true;
        return NULL;
    }
    p = malloc(count * size + 1);
    if (!p) {
        r->bad = true;
        return NULL;
    }
    pvg_reader_get(r, p, count * size);
    ((char *)p)[count * size] = 0;
    return p;
}

char *pvg_reader_string(struct pvg_reader *r)
{
    return pvg_reader_array(r, (size_t)pvg_reader_int(r, 4), 1);
}
