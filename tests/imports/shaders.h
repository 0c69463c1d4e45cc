/* SPDX-License-Identifier: MIT */
/** @file Shaders of the argument-buffer tests, as AIR text for kit_function(). */
#ifndef TESTS_IMPORTS_SHADERS_H
#define TESTS_IMPORTS_SHADERS_H

#include <stdint.h>

/** What the shaders below take as their argument buffer. */
struct arguments {
    uint64_t source;      /**< texture2d<float>, 8 x 4. */
    uint64_t destination; /**< texture2d<float, write>, 8 x 4. */
    uint64_t sampler;
    uint64_t data; /**< device uint *, 32 of them. */
    uint64_t tint; /**< constant float4 *. */
};

/** "cs_args": destination = source * tint, data *= 2, buffer 0 [id] = data before + 1; 32 threads. Arguments in buffer 1. */
extern const char cs_args[];
/** "fs_args": source at uv, times tint. Arguments in fragment buffer 0. */
extern const char fs_args[];
/** "cs_encode": buffer 0 (struct arguments) from texture 0, texture 1, sampler 0, buffer 1 and buffer 2; one thread. */
extern const char cs_encode[];

#endif
