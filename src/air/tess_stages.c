/* SPDX-License-Identifier: MIT */
/* The generated stages in front of a post-tessellation vertex function: tess.h says what passes through them. */
#include "air/spirv_builder.h"
#include "air/tess.h"

#include <openpvg/air.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_LIMIT ((size_t)16 << 20)

enum { PARTITION_POW2, PARTITION_INTEGER, PARTITION_ODD, PARTITION_EVEN };
enum { STEP_CONSTANT, STEP_PER_PATCH, STEP_PER_INSTANCE, STEP_BOTH };

/** A stage that is being written. Both are one block, except for guarded loads. */
struct stage {
    struct pvg_arena arena;
    struct pvg_spv b;
    uint32_t main, label, push;
    uint32_t interface[16];
    size_t interface_count;
};

static uint32_t u32(struct stage *s)
{
    return pvg_spv_int(&s->b, 32);
}

static uint32_t f32(struct stage *s)
{
    return pvg_spv_float(&s->b, 32);
}

static uint32_t op2(struct stage *s, SpvOp op, uint32_t type, uint32_t x, uint32_t y)
{
    return pvg_spv_value(&s->b, op, type, PVG_SPV(x, y));
}

static uint32_t interface(struct stage *s, SpvStorageClass sc, uint32_t type)
{
    uint32_t var = pvg_spv_variable(&s->b, sc, type, 0);
    s->interface[s->interface_count++] = var;
    return var;
}

static uint32_t builtin(struct stage *s, SpvStorageClass sc, uint32_t type, SpvBuiltIn what)
{
    uint32_t var = interface(s, sc, type);
    pvg_spv_decorate(&s->b, var, SpvDecorationBuiltIn, PVG_SPV((uint32_t)what));
    return var;
}

static void begin(struct stage *s)
{
    struct pvg_spv *b = &s->b;
    pvg_spv_init(b, &s->arena);
    pvg_spv_capability(b, SpvCapabilityShader);
    pvg_spv_capability(b, SpvCapabilityVulkanMemoryModel);
    pvg_spv_capability(b, SpvCapabilityPhysicalStorageBufferAddresses);
    pvg_spv_emit(b, PVG_SPV_MEMORY_MODEL, SpvOpMemoryModel,
                 PVG_SPV(SpvAddressingModelPhysicalStorageBuffer64, SpvMemoryModelVulkan));
    uint32_t none = pvg_spv_void(b), fn = pvg_spv_unique(b, SpvOpTypeFunction, 0, PVG_SPV(none));
    s->main = pvg_spv_new_id(b);
    s->label = pvg_spv_new_id(b);
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpFunction, PVG_SPV(none, s->main, SpvFunctionControlMaskNone, fn));
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpLabel, PVG_SPV(s->label));
    b->at = PVG_SPV_BODY;
}

static void finish(struct stage *s, SpvExecutionModel model, struct pvg_air_words *out)
{
    struct pvg_spv *b = &s->b;
    const uint32_t before[] = {(uint32_t)model, s->main};
    pvg_spv_op(b, SpvOpReturn, NULL, 0);
    pvg_spv_op(b, SpvOpFunctionEnd, NULL, 0);
    pvg_spv_emit_string(b, PVG_SPV_ENTRY, SpvOpEntryPoint, before, 2, "main", s->interface, s->interface_count);
    struct pvg_spv_words w = pvg_spv_finish(b, 0x00010600);
    out->words = malloc(w.count * sizeof *w.data);
    if (!out->words)
        longjmp(s->arena.bail, -ENOMEM);
    memcpy(out->words, w.data, w.count * sizeof *w.data);
    out->count = w.count;
}

/* ---- Vertex stage: numbers of the patch ------------------------------------------------------------------------------------- */

static void write_vertex(struct stage *s, struct pvg_air_words *out)
{
    struct pvg_spv *b = &s->b;
    static const SpvBuiltIn from[] = {SpvBuiltInVertexIndex, SpvBuiltInInstanceIndex, SpvBuiltInBaseInstance};
    begin(s);
    pvg_spv_capability(b, SpvCapabilityDrawParameters);
    uint32_t vec = pvg_spv_vec(b, u32(s), 4), parts[4];
    for (int i = 0; i < 3; i++)
        parts[i] = pvg_spv_value(b, SpvOpLoad, u32(s), PVG_SPV(builtin(s, SpvStorageClassInput, u32(s), from[i])));
    parts[3] = pvg_spv_u32(b, 0);
    uint32_t var = interface(s, SpvStorageClassOutput, vec);
    pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(0));
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_construct(b, vec, parts, 4)));
    finish(s, SpvExecutionModelVertex, out);
}

