/* SPDX-License-Identifier: MIT */
/**
 * @file Command buffers: begin, barriers between pieces of work, submission.
 */
#include <stdlib.h>

#include "vulkan/cmd.h"

/** Submissions in flight before the recorder waits for the GPU. */
#define MAX_IN_FLIGHT 64

static void global_barrier(struct pvg_vk *vk, VkCommandBuffer cb, VkPipelineStageFlags2 dst, VkAccessFlags2 access)
{
    VkMemoryBarrier2 barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2,
        .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
        .srcAccessMask = VK_ACCESS_2_MEMORY_WRITE_BIT,
        .dstStageMask = dst,
        .dstAccessMask = access,
    };
    VkDependencyInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
        .memoryBarrierCount = 1,
        .pMemoryBarriers = &barrier,
    };
    vk->fn.CmdPipelineBarrier2(cb, &info);
}

static void slot_destroy(struct pvg_vk *vk, struct pvg_vkslot *slot)
{
    vk->fn.DestroyCommandPool(vk->dev, slot->pool, NULL);
    if (slot->parts)
        free(slot->parts - 1);
    free(slot);
}

static bool allocate(struct pvg_vk *vk, const struct pvg_vkslot *slot, VkCommandBuffer *cb)
{
    VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .commandPool = slot->pool,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    return pvg_vksync_check(vk, vk->fn.AllocateCommandBuffers(vk->dev, &info, cb), "vkAllocateCommandBuffers");
}

static struct pvg_vkslot *slot_create(struct pvg_vk *vk)
{
    struct pvg_vkslot *slot = calloc(1, sizeof(*slot));
    if (!slot)
        return NULL;
    VkCommandPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
        .queueFamilyIndex = vk->family,
    };
    if (!pvg_vksync_check(vk, vk->fn.CreateCommandPool(vk->dev, &pool, NULL, &slot->pool), "vkCreateCommandPool")) {
        free(slot);
        return NULL;
    }
    if (!allocate(vk, slot, &slot->prologue)) {
        slot_destroy(vk, slot);
        return NULL;
    }
    return slot;
}

/** A slot whose command buffers are free: the oldest one if it completed, a new one, or, at the limit, the oldest after a wait. */
static struct pvg_vkslot *slot_take(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkslot *slot = cmd->slots;
    bool reuse = slot && (pvg_vksync_done(vk, slot->value) || cmd->slot_count >= MAX_IN_FLIGHT);
    if (!reuse) {
        slot = slot_create(vk);
        if (slot) {
            cmd->slot_count++;
            return slot;
        }
        slot = cmd->slots;
        if (!slot)
            return NULL;
    }
    pvg_vksync_wait(vk, slot->value);
    cmd->slots = slot->next;
    if (!cmd->slots)
        cmd->slots_last = &cmd->slots;
    slot->next = NULL;
    vk->fn.ResetCommandPool(vk->dev, slot->pool, 0);
    return slot;
}

static const VkCommandBufferBeginInfo begin_once = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
};

VkCommandBuffer pvg_vkcmd_part(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkslot *slot = cmd->slot;
    if (slot->part_count == slot->part_capacity) {
        uint32_t capacity = slot->part_capacity ? 2 * slot->part_capacity : 8;
        VkCommandBufferSubmitInfo *grown = realloc(slot->parts ? slot->parts - 1 : NULL, (capacity + 1) * sizeof(*grown));
        if (!grown)
            return VK_NULL_HANDLE;
        slot->parts = grown + 1;
        /* Those that exist keep their command buffers, which are reused with the pool. */
        for (uint32_t i = slot->part_capacity; i < capacity; i++)
            slot->parts[i] = (VkCommandBufferSubmitInfo){.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO};
        slot->part_capacity = capacity;
    }
    VkCommandBuffer *cb = &slot->parts[slot->part_count].commandBuffer;
    if ((!*cb && !allocate(vk, slot, cb)) ||
        !pvg_vksync_check(vk, vk->fn.BeginCommandBuffer(*cb, &begin_once), "vkBeginCommandBuffer"))
        return VK_NULL_HANDLE;
    slot->part_count++;
    return *cb;
}

/** Start recording into fresh command buffers. */
static bool start(struct pvg_rcmd *cmd)
{
    cmd->slot = slot_take(cmd);
    if (!cmd->slot)
        return false;
    cmd->slot->part_count = 0;
    cmd->before = VK_NULL_HANDLE;
    cmd->prologue_open = cmd->broken = false;
    cmd->heap_bound[0] = cmd->heap_bound[1] = false;
    cmd->writes = NULL;
    cmd->guest_written = false;
    cmd->serial++;
    cmd->cb = pvg_vkcmd_part(cmd);
    return cmd->cb;
}

struct pvg_rcmd *pvg_vkcmd_begin(struct pvg_render *r)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    pvg_vktrash_collect(vk);
    if (atomic_load(&vk->sync.lost))
        return NULL;
    if (!vk->cmd) {
        vk->cmd = calloc(1, sizeof(*vk->cmd));
        if (!vk->cmd)
            return NULL;
        vk->cmd->vk = vk;
        vk->cmd->slots_last = &vk->cmd->slots;
        pvg_vktrack_stages(vk->cmd);
    }
    struct pvg_rcmd *cmd = vk->cmd;
    if (vk->recording || !start(cmd))
        return NULL;
    vk->recording = true;
    cmd->encoder = PVG_VKENC_NONE;
    return cmd;
}

