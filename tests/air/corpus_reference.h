/* SPDX-License-Identifier: MIT */
/** @file Some corpus kernels written once more in C, without AIR: what they compute is known from their results. */
#ifndef PVG_TESTS_AIR_CORPUS_REFERENCE_H
#define PVG_TESTS_AIR_CORPUS_REFERENCE_H

#include "tests/air/corpus_case.h"

/** What a reference works on: the case's inputs, in place. */
struct reference_run {
    struct test_case *c;
    const struct cpu_grid *grid;
    const struct pvg_air_constant_value *constants;
    uint32_t constant_count;
    const char *function;
};

typedef void reference_fn(const struct reference_run *run);

/** @return NULL when there is no reference for the function, or not with simdgroups of this width. */
reference_fn *reference_find(const char *file, const char *function, const struct cpu_entry *entry, uint32_t simd_width);

#endif
