/* SPDX-License-Identifier: MIT */
/**
 * @file Tile dispatches: compute between two halves of a pass (spec 07 section 4.13). The colour attachments are storage images of
 * the tile function; air/tile.h says how it finds them.
 */
#include "air/tile.h"

#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

/** Push block of compute pipelines as tile functions see it. */
struct push {
    uint64_t table;
    uint32_t tile_size, layer;
    uint32_t threads_per_grid[3], flags;
    uint32_t first_thread[3], width;
    uint32_t first_group[3], height;
    uint32_t groups_per_grid[3], pad0;
    uint32_t threads_per_group[3], pad1;
    uint32_t images[8];
};
_Static_assert(sizeof(struct push) == 128, "push block");
_Static_assert(offsetof(struct push, tile_size) == PVG_AIR_TILE_SIZE && offsetof(struct push, layer) == PVG_AIR_TILE_LAYER &&
                   offsetof(struct push, width) == PVG_AIR_TILE_WIDTH && offsetof(struct push, height) == PVG_AIR_TILE_HEIGHT &&
                   offsetof(struct push, images) == PVG_AIR_TILE_IMAGES,
               "push block");

/** Storage views that one dispatch uses. */
struct views {
    VkImageView view[8];
    uint32_t index[8];
};

static bool refuse(struct pvg_rcmd *cmd, const char *why)
{
    pvg_warn_limited(cmd->vk->log, "vulkan: tile dispatch refused: %s", why);
    return false;
}

void pvg_vkset_tile_memory(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes)
{
    if (index >= 31 || bytes > cmd->vk->limits.maxComputeSharedMemorySize) {
        pvg_warn_limited(cmd->vk->log, "vulkan: tile memory %u of %u bytes ignored", index, bytes);
        return;
    }
    cmd->pass.tile_memory[index] = (bytes + 15) & ~15u;
}

/* ---- Attachments as storage images ----------------------------------------------------------------------------------------- */

static void views_destroy(struct pvg_vk *vk, void *arg)
{
    struct views *v = arg;
    for (int i = 0; i < 8; i++) {
        if (v->index[i])
            pvg_vkheap_free(vk, PVG_VKHEAP_STORAGE, v->index[i]);
        vk->fn.DestroyImageView(vk->dev, v->view[i], NULL);
    }
    free(v);
}

static VkImageView make_view(struct pvg_vk *vk, const struct pvg_rtex *t, uint32_t level, uint32_t layer, uint32_t layers)
{
    const VkImageViewUsageCreateInfo usage = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_USAGE_CREATE_INFO,
                                              .usage = VK_IMAGE_USAGE_STORAGE_BIT};
    VkImageViewCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
        .pNext = &usage,
        .image = t->image->image,
        .viewType = VK_IMAGE_VIEW_TYPE_2D_ARRAY,
        .format = t->vk_format,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, t->level + level, 1, t->layer + layer, layers},
    };
    VkImageView view = VK_NULL_HANDLE;
    return vk->fn.CreateImageView(vk->dev, &info, NULL, &view) == VK_SUCCESS ? view : VK_NULL_HANDLE;
}

static const char *check_target(const struct pvg_rtex *t)
{
    const VkFormatFeatureFlags2 need = VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT |
                                       VK_FORMAT_FEATURE_2_STORAGE_WRITE_WITHOUT_FORMAT_BIT |
                                       VK_FORMAT_FEATURE_2_STORAGE_READ_WITHOUT_FORMAT_BIT;
    if (!t)
        return "the function accesses a colour slot that the pass does not have";
    if (t->image->type != VK_IMAGE_TYPE_2D)
        return "a colour attachment is not two-dimensional";
    if (t->image->samples != VK_SAMPLE_COUNT_1_BIT)
        return "a colour attachment is multisampled";
    if (!(t->image->usage & VK_IMAGE_USAGE_STORAGE_BIT) || (t->format->features & need) != need ||
        t->format->order == PVG_VKORDER_ALPHA_IN_RED)
        return "a colour attachment of this format or usage cannot be accessed by a tile function";
    return NULL;
}

static bool attach(struct pvg_rcmd *cmd, uint32_t mask, uint32_t images[8])
{
    struct pvg_vk *vk = cmd->vk;
    const struct pvg_vkpass *pass = &cmd->pass;
    for (uint32_t left = mask; left; left &= left - 1) {
        const char *why = check_target(pass->targets[__builtin_ctz(left)]);
        if (why)
            return refuse(cmd, why);
    }
    struct views *v = mask ? calloc(1, sizeof(*v)) : NULL;
    if (mask && !v)
        return refuse(cmd, "out of memory");
    bool ok = true;
    for (uint32_t left = mask; left; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(left);
        v->view[i] = make_view(vk, pass->targets[i], pass->levels[i], pass->layers[i], pass->info.layerCount);
        v->index[i] = v->view[i] ? pvg_vkheap_image(vk, PVG_VKHEAP_STORAGE, v->view[i]) : 0;
        ok &= v->index[i] != 0;
        images[i] = v->index[i];
    }
    if (v)
        pvg_vktrash_add(vk, views_destroy, v);
    return ok || refuse(cmd, "out of resources");
}

/* ---- Dispatches ------------------------------------------------------------------------------------------------------------ */

