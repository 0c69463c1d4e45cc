/* SPDX-License-Identifier: MIT */
/**
 * @file Random AIR kernels. The same seed gives the same text everywhere.
 *
 * A kernel reads `in` and `con`, reads and writes its own slices of two buffers, threadgroup memory and locals, and stores
 * everything it computed to its slice of `out`. What it computes is defined to the bit: floats are kept in a range where every
 * operation is rounded once, without denormals, and values that only a comparison sees may be anything.
 *
 * Statements are numbered in the order of generation. Leaving some out gives a valid kernel, since they pass values on through
 * variables and memory only: that is how a failing kernel is made smaller.
 */
#ifndef PVG_TESTS_AIR_DIFF_GEN_H
#define PVG_TESTS_AIR_DIFF_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIFF_GROUP = 16,   /**< Threads per threadgroup. */
    DIFF_THREADS = 32, /**< In all. */
    DIFF_IN = 1024,    /**< Bytes of the shared input. */
    DIFF_CON = 1024,   /**< Bytes of the constant buffer: first special patterns, then random ones. */
    DIFF_SLICE = 128,  /**< Bytes per thread of each read-write buffer. */
    DIFF_SHARED = 64,  /**< Bytes per thread of the threadgroup argument. */
    DIFF_OUT = 1024,   /**< Bytes per thread of the output. */
};

/** Buffer indices. */
enum { DIFF_BUFFER_IN, DIFF_BUFFER_CON, DIFF_BUFFER_A, DIFF_BUFFER_B, DIFF_BUFFER_OUT, DIFF_BUFFERS };

/** What kernels may contain. */
enum diff_features {
    DIFF_SMALL_INTS = 1 << 0, /**< i8 and i16 */
    DIFF_HALF = 1 << 1,
    DIFF_ALL = DIFF_SMALL_INTS | DIFF_HALF,
    DIFF_SHAPES = 1 << 2, /**< Also guarded loops, pointers that walk, local tables, switches that leave loops. */
};

struct diff_options {
    uint64_t seed;
    unsigned features;
    const uint8_t *skip; /**< One byte per statement: non-zero leaves it out. */
    size_t skip_count;
};

/** @return the text, malloc'ed; the entry point is "k". */
char *diff_generate(const struct diff_options *o, size_t *size, size_t *statements);

/** Contents of the input buffers for a seed. */
void diff_fill(uint64_t seed, uint8_t *in, uint8_t *con, uint8_t *a, uint8_t *b);

#endif
