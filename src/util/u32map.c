/* SPDX-License-Identifier: MIT */
#include "util/u32map.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= UINT32_C(0x7feb352d);
    x ^= x >> 15;
    x *= UINT32_C(0x846ca68b);
    x ^= x >> 16;
    return x;
}

/** Slot that holds `key`, or the free slot where it would go. The table is never full. */
static uint32_t find(const struct pvg_u32map_slot *slots, uint32_t capacity, uint32_t key)
{
    uint32_t i = mix(key) & (capacity - 1);

    while (slots[i].value && slots[i].key != key)
        i = (i + 1) & (capacity - 1);
    return i;
}

static bool grow(struct pvg_u32map *map)
{
    uint32_t capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
    struct pvg_u32map_slot *slots;

    if (capacity < map->capacity)
        return false;
    slots = calloc(capacity, sizeof(*slots));
    if (!slots)
        return false;
    for (uint32_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].value)
            slots[find(slots, capacity, map->slots[i].key)] = map->slots[i];
    }
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

void pvg_u32map_clear(struct pvg_u32map *map)
{
    free(map->slots);
    *map = (struct pvg_u32map){0};
}

void *pvg_u32map_get(const struct pvg_u32map *map, uint32_t key)
{
    if (!map->count)
        return NULL;
    return map->slots[find(map->slots, map->capacity, key)].value;
}

bool pvg_u32map_put(struct pvg_u32map *map, uint32_t key, void *value)
{
    uint32_t i;

    if ((!map->capacity || map->count + 1 > map->capacity / 4 * 3) && !grow(map))
        return false;
    i = find(map->slots, map->capacity, key);
    if (!map->slots[i].value)
        map->count++;
    map->slots[i] = (struct pvg_u32map_slot){.value = value, .key = key};
    return true;
}

void *pvg_u32map_remove(struct pvg_u32map *map, uint32_t key)
{
    uint32_t mask = map->capacity - 1, hole, i;
    void *value;

    if (!map->count)
        return NULL;
    hole = find(map->slots, map->capacity, key);
    value = map->slots[hole].value;
    if (!value)
        return NULL;
    map->slots[hole].value = NULL;
    map->count--;
    /* Close the gap: an entry moves into the hole unless its home lies between the hole and its place. */
    for (i = (hole + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
        uint32_t home = mix(map->slots[i].key) & mask;

        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        map->slots[hole] = map->slots[i];
        map->slots[i].value = NULL;
        hole = i;
    }
    return value;
}

bool pvg_u32map_next(const struct pvg_u32map *map, uint32_t *cursor, uint32_t *key, void **value)
{
    for (; *cursor < map->capacity; (*cursor)++) {
        const struct pvg_u32map_slot *slot = &map->slots[*cursor];

        if (!slot->value)
            continue;
        *key = slot->key;
        *value = slot->value;
        (*cursor)++;
        return true;
    }
    return false;
}
