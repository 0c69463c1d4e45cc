/* SPDX-License-Identifier: MIT */
/*
 * Post-tessellation vertex functions (spec 07 section 4.14). They run as tessellation evaluation shaders; control points are read
 * from the guest's buffers as the vertex descriptor says, so nothing but three numbers passes through the stages in front.
 */
#include "air/tess.h"
#include "air/translate.h"

#include <errno.h>
#include <string.h>

/** Key of the per-patch input, as pvg_at_io_variable() wants them: apart from built-ins and attributes. */
enum { KEY_PATCH = 0x40000 };

static uint32_t u32(struct pvg_at *at)
{
    return pvg_spv_int(&at->b, 32);
}

void pvg_at_plan_patch(struct pvg_at *at)
{
    const struct pvg_air_entry *e = at->entry;
    if (!e->patch)
        return;
    if (e->patch_edges != 3 && e->patch_edges != 4)
        pvg_at_refuse(at, "isoline patches");
    pvg_at_need(at, PVG_AIR_NEED_TESSELLATION);
    pvg_spv_capability(&at->b, SpvCapabilityTessellation);
    at->refl->patch_edges = e->patch_edges;
    at->refl->patch_control_points = e->patch_control_points;
}

static uint32_t patch_word(struct pvg_at *at, enum pvg_air_tess_patch component)
{
    struct pvg_spv *b = &at->b;
    uint32_t vec = pvg_spv_vec(b, u32(at), 4);
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassInput, vec, KEY_PATCH, &created);
    if (created) {
        pvg_spv_decorate(b, var, SpvDecorationPatch, NULL, 0);
        pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(0));
    }
    return pvg_spv_extract(b, pvg_spv_value(b, SpvOpLoad, vec, PVG_SPV(var)), component);
}

uint32_t pvg_at_patch_value(struct pvg_at *at, enum pvg_air_builtin kind)
{
    switch (kind) {
    case PVG_AIR_BUILTIN_PATCH_ID:
        return patch_word(at, PVG_AIR_TESS_PATCH_ID);
    case PVG_AIR_BUILTIN_INSTANCE_ID:
        return patch_word(at, PVG_AIR_TESS_INSTANCE_ID);
    case PVG_AIR_BUILTIN_BASE_INSTANCE:
        return patch_word(at, PVG_AIR_TESS_BASE_INSTANCE);
    case PVG_AIR_BUILTIN_POSITION_IN_PATCH:
        return pvg_at_builtin_load(at, SpvBuiltInTessCoord, pvg_spv_vec(&at->b, pvg_spv_float(&at->b, 32), 3));
    default:
        return 0;
    }
}

static uint32_t binary(struct pvg_at *at, SpvOp op, uint32_t type, uint32_t x, uint32_t y)
{
    return pvg_spv_value(&at->b, op, type, PVG_SPV(x, y));
}

/** u32 at an address if `inside` holds, else 0. The table, which is always there, is read in its place. */
static uint32_t load_if(struct pvg_at *at, uint32_t inside, uint32_t address)
{
    struct pvg_spv *b = &at->b;
    uint32_t u64 = pvg_spv_int(b, 64);
    uint32_t from = pvg_spv_value(b, SpvOpSelect, u64, PVG_SPV(inside, address, pvg_at_table_address(at)));
    uint32_t word = pvg_at_load_raw(at, pvg_spv_and(b, from, ~UINT64_C(3)), u32(at), 4);
    return pvg_spv_value(b, SpvOpSelect, u32(at), PVG_SPV(inside, word, pvg_spv_u32(b, 0)));
}

/** Element of control point `i` of the patch: through the control point indices, if the draw has some. */
static uint32_t control_point_element(struct pvg_at *at, uint32_t i)
{
    struct pvg_spv *b = &at->b;
    uint32_t u64 = pvg_spv_int(b, 64), boolean = pvg_spv_bool(b);
    uint32_t points = pvg_at_push_member(at, PVG_AIR_TESS_CONTROL_POINTS, false);
    uint32_t flags = pvg_at_push_member(at, PVG_AIR_TESS_FLAGS, false);
    uint32_t n = binary(at, SpvOpIMul, u32(at), patch_word(at, PVG_AIR_TESS_PATCH_ID), points);
    n = pvg_spv_iadd(b, n, i);
    uint32_t type = pvg_spv_and(b, flags, 3);
    uint32_t indexed = binary(at, SpvOpINotEqual, boolean, type, pvg_spv_u32(b, 0));
    uint32_t narrow = binary(at, SpvOpIEqual, boolean, type, pvg_spv_u32(b, 1));
    uint32_t size = pvg_spv_value(b, SpvOpSelect, u64, PVG_SPV(narrow, pvg_spv_u64(b, 2), pvg_spv_u64(b, 4)));
    uint32_t offset = binary(at, SpvOpIMul, u64, pvg_spv_resize(b, n, 64), size);
    uint32_t bytes = pvg_spv_resize(b, pvg_at_push_member(at, PVG_AIR_TESS_CONTROL_INDEX_BYTES, false), 64);
    uint32_t inside = binary(at, SpvOpULessThanEqual, boolean, pvg_spv_iadd(b, offset, size), bytes);
    inside = binary(at, SpvOpLogicalAnd, boolean, inside, indexed);
    uint32_t address = pvg_spv_iadd(b, pvg_at_push_member(at, PVG_AIR_TESS_CONTROL_INDICES, true), offset);
    uint32_t word = load_if(at, inside, address);
    uint32_t shift = pvg_spv_shl(b, pvg_spv_resize(b, pvg_spv_and(b, address, 2), 32), 3);
    uint32_t half = pvg_spv_and(b, binary(at, SpvOpShiftRightLogical, u32(at), word, shift), 0xFFFF);
    uint32_t index = pvg_spv_value(b, SpvOpSelect, u32(at), PVG_SPV(narrow, half, word));
    return pvg_spv_value(b, SpvOpSelect, u32(at), PVG_SPV(indexed, index, n));
}

