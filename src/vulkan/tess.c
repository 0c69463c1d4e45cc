/* SPDX-License-Identifier: MIT */
/**
 * @file Patch draws (spec 06 section 4.8, spec 07 section 4.14). A patch is one host vertex; air/tess.h says how its number becomes
 * control points and levels, so that indirect arguments are used where they lie.
 */
#include "air/tess.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

/** The part of the push block behind the tables. */
struct push {
    uint64_t factors, patch_indices;
    uint32_t patch_start;
    float scale;
    uint32_t instance_stride, flags;
    uint64_t control_indices;
    uint32_t control_index_bytes, patch_index_bytes, factor_bytes, control_points;
};
_Static_assert(sizeof(struct push) == PVG_AIR_TESS_PUSH_BYTES - PVG_AIR_TESS_FACTORS, "push block");

static bool fail(struct pvg_rpipe *p, const char *what, uint32_t value)
{
    snprintf(p->message, sizeof(p->message), "%s (%u)", what, value);
    return false;
}

/* ---- Pipelines ------------------------------------------------------------------------------------------------------------- */

bool pvg_vktess_fetch(struct pvg_rpipe *p, const struct pvg_air_reflection *r)
{
    const struct pvg_w_vertex_descriptor *d = &p->render_desc.vertex;
    struct pvg_vkfetch *f = &p->fetch;
    for (size_t i = 0; i < r->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = pvg_vkgraphics_attribute(d, r->attributes[i].location);
        if (!a)
            return fail(p, "control point attribute read but not described", r->attributes[i].location);
        if (!pvg_vkvertex_get(a->format) || a->buffer >= PVG_VK_MAX_BUFFERS || a->index >= 31)
            return fail(p, "control point attribute format", a->format);
        const struct pvg_w_vertex_layout *l = &d->layouts[a->buffer];
        if (l->stride != PVG_W_STRIDE_DYNAMIC && l->stride > UINT32_MAX)
            return fail(p, "stride too large, buffer", a->buffer);
        if (l->step_function == PVG_W_STEP_CONSTANT)
            f->constant |= 1u << a->buffer;
        else if (l->stride == PVG_W_STRIDE_DYNAMIC)
            f->dynamic |= 1u << a->buffer;
        else
            f->stride[a->buffer] = (uint32_t)l->stride;
        f->pulls[f->pull_count++] =
            (struct pvg_air_pull_attribute){a->index, a->buffer, l->step_function, a->format, a->offset, l->step_rate};
    }
    return true;
}

static bool make_module(struct pvg_rpipe *p, int i, struct pvg_air_words *words)
{
    struct pvg_vk *vk = p->vk;
    VkShaderModuleCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = words->count * 4,
        .pCode = words->words,
    };
    VkResult r = vk->fn.CreateShaderModule(vk->dev, &info, NULL, &p->patch_stages[i]);
    free(words->words);
    return r == VK_SUCCESS || fail(p, "the driver refused a tessellation stage", (uint32_t)i);
}

bool pvg_vktess_stages(struct pvg_rpipe *p, const struct pvg_air_reflection *r)
{
    const struct pvg_w_render_pipeline *d = &p->render_desc;
    const struct pvg_air_tessellation t = {
        .edges = r->patch_edges,
        .partition = d->tess_partition_mode,
        .step = d->tess_step_function,
        .winding = d->tess_winding,
        .scale = d->tess_factor_scale,
        .max_factor = d->tess_max_factor ? d->tess_max_factor : 1,
    };
    struct pvg_air_words vertex, control;
    int rc = pvg_air_tessellation_stages(&t, &vertex, &control);
    if (rc)
        return fail(p, "tessellation stages cannot be made", (uint32_t)-rc);
    bool first = make_module(p, 0, &vertex), second = make_module(p, 1, &control);
    return first && second;
}

/* ---- State and draws
 * -------------------------------------------------------------------------------------------------------------- */

void pvg_vkset_tessellation_factors(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint32_t stride)
{
    cmd->render.tess.factors = buf;
    cmd->render.tess.offset = offset;
    cmd->render.tess.stride = stride;
}

