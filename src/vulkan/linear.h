/* SPDX-License-Identifier: MIT */
/**
 * @file Copies between linear bytes and an image: the one place that knows about pitches, planes and alignment.
 */
#ifndef PVG_VULKAN_LINEAR_H
#define PVG_VULKAN_LINEAR_H

#include "vulkan/cmd.h"

/** A copy of a box of one level. Levels and layers are the texture's own numbers. */
struct pvg_vklinear {
    struct pvg_rtex *tex;
    uint32_t level, layer;
    uint32_t x, y, z, width, height;
    uint32_t count;            /**< Depth planes of a 3D texture, layers of others. */
    VkImageAspectFlags aspect; /**< Both aspects for whole depth-stencil cells. */
    uint32_t block_bytes;      /**< Linear bytes of one block of that aspect. */
    uint8_t codec;             /**< enum pvg_vkcodec. */
    struct pvg_vkplace *place;
    uint64_t offset;          /**< In the placement. */
    uint64_t bytes_per_row;   /**< 0: tight. */
    uint64_t bytes_per_image; /**< 0: bytes_per_row * rows. */
    bool to_image;
    bool stored; /**< Stored texels are meant: a swizzle of the texture does not matter. */
};

/**
 * Check the copy against texture and buffer and resolve the pitches that are 0.
 * @return NULL or the reason of the refusal.
 */
const char *pvg_vklinear_check(struct pvg_vk *vk, struct pvg_vklinear *c);

/** Record a checked copy. Barriers before and after are the caller's. @return false when out of resources. */
bool pvg_vklinear_record(struct pvg_rcmd *cmd, VkCommandBuffer cb, const struct pvg_vklinear *c);

/**
 * Copy a box from one image to another by way of tight guest bytes, all of the texels or the plane that MTLBlitOption bits select:
 * for pairs that Vulkan does not copy between.
 * @return NULL or the reason of the refusal.
 */
const char *pvg_vklinear_move(struct pvg_rcmd *cmd, VkCommandBuffer cb, struct pvg_vklinear *from, struct pvg_vklinear *to,
                              uint32_t options);

/** Aspect, linear block size and codec that MTLBlitOption bits select. @return false: no such plane, or bits that mean nothing. */
bool pvg_vklinear_plane(struct pvg_vklinear *c, uint32_t options);

#endif