/**
 * Element by step function. The two per-vertex ones mean "per control point" here, or "per patch" for an attribute of the patch: a
 * descriptor that leaves the step function out means the only one that makes sense (spec 05 section 8.5).
 */
static uint32_t element(struct pvg_at *at, const struct pvg_air_pull_attribute *a, uint32_t point)
{
    struct pvg_spv *b = &at->b;
    enum { CONSTANT, PER_VERTEX, PER_INSTANCE, PER_PATCH, PER_CONTROL_POINT };
    switch (a->step) {
    case CONSTANT:
        return pvg_spv_u32(b, 0);
    case PER_INSTANCE: {
        uint32_t id = patch_word(at, PVG_AIR_TESS_INSTANCE_ID), base = patch_word(at, PVG_AIR_TESS_BASE_INSTANCE);
        if (!a->rate)
            pvg_at_fail(at, EINVAL, "attribute %u has step rate 0", a->location);
        uint32_t steps = binary(at, SpvOpUDiv, u32(at), binary(at, SpvOpISub, u32(at), id, base), pvg_spv_u32(b, a->rate));
        return pvg_spv_iadd(b, base, steps);
    }
    case PER_PATCH:
        return patch_word(at, PVG_AIR_TESS_PATCH_ID);
    case PER_VERTEX:
    case PER_CONTROL_POINT:
        return point ? point : patch_word(at, PVG_AIR_TESS_PATCH_ID);
    default:
        pvg_at_refuse(at, "step function %u of attribute %u", a->step, a->location);
    }
}

/**
 * One attribute in its LLVM type. Without a descriptor it is zero: such a translation only tells which attributes there are.
 */
static uint32_t fetch(struct pvg_at *at, uint32_t location, LLVMTypeRef type, const char *type_name, uint32_t point)
{
    uint32_t io_type = pvg_at_reflect_attribute(at, location, type, type_name), want = pvg_at_type(at, type);
    const struct pvg_air_pull_attribute *pull = pvg_at_find_pull(at, location);
    if (!pull)
        return pvg_spv_null(&at->b, want);
    return pvg_at_fit(at, pvg_at_pull_element(at, pull, element(at, pull, point), io_type), want);
}

uint32_t pvg_at_patch_input(struct pvg_at *at, const struct pvg_air_param *p)
{
    if (!at->entry->patch)
        pvg_at_refuse(at, "patch input outside of a post-tessellation function");
    return fetch(at, p->location, LLVMTypeOf(p->value), p->type_name, 0);
}

static const struct pvg_air_param *control_points(struct pvg_at *at)
{
    for (size_t i = 0; i < at->entry->param_count; i++)
        if (at->entry->params[i].kind == PVG_AIR_PARAM_CONTROL_POINT)
            return &at->entry->params[i];
    return NULL;
}

bool pvg_at_control_point(struct pvg_at *at, const struct pvg_at_call *c)
{
    static const char suffix[] = ".MTL_CONTROL_POINT_FN";
    size_t n = strlen(c->name);
    if (!at->entry->patch || n < sizeof suffix || strcmp(c->name + n - (sizeof suffix - 1), suffix))
        return false;
    const struct pvg_air_param *p = control_points(at);
    if (!p || c->argc < 1 || LLVMGetTypeKind(c->type) != LLVMStructTypeKind ||
        LLVMCountStructElementTypes(c->type) > p->member_count)
        pvg_at_fail(at, EINVAL, "control point of another shape than its metadata says");
    uint32_t id = pvg_at_arg(at, c, 0);
    if (pvg_spv_width(&at->b, pvg_spv_type_of(&at->b, id)) != 32)
        id = pvg_spv_resize(&at->b, id, 32);
    unsigned members = LLVMCountStructElementTypes(c->type);
    uint32_t *parts = pvg_arena_array(&at->arena, members + 1, sizeof *parts);
    bool indexed = false;
    for (unsigned i = 0; i < members; i++) {
        const struct pvg_air_pull_attribute *pull = pvg_at_find_pull(at, p->members[i].resource->location);
        if (pull && (pull->step == 1 || pull->step == 4) && !indexed) {
            id = control_point_element(at, id);
            indexed = true;
        }
    }
    for (unsigned i = 0; i < members; i++) {
        const struct pvg_air_param *attribute = p->members[i].resource;
        parts[i] = fetch(at, attribute->location, LLVMStructGetTypeAtIndex(c->type, i), attribute->type_name, id);
    }
    pvg_at_define(at, c->inst, pvg_spv_value(&at->b, SpvOpCompositeConstruct, pvg_at_type(at, c->type), parts, members));
    return true;
}
