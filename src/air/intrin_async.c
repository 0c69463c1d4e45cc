/* SPDX-License-Identifier: MIT */
/*
 * Copies that a simdgroup does together between device and threadgroup memory (spec 07 section 5.6). They are done in place, by the
 * active threads in turn; waiting is a barrier of the simdgroup. Events are numbers other than 0.
 */
#include "air/translate.h"

#include <string.h>

enum { CLAMP_TO_ZERO, CLAMP_TO_EDGE };

struct copy {
    struct pvg_at *at;
    struct pvg_spv *b;
    LLVMValueRef to, from;
    LLVMTypeRef piece;             /**< Integer that is moved at a time. */
    uint64_t pieces;               /**< Per element. */
    uint32_t to_pitch, from_pitch; /**< Elements per row (u64). */
    uint32_t to_size[2], from_size[2];
    uint64_t clamp;
};

static uint64_t constant_operand(struct pvg_at *at, const struct pvg_at_call *c, unsigned i, const char *what)
{
    uint64_t v;
    if (i >= c->argc || !pvg_at_const_int(LLVMGetOperand(c->inst, i), &v))
        pvg_at_refuse(at, "%s with %s that is not constant", c->name, what);
    return v;
}

LLVMTypeRef pvg_at_async_piece(LLVMValueRef call, uint64_t *pieces)
{
    uint64_t size;
    if (!pvg_at_const_int(LLVMGetOperand(call, 0), &size) || !size || size > 64 || size & (size - 1))
        return NULL;
    unsigned bytes = size > 4 ? 4 : (unsigned)size;
    if (pieces)
        *pieces = size / bytes;
    return LLVMIntTypeInContext(LLVMGetTypeContext(LLVMTypeOf(LLVMGetOperand(call, 0))), bytes * 8);
}

static uint32_t i64(struct copy *k, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(k->b, op, pvg_spv_int(k->b, 64), PVG_SPV(x, y));
}

static uint32_t less(struct copy *k, uint32_t x, uint32_t y)
{
    return pvg_spv_value(k->b, SpvOpULessThan, pvg_spv_bool(k->b), PVG_SPV(x, y));
}

/** Piece number n of the destination's tile: from the source where it has that element. */
static void move_piece(struct copy *k, uint32_t n)
{
    struct pvg_spv *b = k->b;
    uint32_t count = pvg_spv_u64(b, k->pieces), zero = pvg_spv_u64(b, 0), one = pvg_spv_u64(b, 1);
    uint32_t element = i64(k, SpvOpUDiv, n, count), part = i64(k, SpvOpUMod, n, count);
    uint32_t y = i64(k, SpvOpUDiv, element, k->to_size[0]), x = i64(k, SpvOpUMod, element, k->to_size[0]);
    uint32_t to = pvg_spv_iadd(b, i64(k, SpvOpIMul, y, k->to_pitch), x);
    uint32_t inside =
        pvg_spv_value(b, SpvOpLogicalAnd, pvg_spv_bool(b), PVG_SPV(less(k, x, k->from_size[0]), less(k, y, k->from_size[1])));
    /* The nearest element of the source; there is none in an empty one. */
    uint32_t u64 = pvg_spv_int(b, 64), last[2], at[2] = {x, y};
    for (int i = 0; i < 2; i++) {
        last[i] = i64(k, SpvOpISub, k->from_size[i], one);
        at[i] = pvg_spv_value(b, SpvOpSelect, u64, PVG_SPV(less(k, at[i], k->from_size[i]), at[i], last[i]));
    }
    uint32_t from = pvg_spv_iadd(b, i64(k, SpvOpIMul, at[1], k->from_pitch), at[0]);
    uint32_t some =
        pvg_spv_value(b, SpvOpINotEqual, pvg_spv_bool(b), PVG_SPV(i64(k, SpvOpIMul, k->from_size[0], k->from_size[1]), zero));
    from = pvg_spv_value(b, SpvOpSelect, u64, PVG_SPV(some, from, zero));
    uint32_t from_piece = pvg_spv_iadd(b, i64(k, SpvOpIMul, from, count), part);
    uint32_t v = pvg_at_load_element(k->at, k->from, k->piece, from_piece), type = pvg_spv_type_of(b, v);
    uint32_t take = k->clamp == CLAMP_TO_EDGE ? some : inside;
    v = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(take, v, pvg_spv_null(b, type)));
    pvg_at_store_element(k->at, k->to, k->piece, pvg_spv_iadd(b, i64(k, SpvOpIMul, to, count), part), v);
}

