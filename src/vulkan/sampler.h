/* SPDX-License-Identifier: MIT */
/**
 * @file Sampler objects. VkSamplers are shared by state: guests make thousands of equal ones and hosts allow as few as 4000
 * (spec 06 sections 15.1 and 15.6).
 */
#ifndef PVG_VULKAN_SAMPLER_H
#define PVG_VULKAN_SAMPLER_H

#include "vulkan/vk.h"

/** One sampler slot as bound. */
struct pvg_vksampler_bind {
    struct pvg_rsampler *sampler; /**< NULL: unbound. */
    bool has_lod;
    float lod[2]; /**< Bind-time clamps, when has_lod. */
};

struct pvg_rsampler {
    struct pvg_vk *vk;
    uint32_t word; /**< State word (spec 05 section 6.8). */
    float lod[2];
    /** Shared entries by enum pvg_vksampler_use, UINT32_MAX: not made yet. */
    uint32_t entry[3];
};

/** What a shader does with a sampler. */
enum pvg_vksampler_use {
    PVG_VKSAMPLER_PLAIN,
    PVG_VKSAMPLER_COMPARE,
    PVG_VKSAMPLER_INTEGER, /**< All textures it can be used with are of integers. */
};

/** Coordinates are in texels. */
static inline bool pvg_vksampler_pixels(const struct pvg_rsampler *s)
{
    return !(s->word >> 31);
}

struct pvg_rsampler *pvg_vksampler_create(struct pvg_render *r, const struct pvg_w_sampler *desc);
void pvg_vksampler_release(struct pvg_render *r, struct pvg_rsampler *s);
/** Word of a bound sampler (spec 06 section 15.3, part 4): heap index, and PVG_AIR_SAMPLER_PIXELS. */
uint32_t pvg_vksampler_entry(struct pvg_vk *vk, const struct pvg_vksampler_bind *bind, enum pvg_vksampler_use use);
/** Its border has a colour whose bits depend on the component class. */
bool pvg_vksampler_coloured(const struct pvg_rsampler *s);
/** Heap index of a sampler declared in shader code; the shared sampler lives as long as the device. */
struct pvg_air_static_sampler;
uint32_t pvg_vksampler_static(struct pvg_vk *vk, const struct pvg_air_static_sampler *s);
/** Make the neutral sampler of heap index 0. */
bool pvg_vksamplers_init(struct pvg_vk *vk);
void pvg_vksamplers_fini(struct pvg_vk *vk);

#endif
