/* SPDX-License-Identifier: MIT */
#include "vulkan/sampler.h"

#include <math.h>
#include <openpvg/air.h>
#include <stdlib.h>
#include <string.h>

/** Fields of the state word (spec 05 section 6.8). */
static uint32_t pack(uint32_t min, uint32_t mag, uint32_t compare, const uint8_t address[3], uint32_t border, uint32_t mip,
                     uint32_t anisotropy, bool normalized)
{
    return (min & 1) | (mag & 1) << 2 | (compare & 7) << 5 | (address[0] & 7u) << 8 | (address[1] & 7u) << 12 |
           (address[2] & 7u) << 16 | (border & 3) << 20 | (mip & 3) << 24 | (anisotropy & 31) << 26 | (uint32_t)normalized << 31;
}

struct pvg_rsampler *pvg_vksampler_create(struct pvg_render *r, const struct pvg_w_sampler *d)
{
    struct pvg_rsampler *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    *s = (struct pvg_rsampler){
        .vk = pvg_vk_of(r),
        .word = pack(d->min_filter, d->mag_filter, d->compare, d->address, d->border_color, d->mip_filter,
                     d->max_anisotropy ? d->max_anisotropy : 1, d->normalized),
        .lod = {d->lod_min, d->lod_max},
        .entry = {UINT32_MAX, UINT32_MAX, UINT32_MAX},
    };
    return s;
}

static void sampler_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_rsampler *s = arg;
    for (int i = 0; i < 3; i++)
        if (s->entry[i] != UINT32_MAX)
            vk->samplers.entries[s->entry[i]].refs--;
    free(s);
}

void pvg_vksampler_release(struct pvg_render *r, struct pvg_rsampler *s)
{
    if (s)
        pvg_vktrash_add(pvg_vk_of(r), sampler_destroy, s);
}

static VkSamplerAddressMode address_mode(const struct pvg_vk *vk, uint32_t mtl)
{
    static const VkSamplerAddressMode map[] = {
        VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,   VK_SAMPLER_ADDRESS_MODE_MIRROR_CLAMP_TO_EDGE,
        VK_SAMPLER_ADDRESS_MODE_REPEAT,          VK_SAMPLER_ADDRESS_MODE_MIRRORED_REPEAT,
        VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER,
    };
    if (mtl == 1 && !vk->mirror_clamp) {
        pvg_warn_limited(vk->log, "vulkan: the device has no mirrored clamping; the edge is repeated instead");
        return VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    }
    return mtl < 6 ? map[mtl] : VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
}

/** Vulkan has one border colour per sampler; ClampToZero on any axis decides it (spec 08 section C.5). */
static VkBorderColor border_color(uint32_t word, bool integer)
{
    static const VkBorderColor map[2][4] = {
        {VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK, VK_BORDER_COLOR_FLOAT_OPAQUE_BLACK, VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE,
         VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK},
        {VK_BORDER_COLOR_INT_TRANSPARENT_BLACK, VK_BORDER_COLOR_INT_OPAQUE_BLACK, VK_BORDER_COLOR_INT_OPAQUE_WHITE,
         VK_BORDER_COLOR_INT_TRANSPARENT_BLACK},
    };
    for (int shift = 8; shift <= 16; shift += 4)
        if ((word >> shift & 7) == 4)
            return map[integer][0];
    return map[integer][word >> 20 & 3];
}

bool pvg_vksampler_coloured(const struct pvg_rsampler *s)
{
    uint32_t word = s->word;
    bool border = (word >> 8 & 7) == 5 || (word >> 12 & 7) == 5 || (word >> 16 & 7) == 5;
    return border && border_color(word, false) != VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK;
}

static float clean_lod(float v, float fallback)
{
    if (!isfinite(v))
        return fallback;
    return v < 0 ? 0 : v > VK_LOD_CLAMP_NONE ? VK_LOD_CLAMP_NONE : v;
}

