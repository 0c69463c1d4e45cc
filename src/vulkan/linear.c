/* SPDX-License-Identifier: MIT */
#include "vulkan/linear.h"

#include <stdlib.h>

#include "vulkan/convert.h"

/** Rows of one copy that may be moved one by one: bounds what a guest can make us record. */
#define MAX_SINGLE_ROWS     (1u << 18)
#define REGIONS_PER_COMMAND 512
/** Guest bytes that are converted at once. */
#define CONVERT_BYTES (16ull << 20)

enum { OPTION_DEPTH = 1, OPTION_STENCIL = 2 };

bool pvg_vklinear_plane(struct pvg_vklinear *c, uint32_t options)
{
    const struct pvg_vkformat *f = c->tex->format;
    c->codec = f->codec;
    c->aspect = f->aspects;
    c->block_bytes = f->bytes;
    if (f->aspects == VK_IMAGE_ASPECT_COLOR_BIT)
        return options == 0;
    if (options == 0 && f->codec != PVG_VKCODEC_NONE)
        return true; /* Whole cells (spec 08 section B.6). */
    if (options == 0)
        options = f->aspects == VK_IMAGE_ASPECT_DEPTH_BIT ? OPTION_DEPTH : OPTION_STENCIL;
    c->codec = options == OPTION_DEPTH ? f->depth_codec : PVG_VKCODEC_NONE;
    c->aspect = options == OPTION_DEPTH ? VK_IMAGE_ASPECT_DEPTH_BIT : VK_IMAGE_ASPECT_STENCIL_BIT;
    c->block_bytes = f->plane_bytes[options == OPTION_STENCIL];
    return (options == OPTION_DEPTH || options == OPTION_STENCIL) && c->block_bytes;
}

static uint32_t rows_of(const struct pvg_vklinear *c)
{
    uint32_t bh = c->tex->format->block_h;
    return (c->height + bh - 1) / bh;
}

static uint64_t tight_row(const struct pvg_vklinear *c)
{
    uint32_t bw = c->tex->format->block_w;
    return (uint64_t)((c->width + bw - 1) / bw) * c->block_bytes;
}

/** A box edge must fall on a block or on the edge of the level. */
static bool on_block(uint32_t start, uint32_t length, uint32_t limit, uint32_t block)
{
    return start % block == 0 && (length % block == 0 || (uint64_t)start + length == limit);
}

const char *pvg_vklinear_check(struct pvg_vk *vk, struct pvg_vklinear *c)
{
    const struct pvg_rtex *t = c->tex;
    if (!t->image)
        return "texture buffers have no image";
    if (t->image->samples != VK_SAMPLE_COUNT_1_BIT)
        return "multisampled texture";
    if (!t->identity && !c->stored)
        return "view with a swizzle";
    if (t->blocks)
        return "view of blocks as texels";
    if (c->level >= t->levels)
        return "level out of range";
    VkExtent3D e = pvg_vktexture_extent(t, c->level);
    bool is_3d = pvg_vktexture_is_3d(t);
    uint32_t slices = is_3d ? e.depth : t->layers, first = is_3d ? c->z : c->layer;
    if (is_3d ? c->layer != 0 : c->z != 0)
        return "slice of a 3D texture, or plane of another";
    if ((uint64_t)c->x + c->width > e.width || (uint64_t)c->y + c->height > e.height || (uint64_t)first + c->count > slices)
        return "box outside the texture";
    if (!on_block(c->x, c->width, e.width, t->format->block_w) || !on_block(c->y, c->height, e.height, t->format->block_h))
        return "box not on block boundaries";
    uint64_t tight = tight_row(c);
    uint32_t rows = rows_of(c);
    if (c->bytes_per_row == 0)
        c->bytes_per_row = tight;
    if (rows > 1 && c->bytes_per_row < tight)
        return "bytesPerRow below the tight row";
    if (c->bytes_per_image == 0 && __builtin_mul_overflow(c->bytes_per_row, (uint64_t)rows, &c->bytes_per_image))
        return "bytesPerRow too large";
    uint64_t end, image_start;
    if (__builtin_mul_overflow(c->bytes_per_row, (uint64_t)(rows - 1), &end) || __builtin_add_overflow(end, tight, &end) ||
        __builtin_mul_overflow(c->bytes_per_image, (uint64_t)(c->count - 1), &image_start) ||
        __builtin_add_overflow(end, image_start, &end) || __builtin_add_overflow(end, c->offset, &end) || end > c->place->size)
        return "bytes outside the buffer";
    return NULL;
}