/* ---- Control stage: levels ------------------------------------------------------------------------------------------------- */

static void declare_push(struct stage *s)
{
    struct pvg_spv *b = &s->b;
    uint32_t words = pvg_spv_new_id(b), block = pvg_spv_new_id(b);
    const uint32_t array[] = {words, u32(s), pvg_spv_u32(b, 32)}, members[] = {block, words};
    pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpTypeArray, array, 3);
    pvg_spv_decorate(b, words, SpvDecorationArrayStride, PVG_SPV(4));
    pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpTypeStruct, members, 2);
    pvg_spv_decorate(b, block, SpvDecorationBlock, NULL, 0);
    pvg_spv_emit(b, PVG_SPV_DECORATIONS, SpvOpMemberDecorate, PVG_SPV(block, 0, SpvDecorationOffset, 0));
    s->push = interface(s, SpvStorageClassPushConstant, block);
}

static uint32_t push_word(struct stage *s, unsigned offset)
{
    struct pvg_spv *b = &s->b;
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassPushConstant, u32(s)),
                               PVG_SPV(s->push, pvg_spv_u32(b, 0), pvg_spv_u32(b, offset / 4)));
    return pvg_spv_value(b, SpvOpLoad, u32(s), PVG_SPV(p));
}

static uint32_t push_address(struct stage *s, unsigned offset)
{
    struct pvg_spv *b = &s->b;
    uint32_t words[2] = {push_word(s, offset), push_word(s, offset + 4)};
    return pvg_spv_bitcast(b, pvg_spv_int(b, 64), pvg_spv_construct(b, pvg_spv_vec(b, u32(s), 2), words, 2));
}

/**
 * `count` words at `address + offset` (u64) if they lie within the `bytes` (u32) behind the address, else `fallback`.
 */
static void load_words(struct stage *s, uint32_t address, uint32_t offset, uint32_t bytes, unsigned count, uint32_t fallback,
                       uint32_t *out)
{
    struct pvg_spv *b = &s->b;
    uint32_t boolean = pvg_spv_bool(b), pointer = pvg_spv_ptr(b, SpvStorageClassPhysicalStorageBuffer, u32(s));
    uint32_t end = pvg_spv_iadd(b, offset, pvg_spv_u64(b, 4u * count));
    uint32_t inside = op2(s, SpvOpULessThanEqual, boolean, end, pvg_spv_resize(b, bytes, 64));
    uint32_t from = pvg_spv_and(b, pvg_spv_iadd(b, address, offset), ~UINT64_C(3));
    uint32_t before = s->label, run = pvg_spv_new_id(b), after = pvg_spv_new_id(b), loaded[4];
    pvg_spv_op(b, SpvOpSelectionMerge, PVG_SPV(after, SpvSelectionControlMaskNone));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(inside, run, after));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(run));
    for (unsigned i = 0; i < count; i++) {
        uint32_t at = pvg_spv_iadd(b, from, pvg_spv_u64(b, 4u * i));
        uint32_t p = pvg_spv_value(b, SpvOpConvertUToPtr, pointer, PVG_SPV(at));
        loaded[i] = pvg_spv_value(b, SpvOpLoad, u32(s), PVG_SPV(p, SpvMemoryAccessAlignedMask, 4));
    }
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(after));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(after));
    s->label = after;
    for (unsigned i = 0; i < count; i++)
        out[i] = pvg_spv_value(b, SpvOpPhi, u32(s), PVG_SPV(loaded[i], run, fallback, before));
}

