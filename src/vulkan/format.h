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
    PVG_VKORDER_OPAQUE,       /**< No alpha in the guest's texel, one in the host's: it stays 1 and is read as 1. */
    PVG_VKORDER_SWAPPED,      /**< Red and blue exchanged: sampled views swap them, other uses are refused. */
};

/**
 * How guest bytes become the host's where they differ; also modes of convert.comp. Every copy between linear bytes and an image of
 * such a format passes through convert.c, so that the guest never sees the host's form.
 */
enum pvg_vkcodec {
    PVG_VKCODEC_NONE,      /**< The same bytes. */
    PVG_VKCODEC_ROTATE16,  /**< A1BGR5 as A1R5G5B5: alpha moves from the lowest to the highest bit. */
    PVG_VKCODEC_XR32,      /**< BGR10_XR as half floats. */
    PVG_VKCODEC_XR32_SRGB, /**< The same with the sRGB curve undone. */
    PVG_VKCODEC_XR64,      /**< BGRA10_XR as half floats. */
    PVG_VKCODEC_XR64_SRGB,
    PVG_VKCODEC_GBGR, /**< Subsampled 4:2:2 as RGBA8, (Cr, Y, Cb, 1). */
    PVG_VKCODEC_BGRG,
    PVG_VKCODEC_WIDEN8,  /**< One channel of 8 bits as RGBA8. */
    PVG_VKCODEC_WIDEN16, /**< Two channels of 8 bits as RGBA8. */
    PVG_VKCODEC_DEPTH24, /**< Depth plane of 24 bits as float. */
    /* Whole depth-stencil cells, two planes on the host's side (spec 08 section B.6). */
    PVG_VKCODEC_CELL_D24,       /**< Format 255 on D24S8. */
    PVG_VKCODEC_CELL_D24_FLOAT, /**< Format 255 on D32S8. */
    PVG_VKCODEC_CELL_D32,       /**< Format 260. */
    PVG_VKCODEC_SWAP4,          /**< ABGR4 as B4G4R4A4: red and blue change places. */
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
    uint8_t codec;          /**< enum pvg_vkcodec of plain copies; of whole cells for depth-stencil formats. */
    uint8_t depth_codec;    /**< enum pvg_vkcodec of copies of the depth plane. */
    bool raw;               /**< Guest bytes equal the host's image-to-buffer copy bytes. */
    const char *absent;     /**< Why the device cannot hold a known format; NULL with vk UNDEFINED: no such format. */
};

/** Fill vk->formats and the format tables of vk->caps. */
void pvg_vkformat_init(struct pvg_vk *vk);

/** The format, or NULL when it does not exist or the device cannot hold it. */
const struct pvg_vkformat *pvg_vkformat_get(const struct pvg_vk *vk, uint32_t mtl);

/** Classification for people: `openpvg doctor --formats`. */
enum pvg_vkformat_state { PVG_VKFORMAT_NATIVE, PVG_VKFORMAT_SWIZZLED, PVG_VKFORMAT_EMULATED, PVG_VKFORMAT_ABSENT };

struct pvg_vkformat_report {
    enum pvg_vkformat_state state;
    VkFormat vk;      /**< UNDEFINED when absent. */
    const char *note; /**< How it is emulated or why it is absent; "" for native formats. */
    bool sample, filter, render, blend, store, msaa;
};

void pvg_vkformat_report(const struct pvg_vk *vk, uint32_t mtl, struct pvg_vkformat_report *out);

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