static VkBufferImageCopy region_of(const struct pvg_vklinear *c, uint64_t buffer_offset, uint32_t first, uint32_t count)
{
    const struct pvg_rtex *t = c->tex;
    bool is_3d = pvg_vktexture_is_3d(t);
    return (VkBufferImageCopy){
        .bufferOffset = buffer_offset,
        .imageSubresource =
            {
                .aspectMask = c->aspect,
                .mipLevel = t->level + c->level,
                .baseArrayLayer = is_3d ? 0 : t->layer + c->layer + first,
                .layerCount = is_3d ? 1 : count,
            },
        .imageOffset = {(int32_t)c->x, (int32_t)c->y, is_3d ? (int32_t)(c->z + first) : 0},
        .imageExtent = {c->width, c->height, is_3d ? count : 1},
    };
}

static void copy_image(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vklinear *c, VkBuffer buffer,
                       const VkBufferImageCopy *region)
{
    VkImage image = c->tex->image->image;
    if (c->to_image)
        vk->fn.CmdCopyBufferToImage(cb, buffer, image, VK_IMAGE_LAYOUT_GENERAL, 1, region);
    else
        vk->fn.CmdCopyImageToBuffer(cb, image, VK_IMAGE_LAYOUT_GENERAL, buffer, 1, region);
}

/** The pitches can be stated in texels: copy without a detour. */
static bool record_direct(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vklinear *c)
{
    const struct pvg_vkformat *f = c->tex->format;
    uint64_t start = c->place->base + c->offset;
    uint64_t unit = c->block_bytes;
    if (c->aspect != VK_IMAGE_ASPECT_COLOR_BIT && start % 4)
        return false;
    if (start % unit || c->bytes_per_row % unit)
        return false;
    uint64_t row_length = c->bytes_per_row / unit * f->block_w;
    if (row_length > INT32_MAX || row_length < c->width)
        return false;
    bool whole =
        c->count == 1 || (c->bytes_per_image % c->bytes_per_row == 0 && c->bytes_per_image / c->bytes_per_row >= rows_of(c) &&
                          c->bytes_per_image / c->bytes_per_row * f->block_h <= INT32_MAX);
    if (whole) {
        VkBufferImageCopy region = region_of(c, start, 0, c->count);
        region.bufferRowLength = (uint32_t)row_length;
        if (c->count > 1)
            region.bufferImageHeight = (uint32_t)(c->bytes_per_image / c->bytes_per_row * f->block_h);
        copy_image(vk, cb, c, c->place->buffer, &region);
        return true;
    }
    if (c->bytes_per_image % unit || (c->aspect != VK_IMAGE_ASPECT_COLOR_BIT && c->bytes_per_image % 4))
        return false;
    for (uint32_t i = 0; i < c->count; i++) {
        VkBufferImageCopy region = region_of(c, start + i * c->bytes_per_image, i, 1);
        region.bufferRowLength = (uint32_t)row_length;
        copy_image(vk, cb, c, c->place->buffer, &region);
    }
    return true;
}

struct scratch {
    VkBuffer buffer;
    struct pvg_vkmem mem;
};

static void scratch_destroy(struct pvg_vk *vk, void *arg)
{
    struct scratch *s = arg;
    vk->fn.DestroyBuffer(vk->dev, s->buffer, NULL);
    pvg_vkmem_free(vk, &s->mem);
    free(s);
}

/** Between the steps of one copy. */
static void step_barrier(struct pvg_vk *vk, VkCommandBuffer cb)
{
    VkMemoryBarrier2 barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2,
        .srcStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT | VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
        .srcAccessMask = VK_ACCESS_2_MEMORY_WRITE_BIT,
        .dstStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT | VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
        .dstAccessMask = VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT,
    };
    VkDependencyInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
        .memoryBarrierCount = 1,
        .pMemoryBarriers = &barrier,
    };
    vk->fn.CmdPipelineBarrier2(cb, &info);
}

