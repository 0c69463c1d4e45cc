/* SPDX-License-Identifier: MIT */
/*
 * 8x8 matrices spread over a simdgroup of 32 (spec 07 section 5.11). Lane L owns row r = ((L >> 2) & 4) + ((L >> 1) & 3) and the
 * columns c = ((L >> 1) & 4) + (L & 1) * 2 and c + 1; a value is the vector of these two elements.
 */
#include "air/translate.h"

#include <string.h>

struct matrix {
    struct pvg_at *at;
    struct pvg_spv *b;
    const struct pvg_at_call *c;
    uint32_t lane; /**< This thread's lane. */
};

static uint32_t lane_part(struct matrix *m, uint64_t mask)
{
    return pvg_spv_and(m->b, m->lane, mask);
}

static uint32_t row(struct matrix *m)
{
    struct pvg_spv *b = m->b;
    return pvg_spv_iadd(b, pvg_spv_and(b, pvg_spv_shr(b, m->lane, 2), 4), pvg_spv_and(b, pvg_spv_shr(b, m->lane, 1), 3));
}

static uint32_t column(struct matrix *m)
{
    struct pvg_spv *b = m->b;
    return pvg_spv_iadd(b, pvg_spv_and(b, pvg_spv_shr(b, m->lane, 1), 4), pvg_spv_shl(b, lane_part(m, 1), 1));
}

/** The two elements as 32-bit floats. */
static uint32_t as_floats(struct matrix *m, LLVMTypeRef type, uint32_t v)
{
    uint32_t pair = pvg_spv_vec(m->b, pvg_spv_float(m->b, 32), 2);
    return pvg_at_is_bfloat(type) ? pvg_at_bf_to_float(m->at, v) : pvg_at_fit(m->at, v, pair);
}

static uint32_t from_floats(struct matrix *m, LLVMTypeRef type, uint32_t v)
{
    return pvg_at_is_bfloat(type) ? pvg_at_float_to_bf(m->at, v) : pvg_at_fit(m->at, v, pvg_at_type(m->at, type));
}

static uint32_t shuffle(struct matrix *m, uint32_t v, uint32_t lane)
{
    pvg_spv_capability(m->b, SpvCapabilityGroupNonUniformShuffle);
    return pvg_spv_value(m->b, SpvOpGroupNonUniformShuffle, pvg_spv_type_of(m->b, v),
                         PVG_SPV(pvg_spv_u32(m->b, SpvScopeSubgroup), v, lane));
}

static uint32_t multiply(struct matrix *m)
{
    struct pvg_spv *b = m->b;
    const struct pvg_at_call *c = m->c;
    uint32_t f32 = pvg_spv_float(b, 32), pair = pvg_spv_vec(b, f32, 2), u32 = pvg_spv_int(b, 32);
    uint32_t x = as_floats(m, pvg_at_arg_type(c, 0), pvg_at_arg(m->at, c, 0));
    uint32_t y = as_floats(m, pvg_at_arg_type(c, 1), pvg_at_arg(m->at, c, 1));
    uint32_t sum = as_floats(m, pvg_at_arg_type(c, 2), pvg_at_arg(m->at, c, 2));
    uint32_t parts[2] = {pvg_spv_extract(b, x, 0), pvg_spv_extract(b, x, 1)};
    /* Owner of A(r, k): row bits of this lane, column bits of k. Owner of B(k, c): the other way round. */
    uint32_t row_bits = lane_part(m, 22), column_bits = lane_part(m, 9);
    for (uint32_t k = 0; k < 8; k++) {
        uint32_t from_a = pvg_spv_value(b, SpvOpBitwiseOr, u32, PVG_SPV(row_bits, pvg_spv_u32(b, (k & 4) << 1 | (k >> 1 & 1))));
        uint32_t from_b = pvg_spv_value(b, SpvOpBitwiseOr, u32, PVG_SPV(column_bits, pvg_spv_u32(b, (k & 4) << 2 | (k & 3) << 1)));
        uint32_t a = shuffle(m, parts[k & 1], from_a), v = shuffle(m, y, from_b);
        uint32_t product = pvg_spv_value(b, SpvOpVectorTimesScalar, pair, PVG_SPV(v, a));
        sum = pvg_spv_value(b, SpvOpFAdd, pair, PVG_SPV(sum, product));
    }
    return from_floats(m, c->type, sum);
}

