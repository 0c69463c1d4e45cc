/* SPDX-License-Identifier: MIT */
/* Fragment specials and what fits nowhere else (spec 07 sections 5.9 and 5.6.6). */
#include "air/translate.h"

#include <string.h>

static void discard(struct pvg_at *at, const struct pvg_at_call *c)
{
    if (at->entry->stage != PVG_AIR_FRAGMENT)
        pvg_at_refuse(at, "%s outside of a fragment function", c->name);
    /* The invocation goes on as a helper: derivatives and control flow stay intact. */
    pvg_at_need(at, PVG_AIR_NEED_DEMOTE);
    pvg_spv_capability(&at->b, SpvCapabilityDemoteToHelperInvocation);
    pvg_spv_op(&at->b, SpvOpDemoteToHelperInvocation, NULL, 0);
    at->uses_discard = true;
}

/** Pull-model varying: "interpolate_<where>_<perspective|no_perspective>" on the handle of a parameter. */
static uint32_t interpolate(struct pvg_at *at, const struct pvg_at_call *c)
{
    struct pvg_spv *b = &at->b;
    const char *where = c->op + 12;
    LLVMValueRef handle = pvg_at_strip(LLVMGetOperand(c->inst, 0));
    if (!LLVMIsAArgument(handle))
        pvg_at_refuse(at, "interpolant that is selected at run time");
    bool linear = strstr(where, "no_perspective") != NULL;
    uint32_t type, var = pvg_at_varying_variable(at, handle, c->type, linear, &type);
    if (!var)
        return pvg_spv_null(b, c->rtype);
    uint32_t v;
    if (!strncmp(where, "center", 6)) {
        v = pvg_spv_value(b, SpvOpLoad, type, PVG_SPV(var));
        return pvg_at_fit(at, v, c->rtype);
    }
    pvg_at_need(at, PVG_AIR_NEED_SAMPLE_RATE);
    pvg_spv_capability(b, SpvCapabilityInterpolationFunction);
    if (!strncmp(where, "centroid", 8)) {
        v = pvg_spv_ext(b, GLSLstd450InterpolateAtCentroid, type, PVG_SPV(var));
    } else if (!strncmp(where, "sample", 6)) {
        v = pvg_spv_ext(b, GLSLstd450InterpolateAtSample, type, PVG_SPV(var, pvg_spv_resize(b, pvg_at_arg(at, c, 1), 32)));
    } else if (!strncmp(where, "offset", 6) && LLVMGetTypeKind(pvg_at_element(pvg_at_arg_type(c, 1))) == LLVMFloatTypeKind) {
        /* Metal counts from the pixel's corner, SPIR-V from its centre. */
        uint32_t vec2 = pvg_spv_vec(b, pvg_spv_float(b, 32), 2);
        uint32_t half = pvg_spv_splat(b, vec2, pvg_spv_float_bits(32, 0.5));
        uint32_t offset = pvg_spv_value(b, SpvOpFSub, vec2, PVG_SPV(pvg_at_arg(at, c, 1), half));
        v = pvg_spv_ext(b, GLSLstd450InterpolateAtOffset, type, PVG_SPV(var, offset));
    } else {
        pvg_at_refuse(at, "intrinsic %s", c->name);
    }
    return pvg_at_fit(at, v, c->rtype);
}

/** Standard sample positions in sixteenths of a pixel for 1, 2, 4 and 8 samples (spec 07 section 9.5). */
/** Value of a varying at one of the three vertices of the primitive (spec 07 section 5.9). */
static uint32_t vertex_value(struct pvg_at *at, const struct pvg_at_call *c)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef handle = pvg_at_strip(LLVMGetOperand(c->inst, 0));
    if (!LLVMIsAArgument(handle))
        pvg_at_refuse(at, "vertex value that is selected at run time");
    uint32_t type, var = pvg_at_varying_variable(at, handle, c->type, false, &type), u32 = pvg_spv_int(b, 32);
    if (!var)
        return pvg_spv_null(b, c->rtype);
    uint32_t index = pvg_spv_ext(b, GLSLstd450UMin, u32, PVG_SPV(pvg_spv_resize(b, pvg_at_arg(at, c, 1), 32), pvg_spv_u32(b, 2)));
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassInput, type), PVG_SPV(var, index));
    return pvg_at_fit(at, pvg_spv_value(b, SpvOpLoad, type, PVG_SPV(p)), c->rtype);
}

