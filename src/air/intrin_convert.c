/* SPDX-License-Identifier: MIT */
/* Conversions between number types (spec 07 section 5.4). */
#include "air/translate.h"

#include <math.h>
#include <string.h>

uint32_t pvg_at_bf_to_float(struct pvg_at *at, uint32_t id)
{
    struct pvg_spv *b = &at->b;
    uint32_t type = pvg_spv_type_of(b, id), wide = pvg_spv_like(b, type, pvg_spv_int(b, 32));
    uint32_t bits = pvg_spv_resize(b, id, 32);
    bits = pvg_spv_value(b, SpvOpShiftLeftLogical, wide, PVG_SPV(bits, pvg_spv_splat(b, wide, 16)));
    return pvg_spv_bitcast(b, pvg_spv_like(b, type, pvg_spv_float(b, 32)), bits);
}

uint32_t pvg_at_float_to_bf(struct pvg_at *at, uint32_t id)
{
    /* Round to nearest even by adding just under half a unit plus the last kept bit; NaN keeps a set mantissa bit. */
    struct pvg_spv *b = &at->b;
    uint32_t type = pvg_spv_type_of(b, id), t = pvg_spv_like(b, type, pvg_spv_int(b, 32));
    uint32_t bits = pvg_spv_bitcast(b, t, id), n = pvg_spv_splat(b, t, 16);
    uint32_t last = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(bits, n));
    last = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(last, pvg_spv_splat(b, t, 1)));
    uint32_t r = pvg_spv_value(b, SpvOpIAdd, t, PVG_SPV(bits, last));
    r = pvg_spv_value(b, SpvOpIAdd, t, PVG_SPV(r, pvg_spv_splat(b, t, 0x7FFF)));
    r = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(r, n));
    uint32_t nan = pvg_spv_value(b, SpvOpIsNan, pvg_spv_like(b, type, pvg_spv_bool(b)), PVG_SPV(id));
    r = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(nan, pvg_spv_splat(b, t, 0x7FC0), r));
    pvg_at_int(at, 16);
    return pvg_spv_resize(b, r, 16);
}

/** Largest value of float type `type` that is at most 2^n. */
static double below_power(struct pvg_spv *b, uint32_t type, unsigned n)
{
    unsigned mantissa = pvg_spv_width(b, type) == 16 ? 11 : pvg_spv_width(b, type) == 32 ? 24 : 53;
    if (n <= mantissa)
        return ldexp(1, (int)n) - 1;
    return ldexp(1, (int)n) - ldexp(1, (int)(n - mantissa));
}

uint32_t pvg_at_float_to_int(struct pvg_at *at, uint32_t id, uint32_t type, bool is_signed)
{
    struct pvg_spv *b = &at->b;
    uint32_t from = pvg_spv_type_of(b, id), btype = pvg_spv_like(b, from, pvg_spv_bool(b));
    unsigned width = pvg_spv_width(b, type);
    if (width == 1)
        return pvg_spv_value(b, SpvOpFUnordNotEqual, type, PVG_SPV(id, pvg_spv_null(b, from)));
    if (pvg_spv_width(b, from) == 16) { /* The bounds of 32- and 64-bit integers do not fit half. */
        from = pvg_spv_like(b, from, pvg_spv_float(b, 32));
        id = pvg_spv_value(b, SpvOpFConvert, from, PVG_SPV(id));
    }
    unsigned fw = pvg_spv_width(b, from), n = is_signed ? width - 1 : width;
    double top = below_power(b, from, n), bottom = is_signed ? -ldexp(1, (int)n) : 0;
    uint32_t lo = pvg_spv_splat(b, from, pvg_spv_float_bits(fw, bottom)), hi = pvg_spv_splat(b, from, pvg_spv_float_bits(fw, top));
    uint32_t safe = pvg_spv_ext(b, GLSLstd450NClamp, from, PVG_SPV(id, lo, hi));
    uint32_t r = pvg_spv_value(b, is_signed ? SpvOpConvertFToS : SpvOpConvertFToU, type, PVG_SPV(safe));
    uint64_t max = is_signed ? ((uint64_t)1 << (width - 1)) - 1 : UINT64_MAX;
    if (top < ldexp(1, (int)n) - 1) { /* The largest float below the limit is not the largest integer. */
        uint32_t above = pvg_spv_value(b, SpvOpFOrdGreaterThan, btype, PVG_SPV(id, hi));
        r = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(above, pvg_spv_splat(b, type, max), r));
    }
    uint32_t nan = pvg_spv_value(b, SpvOpIsNan, btype, PVG_SPV(id));
    return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(nan, pvg_spv_null(b, type), r));
}

