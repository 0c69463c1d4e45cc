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

static void new_chunk(struct pvg_arena *a)
{
    struct pvg_arena_chunk *c = malloc(sizeof *c + CHUNK);
    if (!c)
        longjmp(a->bail, -ENOMEM);
    c->next = a->chunks;
    a->chunks = c;
    a->next = (uint8_t *)(c + 1);
    a->left = CHUNK;
}

static void check_limit(struct pvg_arena *a, size_t size)
{
    if (size > a->limit || a->total > a->limit - size)
        longjmp(a->bail, -ENOMEM);
}

static size_t round_up(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

/** The first `used` bytes are the caller's to fill. */
static void *take(struct pvg_arena *a, size_t size, size_t used)
{
    check_limit(a, size);
    size = round_up(size);
    if (size > CHUNK / 4)
        return alloc_large(a, size);
    if (size > a->left)
        new_chunk(a);
    /* Zeroed piece by piece: most translations leave most of their last chunk alone. */
    uint8_t *p = a->next;
    memset(p + used, 0, size - used);
    a->next += size;
    a->left -= size;
    a->total += size;
    return p;
}

void *pvg_arena_alloc(struct pvg_arena *a, size_t size)
{
    return take(a, size, 0);
}

void *pvg_arena_array(struct pvg_arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        longjmp(a->bail, -ENOMEM);
    return pvg_arena_alloc(a, bytes);
}

/** Make the piece that was handed out last longer, where it lies. */
static bool widen(struct pvg_arena *a, void *old, size_t used, size_t bytes)
{
    size_t have = round_up(used), more = round_up(bytes) - have;
    if (!used || (uint8_t *)old + have != a->next || bytes > CHUNK / 4 || more > a->left)
        return false;
    check_limit(a, more);
    memset(a->next, 0, more);
    a->next += more;
    a->left -= more;
    a->total += more;
    return true;
}

void *pvg_arena_regrow(struct pvg_arena *a, void *old, size_t *cap, size_t need, size_t size)
{
    size_t n = *cap ? *cap * 2 : 16;
    size_t bytes;
    if (n < need)
        n = need;
    if (__builtin_mul_overflow(n, size, &bytes))
        longjmp(a->bail, -ENOMEM);
    size_t used = *cap * size;
    bool done = widen(a, old, used, bytes);
    void *p = done ? old : take(a, bytes, used);
    if (!done && used)
        memcpy(p, old, used);
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

static struct pvg_ptrmap_slot *slot_of(const struct pvg_ptrmap *m, const void *key)
{
    uint64_t h = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;
    size_t i = (size_t)(h >> 32) & (m->cap - 1);
    while (m->slots[i].key && m->slots[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

void *pvg_ptrmap_get(const struct pvg_ptrmap *m, const void *key)
{
    return m->cap ? slot_of(m, key)->value : NULL;
}

static void rehash(struct pvg_arena *a, struct pvg_ptrmap *m)
{
    struct pvg_ptrmap old = *m;
    m->cap = old.cap ? old.cap * 4 : 64;
    m->slots = pvg_arena_array(a, m->cap, sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key)
            *slot_of(m, old.slots[i].key) = old.slots[i];
}

void **pvg_ptrmap_at(struct pvg_arena *a, struct pvg_ptrmap *m, const void *key)
{
    if (2 * (m->count + 1) > m->cap)
        rehash(a, m);
    struct pvg_ptrmap_slot *s = slot_of(m, key);
    m->count += !s->key;
    s->key = key;
    return &s->value;
}

void pvg_ptrmap_put(struct pvg_arena *a, struct pvg_ptrmap *m, const void *key, void *value)
{
    *pvg_ptrmap_at(a, m, key) = value;
}
