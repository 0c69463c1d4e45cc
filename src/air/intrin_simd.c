/* SPDX-License-Identifier: MIT */
/* Operations over simdgroups and quadgroups (spec 07 section 5.10). */
#include "air/translate.h"

#include <string.h>

struct simd {
    struct pvg_at *at;
    struct pvg_spv *b;
    const struct pvg_at_call *c;
    bool quad;
    uint32_t scope;
};

static void capability(struct simd *s, SpvCapability cap)
{
    pvg_spv_capability(s->b, SpvCapabilityGroupNonUniform);
    pvg_spv_capability(s->b, cap);
}

static uint32_t u32(struct simd *s)
{
    return pvg_spv_int(s->b, 32);
}

static uint32_t lane_id(struct simd *s)
{
    enum pvg_spv_section old = s->b->at;
    s->b->at = PVG_SPV_PROLOGUE;
    uint32_t v = pvg_at_builtin_load(s->at, SpvBuiltInSubgroupLocalInvocationId, u32(s));
    s->b->at = old;
    return v;
}

static uint32_t group_width(struct simd *s)
{
    if (s->quad)
        return pvg_spv_u32(s->b, 4);
    enum pvg_spv_section old = s->b->at;
    s->b->at = PVG_SPV_PROLOGUE;
    uint32_t v = pvg_at_builtin_load(s->at, SpvBuiltInSubgroupSize, u32(s));
    s->b->at = old;
    return v;
}

static uint32_t op2(struct simd *s, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(s->b, op, pvg_spv_type_of(s->b, x), PVG_SPV(x, y));
}

/** Lane of the simdgroup for a lane inside this thread's quad. */
static uint32_t quad_lane(struct simd *s, uint32_t lane)
{
    uint32_t base = pvg_spv_and(s->b, lane_id(s), ~(uint64_t)3);
    return op2(s, SpvOpBitwiseOr, base, pvg_spv_and(s->b, lane, 3));
}

/** 8- and 16-bit values and booleans travel as 32-bit ones: narrow subgroup types are an optional feature. */
static uint32_t carry(struct simd *s, uint32_t v, uint32_t *back)
{
    struct pvg_spv *b = s->b;
    uint32_t type = pvg_spv_type_of(b, v);
    *back = type;
    unsigned w = pvg_spv_width(b, type);
    if (w == 1)
        return pvg_at_fit(s->at, v, pvg_spv_like(b, type, u32(s)));
    if (w >= 32)
        return v;
    if (pvg_spv_is_float(b, type))
        return pvg_spv_value(b, SpvOpFConvert, pvg_spv_like(b, type, pvg_spv_float(b, 32)), PVG_SPV(v));
    return s->c->is_signed ? pvg_spv_sresize(b, v, 32) : pvg_spv_resize(b, v, 32);
}

static uint32_t uncarry(struct simd *s, uint32_t v, uint32_t type)
{
    return pvg_at_fit(s->at, v, type);
}

static uint32_t shuffle(struct simd *s, uint32_t v, uint32_t lane)
{
    uint32_t back;
    capability(s, SpvCapabilityGroupNonUniformShuffle);
    v = carry(s, v, &back);
    /* Vulkan 1.2 requires subgroup operations on 64-bit values where there are any on 32-bit ones. */
    v = pvg_spv_value(s->b, SpvOpGroupNonUniformShuffle, pvg_spv_type_of(s->b, v), PVG_SPV(s->scope, v, lane));
    return uncarry(s, v, back);
}

static uint32_t lane_operand(struct simd *s, unsigned i)
{
    return pvg_spv_resize(s->b, pvg_at_arg(s->at, s->c, i), 32);
}

/** Shuffle from lane id - delta or + delta; lanes without a source keep their own value. */
static uint32_t shuffle_relative(struct simd *s, bool up)
{
    struct pvg_spv *b = s->b;
    uint32_t v = pvg_at_arg(s->at, s->c, 0), delta = lane_operand(s, 1), id = lane_id(s);
    uint32_t place = s->quad ? pvg_spv_and(b, id, 3) : id;
    uint32_t source = op2(s, up ? SpvOpISub : SpvOpIAdd, place, delta);
    uint32_t inside = pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(source, group_width(s)));
    uint32_t lane = pvg_spv_value(b, SpvOpSelect, u32(s), PVG_SPV(inside, source, place));
    if (s->quad)
        lane = quad_lane(s, lane);
    return shuffle(s, v, lane);
}

static uint32_t shuffle_rotate(struct simd *s, bool up)
{
    uint32_t v = pvg_at_arg(s->at, s->c, 0), delta = lane_operand(s, 1), id = lane_id(s);
    uint32_t mask = op2(s, SpvOpISub, group_width(s), pvg_spv_u32(s->b, 1));
    uint32_t lane = op2(s, SpvOpBitwiseAnd, op2(s, up ? SpvOpISub : SpvOpIAdd, id, delta), mask);
    return shuffle(s, v, s->quad ? quad_lane(s, lane) : lane);
}