/** The factors of the patch as floats, edges first; zeros outside the buffer, which removes the patch. */
static void load_factors(struct stage *s, const struct pvg_air_tessellation *t, uint32_t draw, uint32_t instance, uint32_t *out)
{
    struct pvg_spv *b = &s->b;
    unsigned words = t->edges == 3 ? 2 : 3;
    uint32_t offset = pvg_spv_u64(b, 0), u64 = pvg_spv_int(b, 64), packed[3];
    if (t->step == STEP_PER_PATCH || t->step == STEP_BOTH)
        offset = op2(s, SpvOpIMul, u64, pvg_spv_resize(b, draw, 64), pvg_spv_u64(b, 4u * words));
    if (t->step == STEP_PER_INSTANCE || t->step == STEP_BOTH) {
        uint32_t stride = pvg_spv_resize(b, push_word(s, PVG_AIR_TESS_INSTANCE_STRIDE), 64);
        offset = pvg_spv_iadd(b, offset, op2(s, SpvOpIMul, u64, pvg_spv_resize(b, instance, 64), stride));
    }
    load_words(s, push_address(s, PVG_AIR_TESS_FACTORS), offset, push_word(s, PVG_AIR_TESS_FACTOR_BYTES), words, pvg_spv_u32(b, 0),
               packed);
    for (unsigned i = 0; i < words; i++) {
        uint32_t pair = pvg_spv_ext(b, GLSLstd450UnpackHalf2x16, pvg_spv_vec(b, f32(s), 2), PVG_SPV(packed[i]));
        out[2 * i] = pvg_spv_extract(b, pair, 0);
        out[2 * i + 1] = pvg_spv_extract(b, pair, 1);
    }
    uint32_t scale = t->scale ? pvg_spv_bitcast(b, f32(s), push_word(s, PVG_AIR_TESS_SCALE)) : 0;
    for (unsigned i = 0; scale && i < 2 * words; i++)
        out[i] = op2(s, SpvOpFMul, f32(s), out[i], scale);
}

/** Number of segments that Metal makes of a positive factor; Vulkan's own rounding does the rest. */
static uint32_t level(struct stage *s, const struct pvg_air_tessellation *t, uint32_t factor)
{
    struct pvg_spv *b = &s->b;
    uint32_t v = pvg_spv_ext(b, GLSLstd450NClamp, f32(s), PVG_SPV(factor, pvg_spv_f32(b, 1), pvg_spv_f32(b, (float)t->max_factor)));
    if (t->partition != PARTITION_POW2)
        return v;
    /* 2 ^ (1 + highest bit of n - 1); that of 0 counts as -1. */
    uint32_t i32 = pvg_spv_sint(b, 32);
    uint32_t n = pvg_spv_value(b, SpvOpConvertFToU, u32(s), PVG_SPV(pvg_spv_ext(b, GLSLstd450Ceil, f32(s), PVG_SPV(v))));
    uint32_t bit = pvg_spv_ext(b, GLSLstd450FindUMsb, i32, PVG_SPV(op2(s, SpvOpISub, u32(s), n, pvg_spv_u32(b, 1))));
    uint32_t shift = pvg_spv_bitcast(b, u32(s), op2(s, SpvOpIAdd, i32, bit, pvg_spv_const(b, i32, 1)));
    n = op2(s, SpvOpShiftLeftLogical, u32(s), pvg_spv_u32(b, 1), shift);
    return pvg_spv_value(b, SpvOpConvertUToF, f32(s), PVG_SPV(n));
}

static void store_level(struct stage *s, uint32_t var, uint32_t i, uint32_t value)
{
    struct pvg_spv *b = &s->b;
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassOutput, f32(s)), PVG_SPV(var, pvg_spv_u32(b, i)));
    pvg_spv_op(b, SpvOpStore, PVG_SPV(p, value));
}

static uint32_t level_array(struct stage *s, unsigned count, SpvBuiltIn what)
{
    uint32_t var = builtin(s, SpvStorageClassOutput, pvg_spv_array(&s->b, f32(s), count), what);
    pvg_spv_decorate(&s->b, var, SpvDecorationPatch, NULL, 0);
    return var;
}

/** Any edge factor that is not positive, NaN included, removes the patch (spec 07 section 4.14). */
static void store_levels(struct stage *s, const struct pvg_air_tessellation *t, const uint32_t *factors)
{
    struct pvg_spv *b = &s->b;
    uint32_t outer = level_array(s, 4, SpvBuiltInTessLevelOuter), inner = level_array(s, 2, SpvBuiltInTessLevelInner);
    uint32_t zero = pvg_spv_f32(b, 0), visible = pvg_spv_true(b);
    for (unsigned i = 0; i < t->edges; i++) {
        uint32_t positive = op2(s, SpvOpFOrdGreaterThan, pvg_spv_bool(b), factors[i], zero);
        visible = op2(s, SpvOpLogicalAnd, pvg_spv_bool(b), visible, positive);
    }
    for (unsigned i = 0; i < 4; i++) {
        uint32_t v = i < t->edges ? level(s, t, factors[i]) : zero;
        store_level(s, outer, i, pvg_spv_value(b, SpvOpSelect, f32(s), PVG_SPV(visible, v, zero)));
    }
    store_level(s, inner, 0, level(s, t, factors[t->edges]));
    store_level(s, inner, 1, t->edges == 4 ? level(s, t, factors[5]) : zero);
}

