/* SPDX-License-Identifier: MIT */
/**
 * @file Images and base textures.
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

static void image_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_vkimage *image = arg;
    while (image->views) {
        struct pvg_vkattview *v = image->views;
        image->views = v->next;
        vk->fn.DestroyImageView(vk->dev, v->view, NULL);
        free(v);
    }
    if (image->image)
        vk->fn.DestroyImage(vk->dev, image->image, NULL);
    pvg_vkmem_free(vk, &image->mem);
    free(image);
}

void pvg_vkimage_release(struct pvg_vk *vk, struct pvg_vkimage *image)
{
    if (image && --image->refs == 0)
        pvg_vktrash_add(vk, image_destroy, image);
}

struct pvg_vkimage *pvg_vkimage_create(struct pvg_vk *vk, const VkImageCreateInfo *info, VkImageAspectFlags aspects)
{
    struct pvg_vkimage *image = calloc(1, sizeof(*image));
    if (!image)
        return NULL;
    *image = (struct pvg_vkimage){
        .refs = 1,
        .format = info->format,
        .type = info->imageType,
        .usage = info->usage,
        .flags = info->flags,
        .aspects = aspects,
        .extent = info->extent,
        .levels = info->mipLevels,
        .layers = info->arrayLayers,
        .samples = info->samples,
        .block_w = 1,
        .block_h = 1,
    };
    VkImageMemoryRequirementsInfo2 query = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2};
    VkMemoryRequirements2 req = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
    bool ok = vk->fn.CreateImage(vk->dev, info, NULL, &image->image) == VK_SUCCESS;
    if (ok) {
        query.image = image->image;
        vk->fn.GetImageMemoryRequirements2(vk->dev, &query, &req);
        ok = pvg_vkmem_alloc(vk, &req.memoryRequirements, PVG_VKMEM_DEVICE, false, &image->mem) &&
             vk->fn.BindImageMemory(vk->dev, image->image, image->mem.memory, image->mem.offset) == VK_SUCCESS;
    }
    if (!ok) {
        image_destroy(vk, image);
        return NULL;
    }
    return image;
}

/** Facts about an MTLTextureType. */
struct shape {
    VkImageType type;
    uint8_t faces;
    bool arrayed, multisampled;
};

static bool shape_of(uint8_t type, struct shape *out)
{
    static const struct shape shapes[] = {
        [PVG_W_TEX_1D] = {VK_IMAGE_TYPE_1D, 1, false, false},        [PVG_W_TEX_1D_ARRAY] = {VK_IMAGE_TYPE_1D, 1, true, false},
        [PVG_W_TEX_2D] = {VK_IMAGE_TYPE_2D, 1, false, false},        [PVG_W_TEX_2D_ARRAY] = {VK_IMAGE_TYPE_2D, 1, true, false},
        [PVG_W_TEX_2D_MS] = {VK_IMAGE_TYPE_2D, 1, false, true},      [PVG_W_TEX_CUBE] = {VK_IMAGE_TYPE_2D, 6, false, false},
        [PVG_W_TEX_CUBE_ARRAY] = {VK_IMAGE_TYPE_2D, 6, true, false}, [PVG_W_TEX_3D] = {VK_IMAGE_TYPE_3D, 1, false, false},
        [PVG_W_TEX_2D_MS_ARRAY] = {VK_IMAGE_TYPE_2D, 1, true, true},
    };
    if (type >= sizeof(shapes) / sizeof(shapes[0]))
        return false;
    *out = shapes[type];
    return true;
}

static VkImageUsageFlags usage_of(const struct pvg_vk *vk, const struct pvg_vkformat *f, uint32_t usage, bool multisampled,
                                  bool *extended)
{
    VkImageUsageFlags flags = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT;
    bool any = usage == 0;
    if ((any || (usage & PVG_W_USAGE_RENDER_TARGET))) {
        if (f->features & VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT)
            flags |= VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT;
        if (f->features & VK_FORMAT_FEATURE_2_DEPTH_STENCIL_ATTACHMENT_BIT)
            flags |= VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT;
    }
    bool write = any || (usage & (PVG_W_USAGE_WRITE | PVG_W_USAGE_ATOMIC));
    *extended = false;
    if (write && !multisampled) {
        if (f->features & VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT) {
            flags |= VK_IMAGE_USAGE_STORAGE_BIT;
        } else if (f->sibling && f->order == PVG_VKORDER_SAME) {
            /* A linear view of an sRGB texture may be written. */
            for (uint32_t i = 0; i < PVG_VK_FORMAT_COUNT; i++) {
                if (vk->formats[i].vk == f->sibling && (vk->formats[i].features & VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT))
                    *extended = true;
            }
            if (*extended)
                flags |= VK_IMAGE_USAGE_STORAGE_BIT;
        }
    }
    return flags;
}

