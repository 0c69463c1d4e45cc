/* SPDX-License-Identifier: MIT */
/**
 * @file What a command names for the first time: copies in, content for new storage, and the list of guest pages it writes.
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

bool pvg_vkwrites_add(struct pvg_vkwrites **w, struct pvg_vkplace *place)
{
    struct pvg_vkwrites *list = *w;
    if (!list || list->count == list->capacity) {
        size_t capacity = list ? 2 * list->capacity : 16;
        struct pvg_vkwrites *grown = realloc(list, sizeof(*grown) + capacity * sizeof(grown->places[0]));
        if (!grown)
            return false;
        if (!list)
            grown->count = 0;
        grown->capacity = capacity;
        *w = list = grown;
    }
    list->places[list->count++] = place;
    return true;
}

/** Write the 32-bit words that the GPU changed; the guest may have written others meanwhile (spec 06 section 15.4). */
static void copy_back(struct pvg_vkplace *p)
{
    const uint8_t *now = p->mem.host;
    uint64_t at = 0;                 /* Offset in the buffer. */
    uint64_t skip = p->first_offset; /* Bytes of the current span before the buffer. */
    for (size_t i = 0; i < p->span_count && at < p->size; i++) {
        const struct pvg_rspan *s = &p->spans[i];
        if (skip >= s->size) {
            skip -= s->size;
            continue;
        }
        uint64_t n = s->size - skip;
        if (n > p->size - at)
            n = p->size - at;
        uint64_t k = 0;
        while (s->host && k < n) {
            uint64_t word = n - k < 4 ? n - k : 4 - ((at + k) & 3);
            if (word > n - k)
                word = n - k;
            if (memcmp(now + at + k, p->snapshot + at + k, word))
                memcpy(s->host + skip + k, now + at + k, word);
            k += word;
        }
        at += n;
        skip = 0;
    }
}

static void copy_in(struct pvg_vkplace *p)
{
    uint64_t at = 0, skip = p->first_offset;
    for (size_t i = 0; i < p->span_count && at < p->size; i++) {
        const struct pvg_rspan *s = &p->spans[i];
        if (skip >= s->size) {
            skip -= s->size;
            continue;
        }
        uint64_t n = s->size - skip;
        if (n > p->size - at)
            n = p->size - at;
        if (s->host)
            memcpy(p->mem.host + at, s->host + skip, n);
        else
            memset(p->mem.host + at, 0, n);
        at += n;
        skip = 0;
    }
    if (p->snapshot)
        memcpy(p->snapshot, p->mem.host, p->size);
}

void pvg_vkwrites_finish(struct pvg_vk *vk, struct pvg_vkwrites *w, bool ok)
{
    if (!w)
        return;
    for (size_t i = 0; ok && i < w->count; i++) {
        struct pvg_vkplace *p = w->places[i];
        if (p->kind == PVG_VKPLACE_COPY)
            copy_back(p);
        for (size_t s = 0; vk->ram_dirty && s < p->span_count; s++)
            if (p->spans[s].host)
                vk->ram_dirty(vk->opaque, p->spans[s].gpa, p->spans[s].size);
    }
    free(w);
}

/** Record the copies of all runs, towards the placement or back. Neighbours of one chunk share a command. */
static void move_runs(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vkplace *p, bool back)
{
    VkBufferCopy regions[128];
    uint32_t n = 0;
    for (size_t i = 0; i < p->run_count; i++) {
        const struct pvg_vkrun *run = &p->runs[i];
        regions[n] = run->region;
        if (back) {
            regions[n].srcOffset = run->region.dstOffset;
            regions[n].dstOffset = run->region.srcOffset;
        }
        n++;
        bool last = i + 1 == p->run_count || p->runs[i + 1].chunk != run->chunk || n == sizeof(regions) / sizeof(regions[0]);
        if (!last)
            continue;
        vk->fn.CmdCopyBuffer(cb, back ? p->buffer : run->chunk, back ? run->chunk : p->buffer, n, regions);
        n = 0;
    }
}

