/* SPDX-License-Identifier: MIT */
#include "vulkan/visibility.h"

#include <stdlib.h>
#include <string.h>

/** Queries of one pool. A pass that needs more gets further pools. */
#define POOL_QUERIES 256u
/** Armed offsets and query runs that one pass may have. */
#define MAX_QUERIES 65536u

struct pvg_vkqueries {
    struct pvg_vkqueries *next;
    VkQueryPool pool;
};

static void pool_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_vkqueries *p = arg;
    vk->fn.DestroyQueryPool(vk->dev, p->pool, NULL);
    free(p);
}

/** A pool for the next run of queries, reset in the prologue. */
static VkQueryPool next_pool(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    VkQueryPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
        .queryType = VK_QUERY_TYPE_OCCLUSION,
        .queryCount = POOL_QUERIES,
    };
    struct pvg_vkqueries *p = calloc(1, sizeof(*p));
    VkCommandBuffer cb = p ? pvg_vkcmd_prologue(cmd) : VK_NULL_HANDLE;
    if (!cb || vk->fn.CreateQueryPool(vk->dev, &info, NULL, &p->pool) != VK_SUCCESS) {
        free(p);
        return VK_NULL_HANDLE;
    }
    vk->fn.CmdResetQueryPool(cb, p->pool, 0, POOL_QUERIES);
    p->next = cmd->pass.pools;
    cmd->pass.pools = p;
    return p->pool;
}

static bool grow(void **array, uint32_t *capacity, uint32_t count, size_t element)
{
    if (count < *capacity)
        return true;
    uint32_t wanted = *capacity ? 2 * *capacity : 64;
    void *grown = count < MAX_QUERIES ? realloc(*array, wanted * element) : NULL;
    if (!grown)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

void pvg_vkset_visibility(struct pvg_rcmd *cmd, uint32_t mode, uint64_t offset)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (cmd->encoder != PVG_VKENC_RENDER || (pass->vis_mode == mode && pass->vis_offset == offset))
        return;
    pvg_vkquery_end(cmd);
    pass->vis_mode = 0;
    if (mode == 0)
        return;
    uint64_t end;
    const char *reason = NULL;
    if (mode > 2)
        reason = "mode";
    else if (!pass->visibility)
        reason = "the pass has no result buffer";
    else if (offset % 8 || __builtin_add_overflow(offset, 8ull, &end) || end > pass->visibility->size)
        reason = "offset";
    else if (mode == 2 && !cmd->vk->feat.core.occlusionQueryPrecise)
        reason = "the device cannot count";
    if (reason) {
        pvg_warn_limited(cmd->vk->log, "vulkan: visibility mode %u at %llu refused: %s", mode, (unsigned long long)offset, reason);
        return;
    }
    if (!grow((void **)&pass->armed, &pass->armed_capacity, pass->armed_count, sizeof(pass->armed[0])))
        return;
    pass->armed[pass->armed_count++] = offset;
    pass->vis_mode = mode;
    pass->vis_offset = offset;
}

bool pvg_vkquery_begin(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (pass->vis_mode == 0 || pass->query_open)
        return true;
    if (!grow((void **)&pass->queries, &pass->query_capacity, pass->query_count, sizeof(pass->queries[0])))
        return false;
    if (!pass->pool || pass->pool_used == POOL_QUERIES) {
        pass->pool = next_pool(cmd);
        pass->pool_used = 0;
    }
    if (!pass->pool)
        return false;
    struct pvg_vkquery *q = &pass->queries[pass->query_count++];
    *q = (struct pvg_vkquery){pass->vis_offset, pass->pool, pass->pool_used++};
    cmd->vk->fn.CmdBeginQuery(cmd->cb, q->pool, q->index, pass->vis_mode == 2 ? VK_QUERY_CONTROL_PRECISE_BIT : 0);
    pass->query_open = true;
    return true;
}

void pvg_vkquery_end(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (!pass->query_open)
        return;
    const struct pvg_vkquery *q = &pass->queries[pass->query_count - 1];
    cmd->vk->fn.CmdEndQuery(cmd->cb, q->pool, q->index);
    pass->query_open = false;
}

struct readback {
    VkBuffer buffer;
    struct pvg_vkmem mem;
};

static void readback_destroy(struct pvg_vk *vk, void *arg)
{
    struct readback *r = arg;
    vk->fn.DestroyBuffer(vk->dev, r->buffer, NULL);
    pvg_vkmem_free(vk, &r->mem);
    free(r);
}