static VkSampler make_sampler(struct pvg_vk *vk, const struct pvg_vksampler_key *k)
{
    uint32_t word = k->word, anisotropy = word >> 26 & 31, mip = word >> 24 & 3;
    bool normalized = word >> 31;
    VkSamplerCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO,
        .minFilter = word & 1 ? VK_FILTER_LINEAR : VK_FILTER_NEAREST,
        .magFilter = word >> 2 & 1 ? VK_FILTER_LINEAR : VK_FILTER_NEAREST,
        .mipmapMode = mip == 2 ? VK_SAMPLER_MIPMAP_MODE_LINEAR : VK_SAMPLER_MIPMAP_MODE_NEAREST,
        .addressModeU = address_mode(vk, word >> 8 & 7),
        .addressModeV = address_mode(vk, word >> 12 & 7),
        .addressModeW = address_mode(vk, word >> 16 & 7),
        .mipLodBias = fmaxf(-vk->limits.maxSamplerLodBias, fminf(k->lod_bias, vk->limits.maxSamplerLodBias)),
        .borderColor = border_color(word, k->integer),
        .compareEnable = k->compare,
        .compareOp = (VkCompareOp)(word >> 5 & 7),
        .minLod = clean_lod(k->lod_min, 0),
        .maxLod = clean_lod(k->lod_max, VK_LOD_CLAMP_NONE),
    };
    if (mip == 0) {
        /* Level 0 only, while the sign of the LOD still chooses the filter (spec 08 section C.5). */
        info.minLod = 0;
        info.maxLod = 0.25f;
    }
    if (info.maxLod < info.minLod)
        info.maxLod = info.minLod;
    if (!normalized) {
        /* Pixel coordinates: the shader scales, so this is a normalized twin with Metal's limits on such samplers. */
        info.minFilter = info.magFilter;
        info.mipmapMode = VK_SAMPLER_MIPMAP_MODE_NEAREST;
        info.minLod = info.maxLod = 0;
        anisotropy = 1;
    }
    if (anisotropy > 1 && vk->feat.core.samplerAnisotropy) {
        info.anisotropyEnable = VK_TRUE;
        info.maxAnisotropy =
            (float)anisotropy < vk->limits.maxSamplerAnisotropy ? (float)anisotropy : vk->limits.maxSamplerAnisotropy;
    }
    VkSamplerReductionModeCreateInfo reduction = {
        .sType = VK_STRUCTURE_TYPE_SAMPLER_REDUCTION_MODE_CREATE_INFO,
        .reductionMode = k->reduction == 1 ? VK_SAMPLER_REDUCTION_MODE_MIN : VK_SAMPLER_REDUCTION_MODE_MAX,
    };
    if (k->reduction && vk->minmax_filter && !k->compare)
        info.pNext = &reduction;
    VkSampler sampler = VK_NULL_HANDLE;
    pvg_vksync_check(vk, vk->fn.CreateSampler(vk->dev, &info, NULL, &sampler), "vkCreateSampler");
    return sampler;
}

struct dead_sampler {
    VkSampler sampler;
    uint32_t index;
};

static void dead_destroy(struct pvg_vk *vk, void *arg)
{
    struct dead_sampler *d = arg;
    vk->fn.DestroySampler(vk->dev, d->sampler, NULL);
    pvg_vkheap_free(vk, PVG_VKHEAP_SAMPLER, d->index);
    free(d);
}

/** Drop shared samplers that no object holds; the descriptors go when the GPU is done. */
static void sweep(struct pvg_vk *vk)
{
    for (size_t i = 0; i < vk->samplers.count; i++) {
        struct pvg_vksampler_entry *e = &vk->samplers.entries[i];
        if (!e->sampler || e->refs)
            continue;
        struct dead_sampler *d = malloc(sizeof(*d));
        if (!d)
            return;
        *d = (struct dead_sampler){e->sampler, e->index};
        *e = (struct pvg_vksampler_entry){0};
        pvg_vktrash_add(vk, dead_destroy, d);
    }
}

static uint32_t new_slot(struct pvg_vksamplers *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (!t->entries[i].sampler)
            return (uint32_t)i;
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 64;
        struct pvg_vksampler_entry *grown = realloc(t->entries, capacity * sizeof(*grown));
        if (!grown)
            return UINT32_MAX;
        t->entries = grown;
        t->capacity = capacity;
    }
    t->entries[t->count] = (struct pvg_vksampler_entry){0};
    return (uint32_t)t->count++;
}

