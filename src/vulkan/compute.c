/* SPDX-License-Identifier: MIT */
/**
 * @file Compute encoders and dispatches (spec 06 section 15.8).
 */
#include <string.h>

#include "vulkan/cmd.h"

/** Push block of compute pipelines (spec 06 section 15.3). */
struct push {
    uint64_t table;
    uint32_t imageblock, zero;
    uint32_t threads_per_grid[3], flags;
    uint32_t first_thread[3], pad0;
    uint32_t first_group[3], pad1;
    uint32_t groups_per_grid[3], pad2;
    uint32_t threads_per_group[3], pad3;
    uint32_t region_origin[3], pad4;
    uint32_t region_size[3], pad5;
};
_Static_assert(sizeof(struct push) == 128, "push block");

enum { FLAG_INDIRECT = 1 };

void pvg_vkcompute_begin(struct pvg_rcmd *cmd, bool concurrent)
{
    if (cmd->encoder != PVG_VKENC_NONE)
        return;
    cmd->encoder = PVG_VKENC_COMPUTE;
    cmd->compute = (struct pvg_vkcompute_state){.concurrent = concurrent};
    pvg_vkbind_reset(&cmd->stages[PVG_RSTAGE_COMPUTE]);
    pvg_vkimport_reset(cmd);
    pvg_vkpass_close(cmd);
}

void pvg_vkcompute_end(struct pvg_rcmd *cmd)
{
    if (cmd->encoder != PVG_VKENC_COMPUTE)
        return;
    cmd->encoder = PVG_VKENC_NONE;
    cmd->compute.together = false;
}

void pvg_vkset_imageblock_size(struct pvg_rcmd *cmd, uint32_t width, uint32_t height)
{
    cmd->compute.imageblock = (width & 0xFFFF) | height << 16;
}

void pvg_vkset_compute_pipeline(struct pvg_rcmd *cmd, struct pvg_rpipe *p)
{
    cmd->compute.pipe = p && p->compute ? p : NULL;
}

void pvg_vkset_threadgroup_memory(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes)
{
    if (index >= 31 || bytes > cmd->vk->limits.maxComputeSharedMemorySize) {
        pvg_warn_limited(cmd->vk->log, "vulkan: threadgroup memory %u of %u bytes ignored", index, bytes);
        return;
    }
    cmd->compute.threadgroup_bytes[index] = (bytes + 15) & ~15u;
}

void pvg_vkset_stage_in_region(struct pvg_rcmd *cmd, const uint32_t origin[3], const uint32_t size[3])
{
    memcpy(cmd->compute.region_origin, origin, sizeof(cmd->compute.region_origin));
    memcpy(cmd->compute.region_size, size, sizeof(cmd->compute.region_size));
    cmd->compute.has_region = true;
}

void pvg_vkencoder_barrier(struct pvg_rcmd *cmd)
{
    if (cmd->encoder == PVG_VKENC_RENDER) {
        /* Barriers are not allowed inside dynamic rendering (D7). */
        pvg_vkpass_suspend(cmd);
        pvg_vkpass_resume(cmd);
    } else {
        cmd->compute.together = false;
    }
}

static bool refuse(struct pvg_rcmd *cmd, const char *reason)
{
    pvg_warn_limited(cmd->vk->log, "vulkan: dispatch refused: %s", reason);
    return false;
}

/** Threadgroup shape and memory within what the device runs; larger is refused, never clamped. */
static bool check_shape(struct pvg_rcmd *cmd, const uint32_t tptg[3])
{
    const struct pvg_air_reflection *r = &cmd->compute.pipe->first->air->reflection;
    uint64_t total = (uint64_t)tptg[0] * tptg[1];
    if (!tptg[0] || !tptg[1] || !tptg[2] || total > UINT32_MAX)
        return refuse(cmd, "threads per threadgroup");
    total *= tptg[2];
    if (total > cmd->vk->caps.max_threads_per_group || (r->max_total_threads && total > r->max_total_threads))
        return refuse(cmd, "more threads per threadgroup than the pipeline allows");
    uint64_t bytes = r->static_threadgroup_bytes;
    for (uint32_t left = r->threadgroup_args; left; left &= left - 1)
        bytes += cmd->compute.threadgroup_bytes[__builtin_ctz(left)];
    if (bytes > cmd->vk->limits.maxComputeSharedMemorySize)
        return refuse(cmd, "threadgroup memory");
    return true;
}

/** Threads of the kernel do not depend on the others of their group. */
static bool independent(const struct pvg_rcmd *cmd)
{
    return cmd->compute.pipe->first->air->reflection.independent;
}

/** What a dispatch is given: threads or threadgroups; neither: it is indirect. */
struct grid {
    const uint32_t *threads, *groups;
};

