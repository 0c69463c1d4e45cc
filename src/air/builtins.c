/* SPDX-License-Identifier: MIT */
/* System values (spec 07 section 4.6) and specialisation constants (spec 06 sections 15.3 and 15.8). */
#include "air/translate.h"

#include <errno.h>

/* Push block of compute pipelines (spec 06 section 15.3). */
enum {
    PUSH_THREADS_PER_GRID = 0x10,
    PUSH_REGION_THREAD = 0x20,
    PUSH_REGION_GROUP = 0x30,
    PUSH_GROUPS_PER_GRID = 0x40,
    PUSH_FULL_GROUP_SIZE = 0x50,
    PUSH_STAGE_IN_ORIGIN = 0x60,
    PUSH_STAGE_IN_SIZE = 0x70,
};

uint32_t pvg_at_spec_constant(struct pvg_at *at, uint32_t spec_id, uint32_t dflt)
{
    struct pvg_spv *b = &at->b;
    for (size_t i = 0; i < at->io_count; i++)
        if (at->ios[i].key == spec_id && at->ios[i].type == UINT32_MAX)
            return at->ios[i].var;
    uint32_t id = pvg_spv_new_id(b), u32 = pvg_spv_int(b, 32);
    pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpSpecConstant, PVG_SPV(u32, id, dflt));
    b->ids[id].type = u32;
    pvg_spv_decorate(b, id, SpvDecorationSpecId, PVG_SPV(spec_id));
    at->ios = pvg_arena_grow(&at->arena, at->ios, &at->io_cap, at->io_count + 1, sizeof *at->ios);
    at->ios[at->io_count++] = (struct pvg_at_io){.key = spec_id, .var = id, .type = UINT32_MAX};
    return id;
}

uint32_t pvg_at_group_size(struct pvg_at *at, unsigned axis)
{
    return pvg_at_spec_constant(at, PVG_AIR_SPEC_THREADS_X + axis, 1);
}

uint32_t pvg_at_builtin_load(struct pvg_at *at, SpvBuiltIn builtin, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassInput, type, (uint32_t)builtin, &created);
    if (created) {
        pvg_spv_decorate(b, var, SpvDecorationBuiltIn, PVG_SPV((uint32_t)builtin));
        uint32_t scalar = pvg_spv_scalar(b, type);
        bool integer = pvg_spv_info(b, scalar)->op == SpvOpTypeInt;
        if (integer && at->entry->stage == PVG_AIR_FRAGMENT)
            pvg_spv_decorate(b, var, SpvDecorationFlat, NULL, 0);
    }
    return pvg_spv_value(b, SpvOpLoad, type, PVG_SPV(var));
}

static uint32_t u32(struct pvg_at *at)
{
    return pvg_spv_int(&at->b, 32);
}

static uint32_t uvec3(struct pvg_at *at)
{
    return pvg_spv_vec(&at->b, u32(at), 3);
}

static uint32_t push_vec3(struct pvg_at *at, unsigned offset)
{
    return pvg_at_push_load(at, offset, uvec3(at));
}

static uint32_t group_size(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    if (!at->group_size) {
        uint32_t x = pvg_at_group_size(at, 0), y = pvg_at_group_size(at, 1), z = pvg_at_group_size(at, 2), type = uvec3(at);
        at->group_size = pvg_spv_new_id(b);
        pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpSpecConstantComposite, PVG_SPV(type, at->group_size, x, y, z));
        b->ids[at->group_size].type = type;
    }
    return at->group_size;
}

static uint32_t local_index(struct pvg_at *at)
{
    return pvg_at_builtin_load(at, SpvBuiltInLocalInvocationIndex, u32(at));
}

/** Position in the threadgroup; of a row of threads, out of the index in it. */
static uint32_t local_position(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    if (at->refl->solid_groups)
        return pvg_at_builtin_load(at, SpvBuiltInLocalInvocationId, uvec3(at));
    uint32_t i = local_index(at), x = pvg_at_group_size(at, 0), y = pvg_at_group_size(at, 1), t = u32(at);
    uint32_t row = pvg_spv_value(b, SpvOpUDiv, t, PVG_SPV(i, x));
    uint32_t parts[3] = {pvg_spv_value(b, SpvOpUMod, t, PVG_SPV(i, x)), pvg_spv_value(b, SpvOpUMod, t, PVG_SPV(row, y)),
                         pvg_spv_value(b, SpvOpUDiv, t, PVG_SPV(row, y))};
    return pvg_spv_construct(b, uvec3(at), parts, 3);
}

