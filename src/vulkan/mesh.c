/* SPDX-License-Identifier: MIT */
/**
 * @file Mesh pipelines and draws (spec 05 section 8.4, spec 07 section 4.12): object functions are task shaders, mesh functions are
 * mesh shaders. Threads per threadgroup belong to the draw in Metal and to the pipeline in Vulkan, so they are part of the
 * signature.
 */
#include <stdio.h>
#include <string.h>

#include "vulkan/cmd.h"

static bool fail(struct pvg_rpipe *p, const char *what)
{
    if (!p->message[0])
        snprintf(p->message, sizeof(p->message), "%s", what);
    return false;
}

/* ---- Pipelines ------------------------------------------------------------------------------------------------------------- */

bool pvg_vkmesh_translate(struct pvg_rpipe *p, struct pvg_air_options *options)
{
    if (!p->vk->feat.mesh || !p->vk->fn.CmdDrawMeshTasksEXT || !p->vk->fn.CmdDrawMeshTasksIndirectEXT)
        return fail(p, "the device has no mesh shaders");
    if (!p->functions[PVG_RSTAGE_MESH])
        return fail(p, "no mesh function");
    p->first = pvg_vkshader_create(p, p->functions[PVG_RSTAGE_MESH], options);
    if (!p->first)
        return false;
    if (p->first->air->reflection.stage != PVG_AIR_MESH)
        return fail(p, "the mesh function is of another stage");
    if (!p->functions[PVG_RSTAGE_OBJECT])
        return true;
    p->object = pvg_vkshader_create(p, p->functions[PVG_RSTAGE_OBJECT], options);
    if (!p->object)
        return false;
    if (p->object->air->reflection.stage != PVG_AIR_OBJECT)
        return fail(p, "the object function is of another stage");
    if (p->object->air->reflection.threadgroup_args || p->first->air->reflection.threadgroup_args)
        return fail(p, "threadgroup arguments of object and mesh functions are not supported");
    return true;
}

static void add_stage(const struct pvg_vk *vk, struct pvg_vkmesh_stages *s, VkShaderStageFlagBits bit, VkShaderModule module,
                      const uint16_t threads[3], uint32_t samples)
{
    uint32_t i = s->count++;
    const uint32_t constants[6][2] = {
        {PVG_AIR_SPEC_WORKGROUP_SIZE, (uint32_t)threads[0] * threads[1] * threads[2]},
        {PVG_AIR_SPEC_THREADS_X, threads[0]},
        {PVG_AIR_SPEC_THREADS_Y, threads[1]},
        {PVG_AIR_SPEC_THREADS_Z, threads[2]},
        {PVG_AIR_SPEC_SIMD_WIDTH, vk->caps.simd_width},
        {PVG_AIR_SPEC_RASTER_SAMPLES, samples},
    };
    for (uint32_t n = 0; n < 6; n++) {
        s->entries[i][n] = (VkSpecializationMapEntry){constants[n][0], 4 * n, 4};
        s->values[i][n] = constants[n][1];
    }
    s->info[i] = (VkSpecializationInfo){6, s->entries[i], sizeof(s->values[i]), s->values[i]};
    s->stages[i] = (VkPipelineShaderStageCreateInfo){
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
        .stage = bit,
        .module = module,
        .pName = "main",
        .pSpecializationInfo = &s->info[i],
    };
}

void pvg_vkmesh_stages(const struct pvg_rpipe *p, const struct pvg_vkvariant *v, struct pvg_vkmesh_stages *out)
{
    const struct pvg_vksignature *sig = &v->signature;
    out->count = 0;
    if (v->object)
        add_stage(p->vk, out, VK_SHADER_STAGE_TASK_BIT_EXT, v->object->module, sig->object_threads, sig->samples);
    add_stage(p->vk, out, VK_SHADER_STAGE_MESH_BIT_EXT, v->first->module, sig->mesh_threads, sig->samples);
}

/* ---- Draws
 * ------------------------------------------------------------------------------------------------------------------------ */

static bool refuse(struct pvg_rcmd *cmd, const char *why)
{
    pvg_warn_limited(cmd->vk->log, "vulkan: mesh draw refused: %s", why);
    return false;
}

static bool threads_fit(const uint32_t threads[3], uint32_t limit)
{
    uint64_t total = (uint64_t)threads[0] * threads[1];
    return total && total <= limit && threads[2] && total * threads[2] <= limit;
}

/** @return NULL or what exceeds the device. */
static const char *check(const struct pvg_rcmd *cmd, const struct pvg_rmesh_draw *d)
{
    const VkPhysicalDeviceMeshShaderPropertiesEXT *l = &cmd->vk->mesh_limits;
    const struct pvg_rpipe *p = cmd->render.pipe;
    const uint32_t *counts = p->object ? l->maxTaskWorkGroupCount : l->maxMeshWorkGroupCount;
    uint32_t total_limit = p->object ? l->maxTaskWorkGroupTotalCount : l->maxMeshWorkGroupTotalCount;
    uint64_t total = 1;
    if (!threads_fit(d->mesh_threads, l->maxMeshWorkGroupInvocations))
        return "threads per mesh threadgroup";
    if (p->object && !threads_fit(d->object_threads, l->maxTaskWorkGroupInvocations))
        return "threads per object threadgroup";
    for (int i = 0; i < 3 && !d->indirect_buffer; i++) {
        if (d->groups[i] > counts[i])
            return "too many threadgroups";
        total *= d->groups[i];
        if (total > total_limit)
            return "too many threadgroups";
    }
    return NULL;
}

