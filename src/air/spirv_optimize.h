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

/** The builder's sections must hold one whole function. One with instructions that the passes do not know stays as it is. */
void pvg_spv_optimize(struct pvg_spv *b);

#endif
