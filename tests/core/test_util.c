/* SPDX-License-Identifier: MIT */
/** @file Map of 32-bit ids, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util/u32map.h"

enum { IDS = 512, STEPS = 200000 };

/** Ids that differ in high bits only, in low bits only, or in all of them. */
static uint32_t id_of(unsigned pattern, uint32_t i)
{
    return pattern == 0 ? i : pattern == 1 ? i << 23 : i * 0x9e3779b1u;
}

static void check_all(const struct pvg_u32map *map, const bool *present, const char *values, unsigned pattern)
{
    uint32_t cursor = 0, key, seen = 0, count = 0;
    void *value;

    for (uint32_t i = 0; i < IDS; i++) {
        count += present[i];
        assert_ptr_equal(pvg_u32map_get(map, id_of(pattern, i)), present[i] ? values + i : NULL);
    }
    while (pvg_u32map_next(map, &cursor, &key, &value)) {
        assert_int_equal(key, id_of(pattern, (uint32_t)((char *)value - values)));
        seen++;
    }
    assert_int_equal(seen, count);
    assert_int_equal(map->count, count);
}

static void random_operations(void **state)
{
    for (unsigned pattern = 0; pattern < 3; pattern++) {
        static char values[IDS];
        bool present[IDS] = {false};
        struct pvg_u32map map = {0};
        uint32_t x = 1;

        assert_null(pvg_u32map_get(&map, 5));
        assert_null(pvg_u32map_remove(&map, 5));
        for (uint32_t step = 0; step < STEPS; step++) {
            uint32_t i;

            x = x * 1664525 + 1013904223;
            i = x >> 9 & (IDS - 1);
            if (x >> 31) {
                assert_true(pvg_u32map_put(&map, id_of(pattern, i), values + i));
                present[i] = true;
            } else {
                assert_ptr_equal(pvg_u32map_remove(&map, id_of(pattern, i)), present[i] ? values + i : NULL);
                present[i] = false;
            }
            if (step % 4096 == 0)
                check_all(&map, present, values, pattern);
        }
        check_all(&map, present, values, pattern);
        pvg_u32map_clear(&map);
        assert_null(pvg_u32map_get(&map, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_operations)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