static uint32_t full_levels(uint32_t w, uint32_t h, uint32_t d)
{
    uint32_t max = w > h ? w : h, n = 1;
    if (d > max)
        max = d;
    while (max >>= 1)
        n++;
    return n;
}

static bool query_image(struct pvg_vk *vk, const VkImageCreateInfo *info, VkImageFormatProperties2 *props)
{
    VkPhysicalDeviceImageFormatInfo2 query = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
        .pNext = info->pNext,
        .format = info->format,
        .type = info->imageType,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = info->usage,
        .flags = info->flags,
    };
    return vk->fn.GetPhysicalDeviceImageFormatProperties2(vk->phys, &query, props) == VK_SUCCESS;
}

/** @return NULL or what is wrong with the description. */
static const char *fill_info(struct pvg_vk *vk, const struct pvg_w_texture_desc *d, const struct pvg_vkformat *f,
                             VkImageCreateInfo *info, VkImageFormatListCreateInfo *list, VkFormat formats[2])
{
    struct shape shape;
    if (!shape_of(d->type, &shape))
        return "texture type";
    uint32_t array = d->array_length ? d->array_length : 1, levels = d->levels ? d->levels : 1;
    uint32_t samples = d->samples ? d->samples : 1, depth = d->depth ? d->depth : 1;
    if (d->width == 0 || d->height == 0)
        return "size 0";
    if ((!shape.arrayed && array != 1) || (shape.type != VK_IMAGE_TYPE_3D && depth != 1) ||
        (shape.type == VK_IMAGE_TYPE_1D && d->height != 1) || (shape.faces == 6 && d->width != d->height))
        return "dimensions do not suit the type";
    if (shape.multisampled ? (samples & (samples - 1)) || samples > 64 || levels != 1 : samples != 1)
        return "sample count";
    bool extended;
    info->flags = 0;
    info->imageType = shape.type;
    info->format = f->vk;
    info->extent = (VkExtent3D){d->width, d->height, depth};
    info->mipLevels = levels;
    info->arrayLayers = array * shape.faces;
    info->samples = (VkSampleCountFlagBits)samples;
    info->usage = usage_of(vk, f, d->usage, shape.multisampled, &extended);
    if (shape.faces == 6 || (shape.type == VK_IMAGE_TYPE_2D && samples == 1 && d->width == d->height && info->arrayLayers >= 6))
        info->flags |= VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT;
    if (shape.type == VK_IMAGE_TYPE_3D && (info->usage & VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT))
        info->flags |= VK_IMAGE_CREATE_2D_ARRAY_COMPATIBLE_BIT;
    bool views = f->aspects == VK_IMAGE_ASPECT_COLOR_BIT && (d->usage == 0 || (d->usage & PVG_W_USAGE_VIEW));
    if (views || f->sibling) {
        info->flags |= VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT;
        if (extended)
            info->flags |= VK_IMAGE_CREATE_EXTENDED_USAGE_BIT;
        if (views && f->block_w > 1 && f->codec == PVG_VKCODEC_NONE)
            info->flags |= VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT;
        if (!views) {
            formats[0] = f->vk;
            formats[1] = f->sibling;
            list->viewFormatCount = 2;
            list->pViewFormats = formats;
            info->pNext = list;
        }
    }
    if (levels > full_levels(d->width, d->height, depth))
        return "more levels than the size has";

    VkImageFormatProperties2 props = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2};
    bool supported = query_image(vk, info, &props);
    if (!supported && (info->flags & VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT)) {
        info->flags &= ~(VkImageCreateFlags)VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT;
        supported = query_image(vk, info, &props);
    }
    if (!supported && (d->usage == 0 || extended)) {
        /* Storage was a guess, or a view's business only. */
        info->usage &= ~(VkImageUsageFlags)VK_IMAGE_USAGE_STORAGE_BIT;
        info->flags &= ~(VkImageCreateFlags)VK_IMAGE_CREATE_EXTENDED_USAGE_BIT;
        supported = query_image(vk, info, &props);
    }
    if (!supported)
        return "format does not suit type and usage";
    const VkImageFormatProperties *p = &props.imageFormatProperties;
    if (info->extent.width > p->maxExtent.width || info->extent.height > p->maxExtent.height ||
        info->extent.depth > p->maxExtent.depth || levels > p->maxMipLevels || info->arrayLayers > p->maxArrayLayers)
        return "larger than the device allows";
    if (!(p->sampleCounts & samples))
        return "sample count not supported";
    return NULL;
}

static const char *check_backing(const struct pvg_rtex_desc *desc)
{
    uint32_t levels = desc->desc.levels ? desc->desc.levels : 1;
    if (!desc->backing)
        return NULL;
    if (desc->level_count > levels || desc->level_count > PVG_RTEX_MAX_LEVELS)
        return "more linear levels than levels";
    return NULL;
}

