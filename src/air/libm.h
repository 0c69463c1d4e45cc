/* SPDX-License-Identifier: MIT */
/**
 * @file Mathematical functions in SPIR-V, for what the device's own instructions leave too inaccurate: Metal's precise functions
 * are within a few units in the last place everywhere, those of Vulkan are not (spec 07 section 5.2).
 *
 * Every function is a SPIR-V function of its own, made on first use. All arithmetic in it is kept as written (NoContraction).
 */
#ifndef PVG_AIR_LIBM_H
#define PVG_AIR_LIBM_H

#include "air/translate.h"

/** A function under construction: types are those of its 32-bit float scalar or vector. */
struct pvg_lm {
    struct pvg_at *at;
    struct pvg_spv *b;
    uint32_t f, u, bo; /**< Float, unsigned and boolean type of the shape. */
    uint32_t a[3];     /**< Parameters. */
};

/**
 * Call the function `name` on 32-bit floats (scalars or vectors). @return 0 when there is none of that name.
 */
uint32_t pvg_at_libm(struct pvg_at *at, const char *name, const uint32_t *args, unsigned count);

/** Body of a function: emits it and returns the result. */
typedef uint32_t (*pvg_lm_body)(struct pvg_lm *l);
struct pvg_lm_function {
    const char *name;
    unsigned argc;
    pvg_lm_body body;
};
extern const struct pvg_lm_function pvg_lm_trigonometric[];
extern const size_t pvg_lm_trigonometric_count;

/* Numbers and operations. */
uint32_t pvg_lm_k(struct pvg_lm *l, double v);
uint32_t pvg_lm_ku(struct pvg_lm *l, uint32_t v);
uint32_t pvg_lm_add(struct pvg_lm *l, uint32_t x, uint32_t y);
uint32_t pvg_lm_sub(struct pvg_lm *l, uint32_t x, uint32_t y);
uint32_t pvg_lm_mul(struct pvg_lm *l, uint32_t x, uint32_t y);
uint32_t pvg_lm_div(struct pvg_lm *l, uint32_t x, uint32_t y);
uint32_t pvg_lm_abs(struct pvg_lm *l, uint32_t x);
uint32_t pvg_lm_rint(struct pvg_lm *l, uint32_t x);
uint32_t pvg_lm_select(struct pvg_lm *l, uint32_t cond, uint32_t x, uint32_t y);
/** Comparison of floats. */
uint32_t pvg_lm_compare(struct pvg_lm *l, SpvOp op, uint32_t x, uint32_t y);
uint32_t pvg_lm_is_nan(struct pvg_lm *l, uint32_t x);
/** Operation on unsigned integers. */
uint32_t pvg_lm_int(struct pvg_lm *l, SpvOp op, uint32_t x, uint32_t y);
uint32_t pvg_lm_bits(struct pvg_lm *l, uint32_t x);
uint32_t pvg_lm_float(struct pvg_lm *l, uint32_t bits);
/** Magnitude with the sign bit of another number. */
uint32_t pvg_lm_copysign(struct pvg_lm *l, uint32_t magnitude, uint32_t sign);
/** c[0] + x * (c[1] + x * ...). */
uint32_t pvg_lm_poly(struct pvg_lm *l, uint32_t x, const double *c, unsigned n);
/** Square root, rounded correctly. */
uint32_t pvg_lm_sqrt(struct pvg_lm *l, uint32_t x);

#endif
