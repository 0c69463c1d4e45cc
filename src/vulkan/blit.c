/* SPDX-License-Identifier: MIT */
/**
 * @file Blit commands (spec 06 section 6). Ranges come from the guest and are checked here; nothing is clipped.
 */
#include <string.h>

#include "vulkan/linear.h"

static bool inside(const struct pvg_rbuf *buf, uint64_t offset, uint64_t size)
{
    uint64_t end;
    return !__builtin_add_overflow(offset, size, &end) && end <= buf->size && end <= buf->place->size;
}

static bool refuse(struct pvg_rcmd *cmd, const char *what, const char *reason)
{
    pvg_warn_limited(cmd->vk->log, "vulkan: %s refused: %s", what, reason);
    return false;
}

/** Begin a transfer between buffers; `read` may be NULL. @return false when one cannot be used. */
static bool enter(struct pvg_rcmd *cmd, struct pvg_vkplace *read, struct pvg_vkplace *written)
{
    if ((read && !pvg_vkuse_place(cmd, read, false)) || !pvg_vkuse_place(cmd, written, true))
        return false;
    pvg_vkcmd_enter(cmd);
    if (read)
        pvg_vktouch_place(cmd, read, PVG_VKUSE_TRANSFER_READ);
    pvg_vktouch_place(cmd, written, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
    return true;
}

/** Up to three bytes at an end that vkCmdFillBuffer cannot reach. */
static bool fill_edge(struct pvg_rcmd *cmd, struct pvg_vkplace *p, uint64_t at, uint32_t n, uint8_t value)
{
    struct pvg_vkslice s;
    if (n == 0)
        return true;
    if (!pvg_vkring_alloc(cmd->vk, n, 4, &s))
        return false;
    memset(s.host, value, n);
    VkBufferCopy region = {s.offset, at, n};
    cmd->vk->fn.CmdCopyBuffer(cmd->cb, s.buffer, p->buffer, 1, &region);
    return true;
}

bool pvg_vkblit_fill(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint8_t value)
{
    struct pvg_vkplace *p = buf->place;
    if (size == 0)
        return true;
    if (!inside(buf, offset, size))
        return refuse(cmd, "buffer fill", "range outside the buffer");
    if (!enter(cmd, NULL, p))
        return false;
    uint64_t start = p->base + offset, end = start + size;
    uint64_t inner = (start + 3) & ~3ull, outer = end & ~3ull;
    if (inner >= outer) {
        for (uint64_t at = start; at < end; at += 4)
            if (!fill_edge(cmd, p, at, end - at < 4 ? (uint32_t)(end - at) : 4, value))
                return false;
        return true;
    }
    cmd->vk->fn.CmdFillBuffer(cmd->cb, p->buffer, inner, outer - inner, value * 0x01010101u);
    return fill_edge(cmd, p, start, (uint32_t)(inner - start), value) && fill_edge(cmd, p, outer, (uint32_t)(end - outer), value);
}

bool pvg_vkblit_fill_pattern(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint32_t pattern)
{
    struct pvg_vkplace *p = buf->place;
    if (size == 0)
        return true;
    if (!inside(buf, offset, size))
        return refuse(cmd, "pattern fill", "range outside the buffer");
    if ((p->base + offset) % 4 || size % 4)
        return refuse(cmd, "pattern fill", "range not aligned to words");
    if (!enter(cmd, NULL, p))
        return false;
    cmd->vk->fn.CmdFillBuffer(cmd->cb, p->buffer, p->base + offset, size, pattern);
    return true;
}

bool pvg_vkblit_buffer(struct pvg_rcmd *cmd, struct pvg_rbuf *src, uint64_t src_offset, struct pvg_rbuf *dst, uint64_t dst_offset,
                       uint64_t size)
{
    if (size == 0)
        return true;
    if (!inside(src, src_offset, size) || !inside(dst, dst_offset, size))
        return refuse(cmd, "buffer copy", "range outside a buffer");
    VkBufferCopy region = {src->place->base + src_offset, dst->place->base + dst_offset, size};
    uint64_t distance =
        region.srcOffset > region.dstOffset ? region.srcOffset - region.dstOffset : region.dstOffset - region.srcOffset;
    if (src->place->buffer == dst->place->buffer && distance < size)
        return refuse(cmd, "buffer copy", "overlapping ranges");
    if (!enter(cmd, src->place, dst->place))
        return false;
    cmd->vk->fn.CmdCopyBuffer(cmd->cb, src->place->buffer, dst->place->buffer, 1, &region);
    return true;
}

static bool copy_linear(struct pvg_rcmd *cmd, const struct pvg_rlinear *lin, const struct pvg_rregion *at, const uint32_t size[3],
                        bool to_image)
{
    const char *what = to_image ? "buffer to texture copy" : "texture to buffer copy";
    if (!size[0] || !size[1] || !size[2])
        return true;
    struct pvg_vklinear c = {
        .tex = at->texture,
        .level = at->level,
        .layer = at->slice,
        .x = at->x,
        .y = at->y,
        .z = at->z,
        .width = size[0],
        .height = size[1],
        .count = size[2],
        .place = lin->buffer->place,
        .offset = lin->offset,
        .bytes_per_row = lin->bytes_per_row,
        .bytes_per_image = lin->bytes_per_image,
        .to_image = to_image,
    };
    if (size[2] > 1 && !pvg_vktexture_is_3d(at->texture))
        return refuse(cmd, what, "depth of a texture that has none");
    if (!pvg_vklinear_plane(&c, lin->options))
        return refuse(cmd, what, "no such plane");
    const char *reason = pvg_vklinear_check(cmd->vk, &c);
    if (reason)
        return refuse(cmd, what, reason);
    if (!pvg_vkuse_place(cmd, c.place, !to_image))
        return false;
    pvg_vkuse_image(cmd, at->texture->image);
    pvg_vkcmd_enter(cmd);
    pvg_vktouch_place(cmd, c.place, to_image ? PVG_VKUSE_TRANSFER_READ : PVG_VKUSE_TRANSFER_WRITE);
    pvg_vktouch_image(cmd, at->texture->image, to_image ? PVG_VKUSE_TRANSFER_WRITE : PVG_VKUSE_TRANSFER_READ);
    pvg_vkcmd_ready(cmd);
    return pvg_vklinear_record(cmd, cmd->cb, &c);
}

bool pvg_vkblit_to_texture(struct pvg_rcmd *cmd, const struct pvg_rlinear *src, const uint32_t size[3],
                           const struct pvg_rregion *dst)
{
    return copy_linear(cmd, src, dst, size, true);
}

bool pvg_vkblit_to_buffer(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                          const struct pvg_rlinear *dst)
{
    return copy_linear(cmd, dst, src, size, false);
}

/** The box lies in the level, on block boundaries. */
static const char *check_box(const struct pvg_rregion *at, const uint32_t size[3])
{
    const struct pvg_rtex *t = at->texture;
    if (!t->image)
        return "texture buffers have no image";
    if (!t->identity)
        return "view with a swizzle";
    if (t->blocks)
        return "view of blocks as texels";
    if (at->level >= t->levels)
        return "level out of range";
    VkExtent3D e = pvg_vktexture_extent(t, at->level);
    bool is_3d = pvg_vktexture_is_3d(t);
    if (is_3d ? at->slice != 0 : at->slice >= t->layers || at->z != 0 || size[2] != 1)
        return "slice out of range";
    if ((uint64_t)at->x + size[0] > e.width || (uint64_t)at->y + size[1] > e.height || (uint64_t)at->z + size[2] > e.depth)
        return "box outside the texture";
    uint32_t bw = t->format->block_w, bh = t->format->block_h;
    if (at->x % bw || at->y % bh || (size[0] % bw && at->x + size[0] != e.width) || (size[1] % bh && at->y + size[1] != e.height))
        return "box not on block boundaries";
    return NULL;
}

static bool overlap(uint32_t a, uint32_t b, uint32_t n)
{
    return a > b ? a - b < n : b - a < n;
}

static VkImageSubresourceLayers layers_of(const struct pvg_rregion *at, VkImageAspectFlags aspects)
{
    const struct pvg_rtex *t = at->texture;
    return (VkImageSubresourceLayers){aspects, t->level + at->level, pvg_vktexture_is_3d(t) ? 0 : t->layer + at->slice, 1};
}

/** Images that vkCmdCopyImage takes as a pair, and whose bytes mean the same. */
static bool direct_pair(const struct pvg_rtex *s, const struct pvg_rtex *d)
{
    bool one_is_1d = (s->image->type == VK_IMAGE_TYPE_1D) != (d->image->type == VK_IMAGE_TYPE_1D);
    return !one_is_1d && s->format->codec == d->format->codec;
}

static bool copy_by_bytes(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                          const struct pvg_rregion *dst)
{
    struct pvg_vklinear sides[2];
    for (int i = 0; i < 2; i++) {
        const struct pvg_rregion *at = i ? dst : src;
        sides[i] = (struct pvg_vklinear){
            .tex = at->texture,
            .level = at->level,
            .layer = at->slice,
            .x = at->x,
            .y = at->y,
            .z = at->z,
            .width = size[0],
            .height = size[1],
            .count = size[2],
        };
    }
    const char *reason = pvg_vklinear_move(cmd, cmd->cb, &sides[0], &sides[1], src->options);
    return reason ? refuse(cmd, "texture copy", reason) : true;
}

bool pvg_vkblit_texture(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3], const struct pvg_rregion *dst)
{
    const char *what = "texture copy";
    if (!size[0] || !size[1] || !size[2])
        return true;
    const char *reason = check_box(src, size);
    if (!reason)
        reason = check_box(dst, size);
    if (reason)
        return refuse(cmd, what, reason);
    const struct pvg_rtex *s = src->texture, *d = dst->texture;
    if (s->format->bytes != d->format->bytes || s->format->block_w != d->format->block_w ||
        s->format->block_h != d->format->block_h || s->image->aspects != d->image->aspects ||
        (s->image->aspects != VK_IMAGE_ASPECT_COLOR_BIT && s->image->format != d->image->format))
        return refuse(cmd, what, "formats of different layout");
    if (s->image->samples != d->image->samples)
        return refuse(cmd, what, "sample counts differ");
    VkImageAspectFlags aspects = s->image->aspects;
    if (src->options) {
        aspects = src->options == 1 ? VK_IMAGE_ASPECT_DEPTH_BIT : src->options == 2 ? VK_IMAGE_ASPECT_STENCIL_BIT : 0;
        if (!aspects || (s->aspects & d->aspects & aspects) != aspects)
            return refuse(cmd, what, "no such plane");
    }
    VkImageCopy region = {
        .srcSubresource = layers_of(src, aspects),
        .srcOffset = {(int32_t)src->x, (int32_t)src->y, (int32_t)src->z},
        .dstSubresource = layers_of(dst, aspects),
        .dstOffset = {(int32_t)dst->x, (int32_t)dst->y, (int32_t)dst->z},
        .extent = {size[0], size[1], size[2]},
    };
    bool same = s->image == d->image && region.srcSubresource.mipLevel == region.dstSubresource.mipLevel &&
                region.srcSubresource.baseArrayLayer == region.dstSubresource.baseArrayLayer;
    if (same && src->x == dst->x && src->y == dst->y && src->z == dst->z)
        return true;
    if (same && overlap(src->x, dst->x, size[0]) && overlap(src->y, dst->y, size[1]) && overlap(src->z, dst->z, size[2]))
        return refuse(cmd, what, "overlapping boxes");
    pvg_vkuse_image(cmd, s->image);
    pvg_vkuse_image(cmd, d->image);
    pvg_vkcmd_enter(cmd);
    pvg_vktouch_image(cmd, s->image, PVG_VKUSE_TRANSFER_READ);
    pvg_vktouch_image(cmd, d->image, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
    /* One plane of a combined format: software drivers copy both. */
    bool part = aspects != s->image->aspects && s->image->samples == VK_SAMPLE_COUNT_1_BIT;
    if (part || !direct_pair(s, d))
        return copy_by_bytes(cmd, src, size, dst);
    cmd->vk->fn.CmdCopyImage(cmd->cb, s->image->image, VK_IMAGE_LAYOUT_GENERAL, d->image->image, VK_IMAGE_LAYOUT_GENERAL, 1,
                             &region);
    return true;
}

static VkOffset3D corner(VkExtent3D e)
{
    return (VkOffset3D){(int32_t)e.width, (int32_t)e.height, (int32_t)e.depth};
}

bool pvg_vkblit_mipmaps(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    const VkFormatFeatureFlags2 need =
        VK_FORMAT_FEATURE_2_BLIT_SRC_BIT | VK_FORMAT_FEATURE_2_BLIT_DST_BIT | VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_FILTER_LINEAR_BIT;
    const char *what = "mipmap generation";
    if (!tex->image || tex->levels < 2)
        return refuse(cmd, what, "one level");
    if ((tex->format->features & need) != need || tex->format->aspects != VK_IMAGE_ASPECT_COLOR_BIT ||
        tex->image->samples != VK_SAMPLE_COUNT_1_BIT || !tex->identity)
        return refuse(cmd, what, "format cannot be filtered");
    pvg_vkuse_image(cmd, tex->image);
    for (uint32_t level = 1; level < tex->levels; level++) {
        VkImageBlit blit = {
            .srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, tex->level + level - 1, tex->layer, tex->layers},
            .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, tex->level + level, tex->layer, tex->layers},
        };
        blit.srcOffsets[1] = corner(pvg_vktexture_extent(tex, level - 1));
        blit.dstOffsets[1] = corner(pvg_vktexture_extent(tex, level));
        pvg_vkcmd_enter(cmd);
        pvg_vktouch_image(cmd, tex->image, PVG_VKUSE_TRANSFER_WRITE);
        pvg_vkcmd_ready(cmd);
        cmd->vk->fn.CmdBlitImage(cmd->cb, tex->image->image, VK_IMAGE_LAYOUT_GENERAL, tex->image->image, VK_IMAGE_LAYOUT_GENERAL, 1,
                                 &blit, VK_FILTER_LINEAR);
    }
    return true;
}