/** Bring the guest's bytes in, ahead of the command if nothing in it can have written them. */
static bool gather(struct pvg_rcmd *cmd, struct pvg_vkplace *p)
{
    struct pvg_vk *vk = cmd->vk;
    VkCommandBuffer cb;
    if ((!p->zeroed || !cmd->guest_written) && !(cb = pvg_vkcmd_prologue(cmd)))
        return false;
    if (!p->zeroed) {
        /* Holes read as zeros. */
        vk->fn.CmdFillBuffer(cb, p->buffer, 0, VK_WHOLE_SIZE, 0);
        pvg_vkcmd_prologue_barrier(cmd);
        p->zeroed = true;
    }
    if (!cmd->guest_written) {
        move_runs(vk, cb, p, false);
        pvg_vkcmd_prologue_barrier(cmd);
        return true;
    }
    bool in_pass = cmd->encoder == PVG_VKENC_RENDER;
    if (in_pass)
        pvg_vkpass_suspend(cmd);
    /* Another placement may hold newer bytes of the same pages. */
    pvg_vkuse_scatter(cmd);
    pvg_vkcmd_enter(cmd);
    pvg_vktouch_place(cmd, p, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
    move_runs(vk, cmd->cb, p, false);
    if (in_pass)
        pvg_vkpass_resume(cmd);
    return true;
}

void pvg_vkuse_scatter(struct pvg_rcmd *cmd)
{
    for (size_t i = 0; cmd->writes && i < cmd->writes->count; i++) {
        if (cmd->writes->places[i]->kind != PVG_VKPLACE_GATHER)
            continue;
        pvg_vkcmd_enter(cmd);
        pvg_vktouch_place(cmd, cmd->writes->places[i], PVG_VKUSE_TRANSFER_WRITE);
        pvg_vkcmd_ready(cmd);
        move_runs(cmd->vk, cmd->cb, cmd->writes->places[i], true);
    }
}

/** First use of a placement by this command. */
static bool prepare_place(struct pvg_rcmd *cmd, struct pvg_vkplace *p)
{
    struct pvg_vk *vk = cmd->vk;
    if (p->kind == PVG_VKPLACE_PRIVATE && !p->zeroed) {
        VkCommandBuffer cb = pvg_vkcmd_prologue(cmd);
        if (!cb)
            return false;
        vk->fn.CmdFillBuffer(cb, p->buffer, 0, VK_WHOLE_SIZE, 0);
        pvg_vkcmd_prologue_barrier(cmd);
        p->zeroed = true;
    } else if (p->kind == PVG_VKPLACE_GATHER) {
        if (!gather(cmd, p))
            return false;
    } else if (p->kind == PVG_VKPLACE_COPY) {
        /* The copy is shared with earlier work: it must be finished and written back before new bytes go in. */
        if (p->last_value)
            pvg_vksync_drain(vk);
        copy_in(p);
        p->last_value = pvg_vksync_current(vk);
    }
    p->use_serial = cmd->serial;
    return true;
}

bool pvg_vkuse_place_slow(struct pvg_rcmd *cmd, struct pvg_vkplace *p, bool write)
{
    if (p->kind == PVG_VKPLACE_DEAD)
        return false;
    if (p->use_serial != cmd->serial && !prepare_place(cmd, p))
        return false;
    if (!write || p->write_serial == cmd->serial || !p->spans)
        return true;
    if (!p->writable) {
        pvg_warn_limited(cmd->vk->log, "vulkan: write to a read-only buffer of %llu bytes refused", (unsigned long long)p->size);
        return false;
    }
    if (!pvg_vkwrites_add(&cmd->writes, p))
        return false;
    cmd->guest_written = true;
    p->write_serial = cmd->serial;
    return true;
}

/** Transparent black, or depth and stencil 0: what a texture holds that nobody has written yet. */
static void clear_image(struct pvg_vk *vk, VkCommandBuffer cb, const struct pvg_vkimage *image)
{
    VkImageSubresourceRange range = {image->aspects, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS};
    if (image->aspects & VK_IMAGE_ASPECT_COLOR_BIT) {
        VkClearColorValue zero = {0};
        vk->fn.CmdClearColorImage(cb, image->image, VK_IMAGE_LAYOUT_GENERAL, &zero, 1, &range);
    } else {
        VkClearDepthStencilValue zero = {0};
        vk->fn.CmdClearDepthStencilImage(cb, image->image, VK_IMAGE_LAYOUT_GENERAL, &zero, 1, &range);
    }
}

void pvg_vkuse_image_slow(struct pvg_rcmd *cmd, struct pvg_vkimage *image, bool overwritten)
{
    struct pvg_vk *vk = cmd->vk;
    image->use_serial = cmd->serial;
    if (image->ready)
        return;
    VkCommandBuffer cb = pvg_vkcmd_prologue(cmd);
    if (!cb)
        return;
    image->ready = true;
    VkImageMemoryBarrier2 barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2,
        .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
        .srcAccessMask = VK_ACCESS_2_MEMORY_WRITE_BIT,
        .dstStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
        .dstAccessMask = VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT,
        .oldLayout = VK_IMAGE_LAYOUT_UNDEFINED,
        .newLayout = VK_IMAGE_LAYOUT_GENERAL,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = image->image,
        .subresourceRange = {image->aspects, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS},
    };
    VkDependencyInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
        .imageMemoryBarrierCount = 1,
        .pImageMemoryBarriers = &barrier,
    };
    vk->fn.CmdPipelineBarrier2(cb, &info);
    /* Block-compressed images cannot be cleared; drivers hand out zeroed memory across processes. */
    if (!overwritten && image->block_w == 1)
        clear_image(vk, cb, image);
}