/** The form of the kernel that the dispatch needs: pvg_air_variant bits. */
static uint32_t form_for(const struct pvg_rcmd *cmd, const struct grid *grid, const uint32_t tptg[3])
{
    const struct pvg_vkshader *kernel = cmd->compute.pipe->first;
    const uint32_t *limit = cmd->vk->limits.maxComputeWorkGroupCount;
    bool cut = false, split = false, indirect = !grid->threads && !grid->groups;
    for (int i = 0; !indirect && i < 3; i++) {
        cut |= grid->threads && grid->threads[i] % tptg[i];
        split |= (grid->threads ? grid->threads[i] / tptg[i] : grid->groups[i]) > limit[i];
    }
    /* The kernel samples through a slot whose sampler has coordinates in texels. */
    bool texels = cmd->stages[PVG_RSTAGE_COMPUTE].pixel_samplers & kernel->scaling_samplers;
    return (texels ? PVG_AIR_VARIANT_PIXEL_SAMPLERS : 0) | (cut || (split && !independent(cmd)) ? PVG_AIR_VARIANT_CLIPPED : 0) |
           (indirect && kernel->air->reflection.reads_grid ? PVG_AIR_VARIANT_INDIRECT : 0);
}

/** Make everything current except the pipeline variant. */
static bool prepare(struct pvg_rcmd *cmd, const struct grid *grid, const uint32_t tptg[3])
{
    struct pvg_vkcompute_state *s = &cmd->compute;
    struct pvg_vk *vk = cmd->vk;
    if (cmd->encoder != PVG_VKENC_COMPUTE || !s->pipe || !pvg_vkpipeline_ready(s->pipe))
        return false;
    if (!check_shape(cmd, tptg))
        return false;
    s->form = form_for(cmd, grid, tptg);
    struct pvg_vkshader *kernel = pvg_vkpipeline_kernel(s->pipe, tptg, s->form);
    if (!kernel || !pvg_vktable_update(cmd, &cmd->stages[PVG_RSTAGE_COMPUTE], kernel, &s->pipe->fetch))
        return false;
    pvg_vkcmd_enter_dispatch(cmd);
    if (!cmd->heap_bound[1]) {
        vk->fn.CmdBindDescriptorSets(cmd->cb, VK_PIPELINE_BIND_POINT_COMPUTE, vk->heap.layouts[0], 0, 1, &vk->heap.set, 0, NULL);
        cmd->heap_bound[1] = true;
    }
    return true;
}

static bool bind_shape(struct pvg_rcmd *cmd, const uint32_t tptg[3], bool based)
{
    const struct pvg_vkcompute_state *s = &cmd->compute;
    struct pvg_vkvariant *v = pvg_vkpipeline_shape(s->pipe, tptg, s->threadgroup_bytes, based, s->form);
    struct pvg_vkshader *kernel = pvg_vkpipeline_kernel(s->pipe, tptg, s->form);
    /* Clipped groups may have another form than whole ones. */
    if (!v || !kernel || !pvg_vktable_update(cmd, &cmd->stages[PVG_RSTAGE_COMPUTE], kernel, &cmd->compute.pipe->fetch))
        return false;
    pvg_vkcmd_ready_dispatch(cmd);
    if (cmd->compute.bound != v->pipeline)
        cmd->vk->fn.CmdBindPipeline(cmd->cb, VK_PIPELINE_BIND_POINT_COMPUTE, v->pipeline);
    cmd->compute.bound = v->pipeline;
    return true;
}

static struct push make_push(const struct pvg_rcmd *cmd, const uint32_t threads[3], const uint32_t groups[3],
                             const uint32_t tptg[3])
{
    const struct pvg_vkcompute_state *s = &cmd->compute;
    struct push p = {.table = cmd->stages[PVG_RSTAGE_COMPUTE].table, .imageblock = s->imageblock};
    memcpy(p.threads_per_grid, threads, sizeof(p.threads_per_grid));
    memcpy(p.groups_per_grid, groups, sizeof(p.groups_per_grid));
    memcpy(p.threads_per_group, tptg, sizeof(p.threads_per_group));
    memcpy(p.region_origin, s->region_origin, sizeof(p.region_origin));
    memcpy(p.region_size, s->has_region ? s->region_size : threads, sizeof(p.region_size));
    return p;
}

static void send_push(struct pvg_rcmd *cmd, const struct push *p)
{
    cmd->vk->fn.CmdPushConstants(cmd->cb, cmd->vk->heap.layouts[0], VK_SHADER_STAGE_ALL, 0, sizeof(*p), p);
}

/** Does such a kernel need dispatches that start at another group than the first? */
static bool is_based(const struct pvg_rcmd *cmd, const uint32_t groups[3])
{
    const uint32_t *limit = cmd->vk->limits.maxComputeWorkGroupCount;
    return independent(cmd) && (groups[0] > limit[0] || groups[1] > limit[1] || groups[2] > limit[2]);
}