uint32_t pvg_at_pushed_grid(struct pvg_at *at)
{
    return push_vec3(at, PUSH_THREADS_PER_GRID);
}

static uint32_t add3(struct pvg_at *at, uint32_t x, uint32_t y)
{
    return pvg_spv_value(&at->b, SpvOpIAdd, uvec3(at), PVG_SPV(x, y));
}

static uint32_t mul3(struct pvg_at *at, uint32_t x, uint32_t y)
{
    return pvg_spv_value(&at->b, SpvOpIMul, uvec3(at), PVG_SPV(x, y));
}

static uint32_t subgroup_value(struct pvg_at *at, SpvBuiltIn builtin)
{
    pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
    pvg_spv_capability(&at->b, SpvCapabilityGroupNonUniform);
    return pvg_at_builtin_load(at, builtin, u32(at));
}

/** Position in the part of the grid that is dispatched. */
static uint32_t dispatched_position(struct pvg_at *at)
{
    if (at->refl->solid_groups)
        return pvg_at_builtin_load(at, SpvBuiltInGlobalInvocationId, uvec3(at));
    return add3(at, mul3(at, pvg_at_builtin_load(at, SpvBuiltInWorkgroupId, uvec3(at)), group_size(at)), local_position(at));
}

/** With the origin of that part, if it is one; independent threads get it as the base of the dispatch. */
static uint32_t from_origin(struct pvg_at *at, unsigned push, uint32_t position)
{
    bool part = at->opt->variant & PVG_AIR_VARIANT_CLIPPED && !at->refl->independent;
    return part ? add3(at, push_vec3(at, push), position) : position;
}

/** Size of the grid, in threads or threadgroups: pushed, but when the dispatch is indirect. */
static uint32_t grid_size(struct pvg_at *at, bool threads)
{
    at->refl->reads_grid = true;
    if (!(at->opt->variant & PVG_AIR_VARIANT_INDIRECT))
        return push_vec3(at, threads ? PUSH_THREADS_PER_GRID : PUSH_GROUPS_PER_GRID);
    uint32_t groups = pvg_at_builtin_load(at, SpvBuiltInNumWorkgroups, uvec3(at));
    return threads ? mul3(at, groups, group_size(at)) : groups;
}

static uint32_t compute_value(struct pvg_at *at, enum pvg_air_builtin kind)
{
    struct pvg_spv *b = &at->b;
    switch (kind) {
    case PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID:
        return from_origin(at, PUSH_REGION_THREAD, dispatched_position(at));
    case PVG_AIR_BUILTIN_THREAD_POSITION_IN_THREADGROUP:
        return local_position(at);
    case PVG_AIR_BUILTIN_THREAD_INDEX_IN_THREADGROUP:
        return local_index(at);
    case PVG_AIR_BUILTIN_THREADGROUP_POSITION_IN_GRID:
        return from_origin(at, PUSH_REGION_GROUP, pvg_at_builtin_load(at, SpvBuiltInWorkgroupId, uvec3(at)));
    case PVG_AIR_BUILTIN_THREADGROUPS_PER_GRID:
        return grid_size(at, false);
    case PVG_AIR_BUILTIN_THREADS_PER_THREADGROUP:
        return group_size(at);
    case PVG_AIR_BUILTIN_DISPATCH_THREADS_PER_THREADGROUP:
        return push_vec3(at, PUSH_FULL_GROUP_SIZE);
    case PVG_AIR_BUILTIN_THREADS_PER_GRID:
        return grid_size(at, true);
    case PVG_AIR_BUILTIN_GRID_ORIGIN:
        return push_vec3(at, PUSH_STAGE_IN_ORIGIN);
    case PVG_AIR_BUILTIN_GRID_SIZE:
        return push_vec3(at, PUSH_STAGE_IN_SIZE);
    case PVG_AIR_BUILTIN_SIMDGROUP_INDEX_IN_THREADGROUP:
        return subgroup_value(at, SpvBuiltInSubgroupId);
    case PVG_AIR_BUILTIN_SIMDGROUPS_PER_THREADGROUP:
    case PVG_AIR_BUILTIN_DISPATCH_SIMDGROUPS_PER_THREADGROUP:
        return subgroup_value(at, SpvBuiltInNumSubgroups);
    case PVG_AIR_BUILTIN_QUADGROUP_INDEX_IN_THREADGROUP:
        return pvg_spv_shr(b, local_index(at), 2);
    case PVG_AIR_BUILTIN_QUADGROUPS_PER_THREADGROUP:
    case PVG_AIR_BUILTIN_DISPATCH_QUADGROUPS_PER_THREADGROUP: {
        uint32_t n = pvg_at_spec_constant(at, PVG_AIR_SPEC_WORKGROUP_SIZE, 1);
        return pvg_spv_shr(b, pvg_spv_iadd(b, n, pvg_spv_u32(b, 3)), 2);
    }
    default:
        return 0;
    }
}

