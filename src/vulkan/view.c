/* SPDX-License-Identifier: MIT */
/**
 * @file Texture views, the VkImageViews and heap entries behind them, and texture buffers.
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

VkExtent3D pvg_vktexture_extent(const struct pvg_rtex *tex, uint32_t level)
{
    uint32_t l = tex->level + level;
    VkExtent3D e = tex->image->extent;
    if (l >= 32)
        return (VkExtent3D){1, 1, 1};
    e.width = e.width >> l ? e.width >> l : 1;
    e.height = e.height >> l ? e.height >> l : 1;
    e.depth = e.depth >> l ? e.depth >> l : 1;
    if (tex->blocks) {
        e.width = (e.width + tex->image->block_w - 1) / tex->image->block_w;
        e.height = (e.height + tex->image->block_h - 1) / tex->image->block_h;
    }
    return e;
}

/** Group of texture types whose texels lie alike (spec 05 section 6.4). */
static int family(uint8_t type)
{
    switch (type) {
    case PVG_W_TEX_1D:
    case PVG_W_TEX_1D_ARRAY:
        return 1;
    case PVG_W_TEX_2D:
    case PVG_W_TEX_2D_ARRAY:
    case PVG_W_TEX_CUBE:
    case PVG_W_TEX_CUBE_ARRAY:
        return 2;
    case PVG_W_TEX_2D_MS:
    case PVG_W_TEX_2D_MS_ARRAY:
        return 3;
    case PVG_W_TEX_3D:
        return 4;
    default:
        return 0;
    }
}

/** Blocks of a compressed image as texels of a plain format. */
static bool views_blocks(const struct pvg_rtex *base, const struct pvg_vkformat *f)
{
    return base->image->block_w > 1 && f->block_w == 1;
}

static const char *check_view(const struct pvg_rtex *base, const struct pvg_rview_desc *d, const struct pvg_vkformat *f)
{
    if (!base->image || !f)
        return "format";
    bool same_image_format = f->vk == base->image->format;
    if (!same_image_format && (f->bytes != base->image->bytes || f->aspects != VK_IMAGE_ASPECT_COLOR_BIT ||
                               base->image->aspects != VK_IMAGE_ASPECT_COLOR_BIT))
        return "format of another texel size";
    if (!same_image_format && f->vk != base->format->sibling && !(base->image->flags & VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT))
        return "the texture was not made for views of other formats";
    if (!same_image_format && (f->codec != base->format->codec || f->codec != PVG_VKCODEC_NONE))
        return "the texture is kept in a form of its own";
    if (f->codec != base->format->codec && f->aspects == VK_IMAGE_ASPECT_COLOR_BIT)
        return "the texture is kept in a form of its own";
    if (f->block_w > 1 && base->format->block_w != f->block_w)
        return "compressed view of another block size";
    if (views_blocks(base, f) &&
        (!(base->image->flags & VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT) || d->level_count != 1 || d->slice_count != 1))
        return "blocks as texels of several levels or slices";
    if (!family(d->type) || family(d->type) != family(base->type))
        return "type";
    if (d->level_count == 0 || (uint64_t)d->base_level + d->level_count > base->levels)
        return "levels out of range";
    if (d->slice_count == 0 || (uint64_t)d->base_slice + d->slice_count > base->layers)
        return "slices out of range";
    bool cube = d->type == PVG_W_TEX_CUBE || d->type == PVG_W_TEX_CUBE_ARRAY;
    if (cube && !(base->image->flags & VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT))
        return "not a cube";
    if ((d->type == PVG_W_TEX_CUBE && d->slice_count != 6) || (d->type == PVG_W_TEX_CUBE_ARRAY && d->slice_count % 6))
        return "slices of a cube";
    bool single = d->type == PVG_W_TEX_2D || d->type == PVG_W_TEX_1D || d->type == PVG_W_TEX_2D_MS;
    if (single && d->slice_count != 1)
        return "several slices in a type without";
    for (int i = 0; d->has_swizzle && i < 4; i++)
        if (d->swizzle[i] > PVG_W_SWIZZLE_ALPHA)
            return "swizzle";
    return NULL;
}

