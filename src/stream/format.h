/* SPDX-License-Identifier: MIT */
/**
 * @file MTLPixelFormat on the CPU: sizes of texel blocks for checked address arithmetic, and conversion of single texels for
 * clears, fills, mipmaps and frames of the renderer without GPU (spec 08 part B).
 */
#ifndef PVG_STREAM_FORMAT_H
#define PVG_STREAM_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How the bits of a texel are read. */
enum pvg_texel {
    PVG_TEXEL_NONE, /**< Not a storage format. */
    PVG_TEXEL_UNORM,
    PVG_TEXEL_SNORM,
    PVG_TEXEL_UINT,
    PVG_TEXEL_SINT,
    PVG_TEXEL_FLOAT,
    PVG_TEXEL_BITS,       /**< Packed unorm or uint channels of unequal width. */
    PVG_TEXEL_RG11B10,    /**< Unsigned small floats. */
    PVG_TEXEL_RGB9E5,     /**< Shared exponent. */
    PVG_TEXEL_XR,         /**< Extended range 10-bit. */
    PVG_TEXEL_DEPTH,      /**< Depth, stencil or both. */
    PVG_TEXEL_COMPRESSED, /**< Blocks that only the GPU decodes. */
};

/** One pixel format. */
struct pvg_format {
    uint8_t bytes;            /**< Bytes of one block in guest memory; 0: unknown format. */
    uint8_t block_w, block_h; /**< Texels of one block. */
    uint8_t kind;             /**< enum pvg_texel. */
    uint8_t channels;         /**< Channels of equal width (UNORM..FLOAT). */
    uint8_t bits;             /**< Width of one channel. */
    bool srgb;                /**< Colour channels carry the sRGB curve. */
    bool bgra;                /**< Memory order B, G, R, A. */
    uint8_t depth_bytes;      /**< Bytes of the depth plane in a buffer copy, 0: no depth. */
    uint8_t stencil_bytes;    /**< Bytes of the stencil plane in a buffer copy, 0: no stencil. */
    uint8_t layout[8];        /**< PVG_TEXEL_BITS: channel (0..3) and width, from the least significant bit. */
};

/** Properties of an MTLPixelFormat ordinal. Never NULL; unknown ordinals have bytes == 0. */
const struct pvg_format *pvg_format_get(uint32_t mtl);

/** Extent of a mip level; never 0 (spec 03 section 6.3). */
static inline uint32_t pvg_level_extent(uint32_t base, uint32_t level)
{
    uint32_t v = level < 32 ? base >> level : 0;

    return v ? v : 1;
}

/** Bytes of one tight row of blocks. */
uint64_t pvg_format_row_bytes(const struct pvg_format *f, uint32_t width);
/** Rows of blocks that `height` texel rows take. */
uint32_t pvg_format_rows(const struct pvg_format *f, uint32_t height);

/** The format without the sRGB curve: textures of both kinds share one image. Other formats come back as they are. */
uint32_t pvg_format_linear(uint32_t mtl);

/** Single-plane IOSurface four-character code (or ordinal <= 0xffff) to MTLPixelFormat; 0: none (spec 08 section B.1). */
uint32_t pvg_format_from_fourcc(uint32_t code);

/**
 * Texel bytes of a colour (r, g, b, a), following the clear rules of spec 08 section C.2. `dst` takes f->bytes bytes.
 * @return false for formats that cannot be cleared.
 */
bool pvg_texel_encode(const struct pvg_format *f, uint32_t mtl, const double rgba[4], uint8_t *dst);
/** The inverse: missing channels read 0, alpha 1. sRGB formats come back linear. */
bool pvg_texel_decode(const struct pvg_format *f, uint32_t mtl, const uint8_t *src, double rgba[4]);
/** As pvg_texel_decode() without undoing the sRGB curve: what a display shows. */
bool pvg_texel_decode_stored(const struct pvg_format *f, uint32_t mtl, const uint8_t *src, double rgba[4]);

/** Depth or stencil into a guest cell (spec 08 section B.6); the other aspect's bits stay. */
bool pvg_texel_set_depth(uint32_t mtl, double depth, uint8_t *cell);
bool pvg_texel_set_stencil(uint32_t mtl, uint32_t stencil, uint8_t *cell);

#endif
