/* SPDX-License-Identifier: MIT */
/**
 * @file Images, and textures as views of them (spec 06 section 15.12). Images stay in the GENERAL layout (section 15.2).
 */
#ifndef PVG_VULKAN_TEXTURE_H
#define PVG_VULKAN_TEXTURE_H

#include "vulkan/buffer.h"

/** A view that render passes use. */
struct pvg_vkattview {
    struct pvg_vkattview *next;
    VkFormat format;
    uint32_t level, layer, layers;
    VkImageView view;
};

struct pvg_vkimage {
    uint32_t refs;
    bool ready;          /**< In GENERAL, with defined content. */
    bool attached;       /**< Target of the pass that is open. */
    uint64_t use_serial; /**< Command that named it last. */
    struct pvg_vkhazard hazard;
    VkImage image;
    struct pvg_vkmem mem;
    VkFormat format;
    VkImageType type;
    VkImageUsageFlags usage;
    VkImageCreateFlags flags;
    VkImageAspectFlags aspects; /**< Of the format. */
    VkExtent3D extent;
    uint32_t levels, layers;
    VkSampleCountFlagBits samples;
    uint8_t bytes;            /**< Of a guest block. */
    uint8_t block_w, block_h; /**< Of the host format. */
    struct pvg_vkattview *views;
};

struct pvg_rtex {
    struct pvg_vk *vk;
    uint32_t refs;
    struct pvg_vkimage *image; /**< NULL for texture buffers. */
    const struct pvg_vkformat *format;
    uint16_t mtl_format;
    VkFormat vk_format;                    /**< Of this view. */
    uint8_t type;                          /**< enum pvg_w_texture_type. */
    uint32_t usage;                        /**< enum pvg_w_texture_usage, 0 = any. */
    uint32_t level, levels, layer, layers; /**< Of the image; 3D: layer 0, layers 1. */
    VkImageAspectFlags aspects;            /**< What copies and attachments address. */
    uint8_t swizzle[4];
    bool identity; /**< No swizzle. */
    bool blocks;   /**< Each block of the image is one texel of this view. */
    uint8_t cls;   /**< enum pvg_vkclass of a sampled read. */

    VkImageView sampled, storage, faces;                /**< faces: a cube as a 2D array, for texel access. */
    uint32_t sampled_index, storage_index, faces_index; /**< Heap indices, 0: not made yet. */
    bool sampled_refused, storage_refused;
    VkImageView *level_views; /**< Storage views of levels 1 and up. */
    uint32_t levels_index;    /**< Heap index of the storage view of level 0, with all others behind it. */

    /* Guest bytes; base textures only. */
    struct pvg_rbuf *backing;
    uint32_t backing_levels;
    struct pvg_rlevel linear[PVG_RTEX_MAX_LEVELS];

    /* Texture buffers. */
    struct pvg_rbuf *texels;
    uint64_t texel_offset;
    VkBufferView texel_view;
    uint64_t texel_place; /**< Id of the placement that texel_view was made for. */
    uint32_t texel_count;
    uint32_t texel_index[2]; /**< Uniform, storage. */
};

struct pvg_rtex *pvg_vktexture_create(struct pvg_render *r, const struct pvg_rtex_desc *desc);
struct pvg_rtex *pvg_vktexture_view(struct pvg_render *r, struct pvg_rtex *base, const struct pvg_rview_desc *desc);
struct pvg_rtex *pvg_vktexture_from_buffer(struct pvg_render *r, struct pvg_rbuf *buf, uint64_t offset, uint32_t bytes_per_row,
                                           const struct pvg_w_texture_desc *desc);
/** A texture buffer. */
struct pvg_rtex *pvg_vktexture_texels(struct pvg_vk *vk, struct pvg_rbuf *buf, uint64_t offset,
                                      const struct pvg_w_texture_desc *desc);
void pvg_vktexture_release(struct pvg_render *r, struct pvg_rtex *tex);

/** Size of a level of the texture (its own level numbers). */
VkExtent3D pvg_vktexture_extent(const struct pvg_rtex *tex, uint32_t level);
/** Texture is three-dimensional. */
static inline bool pvg_vktexture_is_3d(const struct pvg_rtex *tex)
{
    return tex->type == PVG_W_TEX_3D;
}

/** Heap index for a shader read or write; 0 after a refusal, which is logged. */
uint32_t pvg_vktexture_sampled_index(struct pvg_rtex *tex);
uint32_t pvg_vktexture_storage_index(struct pvg_rtex *tex);
/** Table word for shaders that name levels of a texture that they write (pvg_air_levels_word()). */
uint32_t pvg_vktexture_levels_word(struct pvg_rtex *tex);
uint32_t pvg_vktexture_faces_index(struct pvg_rtex *tex);
uint32_t pvg_vktexture_texel_index(struct pvg_rtex *tex, bool storage);
/** View for an attachment: one level, `layers` layers from `layer` (a depth plane of a 3D texture). */
VkImageView pvg_vktexture_attachment(struct pvg_rtex *tex, uint32_t level, uint32_t layer, uint32_t layers);

/** An image of the renderer's own (no guest description); used by passes that need a combined depth-stencil image. */
struct pvg_vkimage *pvg_vkimage_create(struct pvg_vk *vk, const VkImageCreateInfo *info, VkImageAspectFlags aspects);
void pvg_vkimage_release(struct pvg_vk *vk, struct pvg_vkimage *image);

#endif