/** Index of element (r, c + second) relative to the pointer, from the operands after it. */
static uint32_t element_index(struct matrix *m, unsigned first, bool second)
{
    struct pvg_spv *b = m->b;
    const struct pvg_at_call *c = m->c;
    uint32_t r = pvg_spv_resize(b, row(m), 64), col = pvg_spv_resize(b, column(m), 64);
    col = pvg_spv_iadd(b, col, pvg_spv_u64(b, second));
    uint32_t origin, sx, sy;
    if (LLVMGetTypeKind(pvg_at_arg_type(c, first)) == LLVMVectorTypeKind) {
        /* dimensions, strides, origin */
        uint32_t strides = pvg_at_arg(m->at, c, first + 1);
        origin = pvg_at_arg(m->at, c, first + 2);
        sx = pvg_spv_extract(b, strides, 0);
        sy = pvg_spv_extract(b, strides, 1);
    } else {
        /* elements per row, origin, transposed */
        uint64_t transposed;
        uint32_t pitch = pvg_at_arg(m->at, c, first);
        origin = pvg_at_arg(m->at, c, first + 1);
        if (!pvg_at_const_int(LLVMGetOperand(c->inst, first + 2), &transposed))
            pvg_at_refuse(m->at, "%s: transposition chosen at run time", c->name);
        sx = pvg_spv_u64(b, 1);
        sy = pitch;
        if (transposed) {
            uint32_t t = r;
            r = col;
            col = t;
        }
    }
    uint32_t x = pvg_spv_iadd(b, pvg_spv_extract(b, origin, 0), col), y = pvg_spv_iadd(b, pvg_spv_extract(b, origin, 1), r);
    return pvg_spv_iadd(b, pvg_spv_imul(b, x, sx), pvg_spv_imul(b, y, sy));
}

static uint32_t load(struct matrix *m)
{
    LLVMTypeRef e = LLVMGetElementType(m->c->type);
    LLVMValueRef p = LLVMGetOperand(m->c->inst, 0);
    uint32_t parts[2];
    for (unsigned i = 0; i < 2; i++)
        parts[i] = pvg_at_load_element(m->at, p, e, element_index(m, 1, i));
    return pvg_spv_construct(m->b, m->c->rtype, parts, 2);
}

static void store(struct matrix *m)
{
    LLVMTypeRef e = LLVMGetElementType(pvg_at_arg_type(m->c, 0));
    LLVMValueRef p = LLVMGetOperand(m->c->inst, 1);
    uint32_t v = pvg_at_arg(m->at, m->c, 0);
    for (unsigned i = 0; i < 2; i++)
        pvg_at_store_element(m->at, p, e, element_index(m, 2, i), pvg_spv_extract(m->b, v, i));
}

static uint32_t diagonal(struct matrix *m)
{
    struct pvg_spv *b = m->b;
    uint32_t v = pvg_at_arg(m->at, m->c, 0), scalar = pvg_spv_type_of(b, v), parts[2];
    for (unsigned i = 0; i < 2; i++) {
        uint32_t on =
            pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(row(m), pvg_spv_iadd(b, column(m), pvg_spv_u32(b, i))));
        parts[i] = pvg_spv_value(b, SpvOpSelect, scalar, PVG_SPV(on, v, pvg_spv_null(b, scalar)));
    }
    return pvg_spv_construct(b, m->c->rtype, parts, 2);
}

bool pvg_at_intrin_matrix(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    if (strncmp(c->op, "simdgroup_matrix_8x8_", 21))
        return false;
    const char *op = c->op + 21;
    struct matrix m = {.at = at, .b = &at->b, .c = c};
    pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
    at->needs |= PVG_AIR_NEED_SIMD32;
    pvg_spv_capability(m.b, SpvCapabilityGroupNonUniform);
    enum pvg_spv_section old = m.b->at;
    m.b->at = PVG_SPV_PROLOGUE;
    m.lane = pvg_at_builtin_load(at, SpvBuiltInSubgroupLocalInvocationId, pvg_spv_int(m.b, 32));
    m.b->at = old;
    if (!strcmp(op, "multiply_accumulate"))
        *id = multiply(&m);
    else if (!strcmp(op, "load"))
        *id = load(&m);
    else if (!strcmp(op, "store"))
        store(&m);
    else if (!strcmp(op, "init_filled"))
        *id = pvg_spv_replicate(m.b, c->rtype, pvg_at_arg(at, c, 0));
    else if (!strcmp(op, "init_diag"))
        *id = diagonal(&m);
    else
        return false;
    return true;
}