struct pvg_rtex *pvg_vktexture_view(struct pvg_render *r, struct pvg_rtex *base, const struct pvg_rview_desc *desc)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    const struct pvg_vkformat *f = desc->format ? pvg_vkformat_get(vk, desc->format) : base->format;
    const char *reason = check_view(base, desc, f);
    struct pvg_rtex *t = reason ? NULL : calloc(1, sizeof(*t));
    if (!t) {
        pvg_warn_limited(vk->log, "vulkan: view of type %u and format %u on type %u and format %u refused: %s", desc->type,
                         desc->format, base->type, base->mtl_format, reason ? reason : "out of memory");
        return NULL;
    }
    *t = (struct pvg_rtex){
        .vk = vk,
        .refs = 1,
        .image = base->image,
        .format = f,
        .mtl_format = desc->format ? desc->format : base->mtl_format,
        .vk_format = f->vk,
        .type = desc->type,
        .usage = base->usage,
        .level = base->level + desc->base_level,
        .levels = desc->level_count,
        .layer = base->layer + desc->base_slice,
        .layers = desc->slice_count,
        .aspects = f->aspects,
        .cls = f->cls,
        .blocks = views_blocks(base, f),
    };
    t->image->refs++;
    for (int i = 0; i < 4; i++) {
        uint8_t s = desc->has_swizzle ? desc->swizzle[i] : (uint8_t)(PVG_W_SWIZZLE_RED + i);
        /* Constants pass, channels are looked up in the parent. */
        t->swizzle[i] = s < PVG_W_SWIZZLE_RED ? s : base->swizzle[s - PVG_W_SWIZZLE_RED];
    }
    t->identity = t->swizzle[0] == 2 && t->swizzle[1] == 3 && t->swizzle[2] == 4 && t->swizzle[3] == 5;
    return t;
}

static void texture_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_rtex *t = arg;
    if (t->sampled_index)
        pvg_vkheap_free(vk, PVG_VKHEAP_SAMPLED, t->sampled_index);
    if (t->storage_index)
        pvg_vkheap_free(vk, PVG_VKHEAP_STORAGE, t->storage_index);
    if (t->faces_index)
        pvg_vkheap_free(vk, PVG_VKHEAP_SAMPLED, t->faces_index);
    for (uint32_t i = 0; t->level_views && i < t->levels; i++) {
        if (t->levels_index)
            pvg_vkheap_free(vk, PVG_VKHEAP_STORAGE, t->levels_index + i);
        if (i)
            vk->fn.DestroyImageView(vk->dev, t->level_views[i], NULL);
    }
    free(t->level_views);
    if (t->faces)
        vk->fn.DestroyImageView(vk->dev, t->faces, NULL);
    if (t->sampled)
        vk->fn.DestroyImageView(vk->dev, t->sampled, NULL);
    if (t->storage)
        vk->fn.DestroyImageView(vk->dev, t->storage, NULL);
    for (int i = 0; i < 2; i++)
        if (t->texel_index[i])
            pvg_vkheap_free(vk, i ? PVG_VKHEAP_STORAGE_TEXEL : PVG_VKHEAP_UNIFORM_TEXEL, t->texel_index[i]);
    if (t->texel_view)
        vk->fn.DestroyBufferView(vk->dev, t->texel_view, NULL);
    free(t);
}

void pvg_vktexture_release(struct pvg_render *r, struct pvg_rtex *tex)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    if (!tex || --tex->refs)
        return;
    pvg_vktrash_add(vk, texture_destroy, tex);
    /* Queued behind the view that needs it. */
    pvg_vkimage_release(vk, tex->image);
    pvg_vkbuffer_release(r, tex->backing);
    pvg_vkbuffer_release(r, tex->texels);
}

static VkImageViewType view_type(uint8_t type)
{
    static const VkImageViewType map[] = {
        [PVG_W_TEX_1D] = VK_IMAGE_VIEW_TYPE_1D,
        [PVG_W_TEX_1D_ARRAY] = VK_IMAGE_VIEW_TYPE_1D_ARRAY,
        [PVG_W_TEX_2D] = VK_IMAGE_VIEW_TYPE_2D,
        [PVG_W_TEX_2D_ARRAY] = VK_IMAGE_VIEW_TYPE_2D_ARRAY,
        [PVG_W_TEX_2D_MS] = VK_IMAGE_VIEW_TYPE_2D,
        [PVG_W_TEX_CUBE] = VK_IMAGE_VIEW_TYPE_CUBE,
        [PVG_W_TEX_CUBE_ARRAY] = VK_IMAGE_VIEW_TYPE_CUBE_ARRAY,
        [PVG_W_TEX_3D] = VK_IMAGE_VIEW_TYPE_3D,
        [PVG_W_TEX_2D_MS_ARRAY] = VK_IMAGE_VIEW_TYPE_2D_ARRAY,
    };
    return map[type];
}

