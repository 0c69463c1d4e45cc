/* SPDX-License-Identifier: MIT */
/** @file A vertex and a fragment function drawn by the renderer and on the CPU machine. */
#ifndef PVG_TESTS_AIR_CORPUS_PAIR_H
#define PVG_TESTS_AIR_CORPUS_PAIR_H

#include "tests/air/corpus_check.h"

enum { PAIR_SIZE = 32, PAIR_MAX_TARGETS = 4, PAIR_MAX_VARYINGS = 24 };

/** Both functions, open on the CPU machine, with their arguments. */
struct pair {
    const struct pvg_metallib_function *functions[2];
    struct cpu *cpu[2];
    struct test_case cases[2];
    double attributes[4][32][4]; /**< By vertex and location. */
    float clear[PAIR_MAX_TARGETS][4];
    uint32_t targets;  /**< Mask of colour outputs. */
    uint8_t primitive; /**< MTLPrimitiveType: 3 triangles, 4 strip. */
    uint32_t vertices;
};

/** Whether every varying of the fragment function is an output of the vertex function. */
bool pair_fits(const struct cpu_entry *vertex, const struct cpu_entry *fragment);

/** @return false with a verdict in `out`. */
bool pair_open(struct pair *p, const struct pvg_metallib_function *vertex, const struct pvg_metallib_function *fragment,
               uint8_t *arena, struct outcome *out);
void pair_close(struct pair *p);

/** Pixels of one run: colours per target; `state` 0 outside, 1 near an edge, 2 inside, 3 inside and discarded. */
struct pair_image {
    float color[PAIR_MAX_TARGETS][PAIR_SIZE][PAIR_SIZE][4];
    uint8_t state[PAIR_SIZE][PAIR_SIZE];
};

/** Draw on the CPU. @return false when the code faults. */
bool pair_draw(struct pair *p, const struct cpu_variation *v, struct pair_image *image, struct pvg_error *err);

#endif