/** Dispatch `groups` groups from `first_group`, in pieces that the device's group counts allow. */
static void record_groups(struct pvg_rcmd *cmd, struct push *p, const uint32_t groups[3])
{
    const uint32_t *limit = cmd->vk->limits.maxComputeWorkGroupCount;
    uint32_t base_group[3], base_thread[3];
    p->table = cmd->stages[PVG_RSTAGE_COMPUTE].table;
    memcpy(base_group, p->first_group, sizeof(base_group));
    memcpy(base_thread, p->first_thread, sizeof(base_thread));
    for (uint32_t z = 0; z < groups[2];) {
        uint32_t nz = groups[2] - z < limit[2] ? groups[2] - z : limit[2];
        for (uint32_t y = 0; y < groups[1];) {
            uint32_t ny = groups[1] - y < limit[1] ? groups[1] - y : limit[1];
            for (uint32_t x = 0; x < groups[0];) {
                uint32_t nx = groups[0] - x < limit[0] ? groups[0] - x : limit[0];
                const uint32_t at[3] = {x, y, z};
                for (int i = 0; i < 3; i++) {
                    p->first_group[i] = base_group[i] + at[i];
                    p->first_thread[i] = base_thread[i] + at[i] * p->threads_per_group[i];
                }
                send_push(cmd, p);
                if (independent(cmd) && (x || y || z))
                    cmd->vk->fn.CmdDispatchBase(cmd->cb, x, y, z, nx, ny, nz);
                else
                    cmd->vk->fn.CmdDispatch(cmd->cb, nx, ny, nz);
                x += nx;
            }
            y += ny;
        }
        z += nz;
    }
}

/** Commands that one dispatch may expand to when its counts exceed the device's. */
static bool pieces_bounded(const struct pvg_vk *vk, const uint32_t groups[3])
{
    uint64_t pieces = 1;
    for (int i = 0; i < 3; i++)
        pieces *= (groups[i] + (uint64_t)vk->limits.maxComputeWorkGroupCount[i] - 1) / vk->limits.maxComputeWorkGroupCount[i];
    return pieces <= 4096;
}

bool pvg_vkdispatch(struct pvg_rcmd *cmd, const uint32_t groups[3], const uint32_t tptg[3])
{
    if (!prepare(cmd, &(struct grid){.groups = groups}, tptg))
        return false;
    if (!groups[0] || !groups[1] || !groups[2])
        return true;
    uint32_t threads[3];
    for (int i = 0; i < 3; i++)
        if (__builtin_mul_overflow(groups[i], tptg[i], &threads[i]))
            return refuse(cmd, "grid larger than 2^32 threads");
    if (!pieces_bounded(cmd->vk, groups))
        return refuse(cmd, "too many threadgroups");
    if (!bind_shape(cmd, tptg, is_based(cmd, groups)))
        return false;
    struct push p = make_push(cmd, threads, groups, tptg);
    record_groups(cmd, &p, groups);
    return true;
}

bool pvg_vkdispatch_threads(struct pvg_rcmd *cmd, const uint32_t threads[3], const uint32_t tptg[3])
{
    if (!prepare(cmd, &(struct grid){.threads = threads}, tptg))
        return false;
    if (!threads[0] || !threads[1] || !threads[2])
        return true;
    uint32_t groups[3], full[3], rest[3];
    bool uniform = true;
    for (int i = 0; i < 3; i++) {
        full[i] = threads[i] / tptg[i];
        rest[i] = threads[i] % tptg[i];
        groups[i] = full[i] + (rest[i] != 0);
        uniform &= rest[i] == 0;
    }
    if (!pieces_bounded(cmd->vk, groups))
        return refuse(cmd, "too many threadgroups");
    struct push p = make_push(cmd, threads, groups, tptg);
    if (uniform || independent(cmd)) {
        if (!bind_shape(cmd, tptg, is_based(cmd, groups)))
            return false;
        record_groups(cmd, &p, groups);
        return true;
    }
    /* Up to eight regions: full groups, and slabs of clipped groups at the far edges. */
    for (uint32_t region = 0; region < 8; region++) {
        uint32_t count[3], shape[3];
        bool empty = false;
        for (int i = 0; i < 3; i++) {
            bool edge = region & (1u << i);
            count[i] = edge ? rest[i] != 0 : full[i];
            shape[i] = edge ? rest[i] : tptg[i];
            p.first_group[i] = edge ? full[i] : 0;
            p.first_thread[i] = p.first_group[i] * tptg[i];
            empty |= count[i] == 0;
        }
        if (empty)
            continue;
        if (!bind_shape(cmd, shape, false))
            return false;
        record_groups(cmd, &p, count);
    }
    return true;
}

bool pvg_vkdispatch_indirect(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, const uint32_t tptg[3])
{
    static const uint32_t none[3];
    uint64_t end;
    struct pvg_vkplace *place = buf->place;
    if ((place->base + offset) % 4 || __builtin_add_overflow(offset, sizeof(VkDispatchIndirectCommand), &end) || end > place->size)
        return refuse(cmd, "indirect arguments outside the buffer");
    if (cmd->encoder != PVG_VKENC_COMPUTE || !pvg_vkuse_place(cmd, place, false) || !prepare(cmd, &(struct grid){0}, tptg))
        return false;
    pvg_vktouch_place(cmd, place, PVG_VKUSE_INDIRECT);
    if (!bind_shape(cmd, tptg, false))
        return false;
    struct push p = make_push(cmd, none, none, tptg);
    p.flags = FLAG_INDIRECT;
    send_push(cmd, &p);
    cmd->vk->fn.CmdDispatchIndirect(cmd->cb, place->buffer, place->base + offset);
    return true;
}
