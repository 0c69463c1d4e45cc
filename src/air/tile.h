/* SPDX-License-Identifier: MIT */
/**
 * @file Tile functions: what translated functions and the renderer agree on (spec 07 sections 4.13 and 5.13).
 *
 * A tile function runs as a compute shader between two halves of its pass, one threadgroup per tile. The pixels of the implicit
 * imageblock are storage images of the pass's colour attachments, found through the heap by indices in the push block.
 */
#ifndef PVG_AIR_TILE_H
#define PVG_AIR_TILE_H

/** Members of the compute push block (spec 06 section 15.3) that mean something else, or something at all, for tile functions. */
enum pvg_air_tile_push {
    PVG_AIR_TILE_SIZE = 0x08,   /**< u32 width | height << 16 of a tile, or of a compute imageblock. */
    PVG_AIR_TILE_LAYER = 0x0C,  /**< u32 layer of the attachments. */
    PVG_AIR_TILE_WIDTH = 0x2C,  /**< u32 pixels of the pass. */
    PVG_AIR_TILE_HEIGHT = 0x3C, /**< u32 */
    PVG_AIR_TILE_IMAGES = 0x60, /**< u32 storage heap index of each colour attachment, as 2D array. */
};

#endif
