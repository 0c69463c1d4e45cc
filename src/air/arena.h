/* SPDX-License-Identifier: MIT */
/**
 * @file Memory of one translation: everything is freed at once, and running out of it ends the translation.
 *
 * A translation is refused from deep inside nested expressions; a jump to its start keeps the code generator free of error
 * plumbing. No frame that is jumped over owns anything outside the arena.
 */
#ifndef PVG_AIR_ARENA_H
#define PVG_AIR_ARENA_H

#include <openpvg/common.h>

#include <setjmp.h>

struct pvg_arena_chunk;

struct pvg_arena {
    struct pvg_arena_chunk *chunks;
    uint8_t *next;
    size_t left;
    size_t total; /**< Bytes handed out. */
    size_t limit; /**< More than this ends the translation with -ENOMEM. */
    jmp_buf bail; /**< Set by the owner; receives a negative errno value. */
};

void pvg_arena_init(struct pvg_arena *a, size_t limit);
void pvg_arena_free(struct pvg_arena *a);

/** Zero-filled memory, aligned to 16. Does not return when there is none. */
void *pvg_arena_alloc(struct pvg_arena *a, size_t size);
/** `count` elements of `size`, with overflow check. */
void *pvg_arena_array(struct pvg_arena *a, size_t count, size_t size);
/** pvg_arena_grow() of an array that is too short. */
void *pvg_arena_regrow(struct pvg_arena *a, void *old, size_t *cap, size_t need, size_t size);
/** Grow an array to at least `need` elements; returns the (moved) array and updates `*cap`. New elements are zero. */
static inline void *pvg_arena_grow(struct pvg_arena *a, void *old, size_t *cap, size_t need, size_t size)
{
    return need <= *cap ? old : pvg_arena_regrow(a, old, cap, need, size);
}
char *pvg_arena_strdup(struct pvg_arena *a, const char *s);

struct pvg_ptrmap_slot {
    const void *key; /**< NULL: free. */
    void *value;
};

/** Pointer-keyed map with pointer values. */
struct pvg_ptrmap {
    struct pvg_ptrmap_slot *slots;
    size_t cap, count;
};

void *pvg_ptrmap_get(const struct pvg_ptrmap *m, const void *key);
/** Where the value of `key` is, NULL in a new one. Good until the next key. */
void **pvg_ptrmap_at(struct pvg_arena *a, struct pvg_ptrmap *m, const void *key);
void pvg_ptrmap_put(struct pvg_arena *a, struct pvg_ptrmap *m, const void *key, void *value);

#endif