/** Guest swizzle over the host format's own order (spec 08 section B.3). */
static VkComponentMapping mapping_of(const struct pvg_rtex *t)
{
    VkComponentSwizzle host[6] = {VK_COMPONENT_SWIZZLE_ZERO, VK_COMPONENT_SWIZZLE_ONE, VK_COMPONENT_SWIZZLE_R,
                                  VK_COMPONENT_SWIZZLE_G,    VK_COMPONENT_SWIZZLE_B,   VK_COMPONENT_SWIZZLE_A};
    if (t->format->order == PVG_VKORDER_ALPHA_IN_RED) {
        host[2] = host[3] = host[4] = VK_COMPONENT_SWIZZLE_ZERO;
        host[5] = VK_COMPONENT_SWIZZLE_R;
    } else if (t->format->order == PVG_VKORDER_OPAQUE) {
        host[5] = VK_COMPONENT_SWIZZLE_ONE;
    } else if (t->format->order == PVG_VKORDER_SWAPPED) {
        host[2] = VK_COMPONENT_SWIZZLE_B;
        host[4] = VK_COMPONENT_SWIZZLE_R;
    }
    return (VkComponentMapping){host[t->swizzle[0]], host[t->swizzle[1]], host[t->swizzle[2]], host[t->swizzle[3]]};
}

static VkImageView make_view(struct pvg_vk *vk, const struct pvg_rtex *t, VkImageViewType type, VkImageUsageFlags usage,
                             VkComponentMapping mapping, VkImageSubresourceRange range)
{
    VkImageViewUsageCreateInfo restrict_usage = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_USAGE_CREATE_INFO,
        .usage = usage,
    };
    VkImageViewCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
        .pNext = &restrict_usage,
        .image = t->image->image,
        .viewType = type,
        .format = t->vk_format,
        .components = mapping,
        .subresourceRange = range,
    };
    VkImageView view = VK_NULL_HANDLE;
    pvg_vksync_check(vk, vk->fn.CreateImageView(vk->dev, &info, NULL, &view), "vkCreateImageView");
    return view;
}

/** One aspect that a shader can read. */
static VkImageAspectFlags read_aspect(const struct pvg_rtex *t)
{
    return t->aspects & VK_IMAGE_ASPECT_DEPTH_BIT ? VK_IMAGE_ASPECT_DEPTH_BIT : t->aspects;
}

uint32_t pvg_vktexture_sampled_index(struct pvg_rtex *t)
{
    struct pvg_vk *vk = t->vk;
    if (t->sampled_index || t->sampled_refused)
        return t->sampled_index;
    VkImageSubresourceRange range = {read_aspect(t), t->level, t->levels, t->layer, t->layers};
    if (t->image && (t->format->features & VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT))
        t->sampled = make_view(vk, t, view_type(t->type), VK_IMAGE_USAGE_SAMPLED_BIT, mapping_of(t), range);
    if (t->sampled)
        t->sampled_index = pvg_vkheap_image(vk, PVG_VKHEAP_SAMPLED, t->sampled);
    if (!t->sampled_index) {
        t->sampled_refused = true;
        pvg_warn_limited(vk->log, "vulkan: texture of format %u cannot be read by shaders", t->mtl_format);
    }
    return t->sampled_index;
}

uint32_t pvg_vktexture_faces_index(struct pvg_rtex *t)
{
    struct pvg_vk *vk = t->vk;
    if (t->faces_index || !t->image)
        return t->faces_index;
    VkImageSubresourceRange range = {read_aspect(t), t->level, t->levels, t->layer, t->layers};
    if (!t->faces)
        t->faces = make_view(vk, t, VK_IMAGE_VIEW_TYPE_2D_ARRAY, VK_IMAGE_USAGE_SAMPLED_BIT, mapping_of(t), range);
    if (t->faces)
        t->faces_index = pvg_vkheap_image(vk, PVG_VKHEAP_SAMPLED, t->faces);
    return t->faces_index;
}

