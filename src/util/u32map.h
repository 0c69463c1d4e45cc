/* SPDX-License-Identifier: MIT */
/**
 * @file Hash map from 32-bit ids to pointers: open addressing, power-of-two capacity, no per-entry allocation.
 *
 * Not thread-safe. Guest ids are hashed with a full-avalanche mix, so that a guest that picks its ids cannot make every look-up
 * walk the whole table.
 */
#ifndef PVG_UTIL_U32MAP_H
#define PVG_UTIL_U32MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pvg_u32map_slot {
    void *value; /**< NULL: free. */
    uint32_t key;
};

/** Zero-initialised = empty. */
struct pvg_u32map {
    struct pvg_u32map_slot *slots;
    uint32_t capacity; /**< 0 or a power of two. */
    uint32_t count;
};

/** Free the table, not the values. */
void pvg_u32map_clear(struct pvg_u32map *map);
/** @return the value, or NULL. */
void *pvg_u32map_get(const struct pvg_u32map *map, uint32_t key);
/** Insert or replace; `value` must not be NULL. @return false when memory is short (map unchanged). */
bool pvg_u32map_put(struct pvg_u32map *map, uint32_t key, void *value);
/** @return the removed value, or NULL. */
void *pvg_u32map_remove(struct pvg_u32map *map, uint32_t key);
/** Iterate in table order: start with *cursor = 0; false at the end. The map must not change meanwhile. */
bool pvg_u32map_next(const struct pvg_u32map *map, uint32_t *cursor, uint32_t *key, void **value);

#endif