/** Shared entry with this state, UINT32_MAX when the device has no room. Live desktops have about 14 distinct states. */
static uint32_t find(struct pvg_vk *vk, const struct pvg_vksampler_key *key)
{
    struct pvg_vksamplers *t = &vk->samplers;
    for (size_t i = 0; i < t->count; i++)
        if (t->entries[i].sampler && !memcmp(&t->entries[i].key, key, sizeof(*key)))
            return (uint32_t)i;
    VkSampler sampler = make_sampler(vk, key);
    uint32_t index = sampler ? pvg_vkheap_sampler(vk, sampler) : 0;
    uint32_t slot = index ? new_slot(t) : UINT32_MAX;
    if (slot == UINT32_MAX) {
        if (index)
            pvg_vkheap_free(vk, PVG_VKHEAP_SAMPLER, index);
        if (sampler)
            vk->fn.DestroySampler(vk->dev, sampler, NULL);
        sweep(vk);
        return UINT32_MAX;
    }
    t->entries[slot] = (struct pvg_vksampler_entry){.key = *key, .sampler = sampler, .index = index};
    return slot;
}

uint32_t pvg_vksampler_entry(struct pvg_vk *vk, const struct pvg_vksampler_bind *bind, enum pvg_vksampler_use use)
{
    struct pvg_rsampler *s = bind->sampler;
    if (!s)
        return 0;
    uint32_t pixels = pvg_vksampler_pixels(s) ? PVG_AIR_SAMPLER_PIXELS : 0;
    if (!bind->has_lod && s->entry[use] != UINT32_MAX)
        return vk->samplers.entries[s->entry[use]].index | pixels;
    struct pvg_vksampler_key key = {
        .word = s->word,
        .lod_min = bind->has_lod ? bind->lod[0] : s->lod[0],
        .lod_max = bind->has_lod ? bind->lod[1] : s->lod[1],
        .compare = use == PVG_VKSAMPLER_COMPARE,
        .integer = use == PVG_VKSAMPLER_INTEGER,
    };
    uint32_t slot = find(vk, &key);
    if (slot == UINT32_MAX)
        return 0;
    if (!bind->has_lod) {
        s->entry[use] = slot;
        vk->samplers.entries[slot].refs++;
    }
    return vk->samplers.entries[slot].index | pixels;
}

uint32_t pvg_vksampler_static(struct pvg_vk *vk, const struct pvg_air_static_sampler *s)
{
    const uint8_t address[3] = {s->s_address, s->t_address, s->r_address};
    struct pvg_vksampler_key key = {
        .word = pack(s->min_filter, s->mag_filter, s->compare, address, s->border_color, s->mip_filter,
                     s->max_anisotropy ? s->max_anisotropy : 1, !s->pixel_coordinates),
        .lod_min = s->lod_min,
        .lod_max = s->lod_max,
        .compare = s->compare_enabled,
        .lod_bias = isfinite(s->lod_bias) ? s->lod_bias : 0,
        .reduction = s->reduction,
    };
    uint32_t slot = find(vk, &key);
    if (slot == UINT32_MAX)
        return 0;
    vk->samplers.entries[slot].refs++;
    return vk->samplers.entries[slot].index;
}

bool pvg_vksamplers_init(struct pvg_vk *vk)
{
    /* Heap index 0: nearest, clamped to the edge, for unbound slots. */
    struct pvg_vksampler_key neutral = {.word = 1u << 26 | 1u << 31};
    VkSampler sampler = make_sampler(vk, &neutral);
    uint32_t slot = sampler ? new_slot(&vk->samplers) : UINT32_MAX;
    if (slot == UINT32_MAX)
        return false;
    /* A value that no lookup asks for. */
    neutral.compare = 2;
    vk->samplers.entries[slot] = (struct pvg_vksampler_entry){.key = neutral, .sampler = sampler, .refs = 1};
    pvg_vkheap_sampler_at(vk, 0, sampler);
    return true;
}

void pvg_vksamplers_fini(struct pvg_vk *vk)
{
    for (size_t i = 0; i < vk->samplers.count; i++)
        if (vk->samplers.entries[i].sampler)
            vk->fn.DestroySampler(vk->dev, vk->samplers.entries[i].sampler, NULL);
    free(vk->samplers.entries);
    vk->samplers = (struct pvg_vksamplers){0};
}