static uint32_t round_first(struct pvg_at *at, const char *rest, uint32_t v)
{
    uint32_t type = pvg_spv_type_of(&at->b, v);
    if (strstr(rest, ".rte"))
        return pvg_spv_ext(&at->b, GLSLstd450RoundEven, type, PVG_SPV(v));
    if (strstr(rest, ".rtp"))
        return pvg_spv_ext(&at->b, GLSLstd450Ceil, type, PVG_SPV(v));
    if (strstr(rest, ".rtn"))
        return pvg_spv_ext(&at->b, GLSLstd450Floor, type, PVG_SPV(v));
    return v;
}

static uint32_t to_float(struct pvg_at *at, uint32_t v, uint32_t type, bool src_signed)
{
    struct pvg_spv *b = &at->b;
    uint32_t from = pvg_spv_type_of(b, v);
    if (pvg_spv_is_float(b, from))
        return from == type ? v : pvg_spv_value(b, SpvOpFConvert, type, PVG_SPV(v));
    if (pvg_spv_width(b, from) == 1) {
        uint32_t one = pvg_spv_splat(b, type, pvg_spv_float_bits(pvg_spv_width(b, type), 1));
        return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(v, one, pvg_spv_null(b, type)));
    }
    return pvg_spv_value(b, src_signed ? SpvOpConvertSToF : SpvOpConvertUToF, type, PVG_SPV(v));
}

/** Clamp an integer to the range of another integer type before narrowing. */
static uint32_t saturate(struct pvg_at *at, uint32_t v, bool src_signed, unsigned width, bool dst_signed)
{
    struct pvg_spv *b = &at->b;
    uint32_t type = pvg_spv_type_of(b, v), btype = pvg_spv_like(b, type, pvg_spv_bool(b));
    unsigned from = pvg_spv_width(b, type);
    uint64_t max = dst_signed ? ((uint64_t)1 << (width - 1)) - 1 : width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
    uint64_t src_max = src_signed ? ((uint64_t)1 << (from - 1)) - 1 : from == 64 ? UINT64_MAX : ((uint64_t)1 << from) - 1;
    if (max < src_max) {
        uint32_t hi = pvg_spv_splat(b, type, max);
        uint32_t above = pvg_spv_value(b, src_signed ? SpvOpSGreaterThan : SpvOpUGreaterThan, btype, PVG_SPV(v, hi));
        v = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(above, hi, v));
    }
    if (src_signed && (!dst_signed || width < from)) {
        uint32_t lo = pvg_spv_splat(b, type, dst_signed ? ~(uint64_t)0 << (width - 1) : 0);
        uint32_t below = pvg_spv_value(b, SpvOpSLessThan, btype, PVG_SPV(v, lo));
        v = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(below, lo, v));
    }
    return v;
}

static uint32_t int_to_int(struct pvg_at *at, uint32_t v, uint32_t type, bool src_signed, bool dst_signed, bool sat)
{
    struct pvg_spv *b = &at->b;
    uint32_t from = pvg_spv_type_of(b, v);
    unsigned width = pvg_spv_width(b, type);
    if (pvg_spv_width(b, from) == 1) {
        if (width == 1)
            return v;
        return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(v, pvg_spv_splat(b, type, 1), pvg_spv_null(b, type)));
    }
    if (width == 1)
        return pvg_spv_value(b, SpvOpINotEqual, type, PVG_SPV(v, pvg_spv_null(b, from)));
    if (sat)
        v = saturate(at, v, src_signed, width, dst_signed);
    return src_signed ? pvg_spv_sresize(b, v, width) : pvg_spv_resize(b, v, width);
}

bool pvg_at_intrin_convert(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    if (strcmp(c->op, "convert") || c->argc != 1)
        return false;
    /* ".<dk>.<dtype>.<sk>.<stype>[.rtX][.sat]" */
    char dk = c->rest[0] ? c->rest[1] : 0;
    const char *p = c->rest[0] && c->rest[1] ? strchr(c->rest + 2, '.') : NULL;
    p = p ? strchr(p + 1, '.') : NULL;
    char sk = p ? p[1] : 0;
    if (!strchr("fsu", dk) || !strchr("fsu", sk) || !dk || !sk)
        pvg_at_refuse(at, "intrinsic %s", c->name);
    uint32_t v = pvg_at_arg(at, c, 0);
    bool from_bf = pvg_at_is_bfloat(pvg_at_arg_type(c, 0)), to_bf = pvg_at_is_bfloat(c->type);
    if (from_bf)
        v = pvg_at_bf_to_float(at, v);
    if (dk == 'f') {
        uint32_t to = to_bf ? pvg_spv_like(b, c->rtype, pvg_spv_float(b, 32)) : c->rtype;
        v = to_float(at, v, to, sk == 's');
        *id = to_bf ? pvg_at_float_to_bf(at, v) : v;
    } else if (sk == 'f') {
        *id = pvg_at_float_to_int(at, round_first(at, c->rest, v), c->rtype, dk == 's');
    } else {
        *id = int_to_int(at, v, c->rtype, sk == 's', dk == 's', strstr(c->rest, ".sat") != NULL);
    }
    return true;
}