/** Within vectors of `modulo` lanes; lanes past the edge take the fill value of the wrapped lane. */
static uint32_t shuffle_fill(struct simd *s, bool up)
{
    struct pvg_spv *b = s->b;
    uint32_t v = pvg_at_arg(s->at, s->c, 0), fill = pvg_at_arg(s->at, s->c, 1), delta = lane_operand(s, 2);
    /* Code that takes 32 lanes for granted passes it as the vector size. */
    uint32_t width = group_width(s);
    if (s->c->argc > 3)
        width = pvg_spv_ext(b, GLSLstd450UMin, u32(s), PVG_SPV(lane_operand(s, 3), width));
    uint32_t id = lane_id(s), mask = op2(s, SpvOpISub, width, pvg_spv_u32(b, 1));
    uint32_t place = op2(s, SpvOpBitwiseAnd, id, mask), base = op2(s, SpvOpISub, id, place);
    uint32_t source = op2(s, up ? SpvOpISub : SpvOpIAdd, place, delta);
    uint32_t lane = op2(s, SpvOpIAdd, base, op2(s, SpvOpBitwiseAnd, source, mask));
    uint32_t inside = pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(source, width));
    uint32_t from_data = shuffle(s, v, lane), from_fill = shuffle(s, fill, lane);
    return pvg_spv_value(b, SpvOpSelect, pvg_spv_type_of(b, from_data), PVG_SPV(inside, from_data, from_fill));
}

/** Active lanes with a true predicate: 64 bits, or the four of this thread's quad. */
static uint32_t ballot(struct simd *s, uint32_t predicate)
{
    struct pvg_spv *b = s->b;
    capability(s, SpvCapabilityGroupNonUniformBallot);
    uint32_t quad4 = pvg_spv_vec(b, u32(s), 4), pair = pvg_spv_vec(b, u32(s), 2);
    uint32_t v = pvg_spv_value(b, SpvOpGroupNonUniformBallot, quad4, PVG_SPV(s->scope, predicate));
    uint32_t low = pvg_spv_value(b, SpvOpVectorShuffle, pair, PVG_SPV(v, v, 0, 1));
    uint32_t mask = pvg_spv_bitcast(b, pvg_spv_int(b, 64), low);
    if (!s->quad)
        return mask;
    uint32_t shift = pvg_spv_resize(b, pvg_spv_and(b, lane_id(s), ~(uint64_t)3), 64);
    return pvg_spv_and(b, op2(s, SpvOpShiftRightLogical, mask, shift), 15);
}

/** Active lanes of this thread's quad as the low bits of a word. */
static uint32_t quad_active(struct simd *s)
{
    return pvg_spv_resize(s->b, ballot(s, pvg_spv_true(s->b)), 32);
}

static bool shuffles(struct simd *s, const char *op, uint32_t *id)
{
    struct pvg_spv *b = s->b;
    uint32_t lane;
    if (!strcmp(op, "shuffle") || !strcmp(op, "broadcast")) {
        lane = lane_operand(s, 1);
        *id = shuffle(s, pvg_at_arg(s->at, s->c, 0), s->quad ? quad_lane(s, lane) : lane);
    } else if (!strcmp(op, "shuffle_xor")) {
        lane = lane_operand(s, 1);
        if (s->quad)
            lane = pvg_spv_and(b, lane, 3);
        *id = shuffle(s, pvg_at_arg(s->at, s->c, 0), op2(s, SpvOpBitwiseXor, lane_id(s), lane));
    } else if (!strcmp(op, "shuffle_up") || !strcmp(op, "shuffle_down")) {
        *id = shuffle_relative(s, op[8] == 'u');
    } else if (!strcmp(op, "shuffle_rotate_up") || !strcmp(op, "shuffle_rotate_down")) {
        *id = shuffle_rotate(s, op[15] == 'u');
    } else if (!strcmp(op, "shuffle_and_fill_up") || !strcmp(op, "shuffle_and_fill_down")) {
        *id = shuffle_fill(s, op[17] == 'u');
    } else if (!strcmp(op, "broadcast_first") && s->quad) {
        uint32_t first = pvg_spv_ext(b, GLSLstd450FindILsb, u32(s), PVG_SPV(quad_active(s)));
        *id = shuffle(s, pvg_at_arg(s->at, s->c, 0), quad_lane(s, first));
    } else if (!strcmp(op, "broadcast_first")) {
        uint32_t back, v = carry(s, pvg_at_arg(s->at, s->c, 0), &back);
        capability(s, SpvCapabilityGroupNonUniformBallot);
        v = pvg_spv_value(b, SpvOpGroupNonUniformBroadcastFirst, pvg_spv_type_of(b, v), PVG_SPV(s->scope, v));
        *id = uncarry(s, v, back);
    } else {
        return false;
    }
    return true;
}

