/* SPDX-License-Identifier: MIT */
/**
 * @file Single texels through shaders, for the tests of formats, texture kinds and samplers: read, sample, write, draw.
 */
#ifndef PVG_TESTS_VULKAN_TEXELS_H
#define PVG_TESTS_VULKAN_TEXELS_H

#include "harness.h"
#include "stream/format.h"

/** Value of one texel: as floats or, for integer formats, as bits. */
union texel {
    float f[4];
    uint32_t u[4];
    int32_t i[4];
};

enum texel_class { TEXEL_FLOAT, TEXEL_UINT, TEXEL_INT, TEXEL_SHADOW };

/** Component class that a shader reads a format as. */
enum texel_class texel_class_of(uint16_t format);
/** What a shader must read from guest bytes (spec 08 section B.2), by the CPU. `alpha` and missing channels as Metal defines them.
 */
void texel_expect(uint16_t format, const uint8_t *bytes, union texel *out);
/** Largest difference of a value from the CPU's that a format's conversion may show. */
double texel_tolerance(uint16_t format);
void texel_assert(uint16_t format, const union texel *got, const union texel *want, double tolerance, const char *what);

/** A texture with everything that the kind needs; usage 0. `backing` may be NULL. @return NULL when refused. */
struct pvg_rtex *texel_texture(struct harness *h, uint8_t type, uint16_t format, uint32_t w, uint32_t height, uint32_t d,
                               uint32_t levels, uint32_t samples, uint32_t array, struct pvg_rbuf *backing,
                               const struct pvg_rlevel *linear, uint32_t linear_count);

#define TEXEL_MAX 4096

/** Texels at (x, y, slice or plane, level or sample), in a submission of their own. */
void texel_fetch(struct harness *h, struct pvg_rtex *t, uint8_t type, enum texel_class cls, const float (*at)[4], uint32_t count,
                 union texel *out);
/** As texel_fetch() through a sampler, at (u, v, slice or w, lod), at a direction, or (u, v, reference) for TEXEL_SHADOW. */
void texel_sample(struct harness *h, struct pvg_rtex *t, uint8_t type, enum texel_class cls, struct pvg_rsampler *s,
                  const float *lod, const float (*at)[4], uint32_t count, union texel *out);
/** Write values from a kernel. @return false when the dispatch was refused. */
bool texel_store(struct harness *h, struct pvg_rtex *t, uint8_t type, enum texel_class cls, const float (*at)[4],
                 const union texel *values, uint32_t count);

/** A rectangle of one colour in clip space, in a pass that is open. `depth` is the format of the depth-stencil attachment or 0. */
struct texel_quad {
    uint16_t color, depth;
    uint8_t samples;
    bool blend; /**< One, OneMinusSourceAlpha. */
    float rect[4], z, rgba[4];
};
/** @return false when the draw was refused. */
bool texel_draw(struct harness *h, struct pvg_rcmd *cmd, const struct texel_quad *q);

/** Release pipelines that were made. */
void texel_fini(struct harness *h);

/** Forget pages taken since `mark`. */
static inline void harness_rewind(struct harness *h, uint64_t mark)
{
    h->next_page = mark;
}

#endif