static bool send_tables(struct pvg_rcmd *cmd)
{
    struct pvg_vkrender_state *s = &cmd->render;
    struct pvg_vkstage *object = &cmd->stages[PVG_RSTAGE_OBJECT], *mesh = &cmd->stages[PVG_RSTAGE_MESH],
                       *fragment = &cmd->stages[PVG_RSTAGE_FRAGMENT];
    if ((s->variant->object && !pvg_vktable_update(cmd, object, s->variant->object, s->fetch)) ||
        !pvg_vktable_update(cmd, mesh, s->variant->first, s->fetch) ||
        (s->variant->fragment && !pvg_vktable_update(cmd, fragment, s->variant->fragment, s->fetch)))
        return false;
    const uint64_t push[3] = {object->table, fragment->table, mesh->table};
    cmd->vk->fn.CmdPushConstants(cmd->cb, cmd->vk->heap.layouts[0], VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
    s->push[0] = push[0];
    s->push[1] = push[1];
    return true;
}

/** The threads become part of the signature that the pipeline is looked up by. */
static void note_threads(struct pvg_rcmd *cmd, const struct pvg_rmesh_draw *d)
{
    struct pvg_vksignature *sig = &cmd->pass.signature;
    uint16_t object[3] = {0}, mesh[3];
    for (int i = 0; i < 3; i++) {
        object[i] = cmd->render.pipe->object ? (uint16_t)d->object_threads[i] : 0;
        mesh[i] = (uint16_t)d->mesh_threads[i];
    }
    if (memcmp(object, sig->object_threads, sizeof(object)) || memcmp(mesh, sig->mesh_threads, sizeof(mesh)))
        cmd->render.variant = NULL;
    memcpy(sig->object_threads, object, sizeof(object));
    memcpy(sig->mesh_threads, mesh, sizeof(mesh));
}

/** Grid of threads to grid of threadgroups. @return false: not whole ones. */
static bool divide(const struct pvg_rpipe *p, struct pvg_rmesh_draw *d)
{
    const uint32_t *per = p->object ? d->object_threads : d->mesh_threads;
    for (int i = 0; d->threads && i < 3; i++) {
        if (!per[i] || d->groups[i] % per[i])
            return false;
        d->groups[i] /= per[i];
    }
    d->threads = false;
    return true;
}

bool pvg_vkdraw_mesh(struct pvg_rcmd *cmd, const struct pvg_rmesh_draw *given)
{
    struct pvg_rmesh_draw copy = *given;
    const struct pvg_rmesh_draw *d = &copy;
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    const VkPrimitiveTopology none = VK_PRIMITIVE_TOPOLOGY_MAX_ENUM;
    const struct pvg_vkplace *place = d->indirect_buffer ? d->indirect_buffer->place : NULL;
    uint64_t end;
    if (cmd->encoder != PVG_VKENC_RENDER || cmd->pass.refused || !s->pipe || !pvg_vkpipeline_ready(s->pipe))
        return false;
    if (!s->pipe->render_desc.mesh)
        return refuse(cmd, "the pipeline has no mesh function");
    if (s->view_count)
        return refuse(cmd, "vertex amplification of mesh draws is not supported");
    if (s->no_area || (!place && (!d->groups[0] || !d->groups[1] || !d->groups[2])))
        return true;
    if (!divide(s->pipe, &copy))
        return refuse(cmd, "a grid of threads that is no multiple of the threadgroup");
    const char *why = check(cmd, d);
    if (why)
        return refuse(cmd, why);
    if (place && ((place->base + d->indirect_offset) % 4 || __builtin_add_overflow(d->indirect_offset, UINT64_C(12), &end) ||
                  end > place->size || !pvg_vkuse_place(cmd, d->indirect_buffer->place, false)))
        return refuse(cmd, "its arguments are misaligned or outside their buffer");
    note_threads(cmd, d);
    bool ok = pvg_vkdraw_pipeline(cmd, none) && send_tables(cmd) && pvg_vkdraw_state(cmd, none, false);
    if (ok && place)
        pvg_vktouch_place(cmd, d->indirect_buffer->place, PVG_VKUSE_INDIRECT);
    if (ok && place)
        vk->fn.CmdDrawMeshTasksIndirectEXT(cmd->cb, place->buffer, place->base + d->indirect_offset, 1, 0);
    else if (ok)
        vk->fn.CmdDrawMeshTasksEXT(cmd->cb, d->groups[0], d->groups[1], d->groups[2]);
    /* Draws of other forms have none, and their pipelines are found by the same signature. */
    memset(cmd->pass.signature.object_threads, 0, sizeof(cmd->pass.signature.object_threads));
    memset(cmd->pass.signature.mesh_threads, 0, sizeof(cmd->pass.signature.mesh_threads));
    return ok;
}