static struct pvg_rtex *make_texture(struct pvg_vk *vk, const struct pvg_rtex_desc *desc, const char **reason)
{
    const struct pvg_w_texture_desc *d = &desc->desc;
    const struct pvg_vkformat *f = pvg_vkformat_get(vk, d->format);
    if (!f) {
        *reason = "format";
        return NULL;
    }
    VkFormat formats[2];
    VkImageFormatListCreateInfo list = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO};
    VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .initialLayout = VK_IMAGE_LAYOUT_UNDEFINED,
    };
    *reason = fill_info(vk, d, f, &info, &list, formats);
    if (!*reason)
        *reason = check_backing(desc);
    if (*reason)
        return NULL;
    if ((info.usage & VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT) && (vk->feat.sample_locations & info.samples))
        info.flags |= VK_IMAGE_CREATE_SAMPLE_LOCATIONS_COMPATIBLE_DEPTH_BIT_EXT;
    *reason = "out of memory";
    struct pvg_rtex *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    VkImageAspectFlags aspects = f->aspects;
    if (f->vk == VK_FORMAT_D32_SFLOAT_S8_UINT || f->vk == VK_FORMAT_D24_UNORM_S8_UINT)
        aspects = VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT;
    t->image = pvg_vkimage_create(vk, &info, aspects);
    if (!t->image) {
        free(t);
        return NULL;
    }
    t->image->bytes = f->bytes;
    if (f->codec == PVG_VKCODEC_NONE) {
        t->image->block_w = f->block_w;
        t->image->block_h = f->block_h;
    }
    t->vk = vk;
    t->refs = 1;
    t->format = f;
    t->mtl_format = d->format;
    t->vk_format = f->vk;
    t->type = d->type;
    t->usage = d->usage;
    t->levels = info.mipLevels;
    t->layers = info.imageType == VK_IMAGE_TYPE_3D ? 1 : info.arrayLayers;
    t->aspects = f->aspects;
    t->cls = f->cls;
    static const uint8_t none[4] = {0};
    bool unset = !memcmp(d->swizzle, none, 4);
    for (uint8_t i = 0; i < 4; i++)
        t->swizzle[i] = unset ? (uint8_t)(PVG_W_SWIZZLE_RED + i) : d->swizzle[i];
    t->identity = t->swizzle[0] == 2 && t->swizzle[1] == 3 && t->swizzle[2] == 4 && t->swizzle[3] == 5;
    return t;
}

struct pvg_rtex *pvg_vktexture_create(struct pvg_render *r, const struct pvg_rtex_desc *desc)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    const char *reason;
    struct pvg_rtex *t = make_texture(vk, desc, &reason);
    if (!t) {
        pvg_warn_limited(vk->log, "vulkan: texture %u x %u x %u, type %u, format %u, usage 0x%x refused: %s", desc->desc.width,
                         desc->desc.height, desc->desc.depth, desc->desc.type, desc->desc.format, desc->desc.usage, reason);
        return NULL;
    }
    bool memoryless = pvg_w_texture_storage(&desc->desc) == PVG_W_STORAGE_MEMORYLESS;
    if (desc->backing && desc->level_count && t->image->samples == VK_SAMPLE_COUNT_1_BIT && !memoryless) {
        t->backing = pvg_vkbuffer_ref(desc->backing);
        t->backing_levels = desc->level_count;
        memcpy(t->linear, desc->levels, desc->level_count * sizeof(desc->levels[0]));
    }
    return t;
}

struct pvg_rtex *pvg_vktexture_from_buffer(struct pvg_render *r, struct pvg_rbuf *buf, uint64_t offset, uint32_t bytes_per_row,
                                           const struct pvg_w_texture_desc *desc)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    if (desc->type == PVG_W_TEX_BUFFER)
        return pvg_vktexture_texels(vk, buf, offset, desc);
    const struct pvg_vkformat *f = pvg_vkformat_get(vk, desc->format);
    uint64_t tight = f ? (uint64_t)((desc->width + f->block_w - 1) / f->block_w) * f->bytes : 0;
    uint64_t rows = f ? (desc->height + f->block_h - 1) / f->block_h : 0;
    uint64_t row = bytes_per_row ? bytes_per_row : tight, end;
    if (!f || !rows || !tight || row < tight || __builtin_mul_overflow(row, rows - 1, &end) ||
        __builtin_add_overflow(end, tight, &end) || __builtin_add_overflow(end, offset, &end) || end > buf->size) {
        pvg_warn_limited(vk->log, "vulkan: texture over a buffer refused: format %u, %u x %u, row %u at %llu of %llu bytes",
                         desc->format, desc->width, desc->height, bytes_per_row, (unsigned long long)offset,
                         (unsigned long long)buf->size);
        return NULL;
    }
    struct pvg_rtex_desc full = {
        .desc = *desc,
        .backing = buf,
        .level_count = 1,
        .levels = {{.offset = offset, .bytes_per_row = (uint32_t)row, .bytes_per_image = row * rows}},
    };
    return pvg_vktexture_create(r, &full);
}