static int by_offset(const void *a, const void *b)
{
    const struct pvg_vkquery *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/** Begin to write counts. */
static void enter(struct pvg_rcmd *cmd, struct pvg_vkplace *p)
{
    pvg_vkcmd_enter(cmd);
    pvg_vktouch_place(cmd, p, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
}

static void write_word(struct pvg_rcmd *cmd, struct pvg_vkplace *p, uint64_t offset, uint64_t value)
{
    struct pvg_vkslice s;
    if (!pvg_vkring_alloc(cmd->vk, 8, 8, &s))
        return;
    memcpy(s.host, &value, 8);
    VkBufferCopy region = {s.offset, p->base + offset, 8};
    cmd->vk->fn.CmdCopyBuffer(cmd->cb, s.buffer, p->buffer, 1, &region);
}

/** Several runs contributed to one word: their sum is made on the CPU. Rare, so the wait is acceptable. */
static void sum_on_cpu(struct pvg_rcmd *cmd, struct pvg_vkplace *p)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkpass *pass = &cmd->pass;
    struct readback *r = calloc(1, sizeof(*r));
    if (!r || !pvg_vkmem_buffer(vk, 8ull * pass->query_count, PVG_VKMEM_UPLOAD, &r->buffer, &r->mem, NULL)) {
        free(r);
        return;
    }
    for (uint32_t i = 0; i < pass->query_count; i++)
        vk->fn.CmdCopyQueryPoolResults(cmd->cb, pass->queries[i].pool, pass->queries[i].index, 1, r->buffer, 8ull * i, 8,
                                       VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
    pvg_vkcmd_flush_wait(cmd);
    const uint64_t *counts = (const uint64_t *)r->mem.host;
    if (!pvg_vkuse_place(cmd, p, true))
        return;
    enter(cmd, p);
    for (uint32_t i = 0; i < pass->query_count;) {
        uint64_t offset = pass->queries[i].offset, sum = 0;
        for (; i < pass->query_count && pass->queries[i].offset == offset; i++)
            sum += counts[i];
        write_word(cmd, p, offset, sum);
    }
    pvg_vktrash_add(vk, readback_destroy, r);
}

static bool repeated(const struct pvg_vkpass *pass)
{
    for (uint32_t i = 1; i < pass->query_count; i++)
        if (pass->queries[i].offset == pass->queries[i - 1].offset)
            return true;
    return false;
}

static void write_results(struct pvg_rcmd *cmd, struct pvg_vkplace *p)
{
    struct pvg_vkpass *pass = &cmd->pass;
    enter(cmd, p);
    /* An offset that was armed without a draw gets 0. */
    qsort(pass->armed, pass->armed_count, sizeof(pass->armed[0]), by_value);
    if (pass->query_count)
        qsort(pass->queries, pass->query_count, sizeof(pass->queries[0]), by_offset);
    uint32_t q = 0;
    for (uint32_t i = 0; i < pass->armed_count; i++) {
        if (i && pass->armed[i] == pass->armed[i - 1])
            continue;
        while (q < pass->query_count && pass->queries[q].offset < pass->armed[i])
            q++;
        if (q == pass->query_count || pass->queries[q].offset != pass->armed[i])
            write_word(cmd, p, pass->armed[i], 0);
    }
    if (repeated(pass) || (p->base % 8)) {
        sum_on_cpu(cmd, p);
    } else {
        for (uint32_t i = 0; i < pass->query_count; i++)
            cmd->vk->fn.CmdCopyQueryPoolResults(cmd->cb, pass->queries[i].pool, pass->queries[i].index, 1, p->buffer,
                                                p->base + pass->queries[i].offset, 8,
                                                VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
    }
}

void pvg_vkvisibility_finish(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (!pass->armed_count)
        return;
    struct pvg_vkplace *p = pass->visibility->place;
    if (pvg_vkuse_place(cmd, p, true))
        write_results(cmd, p);
    pass->armed_count = pass->query_count = 0;
    while (pass->pools) {
        struct pvg_vkqueries *pool = pass->pools;
        pass->pools = pool->next;
        pvg_vktrash_add(cmd->vk, pool_destroy, pool);
    }
}

/* ---- Depth and stencil in two textures
 * --------------------------------------------------------------------------------------------- */

/** Copy one aspect between images of different formats, by way of a buffer. */
static bool move_aspect(struct pvg_rcmd *cmd, struct pvg_vkimage *from, VkImageSubresourceLayers from_layers,
                        struct pvg_vkimage *to, VkImageSubresourceLayers to_layers, uint32_t bytes)
{
    struct pvg_vk *vk = cmd->vk;
    VkExtent3D extent = {cmd->pass.width, cmd->pass.height, 1};
    struct readback *scratch = calloc(1, sizeof(*scratch));
    uint64_t size = (uint64_t)extent.width * extent.height * bytes * from_layers.layerCount;
    if (!scratch || !pvg_vkmem_buffer(vk, size, PVG_VKMEM_DEVICE, &scratch->buffer, &scratch->mem, NULL)) {
        free(scratch);
        return false;
    }
    VkBufferImageCopy region = {.imageSubresource = from_layers, .imageExtent = extent};
    struct pvg_vkhazard between = {0};
    pvg_vkcmd_enter(cmd);
    pvg_vktouch_image(cmd, from, PVG_VKUSE_TRANSFER_READ);
    pvg_vkhazard_touch(&vk->hazards, &between, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
    vk->fn.CmdCopyImageToBuffer(cmd->cb, from->image, VK_IMAGE_LAYOUT_GENERAL, scratch->buffer, 1, &region);
    region.imageSubresource = to_layers;
    pvg_vkcmd_enter(cmd);
    pvg_vkhazard_touch(&vk->hazards, &between, PVG_VKUSE_TRANSFER_READ);
    pvg_vktouch_image(cmd, to, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
    vk->fn.CmdCopyBufferToImage(cmd->cb, scratch->buffer, to->image, VK_IMAGE_LAYOUT_GENERAL, 1, &region);
    pvg_vktrash_add(vk, readback_destroy, scratch);
    return true;
}

static VkImageSubresourceLayers layers_of(const struct pvg_rattachment *a, VkImageAspectFlags aspect, uint32_t count)
{
    const struct pvg_rtex *t = a->texture;
    return (VkImageSubresourceLayers){aspect, t->level + a->level, t->layer + a->slice, count};
}

static bool combinable(const struct pvg_rtex *depth, const struct pvg_rtex *stencil)
{
    bool depth_ok = depth->vk_format == VK_FORMAT_D32_SFLOAT || depth->vk_format == VK_FORMAT_D32_SFLOAT_S8_UINT;
    return depth_ok && depth->image->samples == VK_SAMPLE_COUNT_1_BIT && stencil->image->samples == VK_SAMPLE_COUNT_1_BIT;
}

bool pvg_vkcombine_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *desc)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkpass *pass = &cmd->pass;
    const struct pvg_rattachment *d = &desc->depth, *s = &desc->stencil;
    if (!combinable(d->texture, s->texture))
        return false;
    uint32_t layers = pass->info.layerCount;
    VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = VK_FORMAT_D32_SFLOAT_S8_UINT,
        .extent = {pass->width, pass->height, 1},
        .mipLevels = 1,
        .arrayLayers = layers,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
    };
    const VkImageAspectFlags both = VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT;
    struct pvg_vkimage *image = pvg_vkimage_create(vk, &info, both);
    if (!image)
        return false;
    /* Lives until the command completes; the pass only borrows it. */
    struct pvg_rtex whole = {
        .vk = vk, .image = image, .vk_format = info.format, .type = PVG_W_TEX_2D_ARRAY, .layers = layers, .levels = 1};
    VkImageView view = pvg_vktexture_attachment(&whole, 0, 0, layers);
    pvg_vkuse_image(cmd, image);
    pvg_vkimage_release(vk, image);
    if (!view)
        return false;
    pass->combined = image;
    pass->depth_att = *d;
    pass->stencil_att = *s;
    bool ok = true;
    if (pass->depth.loadOp == VK_ATTACHMENT_LOAD_OP_LOAD)
        ok = move_aspect(cmd, d->texture->image, layers_of(d, VK_IMAGE_ASPECT_DEPTH_BIT, layers), image,
                         (VkImageSubresourceLayers){VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, layers}, 4);
    if (ok && pass->stencil.loadOp == VK_ATTACHMENT_LOAD_OP_LOAD)
        ok = move_aspect(cmd, s->texture->image, layers_of(s, VK_IMAGE_ASPECT_STENCIL_BIT, layers), image,
                         (VkImageSubresourceLayers){VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0, layers}, 1);
    pass->depth.imageView = pass->stencil.imageView = view;
    return ok;
}

void pvg_vkcombine_end(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    const struct pvg_rattachment *d = &pass->depth_att, *s = &pass->stencil_att;
    uint32_t layers = pass->info.layerCount;
    move_aspect(cmd, pass->combined, (VkImageSubresourceLayers){VK_IMAGE_ASPECT_DEPTH_BIT, 0, 0, layers}, d->texture->image,
                layers_of(d, VK_IMAGE_ASPECT_DEPTH_BIT, layers), 4);
    move_aspect(cmd, pass->combined, (VkImageSubresourceLayers){VK_IMAGE_ASPECT_STENCIL_BIT, 0, 0, layers}, s->texture->image,
                layers_of(s, VK_IMAGE_ASPECT_STENCIL_BIT, layers), 1);
    pass->combined = NULL;
}
