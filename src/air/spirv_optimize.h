/* SPDX-License-Identifier: MIT */
/**
 * @file Shortens the function that a builder holds.
 *
 * Instructions are translated one by one: addresses, handles and phi variables come out once per use. Here variables become values,
 * equal computations one, and blocks that only branch disappear. Time is near linear in the length of the function; output depends
 * on the input alone.
 */
#ifndef PVG_AIR_SPIRV_OPTIMIZE_H
#define PVG_AIR_SPIRV_OPTIMIZE_H

#include "air/spirv_builder.h"

/** What is known of buffer memory, whose types are written after the passes. */
struct pvg_spv_memory {
    uint32_t table;         /**< Value of the argument table, 0 = none. */
    uint32_t *member_types; /**< Of its members: addresses that are only used as pointers become these. */
    size_t member_count;
    uint32_t *single; /**< Pointer types of structs with one member, at offset 0. */
    size_t single_count;
    bool shortened; /**< Set: those point to the member itself. */
    bool checked;   /**< Pointers that the table holds lead to memory in any case. */
};

/** The builder's sections must hold one whole function. One with instructions that the passes do not know stays as it is. */
void pvg_spv_optimize(struct pvg_spv *b, struct pvg_spv_memory *memory);

#endif
