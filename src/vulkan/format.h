/* SPDX-License-Identifier: MIT */
/**
 * @file Metal pixel, vertex and enumeration values in Vulkan's terms (spec 08 parts B and C).
 */
#ifndef PVG_VULKAN_FORMAT_H
#define PVG_VULKAN_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <vulkan/vulkan.h>

struct pvg_vk;

/** What shaders see in a texel. */
enum pvg_vkclass { PVG_VKCLASS_FLOAT, PVG_VKCLASS_SINT, PVG_VKCLASS_UINT };

/** Channel order of the host format against Metal's. */
enum pvg_vkorder {
    PVG_VKORDER_SAME,
    PVG_VKORDER_ALPHA_IN_RED, /**< A8Unorm kept as R8: views read (0, 0, 0, R). */
    PVG_VKORDER_SWAPPED,      /**< Red and blue exchanged: sampled views swap them, other uses are refused. */
};

/** One MTLPixelFormat as this device can hold it. */
struct pvg_vkformat {
    VkFormat vk;                    /**< VK_FORMAT_UNDEFINED: the device cannot hold it. */
    VkFormat sibling;               /**< The same bytes with or without the sRGB curve, or UNDEFINED. */
    VkFormatFeatureFlags2 features; /**< Optimal tiling. */
    VkFormatFeatureFlags2 buffer_features;
    VkImageAspectFlags aspects;
    VkSampleCountFlags samples; /**< As attachment. */
    uint8_t block_w, block_h;
    uint8_t bytes;          /**< Guest bytes of one block. */
    uint8_t plane_bytes[2]; /**< Guest bytes of a depth and of a stencil texel in plane copies, 0 = no such plane. */
    uint8_t cls;            /**< enum pvg_vkclass. */
    uint8_t order;          /**< enum pvg_vkorder. */
    bool raw;               /**< Guest bytes equal the host's image-to-buffer copy bytes. */
};

/** Fill vk->formats and the format tables of vk->caps. */
void pvg_vkformat_init(struct pvg_vk *vk);

/** The format, or NULL when it does not exist or the device cannot hold it. */
const struct pvg_vkformat *pvg_vkformat_get(const struct pvg_vk *vk, uint32_t mtl);

/** A vertex format (MTLVertexFormat). */
struct pvg_vkvertex {
    VkFormat vk;         /**< UNDEFINED: no such format. */
    VkFormat other_sign; /**< The integer format of the other signedness, or UNDEFINED. */
    uint8_t bytes;
    uint8_t component_bytes;
    uint8_t components;
    uint8_t cls; /**< enum pvg_vkclass. */
};

const struct pvg_vkvertex *pvg_vkvertex_get(uint32_t mtl);

/* Enumerations; the functions return false for values outside Metal's set. */
bool pvg_vkenum_compare(uint32_t mtl, VkCompareOp *out);
bool pvg_vkenum_stencil_op(uint32_t mtl, VkStencilOp *out);
bool pvg_vkenum_blend_op(uint32_t mtl, VkBlendOp *out);
bool pvg_vkenum_blend_factor(uint32_t mtl, VkBlendFactor *out);
bool pvg_vkenum_topology(uint32_t mtl, VkPrimitiveTopology *out);
bool pvg_vkenum_swizzle(uint32_t mtl, VkComponentSwizzle *out);
/** Metal's colour write mask has the bits in the opposite order. */
VkColorComponentFlags pvg_vkenum_write_mask(uint32_t mtl);

#endif
