/* SPDX-License-Identifier: MIT */
/** @file What some functions need beyond generated inputs: grids, sizes and function constants, by name. */
#ifndef PVG_TESTS_AIR_CORPUS_SETUP_H
#define PVG_TESTS_AIR_CORPUS_SETUP_H

#include "tests/air/corpus_case.h"

struct setup {
    const char *origin;   /**< Start of the file's name. */
    const char *function; /**< Pattern of the function's name. */
    uint32_t simd_width;  /**< The only width that works, 0 = any. */
    uint32_t groups[3], threads[3];
    uint32_t count;
    struct case_override overrides[12];
    struct {
        uint32_t index;
        uint64_t values[2]; /**< In either variant. */
    } constants[8];         /**< Up to one with two zeros. */
};

/** Never NULL. */
const struct setup *setup_find(const char *origin, const char *function);

#endif
