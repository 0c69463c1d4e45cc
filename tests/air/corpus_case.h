/* SPDX-License-Identifier: MIT */
/**
 * @file Inputs for functions that nobody described: made from the metadata of their arguments, deterministic, with indices and
 * sizes that stay inside of the buffers. Names of arguments tell sizes, strides and limits apart.
 */
#ifndef PVG_TESTS_AIR_CORPUS_CASE_H
#define PVG_TESTS_AIR_CORPUS_CASE_H

#include "tests/air/cpu.h"

enum { CASE_SLOT = 64 << 10, CASE_TEXTURE = 32, CASE_MAX_CONSTANTS = 32 };

/** Type of the bytes at an offset of a buffer. */
enum case_element { ELEMENT_BYTES, ELEMENT_INT, ELEMENT_HALF, ELEMENT_BFLOAT, ELEMENT_FLOAT };

struct case_layout {
    uint32_t stride;
    uint32_t count;
    struct {
        uint32_t offset, bytes;
        enum case_element element;
    } fields[64];
};

struct case_buffer {
    uint32_t index;
    const struct cpu_arg *arg;
    uint8_t *data; /**< In the arena. */
    struct case_layout layout;
};

struct case_texture {
    uint32_t index;
    const struct cpu_arg *arg;
    struct cpu_texture texture;
    bool is_signed, three;
};

/** Arguments of one function. */
struct test_case {
    uint8_t *arena;
    size_t arena_size;
    struct case_buffer buffers[31];
    uint32_t buffer_count;
    struct case_texture textures[16];
    uint32_t texture_count;
    uint32_t threadgroup_bytes[31];
    uint32_t sampler_mask;
    struct cpu_sampler sampler;
};

/** Chosen by the caller, on top of what follows from the metadata. */
struct case_choice {
    uint32_t seed;
    uint8_t fill;     /**< Byte that written buffers start with. */
    uint32_t count;   /**< What "size" arguments say. */
    uint32_t sampler; /**< 0: linear, clamped to the edge; others: other filters and addressing. */
    bool vertex;      /**< Positions are those of a quad, matrices are identities. */
    const struct case_override *overrides;
    size_t override_count;
};

/** A scalar or the elements of an array argument (repeating), or a member of that name. */
struct case_override {
    const char *name;
    double values[4];
    uint32_t count; /**< 0: one value. */
};

/** Room for the largest case, with inaccessible memory around it. NULL without memory. */
uint8_t *case_arena(size_t *size);

/** @return false when an argument cannot be provided (`err`). */
bool case_make(struct test_case *c, const struct cpu_entry *e, const struct case_choice *choice, uint8_t *arena,
               struct pvg_error *err);
void case_free(struct test_case *c);
void case_bind(const struct test_case *c, struct cpu_bindings *b);

#endif
