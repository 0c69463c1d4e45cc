/* SPDX-License-Identifier: MIT */
/**
 * @file Barriers between pieces of work, from what each uses (hazard.h).
 *
 * Transfers and dispatches state what they use before they are recorded, and their barrier stands in front of them. What a
 * rendering uses is known when it ends, but barriers are not allowed inside it: it is recorded into a command buffer of its own,
 * the one before it stays open and takes the barrier at its end. A rendering that goes on after it was interrupted waits for
 * everything.
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

void pvg_vktrack_init(struct pvg_vk *vk)
{
    const char *all = getenv("OPENPVG_VK_GLOBAL_BARRIERS");
    pvg_vkhazards_init(&vk->hazards, all && *all && strcmp(all, "0") != 0);
}

uint64_t pvg_vktrack_barriers(struct pvg_render *r, uint64_t *skipped)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    *skipped = atomic_load_explicit(&vk->barriers_skipped, memory_order_relaxed);
    return atomic_load_explicit(&vk->barriers, memory_order_relaxed);
}

/* ---- Barriers ---- */

#define SHADER_READ VK_ACCESS_2_SHADER_READ_BIT
#define SHADER_BOTH (VK_ACCESS_2_SHADER_READ_BIT | VK_ACCESS_2_SHADER_WRITE_BIT)
#define WRITE_ACCESS                                                                                                               \
    (VK_ACCESS_2_SHADER_WRITE_BIT | VK_ACCESS_2_TRANSFER_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT |                      \
     VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT)

/** In the order of the bits of enum pvg_vkuse. */
static const struct {
    VkPipelineStageFlags2 stage;
    VkAccessFlags2 access;
} scopes[PVG_VKUSES] = {
    {VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT, VK_ACCESS_2_INDIRECT_COMMAND_READ_BIT},
    {VK_PIPELINE_STAGE_2_INDEX_INPUT_BIT, VK_ACCESS_2_INDEX_READ_BIT},
    {VK_PIPELINE_STAGE_2_VERTEX_ATTRIBUTE_INPUT_BIT, VK_ACCESS_2_VERTEX_ATTRIBUTE_READ_BIT},
    {VK_PIPELINE_STAGE_2_PRE_RASTERIZATION_SHADERS_BIT, SHADER_READ},
    {VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, SHADER_READ | VK_ACCESS_2_INPUT_ATTACHMENT_READ_BIT},
    {VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT, SHADER_READ},
    {VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_TRANSFER_READ_BIT},
    {VK_PIPELINE_STAGE_2_PRE_RASTERIZATION_SHADERS_BIT, SHADER_BOTH},
    {VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, SHADER_BOTH},
    {VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT, SHADER_BOTH},
    {VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_TRANSFER_READ_BIT | VK_ACCESS_2_TRANSFER_WRITE_BIT},
    {VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
     VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT},
    {VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT,
     VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_READ_BIT | VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT},
};

static void record(struct pvg_vk *vk, VkCommandBuffer cb, VkMemoryBarrier2 *barrier)
{
    const VkDependencyInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
        .memoryBarrierCount = 1,
        .pMemoryBarriers = barrier,
    };
    barrier->sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2;
    vk->fn.CmdPipelineBarrier2(cb, &info);
    atomic_fetch_add_explicit(&vk->barriers, 1, memory_order_relaxed);
}

static void record_all(struct pvg_vk *vk, VkCommandBuffer cb)
{
    record(vk, cb,
           &(VkMemoryBarrier2){
               .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
               .srcAccessMask = VK_ACCESS_2_MEMORY_WRITE_BIT,
               .dstStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
               .dstAccessMask = VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT,
           });
}

/** The barrier of the open scope, to the end of `cb`. */
static void order(struct pvg_vk *vk, VkCommandBuffer cb)
{
    VkMemoryBarrier2 barrier = {0};
    uint16_t from, to;
    switch (pvg_vkhazards_take(&vk->hazards, &from, &to)) {
    case PVG_VKNEED_NOTHING:
        return;
    case PVG_VKNEED_NONE:
        atomic_fetch_add_explicit(&vk->barriers_skipped, 1, memory_order_relaxed);
        return;
    case PVG_VKNEED_FULL:
        record_all(vk, cb);
        return;
    case PVG_VKNEED_SOME:
        break;
    }
    for (uint32_t left = from; left; left &= left - 1) {
        barrier.srcStageMask |= scopes[__builtin_ctz(left)].stage;
        barrier.srcAccessMask |= scopes[__builtin_ctz(left)].access & WRITE_ACCESS;
    }
    for (uint32_t left = to; left; left &= left - 1) {
        barrier.dstStageMask |= scopes[__builtin_ctz(left)].stage;
        barrier.dstAccessMask |= scopes[__builtin_ctz(left)].access;
    }
    record(vk, cb, &barrier);
}