/** The active threads take pieces in turn. */
static void copy_tile(struct copy *k)
{
    struct pvg_at *at = k->at;
    struct pvg_spv *b = k->b;
    uint32_t u32 = pvg_spv_int(b, 32), u64 = pvg_spv_int(b, 64), scope = pvg_spv_u32(b, SpvScopeSubgroup);
    pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
    pvg_spv_capability(b, SpvCapabilityGroupNonUniform);
    pvg_spv_capability(b, SpvCapabilityGroupNonUniformBallot);
    uint32_t active = pvg_spv_value(b, SpvOpGroupNonUniformBallot, pvg_spv_vec(b, u32, 4), PVG_SPV(scope, pvg_spv_true(b)));
    uint32_t width = pvg_spv_value(b, SpvOpGroupNonUniformBallotBitCount, u32, PVG_SPV(scope, SpvGroupOperationReduce, active));
    uint32_t rank =
        pvg_spv_value(b, SpvOpGroupNonUniformBallotBitCount, u32, PVG_SPV(scope, SpvGroupOperationExclusiveScan, active));
    uint32_t total = i64(k, SpvOpIMul, i64(k, SpvOpIMul, k->to_size[0], k->to_size[1]), pvg_spv_u64(b, k->pieces));
    uint32_t var = pvg_spv_variable(b, SpvStorageClassFunction, u64, 0);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_resize(b, rank, 64)));
    uint32_t head = pvg_spv_new_id(b), test = pvg_spv_new_id(b), body = pvg_spv_new_id(b), next = pvg_spv_new_id(b),
             end = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(at, head);
    pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(end, next, SpvLoopControlMaskNone));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(test));
    pvg_at_begin_block(at, test);
    uint32_t n = pvg_spv_value(b, SpvOpLoad, u64, PVG_SPV(var));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(less(k, n, total), body, end));
    pvg_at_begin_block(at, body);
    move_piece(k, n);
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(next));
    pvg_at_begin_block(at, next);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_iadd(b, n, pvg_spv_resize(b, width, 64))));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(at, end);
}

/** element size, alignment, destination, source, number of elements */
static void one_dimension(struct copy *k, const struct pvg_at_call *c)
{
    struct pvg_spv *b = k->b;
    if (c->argc < 5)
        pvg_at_refuse(k->at, "%s with %u operands", c->name, c->argc);
    k->to = LLVMGetOperand(c->inst, 2);
    k->from = LLVMGetOperand(c->inst, 3);
    k->to_size[0] = k->from_size[0] = pvg_spv_resize(b, pvg_at_arg(k->at, c, 4), 64);
    k->to_size[1] = k->from_size[1] = pvg_spv_u64(b, 1);
    k->to_pitch = k->from_pitch = pvg_spv_u64(b, 0);
}

/**
 * element size, alignment, destination, its elements per row, 1, its tile, source, its elements per row, 1, its tile, offset, clamp
 * mode
 */
static void two_dimensions(struct copy *k, const struct pvg_at_call *c)
{
    struct pvg_at *at = k->at;
    struct pvg_spv *b = k->b;
    if (c->argc < 12)
        pvg_at_refuse(at, "%s with %u operands", c->name, c->argc);
    if (constant_operand(at, c, 4, "a step") != 1 || constant_operand(at, c, 8, "a step") != 1)
        pvg_at_refuse(at, "%s with gaps between elements", c->name);
    LLVMValueRef offset = LLVMGetOperand(c->inst, 10);
    if (!LLVMIsNull(offset))
        pvg_at_refuse(at, "%s with an offset", c->name);
    k->to = LLVMGetOperand(c->inst, 2);
    k->from = LLVMGetOperand(c->inst, 6);
    k->to_pitch = pvg_at_arg(at, c, 3);
    k->from_pitch = pvg_at_arg(at, c, 7);
    uint32_t to = pvg_at_arg(at, c, 5), from = pvg_at_arg(at, c, 9);
    for (unsigned i = 0; i < 2; i++) {
        k->to_size[i] = pvg_spv_extract(b, to, i);
        k->from_size[i] = pvg_spv_extract(b, from, i);
    }
    k->clamp = constant_operand(at, c, 11, "a clamp mode");
    if (k->clamp > CLAMP_TO_EDGE)
        pvg_at_refuse(at, "%s with clamp mode %llu", c->name, (unsigned long long)k->clamp);
}

static void wait(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    uint32_t scope = pvg_spv_u32(b, SpvScopeSubgroup);
    pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
    pvg_spv_capability(b, SpvCapabilityGroupNonUniform);
    pvg_spv_op(b, SpvOpControlBarrier,
               PVG_SPV(scope, scope,
                       pvg_spv_u32(b, SpvMemorySemanticsUniformMemoryMask | SpvMemorySemanticsWorkgroupMemoryMask |
                                          SpvMemorySemanticsAcquireReleaseMask | SpvMemorySemanticsMakeAvailableMask |
                                          SpvMemorySemanticsMakeVisibleMask)));
}

bool pvg_at_intrin_async(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    if (!strcmp(c->op, "wait_simdgroup_events")) {
        wait(at);
        return true;
    }
    if (!strcmp(c->op, "get_null_simdgroup_event")) {
        *id = pvg_spv_u64(b, 0);
        return true;
    }
    if (!strcmp(c->op, "is_null_simdgroup_event")) {
        uint32_t v = pvg_at_arg(at, c, 0);
        *id = pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(v, pvg_spv_null(b, pvg_spv_type_of(b, v))));
        return true;
    }
    bool two = !strcmp(c->op, "simdgroup_async_copy_2d");
    if (!two && strcmp(c->op, "simdgroup_async_copy_1d"))
        return false;
    struct copy k = {.at = at, .b = b};
    k.piece = pvg_at_async_piece(c->inst, &k.pieces);
    if (!k.piece)
        pvg_at_refuse(at, "%s with elements of an unusual size", c->name);
    if (two)
        two_dimensions(&k, c);
    else
        one_dimension(&k, c);
    copy_tile(&k);
    *id = pvg_spv_u64(b, 1);
    return true;
}