/** Threads and threadgroup memory within what the device runs; larger is refused, never clamped. */
static const char *check_shape(const struct pvg_rcmd *cmd, const struct pvg_rtile *d, const struct pvg_air_reflection *r)
{
    uint64_t total = (uint64_t)d->threads[0] * d->threads[1], bytes = r->static_threadgroup_bytes;
    if (total > UINT32_MAX || total * d->threads[2] > cmd->vk->caps.max_threads_per_group ||
        (r->max_total_threads && total * d->threads[2] > r->max_total_threads))
        return "more threads per tile than the function allows";
    for (uint32_t left = r->threadgroup_args; left; left &= left - 1)
        bytes += cmd->pass.tile_memory[__builtin_ctz(left)];
    if (bytes > cmd->vk->limits.maxComputeSharedMemorySize)
        return "threadgroup memory";
    if (!d->width || !d->height || d->width > UINT16_MAX || d->height > UINT16_MAX)
        return "tile size";
    return d->layer < cmd->pass.info.layerCount ? NULL : "layer out of range";
}

/** Tiles of one axis that overlap [start, start + count) of a pass of `extent` pixels. */
static void tiles(uint32_t start, uint32_t count, uint32_t extent, uint32_t size, uint32_t *first, uint32_t *number)
{
    uint64_t end = (uint64_t)start + count < extent ? (uint64_t)start + count : extent;
    *first = start / size;
    *number = end > start ? (uint32_t)((end + size - 1) / size) - *first : 0;
}

static void record(struct pvg_rcmd *cmd, const struct pvg_vkvariant *v, const struct push *p, const uint32_t groups[2],
                   bool independent)
{
    struct pvg_vk *vk = cmd->vk;
    pvg_vkcmd_enter_all(cmd);
    pvg_vktouch_any(cmd, PVG_VKUSE_COMPUTE_READ | PVG_VKUSE_COMPUTE_WRITE);
    if (!cmd->heap_bound[1]) {
        vk->fn.CmdBindDescriptorSets(cmd->cb, VK_PIPELINE_BIND_POINT_COMPUTE, vk->heap.layouts[0], 0, 1, &vk->heap.set, 0, NULL);
        cmd->heap_bound[1] = true;
    }
    vk->fn.CmdBindPipeline(cmd->cb, VK_PIPELINE_BIND_POINT_COMPUTE, v->pipeline);
    vk->fn.CmdPushConstants(cmd->cb, vk->heap.layouts[0], VK_SHADER_STAGE_ALL, 0, sizeof(*p), p);
    if (independent)
        vk->fn.CmdDispatchBase(cmd->cb, p->first_group[0], p->first_group[1], 0, groups[0], groups[1], 1);
    else
        vk->fn.CmdDispatch(cmd->cb, groups[0], groups[1], 1);
    /* Push constants are shared with the draws of the pass. */
    cmd->render.push[0] = cmd->render.push[1] = UINT64_MAX;
}

bool pvg_vkdispatch_tile(struct pvg_rcmd *cmd, const struct pvg_rtile *d)
{
    struct pvg_vkpass *pass = &cmd->pass;
    struct pvg_rpipe *pipe = cmd->render.pipe;
    const uint32_t *limit = cmd->vk->limits.maxComputeWorkGroupCount;
    struct push push = {.tile_size = d->width | d->height << 16, .layer = d->layer, .width = pass->width, .height = pass->height};
    uint32_t groups[2];
    if (cmd->encoder != PVG_VKENC_RENDER || pass->refused || !pipe || !pvg_vkpipeline_ready(pipe))
        return false;
    if (!pipe->tile)
        return refuse(cmd, "the pipeline has no tile function");
    const char *why = check_shape(cmd, d, &pipe->first->air->reflection);
    if (why)
        return refuse(cmd, why);
    tiles(d->x, d->region_width, pass->width, d->width, &push.first_group[0], &groups[0]);
    tiles(d->y, d->region_height, pass->height, d->height, &push.first_group[1], &groups[1]);
    if (!groups[0] || !groups[1] || !d->threads[0] || !d->threads[1] || !d->threads[2])
        return true;
    if (groups[0] > limit[0] || groups[1] > limit[1])
        return refuse(cmd, "too many tiles");
    struct pvg_vkstage *stage = &cmd->stages[PVG_RSTAGE_TILE];
    uint32_t variant = stage->pixel_samplers & pipe->first->scaling_samplers ? PVG_AIR_VARIANT_PIXEL_SAMPLERS : 0;
    /* Threads that work together take the origin out of the push block. */
    if (!pipe->first->air->reflection.independent && (push.first_group[0] || push.first_group[1]))
        variant |= PVG_AIR_VARIANT_CLIPPED;
    struct pvg_vkvariant *v = pvg_vkpipeline_shape(pipe, d->threads, pass->tile_memory, true, variant);
    if (!v || !attach(cmd, pipe->first->air->reflection.tile_attachments, push.images))
        return false;
    pvg_vkpass_suspend(cmd);
    /* The table's textures may be targets of the pass; it is suspended, so nothing is left to split. */
    bool ok = pvg_vktable_update(cmd, stage, pvg_vkpipeline_kernel(pipe, d->threads, variant), &pipe->fetch);
    if (ok) {
        pvg_vkpass_suspend(cmd);
        push.table = stage->table;
        for (int i = 0; i < 3; i++) {
            uint32_t count = i < 2 ? push.first_group[i] + groups[i] : 1;
            push.first_thread[i] = push.first_group[i] * d->threads[i];
            push.threads_per_group[i] = d->threads[i];
            push.groups_per_grid[i] = count;
            push.threads_per_grid[i] = count * d->threads[i];
        }
        record(cmd, v, &push, groups, pipe->first->air->reflection.independent);
    }
    pvg_vkpass_resume(cmd);
    return ok;
}