static VkImageView make_storage_view(const struct pvg_rtex *t, uint32_t level)
{
    /* Cubes are written face by face, as arrays. */
    VkImageViewType type = view_type(t->type);
    if (t->type == PVG_W_TEX_CUBE || t->type == PVG_W_TEX_CUBE_ARRAY)
        type = VK_IMAGE_VIEW_TYPE_2D_ARRAY;
    VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, t->level + level, 1, t->layer, t->layers};
    return make_view(t->vk, t, type, VK_IMAGE_USAGE_STORAGE_BIT, (VkComponentMapping){0}, range);
}

uint32_t pvg_vktexture_storage_index(struct pvg_rtex *t)
{
    struct pvg_vk *vk = t->vk;
    const VkFormatFeatureFlags2 need = VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT | VK_FORMAT_FEATURE_2_STORAGE_WRITE_WITHOUT_FORMAT_BIT;
    if (t->storage_index || t->storage_refused)
        return t->storage_index;
    bool usable = t->image && (t->image->usage & VK_IMAGE_USAGE_STORAGE_BIT) && (t->format->features & need) == need && t->identity;
    if (usable)
        t->storage = make_storage_view(t, 0);
    if (t->storage)
        t->storage_index = pvg_vkheap_image(vk, PVG_VKHEAP_STORAGE, t->storage);
    if (!t->storage_index) {
        t->storage_refused = true;
        pvg_warn_limited(vk->log, "vulkan: texture of format %u, usage 0x%x cannot be written by shaders", t->mtl_format, t->usage);
    }
    return t->storage_index;
}

static void make_levels(struct pvg_rtex *t)
{
    bool ok = true;
    t->level_views = calloc(t->levels, sizeof(*t->level_views));
    if (!t->level_views) {
        pvg_warn_limited(t->vk->log, "vulkan: out of memory for the list of %u views of a texture's levels", t->levels);
        return;
    }
    t->level_views[0] = t->storage;
    for (uint32_t i = 1; ok && i < t->levels; i++) {
        t->level_views[i] = make_storage_view(t, i);
        ok = t->level_views[i];
    }
    if (ok)
        t->levels_index = pvg_vkheap_images(t->vk, PVG_VKHEAP_STORAGE, t->level_views, t->levels);
    if (!t->levels_index)
        pvg_warn_limited(
            t->vk->log,
            "vulkan: the %u levels of a texture of format %u have no descriptors; to shaders that name levels it is unbound",
            t->levels, t->mtl_format);
}

uint32_t pvg_vktexture_levels_word(struct pvg_rtex *t)
{
    uint32_t index = pvg_vktexture_storage_index(t);
    if (!index || t->levels == 1)
        return index;
    if (!t->level_views)
        make_levels(t);
    return t->levels_index ? pvg_air_levels_word(t->levels_index, t->levels) : 0;
}

VkImageView pvg_vktexture_attachment(struct pvg_rtex *t, uint32_t level, uint32_t layer, uint32_t layers)
{
    struct pvg_vk *vk = t->vk;
    uint32_t l = t->level + level, first = pvg_vktexture_is_3d(t) ? layer : t->layer + layer;
    for (struct pvg_vkattview *v = t->image->views; v; v = v->next)
        if (v->format == t->vk_format && v->level == l && v->layer == first && v->layers == layers)
            return v->view;
    struct pvg_vkattview *v = calloc(1, sizeof(*v));
    if (!v)
        return VK_NULL_HANDLE;
    VkImageViewType type = t->image->type == VK_IMAGE_TYPE_1D ? (layers > 1 ? VK_IMAGE_VIEW_TYPE_1D_ARRAY : VK_IMAGE_VIEW_TYPE_1D)
                                                              : (layers > 1 ? VK_IMAGE_VIEW_TYPE_2D_ARRAY : VK_IMAGE_VIEW_TYPE_2D);
    const VkImageUsageFlags targets =
        VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT;
    VkImageSubresourceRange range = {t->image->aspects, l, 1, first, layers};
    *v = (struct pvg_vkattview){.next = t->image->views, .format = t->vk_format, .level = l, .layer = first, .layers = layers};
    v->view = make_view(vk, t, type, t->image->usage & targets, (VkComponentMapping){0}, range);
    if (!v->view) {
        free(v);
        return VK_NULL_HANDLE;
    }
    t->image->views = v;
    return v->view;
}