/** Object and mesh functions: their grid is the draw's, in one piece. */
static uint32_t mesh_value(struct pvg_at *at, enum pvg_air_builtin kind)
{
    uint32_t vec = uvec3(at);
    switch (kind) {
    case PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID: {
        uint32_t group = mul3(at, pvg_at_builtin_load(at, SpvBuiltInWorkgroupId, vec), group_size(at));
        return add3(at, group, local_position(at));
    }
    case PVG_AIR_BUILTIN_THREADGROUP_POSITION_IN_GRID:
        return pvg_at_builtin_load(at, SpvBuiltInWorkgroupId, vec);
    case PVG_AIR_BUILTIN_THREADGROUPS_PER_GRID:
        return pvg_at_builtin_load(at, SpvBuiltInNumWorkgroups, vec);
    case PVG_AIR_BUILTIN_THREADS_PER_GRID:
        return mul3(at, pvg_at_builtin_load(at, SpvBuiltInNumWorkgroups, vec), group_size(at));
    case PVG_AIR_BUILTIN_DISPATCH_THREADS_PER_THREADGROUP:
        return group_size(at);
    case PVG_AIR_BUILTIN_GRID_ORIGIN:
    case PVG_AIR_BUILTIN_GRID_SIZE:
        return 0;
    default:
        return compute_value(at, kind);
    }
}

/** Amplified draws are repeated per view (spec 06 section 4.9); others have one. */
static uint32_t amplification(struct pvg_at *at, enum pvg_air_builtin kind)
{
    bool id = kind == PVG_AIR_BUILTIN_AMPLIFICATION_ID;
    if (at->opt->variant & PVG_AIR_VARIANT_AMPLIFIED)
        return pvg_at_push_member(at, PVG_AIR_PUSH_VIEW + (id ? 0 : 4), false);
    return pvg_spv_u32(&at->b, id ? 0 : 1);
}

static uint32_t vertex_value(struct pvg_at *at, enum pvg_air_builtin kind)
{
    struct pvg_spv *b = &at->b;
    if (at->entry->patch) {
        uint32_t v = pvg_at_patch_value(at, kind);
        if (v || (kind != PVG_AIR_BUILTIN_AMPLIFICATION_ID && kind != PVG_AIR_BUILTIN_AMPLIFICATION_COUNT))
            return v;
    }
    switch (kind) {
    case PVG_AIR_BUILTIN_VERTEX_ID:
        return pvg_at_builtin_load(at, SpvBuiltInVertexIndex, u32(at));
    case PVG_AIR_BUILTIN_INSTANCE_ID:
        return pvg_at_builtin_load(at, SpvBuiltInInstanceIndex, u32(at));
    case PVG_AIR_BUILTIN_BASE_VERTEX:
        pvg_spv_capability(b, SpvCapabilityDrawParameters);
        return pvg_at_builtin_load(at, SpvBuiltInBaseVertex, u32(at));
    case PVG_AIR_BUILTIN_BASE_INSTANCE:
        pvg_spv_capability(b, SpvCapabilityDrawParameters);
        return pvg_at_builtin_load(at, SpvBuiltInBaseInstance, u32(at));
    case PVG_AIR_BUILTIN_AMPLIFICATION_ID:
    case PVG_AIR_BUILTIN_AMPLIFICATION_COUNT:
        return amplification(at, kind);
    default:
        return 0;
    }
}

static uint32_t barycentric(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_spv *b = &at->b;
    pvg_at_need(at, PVG_AIR_NEED_BARYCENTRICS);
    pvg_spv_capability(b, SpvCapabilityFragmentBarycentricKHR);
    pvg_spv_extension(b, "SPV_KHR_fragment_shader_barycentric");
    SpvBuiltIn kind = p->interpolation.no_perspective ? SpvBuiltInBaryCoordNoPerspKHR : SpvBuiltInBaryCoordKHR;
    return pvg_at_builtin_load(at, kind, pvg_spv_vec(b, pvg_spv_float(b, 32), 3));
}

uint32_t pvg_at_sample_id(struct pvg_at *at)
{
    pvg_at_need(at, PVG_AIR_NEED_SAMPLE_RATE);
    pvg_spv_capability(&at->b, SpvCapabilitySampleRateShading);
    return pvg_at_builtin_load(at, SpvBuiltInSampleId, u32(at));
}