/** Move rows between the placement and tight scratch memory. */
static void copy_rows(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vklinear *c, VkBuffer scratch)
{
    VkBufferCopy regions[REGIONS_PER_COMMAND];
    uint32_t n = 0, rows = rows_of(c);
    uint64_t tight = tight_row(c), at = 0;
    VkBuffer src = c->to_image ? c->place->buffer : scratch, dst = c->to_image ? scratch : c->place->buffer;
    bool together = c->bytes_per_row == tight;
    for (uint32_t i = 0; i < c->count; i++) {
        for (uint32_t y = 0; y < (together ? 1 : rows); y++) {
            uint64_t guest = c->place->base + c->offset + i * c->bytes_per_image + y * c->bytes_per_row;
            uint64_t size = together ? tight * rows : tight;
            regions[n++] = (VkBufferCopy){c->to_image ? guest : at, c->to_image ? at : guest, size};
            at += size;
            if (n == REGIONS_PER_COMMAND) {
                vk->fn.CmdCopyBuffer(cb, src, dst, n, regions);
                n = 0;
            }
        }
    }
    if (n)
        vk->fn.CmdCopyBuffer(cb, src, dst, n, regions);
}

static struct scratch *scratch_create(struct pvg_vk *vk, uint64_t size, VkDeviceAddress *address)
{
    struct scratch *s = calloc(1, sizeof(*s));
    if (s && pvg_vkmem_buffer(vk, size, PVG_VKMEM_DEVICE, &s->buffer, &s->mem, address))
        return s;
    free(s);
    pvg_warn_limited(vk->log, "vulkan: no memory for a copy of %llu bytes", (unsigned long long)size);
    return NULL;
}

/** Rows of an odd pitch: through tight memory. */
static bool record_rows(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vklinear *c)
{
    struct scratch *s = scratch_create(vk, tight_row(c) * rows_of(c) * c->count, NULL);
    if (!s)
        return false;
    VkBufferImageCopy region = region_of(c, 0, 0, c->count);
    if (c->to_image)
        copy_rows(vk, cb, c, s->buffer);
    else
        copy_image(vk, cb, c, s->buffer, &region);
    step_barrier(vk, cb);
    if (c->to_image)
        copy_image(vk, cb, c, s->buffer, &region);
    else
        copy_rows(vk, cb, c, s->buffer);
    pvg_vktrash_add(vk, scratch_destroy, s);
    return true;
}

/** Host planes between the image and tight memory. */
static void copy_planes(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vklinear *c, VkBuffer buffer, uint64_t host,
                        uint64_t stencil)
{
    uint32_t bw = c->tex->format->block_w;
    VkBufferImageCopy region = region_of(c, host, 0, c->count);
    region.bufferRowLength = (c->width + bw - 1) / bw * bw;
    if (c->aspect & VK_IMAGE_ASPECT_STENCIL_BIT)
        region.imageSubresource.aspectMask = VK_IMAGE_ASPECT_DEPTH_BIT;
    copy_image(vk, cb, c, buffer, &region);
    if (!(c->aspect & VK_IMAGE_ASPECT_STENCIL_BIT))
        return;
    region.imageSubresource.aspectMask = VK_IMAGE_ASPECT_STENCIL_BIT;
    region.bufferOffset = stencil;
    copy_image(vk, cb, c, buffer, &region);
}