static SpvOp reduce_op(const char *op, bool is_float, bool is_signed)
{
    static const struct {
        const char *name;
        SpvOp f, s, u;
    } ops[] = {
        {"sum", SpvOpGroupNonUniformFAdd, SpvOpGroupNonUniformIAdd, SpvOpGroupNonUniformIAdd},
        {"product", SpvOpGroupNonUniformFMul, SpvOpGroupNonUniformIMul, SpvOpGroupNonUniformIMul},
        {"min", SpvOpGroupNonUniformFMin, SpvOpGroupNonUniformSMin, SpvOpGroupNonUniformUMin},
        {"max", SpvOpGroupNonUniformFMax, SpvOpGroupNonUniformSMax, SpvOpGroupNonUniformUMax},
        {"and", SpvOpNop, SpvOpGroupNonUniformBitwiseAnd, SpvOpGroupNonUniformBitwiseAnd},
        {"or", SpvOpNop, SpvOpGroupNonUniformBitwiseOr, SpvOpGroupNonUniformBitwiseOr},
        {"xor", SpvOpNop, SpvOpGroupNonUniformBitwiseXor, SpvOpGroupNonUniformBitwiseXor},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (!strcmp(op, ops[i].name))
            return is_float ? ops[i].f : is_signed ? ops[i].s : ops[i].u;
    return SpvOpNop;
}

/**
 * Prefix scan over the active lanes of a quad, lane by lane: SPIR-V has clustered reductions, but no clustered scans. `what` is the
 * subgroup operation; the plain one on two values follows from it.
 */
static uint32_t quad_scan(struct simd *s, SpvOp what, bool inclusive, uint32_t v)
{
    struct pvg_spv *b = s->b;
    uint32_t type = pvg_spv_type_of(b, v), boolean = pvg_spv_bool(b);
    bool product = what == SpvOpGroupNonUniformFMul || what == SpvOpGroupNonUniformIMul, is_float = pvg_spv_is_float(b, type);
    SpvOp op = is_float ? (product ? SpvOpFMul : SpvOpFAdd) : (product ? SpvOpIMul : SpvOpIAdd);
    unsigned w = pvg_spv_width(b, type);
    uint32_t sum = product ? pvg_spv_splat(b, type, is_float ? pvg_spv_float_bits(w, 1) : 1) : pvg_spv_null(b, type);
    uint32_t place = pvg_spv_and(b, lane_id(s), 3), active = quad_active(s);
    for (unsigned i = 0; i < 3; i++) {
        uint32_t other = shuffle(s, v, quad_lane(s, pvg_spv_u32(b, i)));
        uint32_t before = pvg_spv_value(b, SpvOpULessThan, boolean, PVG_SPV(pvg_spv_u32(b, i), place));
        uint32_t bit = pvg_spv_and(b, pvg_spv_shr(b, active, i), 1);
        uint32_t there = pvg_spv_value(b, SpvOpINotEqual, boolean, PVG_SPV(bit, pvg_spv_u32(b, 0)));
        uint32_t take = pvg_spv_value(b, SpvOpLogicalAnd, boolean, PVG_SPV(before, there));
        uint32_t more = pvg_spv_value(b, op, type, PVG_SPV(sum, other));
        take = pvg_spv_replicate(b, pvg_spv_like(b, type, boolean), take);
        sum = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(take, more, sum));
    }
    return inclusive ? pvg_spv_value(b, op, type, PVG_SPV(sum, v)) : sum;
}

static bool reductions(struct simd *s, const char *op, uint32_t *id)
{
    struct pvg_spv *b = s->b;
    bool inclusive = !strncmp(op, "prefix_inclusive_", 17), exclusive = !strncmp(op, "prefix_exclusive_", 17);
    if (s->c->argc != 1)
        return false;
    uint32_t v = pvg_at_arg(s->at, s->c, 0);
    bool is_float = pvg_spv_is_float(b, pvg_spv_type_of(b, v));
    SpvOp what = reduce_op(inclusive || exclusive ? op + 17 : op, is_float, s->c->is_signed);
    if (what == SpvOpNop)
        return false;
    uint32_t back;
    v = carry(s, v, &back);
    if ((inclusive || exclusive) && s->quad) {
        *id = uncarry(s, quad_scan(s, what, inclusive, v), back);
        return true;
    }
    uint32_t words[4] = {s->scope, SpvGroupOperationReduce, v, 0}, n = 3;
    if (inclusive)
        words[1] = SpvGroupOperationInclusiveScan;
    if (exclusive)
        words[1] = SpvGroupOperationExclusiveScan;
    capability(s, SpvCapabilityGroupNonUniformArithmetic);
    if (s->quad) {
        capability(s, SpvCapabilityGroupNonUniformClustered);
        words[1] = SpvGroupOperationClusteredReduce;
        words[n++] = pvg_spv_u32(b, 4);
    }
    *id = uncarry(s, pvg_spv_value(b, what, pvg_spv_type_of(b, v), words, n), back);
    return true;
}