static uint32_t sample_position(struct pvg_at *at, const struct pvg_at_call *c)
{
    static const uint8_t places[16][2] = {{8, 8}, {8, 8},  {12, 12}, {4, 4}, {6, 2},  {14, 6}, {2, 10},  {10, 14},
                                          {9, 5}, {7, 11}, {13, 9},  {5, 3}, {3, 13}, {1, 7},  {11, 15}, {15, 1}};
    struct pvg_spv *b = &at->b;
    uint32_t vec2 = pvg_spv_vec(b, pvg_spv_float(b, 32), 2), u32 = pvg_spv_int(b, 32), parts[16];
    for (unsigned i = 0; i < 16; i++) {
        uint32_t xy[2] = {pvg_spv_f32(b, (float)places[i][0] / 16), pvg_spv_f32(b, (float)places[i][1] / 16)};
        parts[i] = pvg_spv_const_composite(b, vec2, xy, 2);
    }
    uint32_t array = pvg_spv_array(b, vec2, 16);
    uint32_t var = pvg_spv_variable(b, SpvStorageClassFunction, array, pvg_spv_const_composite(b, array, parts, 16));
    /* The places of n samples start at entry n. */
    uint32_t count = pvg_at_spec_constant(at, PVG_AIR_SPEC_RASTER_SAMPLES, 1);
    uint32_t index = pvg_spv_iadd(b, count, pvg_spv_resize(b, pvg_at_arg(at, c, 0), 32));
    index = pvg_spv_ext(b, GLSLstd450UMin, u32, PVG_SPV(index, pvg_spv_u32(b, 15)));
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassFunction, vec2), PVG_SPV(var, index));
    return pvg_at_fit(at, pvg_spv_value(b, SpvOpLoad, vec2, PVG_SPV(p)), c->rtype);
}

/** Entries of a visible function table: it is bound as a buffer of 32-bit numbers (visible.h). */
static uint32_t table_size(struct pvg_at *at, const struct pvg_at_call *c)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_origin o;
    pvg_at_origin(at, LLVMGetOperand(c->inst, 0), &o);
    if (o.unknown || (o.buffers & (o.buffers - 1)))
        pvg_at_refuse(at, "%s of a table that is selected at run time", c->name);
    if (!o.buffers)
        return pvg_spv_null(b, c->rtype);
    struct pvg_at_buffer *buf = &at->buffers[__builtin_ctzll(o.buffers)];
    pvg_at_buffer_load(at, buf);
    return pvg_at_fit(at, pvg_spv_shr(b, buf->length, 2), c->rtype);
}

/** Guests are told that there are no rasterization rate maps, without which screen and physical coordinates are the same. */
static uint32_t same_coordinates(struct pvg_at *at, const struct pvg_at_call *c)
{
    if (!c->argc || LLVMTypeOf(LLVMGetOperand(c->inst, 0)) != LLVMTypeOf(c->inst))
        pvg_at_refuse(at, "%s of another form", c->name);
    return pvg_at_arg(at, c, 0);
}

bool pvg_at_intrin_misc(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    if (!strcmp(c->op, "discard_fragment")) {
        discard(at, c);
        return true;
    }
    if (!strcmp(c->op, "is_uniform")) {
        *id = pvg_spv_false(b);
        return true;
    }
    if (!strcmp(c->op, "is_function_constant_defined")) {
        *id = pvg_spv_false(b);
        return true;
    }
    if (!strncmp(c->op, "normalize_function_constant_predicate", 37) || !strncmp(c->op, "function_constant_predicate", 27)) {
        uint32_t v = pvg_at_arg(at, c, 0);
        uint32_t set = pvg_spv_value(b, SpvOpINotEqual, pvg_spv_bool(b), PVG_SPV(v, pvg_spv_null(b, pvg_spv_type_of(b, v))));
        *id = pvg_at_fit(at, set, c->rtype);
        return true;
    }
    if (!strcmp(c->op, "get_size_visible_function_table") && c->argc == 1) {
        *id = table_size(at, c);
        return true;
    }
    if (!strcmp(c->op, "os_log"))
        return true;
    if (!strcmp(c->op, "map_screen_to_physical_coordinates") || !strcmp(c->op, "map_physical_to_screen_coordinates")) {
        *id = same_coordinates(at, c);
        return true;
    }
    if (!strncmp(c->op, "interpolate_", 12) && at->entry->stage == PVG_AIR_FRAGMENT) {
        *id = interpolate(at, c);
        return true;
    }
    if (!strcmp(c->op, "get_vertex_value") && at->entry->stage == PVG_AIR_FRAGMENT) {
        *id = vertex_value(at, c);
        return true;
    }
    if (!strcmp(c->op, "get_sample_position")) {
        *id = sample_position(at, c);
        return true;
    }
    if (!strcmp(c->op, "get_num_samples")) {
        *id = pvg_at_fit(at, pvg_at_spec_constant(at, PVG_AIR_SPEC_RASTER_SAMPLES, 1), c->rtype);
        return true;
    }
    return false;
}