static uint32_t sample_mask_in(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    uint32_t i32 = pvg_spv_sint(b, 32);
    uint32_t v = pvg_at_builtin_load(at, SpvBuiltInSampleMask, pvg_spv_array(b, i32, 1));
    return pvg_spv_bitcast(b, u32(at), pvg_spv_extract(b, v, 0));
}

/** Layer or viewport come from the stage in front; without that it is 0, which some drivers get wrong. */
static bool view_written(struct pvg_at *at, bool layer)
{
    const struct pvg_air_reflection *producer = at->opt->producer;
    if (!producer || at->opt->variant & PVG_AIR_VARIANT_AMPLIFIED)
        return true;
    return layer ? producer->writes_layer : producer->writes_viewport;
}

static uint32_t fragment_value(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_spv *b = &at->b;
    uint32_t f32 = pvg_spv_float(b, 32);
    switch (p->builtin) {
    case PVG_AIR_BUILTIN_POSITION:
        return pvg_at_builtin_load(at, SpvBuiltInFragCoord, pvg_spv_vec(b, f32, 4));
    case PVG_AIR_BUILTIN_FRONT_FACING:
        return pvg_at_builtin_load(at, SpvBuiltInFrontFacing, pvg_spv_bool(b));
    case PVG_AIR_BUILTIN_POINT_COORD:
        return pvg_at_builtin_load(at, SpvBuiltInPointCoord, pvg_spv_vec(b, f32, 2));
    case PVG_AIR_BUILTIN_PRIMITIVE_ID:
        pvg_at_need(at, PVG_AIR_NEED_GEOMETRY);
        pvg_spv_capability(b, SpvCapabilityGeometry);
        return pvg_at_builtin_load(at, SpvBuiltInPrimitiveId, u32(at));
    case PVG_AIR_BUILTIN_SAMPLE_ID:
        return pvg_at_sample_id(at);
    case PVG_AIR_BUILTIN_SAMPLE_MASK:
        return sample_mask_in(at);
    case PVG_AIR_BUILTIN_BARYCENTRIC_COORD:
        return barycentric(at, p);
    case PVG_AIR_BUILTIN_VIEWPORT_ARRAY_INDEX:
        if (!view_written(at, false))
            return pvg_spv_u32(b, 0);
        pvg_at_need(at, PVG_AIR_NEED_VIEWPORT_INDEX);
        pvg_spv_capability(b, SpvCapabilityShaderViewportIndex);
        return pvg_at_builtin_load(at, SpvBuiltInViewportIndex, u32(at));
    case PVG_AIR_BUILTIN_RENDER_TARGET_ARRAY_INDEX:
        if (!view_written(at, true))
            return pvg_spv_u32(b, 0);
        pvg_at_need(at, PVG_AIR_NEED_LAYER);
        pvg_spv_capability(b, SpvCapabilityShaderLayer);
        return pvg_at_builtin_load(at, SpvBuiltInLayer, u32(at));
    case PVG_AIR_BUILTIN_AMPLIFICATION_ID:
    case PVG_AIR_BUILTIN_AMPLIFICATION_COUNT:
        return amplification(at, p->builtin);
    default:
        return 0;
    }
}

uint32_t pvg_at_builtin(struct pvg_at *at, const struct pvg_air_param *p, uint32_t type)
{
    uint32_t v = 0;
    switch (p->builtin) {
    case PVG_AIR_BUILTIN_THREAD_INDEX_IN_SIMDGROUP:
        v = subgroup_value(at, SpvBuiltInSubgroupLocalInvocationId);
        break;
    case PVG_AIR_BUILTIN_THREADS_PER_SIMDGROUP:
        v = subgroup_value(at, SpvBuiltInSubgroupSize);
        break;
    case PVG_AIR_BUILTIN_THREAD_INDEX_IN_QUADGROUP:
        v = pvg_spv_and(&at->b, subgroup_value(at, SpvBuiltInSubgroupLocalInvocationId), 3);
        break;
    default:
        if (at->entry->stage == PVG_AIR_VERTEX)
            v = vertex_value(at, p->builtin);
        else if (at->entry->stage == PVG_AIR_FRAGMENT)
            v = fragment_value(at, p);
        else if (at->entry->stage == PVG_AIR_KERNEL)
            v = compute_value(at, p->builtin);
        else
            v = mesh_value(at, p->builtin);
    }
    if (!v)
        pvg_at_refuse(at, "system value %s in a %s function", p->keyword ? p->keyword : "?", pvg_air_stage_name(at->entry->stage));
    return pvg_at_fit(at, v, type);
}