/** A piece of a converted copy that scratch memory takes at once. */
static bool convert_piece(struct pvg_rcmd *cmd, VkCommandBuffer cb, const struct pvg_vklinear *c)
{
    struct pvg_vk *vk = cmd->vk;
    uint64_t blocks = tight_row(c) / c->block_bytes * rows_of(c) * c->count;
    struct pvg_vkcodec_sizes sizes = pvg_vkconvert_sizes(c->codec, blocks);
    uint64_t host = (sizes.guest + 255) & ~255ull, stencil = host + ((sizes.host + 255) & ~255ull);
    struct pvg_vkconvert convert = {.codec = c->codec, .to_host = c->to_image, .blocks = blocks};
    struct scratch *s = scratch_create(vk, stencil + (sizes.stencil ? sizes.stencil : 4), &convert.guest);
    if (!s)
        return false;
    pvg_vktrash_add(vk, scratch_destroy, s);
    convert.host = convert.guest + host;
    convert.stencil = convert.guest + stencil;
    if (c->to_image)
        copy_rows(vk, cb, c, s->buffer);
    else
        copy_planes(vk, cb, c, s->buffer, host, stencil);
    step_barrier(vk, cb);
    if (!pvg_vkconvert_record(cmd, cb, &convert))
        return false;
    step_barrier(vk, cb);
    if (c->to_image)
        copy_planes(vk, cb, c, s->buffer, host, stencil);
    else
        copy_rows(vk, cb, c, s->buffer);
    return true;
}

/** Guest bytes that are not the host's: row by row into tight memory, converted, and on; in pieces of bounded size. */
static bool record_converted(struct pvg_rcmd *cmd, VkCommandBuffer cb, const struct pvg_vklinear *c)
{
    uint32_t rows = rows_of(c), block_h = c->tex->format->block_h;
    uint64_t tight = tight_row(c);
    if (tight * rows * c->count <= CONVERT_BYTES)
        return convert_piece(cmd, cb, c);
    uint32_t band = tight < CONVERT_BYTES ? (uint32_t)(CONVERT_BYTES / tight) : 1;
    for (uint32_t i = 0; i < c->count; i++) {
        for (uint32_t row = 0; row < rows; row += band) {
            uint32_t last = row + band < rows ? row + band : rows;
            struct pvg_vklinear piece = *c;
            piece.count = 1;
            if (pvg_vktexture_is_3d(c->tex))
                piece.z += i;
            else
                piece.layer += i;
            piece.y += row * block_h;
            piece.height = last == rows ? c->height - row * block_h : (last - row) * block_h;
            piece.offset += i * c->bytes_per_image + row * c->bytes_per_row;
            if (!convert_piece(cmd, cb, &piece))
                return false;
        }
    }
    return true;
}

bool pvg_vklinear_record(struct pvg_rcmd *cmd, VkCommandBuffer cb, const struct pvg_vklinear *c)
{
    struct pvg_vk *vk = cmd->vk;
    if (c->codec == PVG_VKCODEC_NONE && record_direct(vk, cb, c))
        return true;
    uint32_t rows = rows_of(c);
    if ((uint64_t)rows * c->count > MAX_SINGLE_ROWS) {
        pvg_warn_limited(vk->log, "vulkan: copy of %u x %u rows with an odd pitch refused", rows, c->count);
        return false;
    }
    return c->codec == PVG_VKCODEC_NONE ? record_rows(vk, cb, c) : record_converted(cmd, cb, c);
}

const char *pvg_vklinear_move(struct pvg_rcmd *cmd, VkCommandBuffer cb, struct pvg_vklinear *from, struct pvg_vklinear *to,
                              uint32_t options)
{
    struct pvg_vk *vk = cmd->vk;
    if (!pvg_vklinear_plane(from, options) || !pvg_vklinear_plane(to, options) || from->block_bytes != to->block_bytes)
        return "no such plane";
    uint64_t size = tight_row(from) * rows_of(from) * from->count;
    struct scratch *s = scratch_create(vk, size, NULL);
    if (!s)
        return "out of memory";
    pvg_vktrash_add(vk, scratch_destroy, s);
    struct pvg_vkplace place = {.buffer = s->buffer, .size = size};
    from->place = to->place = &place;
    from->to_image = false;
    to->to_image = true;
    const char *reason = pvg_vklinear_check(vk, from);
    if (!reason)
        reason = pvg_vklinear_check(vk, to);
    if (reason)
        return reason;
    if (!pvg_vklinear_record(cmd, cb, from))
        return "out of resources";
    step_barrier(vk, cb);
    return pvg_vklinear_record(cmd, cb, to) ? NULL : "out of resources";
}