struct pvg_rtex *pvg_vktexture_texels(struct pvg_vk *vk, struct pvg_rbuf *buf, uint64_t offset,
                                      const struct pvg_w_texture_desc *desc)
{
    const struct pvg_vkformat *f = pvg_vkformat_get(vk, desc->format);
    const VkFormatFeatureFlags2 need = VK_FORMAT_FEATURE_2_UNIFORM_TEXEL_BUFFER_BIT;
    uint64_t end;
    bool ok = f && (f->buffer_features & need) && desc->width && desc->width <= vk->limits.maxTexelBufferElements &&
              !__builtin_mul_overflow((uint64_t)desc->width, (uint64_t)f->bytes, &end) &&
              !__builtin_add_overflow(end, offset, &end) && end <= buf->size;
    struct pvg_rtex *t = ok ? calloc(1, sizeof(*t)) : NULL;
    if (!t) {
        pvg_warn_limited(vk->log, "vulkan: texture buffer of %u texels, format %u at %llu of %llu bytes refused", desc->width,
                         desc->format, (unsigned long long)offset, (unsigned long long)buf->size);
        return NULL;
    }
    *t = (struct pvg_rtex){
        .vk = vk,
        .refs = 1,
        .format = f,
        .mtl_format = desc->format,
        .vk_format = f->vk,
        .type = PVG_W_TEX_BUFFER,
        .usage = desc->usage,
        .cls = f->cls,
        .identity = true,
        .swizzle = {2, 3, 4, 5},
        .texels = pvg_vkbuffer_ref(buf),
        .texel_offset = offset,
        .texel_count = desc->width,
    };
    return t;
}

struct old_view {
    VkBufferView view;
    uint32_t index[2];
};

static void old_view_destroy(struct pvg_vk *vk, void *arg)
{
    struct old_view *o = arg;
    for (int i = 0; i < 2; i++)
        if (o->index[i])
            pvg_vkheap_free(vk, i ? PVG_VKHEAP_STORAGE_TEXEL : PVG_VKHEAP_UNIFORM_TEXEL, o->index[i]);
    vk->fn.DestroyBufferView(vk->dev, o->view, NULL);
    free(o);
}

/** The view over the buffer's present placement. */
static bool refresh_texels(struct pvg_rtex *t)
{
    struct pvg_vk *vk = t->vk;
    struct pvg_vkplace *p = t->texels->place;
    if (t->texel_place == p->id && t->texel_view)
        return true;
    if (t->texel_view) {
        struct old_view *o = calloc(1, sizeof(*o));
        if (!o)
            return false;
        *o = (struct old_view){t->texel_view, {t->texel_index[0], t->texel_index[1]}};
        pvg_vktrash_add(vk, old_view_destroy, o);
        t->texel_view = VK_NULL_HANDLE;
        t->texel_index[0] = t->texel_index[1] = 0;
    }
    uint64_t offset = p->base + t->texel_offset;
    if (p->kind == PVG_VKPLACE_DEAD || offset % vk->limits.minTexelBufferOffsetAlignment)
        return false;
    VkBufferViewCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
        .buffer = p->buffer,
        .format = t->vk_format,
        .offset = offset,
        .range = (uint64_t)t->texel_count * t->format->bytes,
    };
    if (!pvg_vksync_check(vk, vk->fn.CreateBufferView(vk->dev, &info, NULL, &t->texel_view), "vkCreateBufferView"))
        return false;
    t->texel_place = p->id;
    return true;
}

uint32_t pvg_vktexture_texel_index(struct pvg_rtex *t, bool storage)
{
    struct pvg_vk *vk = t->vk;
    if (!t->texels || (storage && !(t->format->buffer_features & VK_FORMAT_FEATURE_2_STORAGE_TEXEL_BUFFER_BIT)) ||
        !refresh_texels(t)) {
        pvg_warn_limited(vk->log, "vulkan: texture buffer of format %u cannot be used", t->mtl_format);
        return 0;
    }
    if (!t->texel_index[storage])
        t->texel_index[storage] =
            pvg_vkheap_texels(vk, storage ? PVG_VKHEAP_STORAGE_TEXEL : PVG_VKHEAP_UNIFORM_TEXEL, t->texel_view);
    return t->texel_index[storage];
}
