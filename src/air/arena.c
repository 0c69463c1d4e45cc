/* SPDX-License-Identifier: MIT */
#include "air/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pvg_arena_chunk {
    struct pvg_arena_chunk *next;
    uint64_t pad;
};

void pvg_arena_init(struct pvg_arena *a, size_t limit)
{
    a->chunks = NULL;
    a->next = NULL;
    a->left = 0;
    a->total = 0;
    a->limit = limit;
}

void pvg_arena_free(struct pvg_arena *a)
{
    struct pvg_arena_chunk *c = a->chunks;
    while (c) {
        struct pvg_arena_chunk *next = c->next;
        free(c);
        c = next;
    }
    a->chunks = NULL;
    a->left = 0;
}

enum { CHUNK = 65536 };

/** Pieces that are larger than a quarter of a chunk get memory of their own, which comes zeroed from the system. */
static void *alloc_large(struct pvg_arena *a, size_t size)
{
    struct pvg_arena_chunk *c = calloc(1, sizeof *c + size);
    if (!c)
        longjmp(a->bail, -ENOMEM);
    c->next = a->chunks;
    a->chunks = c;
    a->total += size;
    return c + 1;
}

void *pvg_arena_alloc(struct pvg_arena *a, size_t size)
{
    if (size > a->limit || a->total > a->limit - size)
        longjmp(a->bail, -ENOMEM);
    size = (size + 15) & ~(size_t)15;
    if (size > CHUNK / 4)
        return alloc_large(a, size);
    if (size > a->left) {
        struct pvg_arena_chunk *c = malloc(sizeof *c + CHUNK);
        if (!c)
            longjmp(a->bail, -ENOMEM);
        c->next = a->chunks;
        a->chunks = c;
        a->next = (uint8_t *)(c + 1);
        a->left = CHUNK;
    }
    /* Zeroed piece by piece: most translations leave most of their last chunk alone. */
    void *p = memset(a->next, 0, size);
    a->next += size;
    a->left -= size;
    a->total += size;
    return p;
}

void *pvg_arena_array(struct pvg_arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        longjmp(a->bail, -ENOMEM);
    return pvg_arena_alloc(a, bytes);
}

void *pvg_arena_grow(struct pvg_arena *a, void *old, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return old;
    size_t n = *cap ? *cap * 2 : 16;
    if (n < need)
        n = need;
    void *p = pvg_arena_array(a, n, size);
    if (*cap)
        memcpy(p, old, *cap * size);
    *cap = n;
    return p;
}

char *pvg_arena_strdup(struct pvg_arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = pvg_arena_alloc(a, n);
    memcpy(p, s, n);
    return p;
}

static size_t slot_of(const struct pvg_ptrmap *m, const void *key)
{
    uint64_t h = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;
    size_t i = (size_t)(h >> 32) & (m->cap - 1);
    while (m->keys[i] && m->keys[i] != key)
        i = (i + 1) & (m->cap - 1);
    return i;
}

void *pvg_ptrmap_get(const struct pvg_ptrmap *m, const void *key)
{
    if (!m->cap)
        return NULL;
    size_t i = slot_of(m, key);
    return m->keys[i] ? m->values[i] : NULL;
}

void pvg_ptrmap_put(struct pvg_arena *a, struct pvg_ptrmap *m, const void *key, void *value)
{
    if (2 * (m->count + 1) > m->cap) {
        struct pvg_ptrmap old = *m;
        m->cap = old.cap ? old.cap * 2 : 64;
        m->keys = pvg_arena_array(a, m->cap, sizeof *m->keys);
        m->values = pvg_arena_array(a, m->cap, sizeof *m->values);
        for (size_t i = 0; i < old.cap; i++) {
            if (!old.keys[i])
                continue;
            size_t j = slot_of(m, old.keys[i]);
            m->keys[j] = old.keys[i];
            m->values[j] = old.values[i];
        }
    }
    size_t i = slot_of(m, key);
    if (!m->keys[i])
        m->count++;
    m->keys[i] = key;
    m->values[i] = value;
}