static void control_modes(struct stage *s, const struct pvg_air_tessellation *t)
{
    static const SpvExecutionMode spacing[] = {[PARTITION_POW2] = SpvExecutionModeSpacingEqual,
                                               [PARTITION_INTEGER] = SpvExecutionModeSpacingEqual,
                                               [PARTITION_ODD] = SpvExecutionModeSpacingFractionalOdd,
                                               [PARTITION_EVEN] = SpvExecutionModeSpacingFractionalEven};
    const uint32_t modes[] = {t->edges == 3 ? SpvExecutionModeTriangles : SpvExecutionModeQuads, spacing[t->partition],
                              t->winding ? SpvExecutionModeVertexOrderCcw : SpvExecutionModeVertexOrderCw};
    pvg_spv_emit(&s->b, PVG_SPV_MODES, SpvOpExecutionMode, PVG_SPV(s->main, SpvExecutionModeOutputVertices, 1));
    for (int i = 0; i < 3; i++)
        pvg_spv_emit(&s->b, PVG_SPV_MODES, SpvOpExecutionMode, PVG_SPV(s->main, modes[i]));
}

static void write_control(struct stage *s, const struct pvg_air_tessellation *t, struct pvg_air_words *out)
{
    struct pvg_spv *b = &s->b;
    begin(s);
    pvg_spv_capability(b, SpvCapabilityTessellation);
    declare_push(s);
    uint32_t vec = pvg_spv_vec(b, u32(s), 4), words[4], factors[6], index;
    uint32_t in = interface(s, SpvStorageClassInput, pvg_spv_array(b, vec, 32)), from = pvg_spv_u32(b, 0);
    pvg_spv_decorate(b, in, SpvDecorationLocation, PVG_SPV(0));
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassInput, vec), PVG_SPV(in, from));
    uint32_t given = pvg_spv_value(b, SpvOpLoad, vec, PVG_SPV(p));
    for (uint32_t i = 0; i < 4; i++)
        words[i] = pvg_spv_extract(b, given, i);
    load_factors(s, t, words[0], words[1], factors);
    store_levels(s, t, factors);

    /* Data of the patch are found by its index, factors by its place in the draw. */
    uint32_t offset = op2(s, SpvOpIMul, pvg_spv_int(b, 64), pvg_spv_resize(b, words[0], 64), pvg_spv_u64(b, 4));
    uint32_t indices = push_address(s, PVG_AIR_TESS_PATCH_INDICES);
    load_words(s, indices, offset, push_word(s, PVG_AIR_TESS_PATCH_INDEX_BYTES), 1, pvg_spv_u32(b, 0), &index);
    uint32_t indexed = op2(s, SpvOpINotEqual, pvg_spv_bool(b), indices, pvg_spv_u64(b, 0));
    words[PVG_AIR_TESS_PATCH_ID] = pvg_spv_value(b, SpvOpSelect, u32(s), PVG_SPV(indexed, index, words[0]));
    uint32_t var = interface(s, SpvStorageClassOutput, vec);
    pvg_spv_decorate(b, var, SpvDecorationPatch, NULL, 0);
    pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(0));
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_construct(b, vec, words, 4)));
    control_modes(s, t);
    finish(s, SpvExecutionModelTessellationControl, out);
}

/* ---- Both -------------------------------------------------------------------------------------------------------------------- */

static int write_stage(const struct pvg_air_tessellation *t, struct pvg_air_words *out)
{
    struct stage *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    pvg_arena_init(&s->arena, MEMORY_LIMIT);
    int rc = setjmp(s->arena.bail);
    if (!rc && t)
        write_control(s, t, out);
    else if (!rc)
        write_vertex(s, out);
    pvg_arena_free(&s->arena);
    free(s);
    return rc;
}

int pvg_air_tessellation_stages(const struct pvg_air_tessellation *t, struct pvg_air_words *vertex, struct pvg_air_words *control)
{
    *vertex = *control = (struct pvg_air_words){0};
    if ((t->edges != 3 && t->edges != 4) || t->partition > PARTITION_EVEN || t->step > STEP_BOTH || t->winding > 1 ||
        !t->max_factor || t->max_factor > 64)
        return -EINVAL;
    int rc = write_stage(NULL, vertex);
    if (!rc)
        rc = write_stage(t, control);
    if (rc) {
        free(vertex->words);
        *vertex = (struct pvg_air_words){0};
    }
    return rc;
}