static uint32_t sized_mask(struct simd *s, uint32_t mask)
{
    return pvg_spv_resize(s->b, mask, pvg_spv_width(s->b, s->c->rtype));
}

static bool votes(struct simd *s, const char *op, uint32_t *id)
{
    struct pvg_spv *b = s->b;
    uint32_t boolean = pvg_spv_bool(b);
    if (!strcmp(op, "ballot")) {
        *id = sized_mask(s, ballot(s, pvg_at_arg(s->at, s->c, 0)));
    } else if (!strcmp(op, "active_threads_mask")) {
        *id = sized_mask(s, ballot(s, pvg_spv_true(b)));
    } else if (!strcmp(op, "all") || !strcmp(op, "any")) {
        uint32_t p = pvg_at_arg(s->at, s->c, 0);
        bool all = op[1] == 'l';
        if (s->quad) {
            uint32_t wrong = all ? pvg_spv_value(b, SpvOpLogicalNot, boolean, PVG_SPV(p)) : p;
            *id = pvg_spv_value(b, all ? SpvOpIEqual : SpvOpINotEqual, boolean, PVG_SPV(ballot(s, wrong), pvg_spv_u64(b, 0)));
        } else {
            capability(s, SpvCapabilityGroupNonUniformVote);
            *id = pvg_spv_value(b, all ? SpvOpGroupNonUniformAll : SpvOpGroupNonUniformAny, boolean, PVG_SPV(s->scope, p));
        }
    } else if (!strcmp(op, "vote_all") || !strcmp(op, "vote_any")) {
        uint32_t active = ballot(s, pvg_spv_true(b)), mask = pvg_spv_resize(b, pvg_at_arg(s->at, s->c, 0), 64);
        uint32_t both = op2(s, SpvOpBitwiseAnd, mask, active);
        bool all = op[6] == 'l';
        *id = pvg_spv_value(b, all ? SpvOpIEqual : SpvOpINotEqual, boolean, PVG_SPV(both, all ? active : pvg_spv_u64(b, 0)));
    } else if (!strcmp(op, "is_first") && !s->quad) {
        *id = pvg_spv_value(b, SpvOpGroupNonUniformElect, boolean, PVG_SPV(s->scope));
    } else if (!strcmp(op, "is_first")) {
        /* Lowest active lane of the quad. */
        uint32_t place = pvg_spv_resize(b, pvg_spv_and(b, lane_id(s), 3), 64);
        uint32_t below = op2(s, SpvOpISub, op2(s, SpvOpShiftLeftLogical, pvg_spv_u64(b, 1), place), pvg_spv_u64(b, 1));
        uint32_t lower = op2(s, SpvOpBitwiseAnd, ballot(s, pvg_spv_true(b)), below);
        *id = pvg_spv_value(b, SpvOpIEqual, boolean, PVG_SPV(lower, pvg_spv_u64(b, 0)));
    } else {
        return false;
    }
    return true;
}

/** Threads become helpers when they discard their fragment: the value is read anew every time. */
static uint32_t is_helper(struct pvg_at *at)
{
    bool created;
    uint32_t boolean = pvg_spv_bool(&at->b);
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassInput, boolean, SpvBuiltInHelperInvocation, &created);
    if (created)
        pvg_spv_decorate(&at->b, var, SpvDecorationBuiltIn, PVG_SPV(SpvBuiltInHelperInvocation));
    return pvg_spv_value(&at->b, SpvOpLoad, boolean, PVG_SPV(var, SpvMemoryAccessVolatileMask));
}

bool pvg_at_intrin_simd(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct simd s = {.at = at, .b = &at->b, .c = c};
    bool simd = !strncmp(c->op, "simd_", 5), size = !strcmp(c->op, "get_simdgroup_size");
    s.quad = !strncmp(c->op, "quad_", 5);
    if (!simd && !s.quad && !size)
        return false;
    if (!strcmp(c->op + 5, "is_helper_thread") && at->entry->stage == PVG_AIR_FRAGMENT) {
        *id = is_helper(at);
        return true;
    }
    pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
    pvg_spv_capability(s.b, SpvCapabilityGroupNonUniform);
    s.scope = pvg_spv_u32(s.b, SpvScopeSubgroup);
    if (size) {
        *id = pvg_at_fit(at, group_width(&s), c->rtype);
        return true;
    }
    const char *op = c->op + 5;
    return shuffles(&s, op, id) || votes(&s, op, id) || reductions(&s, op, id);
}
