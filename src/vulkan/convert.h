/* SPDX-License-Identifier: MIT */
/**
 * @file Conversion between guest bytes and the bytes of a host format, on the GPU (enum pvg_vkcodec).
 */
#ifndef PVG_VULKAN_CONVERT_H
#define PVG_VULKAN_CONVERT_H

#include "vulkan/cmd.h"

/** Bytes on both sides. */
struct pvg_vkcodec_sizes {
    uint64_t guest, host, stencil; /**< Tight arrays, rounded up to what one invocation touches. `stencil` 0: one plane. */
};

struct pvg_vkcodec_sizes pvg_vkconvert_sizes(enum pvg_vkcodec codec, uint64_t blocks);

/** Addresses of the tight arrays, multiples of 4. */
struct pvg_vkconvert {
    enum pvg_vkcodec codec;
    bool to_host;
    uint64_t blocks; /**< Guest texels, blocks or cells. */
    VkDeviceAddress guest, host, stencil;
};

/** Record the conversion. Barriers are the caller's. @return false when the device cannot, which is logged. */
bool pvg_vkconvert_record(struct pvg_rcmd *cmd, VkCommandBuffer cb, const struct pvg_vkconvert *c);

void pvg_vkconvert_fini(struct pvg_vk *vk);

#endif