void pvg_vkset_tessellation_scale(struct pvg_rcmd *cmd, float scale)
{
    cmd->render.tess.scale = scale;
}

static bool refuse(struct pvg_rcmd *cmd, const char *why)
{
    pvg_warn_limited(cmd->vk->log, "vulkan: patch draw refused: %s", why);
    return false;
}

/** Address of a byte of a buffer and how many bytes follow. */
static bool locate(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint32_t align, uint64_t *address, uint32_t *bytes)
{
    struct pvg_vkplace *place = buf->place;
    if (offset >= place->size || (place->address + offset) % align || !pvg_vkuse_place(cmd, place, false))
        return false;
    pvg_vktouch_place(cmd, place, PVG_VKUSE_GEOMETRY_READ | PVG_VKUSE_INDIRECT);
    uint64_t left = place->size - offset;
    *address = place->address + offset;
    *bytes = left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
    return true;
}

static bool fill_push(struct pvg_rcmd *cmd, const struct pvg_rpatches *d, struct push *p)
{
    const struct pvg_vkrender_state *s = &cmd->render;
    uint8_t index_type = s->pipe->render_desc.tess_index_type;
    *p = (struct push){
        .patch_start = d->start,
        .scale = isfinite(s->tess.scale) ? s->tess.scale : 1,
        .instance_stride = s->tess.stride,
        .control_points = d->control_points,
    };
    if (!s->tess.factors)
        return refuse(cmd, "no tessellation factors are set");
    if (!locate(cmd, s->tess.factors, s->tess.offset, 4, &p->factors, &p->factor_bytes))
        return refuse(cmd, "its tessellation factors are misaligned or outside their buffer");
    if (d->patch_indices && !locate(cmd, d->patch_indices, d->patch_index_offset, 4, &p->patch_indices, &p->patch_index_bytes))
        return refuse(cmd, "its patch indices are misaligned or outside their buffer");
    if (!d->control_indices)
        return true;
    if (index_type != 1 && index_type != 2)
        return refuse(cmd, "control point indices, but the pipeline states no type for them");
    p->flags = index_type;
    if (!locate(cmd, d->control_indices, d->control_index_offset, index_type == 1 ? 2 : 4, &p->control_indices,
                &p->control_index_bytes))
        return refuse(cmd, "its control point indices are misaligned or outside their buffer");
    return true;
}

bool pvg_vkdraw_patches(struct pvg_rcmd *cmd, const struct pvg_rpatches *d)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    const VkPrimitiveTopology topology = VK_PRIMITIVE_TOPOLOGY_PATCH_LIST;
    struct push push;
    uint64_t address;
    uint32_t bytes;
    if (cmd->encoder != PVG_VKENC_RENDER || cmd->pass.refused || !s->pipe)
        return false;
    if (s->no_area || (!d->indirect_buffer && (!d->count || !d->instance_count)))
        return true;
    if (!d->control_points || d->control_points > 32)
        return refuse(cmd, "number of control points");
    if (!pvg_vkdraw_prepare(cmd, topology) || !fill_push(cmd, d, &push))
        return false;
    if (d->indirect_buffer && (!locate(cmd, d->indirect_buffer, d->indirect_offset, 4, &address, &bytes) || bytes < 16))
        return refuse(cmd, "its arguments are misaligned or outside their buffer");
    if (!pvg_vkdraw_state(cmd, topology, false))
        return false;
    vk->fn.CmdPushConstants(cmd->cb, vk->heap.layouts[0], VK_SHADER_STAGE_ALL, PVG_AIR_TESS_FACTORS, sizeof(push), &push);
    for (uint32_t i = 0; pvg_vkdraw_view(cmd, i); i++) {
        if (d->indirect_buffer) {
            const struct pvg_vkplace *place = d->indirect_buffer->place;
            vk->fn.CmdDrawIndirect(cmd->cb, place->buffer, place->base + d->indirect_offset, 1, 0);
        } else {
            vk->fn.CmdDraw(cmd->cb, d->count, d->instance_count, d->start, d->base_instance);
        }
    }
    return true;
}