VkCommandBuffer pvg_vkcmd_prologue(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    if (cmd->prologue_open)
        return cmd->slot->prologue;
    if (!pvg_vksync_check(vk, vk->fn.BeginCommandBuffer(cmd->slot->prologue, &begin_once), "vkBeginCommandBuffer"))
        return VK_NULL_HANDLE;
    cmd->prologue_open = true;
    global_barrier(vk, cmd->slot->prologue, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
                   VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT);
    return cmd->slot->prologue;
}

void pvg_vkcmd_prologue_barrier(struct pvg_rcmd *cmd)
{
    global_barrier(cmd->vk, cmd->slot->prologue, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
                   VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT);
}

/** End, submit, and queue the completion. */
static void finish(struct pvg_rcmd *cmd, struct pvg_rcompletion done)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vksync *s = &vk->sync;
    pvg_vkpass_close(cmd);
    pvg_vkuse_scatter(cmd);
    /* What the guest reads after the stamp must be in memory. */
    global_barrier(vk, cmd->cb, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT);
    bool ok = pvg_vksync_check(vk, vk->fn.EndCommandBuffer(cmd->cb), "vkEndCommandBuffer") && !cmd->broken;
    struct pvg_vkslot *slot = cmd->slot;
    VkCommandBufferSubmitInfo *buffers = slot->parts;
    uint32_t count = slot->part_count;
    if (cmd->prologue_open) {
        pvg_vkcmd_prologue_barrier(cmd);
        ok &= pvg_vksync_check(vk, vk->fn.EndCommandBuffer(slot->prologue), "vkEndCommandBuffer");
        *--buffers = (VkCommandBufferSubmitInfo){
            .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO,
            .commandBuffer = slot->prologue,
        };
        count++;
    }
    if (!ok)
        pvg_vkhazards_forget(&vk->hazards);
    uint64_t value = pvg_vksync_current(vk);
    VkSemaphoreSubmitInfo signal = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO,
        .semaphore = s->timeline,
        .value = value,
        .stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
    };
    VkSubmitInfo2 info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2,
        .commandBufferInfoCount = ok ? count : 0,
        .pCommandBufferInfos = buffers,
        .signalSemaphoreInfoCount = 1,
        .pSignalSemaphoreInfos = &signal,
    };
    if (!atomic_load(&s->lost) &&
        !pvg_vksync_check(vk, vk->fn.QueueSubmit2(vk->queue, 1, &info, VK_NULL_HANDLE), "vkQueueSubmit2")) {
        /* The value will never be signalled; without it nothing after it can complete. */
        atomic_store(&s->lost, true);
    }
    s->submitted = value;
    cmd->slot->value = value;
    *cmd->slots_last = cmd->slot;
    cmd->slots_last = &cmd->slot->next;
    cmd->slot = NULL;

    struct pvg_vkdone *d = calloc(1, sizeof(*d));
    if (!d) {
        /* No memory to remember the completion: deliver it here, in order. */
        bool completed = pvg_vksync_wait(vk, value);
        pvg_vksync_drain(vk);
        pvg_vkwrites_finish(vk, cmd->writes, completed);
        if (done.fn)
            done.fn(done.arg);
    } else {
        d->value = value;
        d->writes = cmd->writes;
        d->done = done;
        pvg_vksync_queue(vk, d);
    }
    cmd->writes = NULL;
}

void pvg_vkcmd_submit(struct pvg_rcmd *cmd, struct pvg_rcompletion done)
{
    struct pvg_vk *vk = cmd->vk;
    if (cmd->encoder == PVG_VKENC_RENDER)
        pvg_vkpass_end(cmd);
    finish(cmd, done);
    vk->recording = false;
    pvg_vktrash_collect(vk);
}

void pvg_vkcmd_flush_wait(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    bool in_pass = cmd->encoder == PVG_VKENC_RENDER;
    if (in_pass)
        pvg_vkpass_suspend(cmd);
    finish(cmd, (struct pvg_rcompletion){0});
    pvg_vksync_drain(vk);
    if (!start(cmd)) {
        /* Out of resources: nothing more of this command can be recorded. */
        atomic_store(&vk->sync.lost, true);
        return;
    }
    pvg_vkcmd_reattach(cmd);
    if (in_pass)
        pvg_vkpass_resume(cmd);
}

void pvg_vkcmd_after(struct pvg_render *r, struct pvg_rcompletion done)
{
    pvg_vksync_after(pvg_vk_of(r), done);
}

void pvg_vkcmd_fini(struct pvg_vk *vk)
{
    struct pvg_rcmd *cmd = vk->cmd;
    if (!cmd)
        return;
    while (cmd->slots) {
        struct pvg_vkslot *slot = cmd->slots;
        cmd->slots = slot->next;
        slot_destroy(vk, slot);
    }
    if (cmd->slot)
        slot_destroy(vk, cmd->slot);
    free(cmd->writes);
    free(cmd->pass.queries);
    free(cmd->pass.armed);
    pvg_vkimport_fini(cmd);
    free(cmd);
    vk->cmd = NULL;
}
