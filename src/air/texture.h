/* SPDX-License-Identifier: MIT */
/**
 * @file Texture operands of AIR calls: which heap image they name and how its coordinates are built (spec 07 section 5.7).
 */
#ifndef PVG_AIR_TEXTURE_H
#define PVG_AIR_TEXTURE_H

#include "air/translate.h"

/** One texture call, operands taken from the left. */
struct pvg_at_tex {
    struct pvg_at *at;
    struct pvg_spv *b;
    const struct pvg_at_call *c;
    char verb[48]; /**< "sample", "sample_compare", "read", "write", "gather", "get_width", ... */
    bool grad;
    struct pvg_air_texture shape; /**< Of the heap entry that is used. */
    bool cube;                    /**< The call names a cube, whatever view is used. */
    bool nonuniform;              /**< The heap index can differ between invocations. */
    uint32_t handle;              /**< Heap index (u32). */
    bool null;                    /**< Always the null texture. */
    uint32_t last_level;          /**< Storage: number of the last level that has an entry behind `handle`; 0 = only level 0 has. */
    uint32_t image, image_type;
    bool static_root;    /**< The handle is a parameter's or a fixed element's of one: known where the function starts. */
    bool static_sampler; /**< So is the sampler's. */
    unsigned next;       /**< Operand that comes next. */
};

/** Take the call apart. @return false if the operation is not one on a texture. */
bool pvg_at_tex_begin(struct pvg_at_tex *t, struct pvg_at *at, const struct pvg_at_call *c);
/** The image, loaded. */
uint32_t pvg_at_tex_image(struct pvg_at_tex *t);
/** Components of the coordinate without layer: 1, 2 or 3. */
unsigned pvg_at_tex_dims(const struct pvg_at_tex *t);
/** Scalar type of texels in the image type: float, signed or unsigned 32 bits. */
uint32_t pvg_at_tex_scalar(const struct pvg_at_tex *t);
LLVMTypeRef pvg_at_tex_peek(const struct pvg_at_tex *t);
bool pvg_at_tex_next_is(const struct pvg_at_tex *t, LLVMTypeKind element);
uint32_t pvg_at_tex_take(struct pvg_at_tex *t);
/** Four 32-bit texel components -> the call's result, also as { value, residency }. */
uint32_t pvg_at_tex_result(struct pvg_at_tex *t, uint32_t texel);
/** Append a component to a vector or scalar. */
uint32_t pvg_at_tex_append(struct pvg_at_tex *t, uint32_t v, uint32_t scalar);
/**
 * Sampler of the call's sampler operand. `*pixel_flag`: 0 if coordinates are normalized, a constant if they are in texels, else a
 * word whose top bit is set if they are.
 */
uint32_t pvg_at_tex_sampler(struct pvg_at_tex *t, LLVMValueRef operand, bool compare, uint32_t *pixel_flag);
/** Part the table word of a texture whose levels the code names (levels.c) into `handle` and `last_level`. */
void pvg_at_tex_split(struct pvg_at_tex *t);
/** Let `handle` name level `lod` of a storage image. @return the coordinate to use. */
uint32_t pvg_at_tex_level(struct pvg_at_tex *t, uint32_t lod, uint32_t coord);
/** Size of level `lod` (id, 0 = level 0) as unsigned vector, with the layer count last for arrays. */
uint32_t pvg_at_tex_size(struct pvg_at_tex *t, uint32_t lod);
void pvg_at_nonuniform(struct pvg_at *at, uint32_t id);

/** Sampling and gathering (sample.c). */
uint32_t pvg_at_tex_sample(struct pvg_at_tex *t);
uint32_t pvg_at_tex_gather(struct pvg_at_tex *t);
uint32_t pvg_at_tex_query_lod(struct pvg_at_tex *t);

#endif