/* ---- Pieces of work ---- */

void pvg_vkcmd_enter(struct pvg_rcmd *cmd)
{
    pvg_vkpass_close(cmd);
    /* Dispatches behind it are ordered behind it, even those of a concurrent encoder. */
    cmd->compute.together = false;
    pvg_vkhazards_begin(&cmd->vk->hazards);
}

void pvg_vkcmd_ready(struct pvg_rcmd *cmd)
{
    order(cmd->vk, cmd->cb);
}

static void wait_for_all(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    if (!pvg_vkhazards_pending(&vk->hazards))
        return;
    record_all(vk, cmd->cb);
    pvg_vkhazards_full(&vk->hazards);
}

void pvg_vkcmd_enter_all(struct pvg_rcmd *cmd)
{
    pvg_vkcmd_enter(cmd);
    wait_for_all(cmd);
}

void pvg_vkcmd_enter_rendering(struct pvg_rcmd *cmd, bool chained)
{
    struct pvg_vkhazards *t = &cmd->vk->hazards;
    pvg_vkcmd_enter(cmd);
    /* One that has to wait for the work just before it gains nothing from a command buffer of its own. */
    VkCommandBuffer next = !t->all && !chained && pvg_vkhazards_pending(t) ? pvg_vkcmd_part(cmd) : VK_NULL_HANDLE;
    if (!next) {
        wait_for_all(cmd);
        return;
    }
    cmd->before = cmd->cb;
    cmd->cb = next;
    cmd->heap_bound[0] = cmd->heap_bound[1] = false;
}

void pvg_vkcmd_leave_rendering(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    if (!cmd->before)
        return;
    order(vk, cmd->before);
    if (!pvg_vksync_check(vk, vk->fn.EndCommandBuffer(cmd->before), "vkEndCommandBuffer"))
        cmd->broken = true;
    cmd->before = VK_NULL_HANDLE;
}

/* ---- Uses ---- */

void pvg_vktouch_any(struct pvg_rcmd *cmd, uint32_t uses)
{
    pvg_vkhazards_touch_any(&cmd->vk->hazards, uses);
}

/** Dispatches state the uses of a table as often as they are recorded with it. */
static void list(struct pvg_vkuses *l, struct pvg_vkplace *place, struct pvg_vkimage *image, uint32_t uses)
{
    if ((!place && !image) || l->count == sizeof(l->list) / sizeof(l->list[0])) {
        l->any |= uses;
        return;
    }
    l->list[l->count].place = place;
    l->list[l->count].image = image;
    l->list[l->count++].uses = uses;
}

void pvg_vktrack_stages(struct pvg_rcmd *cmd)
{
    for (int i = 0; i < PVG_RSTAGE_COUNT; i++) {
        bool draws = i != PVG_RSTAGE_COMPUTE && i != PVG_RSTAGE_TILE, fragment = i == PVG_RSTAGE_FRAGMENT;
        cmd->stages[i].uses[0] = !draws ? 0 : fragment ? PVG_VKUSE_FRAGMENT_READ : PVG_VKUSE_GEOMETRY_READ;
        cmd->stages[i].uses[1] = !draws ? 0 : fragment ? PVG_VKUSE_FRAGMENT_WRITE : PVG_VKUSE_GEOMETRY_WRITE;
    }
}

void pvg_vktouch_bound_slow(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, struct pvg_vkplace *place,
                            struct pvg_vkimage *image, bool written)
{
    if (st->uses[0])
        pvg_vktouch_any(cmd, st->uses[written]);
    else if (st == &cmd->stages[PVG_RSTAGE_COMPUTE])
        list(&cmd->compute_uses, place, image, written ? PVG_VKUSE_COMPUTE_WRITE : PVG_VKUSE_COMPUTE_READ);
    /* Tile dispatches wait for everything, and everything waits for them. */
}

void pvg_vkcmd_enter_dispatch(struct pvg_rcmd *cmd)
{
    if (cmd->compute.together)
        return;
    pvg_vkcmd_enter(cmd);
    cmd->compute.together = cmd->compute.concurrent;
}

void pvg_vkcmd_ready_dispatch(struct pvg_rcmd *cmd)
{
    const struct pvg_vkuses *l = &cmd->compute_uses;
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->list[i].place)
            pvg_vktouch_place(cmd, l->list[i].place, l->list[i].uses);
        else
            pvg_vktouch_image(cmd, l->list[i].image, l->list[i].uses);
    }
    if (l->any)
        pvg_vktouch_any(cmd, l->any);
    pvg_vkcmd_ready(cmd);
}
