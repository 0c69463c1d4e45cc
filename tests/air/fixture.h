/* SPDX-License-Identifier: MIT */
/** @file Textures of every kind with known texels, samplers of several states, and what sampling them must give. */
#ifndef PVG_TESTS_AIR_FIXTURE_H
#define PVG_TESTS_AIR_FIXTURE_H

#include "tests/air/runner.h"

/** Textures; the index is also the Metal texture index of the kernels that use them. */
enum fixture_texture {
    FX_1D,
    FX_1D_ARRAY,
    FX_2D,
    FX_2D_ARRAY,
    FX_3D,
    FX_CUBE,
    FX_CUBE_ARRAY,
    FX_UINT,
    FX_SINT,
    FX_DEPTH,
    FX_DEPTH_ARRAY,
    FX_DEPTH_CUBE,
    FX_BUFFER,
    FX_WRITE_2D, /**< From here on storage, 16x16 or the like, without known texels. */
    FX_WRITE_ARRAY,
    FX_WRITE_3D,
    FX_WRITE_CUBE,
    FX_WRITE_1D,
    FX_LEVELS_2D, /**< Storage of several levels, the smallest with 256 texels. */
    FX_LEVELS_ARRAY,
    FX_LEVELS_3D,
    FX_LEVELS_CUBE,
    FX_WRITE_UINT, /**< One component of 32 bits: atomic operations. */
    FX_WRITE_SINT,
    FX_WRITE_BUFFER,
    FX_TEXTURES,
};

enum fixture_sampler {
    FX_NEAREST_CLAMP,
    FX_LINEAR_CLAMP,
    FX_LINEAR_REPEAT,
    FX_LINEAR_MIRROR,
    FX_NEAREST_ZERO,
    FX_TRILINEAR,
    FX_COMPARE,
    FX_SAMPLERS
};

struct fixture_shape {
    const char *type; /**< Name in MSL. */
    const char *kind; /**< In names of intrinsics: "texture_2d_array". */
    uint32_t width, height, depth, layers, levels;
    enum pvg_air_class cls;
    bool arrayed, cube, is_depth, storage;
};

extern const struct fixture_shape fixture_shapes[FX_TEXTURES];

bool fixture_open(struct runner *r);
void fixture_close(void);
uint32_t fixture_texture_word(const struct pvg_air_texture *t);
uint32_t fixture_sampler_word(const struct pvg_air_sampler *s);

/** Texel component, before conversion: floats in [0, 1], integers as whole numbers. */
double fixture_texel(unsigned texture, unsigned level, unsigned layer, unsigned z, unsigned y, unsigned x, unsigned component);

/** A sample operation. `layer` counts layers (cubes of an array: cubes). */
struct fixture_sample {
    unsigned texture, sampler;
    double coord[3];
    unsigned layer;
    double lod;
    int offset[3];
    double reference; /**< Comparing operations. */
    bool compare;
};

/** Result and how far off a device may be; `*open` is set where texels are too close to call. */
void fixture_sample(const struct fixture_sample *s, double out[4], double *slack, bool *open);
/** The four texels of a gather, in Metal's order. */
void fixture_gather(const struct fixture_sample *s, unsigned component, double out[4], double *slack, bool *open);

#endif
