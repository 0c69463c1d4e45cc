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

LLVMFastMathFlags pvg_at_promises(LLVMValueRef v)
{
    return LLVMIsAInstruction(v) && LLVMCanValueUseFastMathFlags(v) ? LLVMGetFastMathFlags(v) : 0;
}

uint32_t pvg_at_float_to_int(struct pvg_at *at, uint32_t id, uint32_t type, bool is_signed, bool is_number)
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
    if (is_number || !is_signed) /* NaN has become the lower bound. */
        return r;
    uint32_t nan = pvg_spv_value(b, SpvOpIsNan, btype, PVG_SPV(id));
    return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(nan, pvg_spv_null(b, type), r));
}

/* ---- Rounding modes of results that are floats ----------------------------------------------------------------------------- */

enum mode { NEAREST, TO_ZERO, UPWARD, DOWNWARD };

static enum mode mode_of(const char *rest)
{
    return strstr(rest, ".rtz") ? TO_ZERO : strstr(rest, ".rtp") ? UPWARD : strstr(rest, ".rtn") ? DOWNWARD : NEAREST;
}

/** Magnitude of a 32-bit float, given by its bits, in half format with the rest cut off. */
static uint32_t cut_to_half(struct pvg_spv *b, uint32_t bits, uint32_t *inexact)
{
    uint32_t t = pvg_spv_type_of(b, bits), f = pvg_spv_like(b, t, pvg_spv_float(b, 32)), bt = pvg_spv_like(b, t, pvg_spv_bool(b));
    uint32_t v = pvg_spv_value(b, SpvOpISub, t, PVG_SPV(bits, pvg_spv_splat(b, t, 112u << 23)));
    uint32_t normal = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(v, pvg_spv_splat(b, t, 13)));
    uint32_t lost = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(v, pvg_spv_splat(b, t, 0x1FFF)));
    uint32_t normal_lost = pvg_spv_value(b, SpvOpINotEqual, bt, PVG_SPV(lost, pvg_spv_null(b, t)));
    /* Numbers past the largest one are cut off to it; infinity and NaN are put in by the caller. */
    uint32_t past = pvg_spv_value(b, SpvOpUGreaterThan, bt, PVG_SPV(normal, pvg_spv_splat(b, t, 0x7BFF)));
    normal = pvg_spv_ext(b, GLSLstd450UMin, t, PVG_SPV(normal, pvg_spv_splat(b, t, 0x7BFF)));
    normal_lost = pvg_spv_value(b, SpvOpLogicalOr, bt, PVG_SPV(normal_lost, past));
    /* Below 2^-14 the format counts units of 2^-24. */
    uint32_t small = pvg_spv_value(b, SpvOpULessThan, bt, PVG_SPV(bits, pvg_spv_splat(b, t, 113u << 23)));
    uint32_t scaled = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(small, bits, pvg_spv_null(b, t)));
    scaled =
        pvg_spv_value(b, SpvOpFMul, f, PVG_SPV(pvg_spv_bitcast(b, f, scaled), pvg_spv_splat(b, f, pvg_spv_float_bits(32, 0x1p24))));
    uint32_t units = pvg_spv_value(b, SpvOpConvertFToU, t, PVG_SPV(scaled));
    uint32_t back = pvg_spv_value(b, SpvOpConvertUToF, f, PVG_SPV(units));
    uint32_t small_lost = pvg_spv_value(b, SpvOpFOrdNotEqual, bt, PVG_SPV(back, scaled));
    *inexact = pvg_spv_value(b, SpvOpLogicalOr, bt,
                             PVG_SPV(pvg_spv_value(b, SpvOpLogicalAnd, bt, PVG_SPV(small, small_lost)),
                                     pvg_spv_value(b, SpvOpLogicalAnd, bt,
                                                   PVG_SPV(pvg_spv_value(b, SpvOpLogicalNot, bt, PVG_SPV(small)), normal_lost))));
    return pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(small, units, normal));
}

static uint32_t cut_to_bfloat(struct pvg_spv *b, uint32_t bits, uint32_t *inexact)
{
    uint32_t t = pvg_spv_type_of(b, bits);
    uint32_t lost = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(bits, pvg_spv_splat(b, t, 0xFFFF)));
    *inexact = pvg_spv_value(b, SpvOpINotEqual, pvg_spv_like(b, t, pvg_spv_bool(b)), PVG_SPV(lost, pvg_spv_null(b, t)));
    return pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(bits, pvg_spv_splat(b, t, 16)));
}

/** 32-bit float to half or bfloat in a mode. @return the value's bits */
static uint32_t narrow_float(struct pvg_at *at, uint32_t v, bool to_bf, enum mode mode)
{
    struct pvg_spv *b = &at->b;
    uint32_t f = pvg_spv_type_of(b, v), bt = pvg_spv_like(b, f, pvg_spv_bool(b)), half = pvg_spv_like(b, f, pvg_at_int(at, 16));
    if (mode == NEAREST) {
        if (to_bf)
            return pvg_at_float_to_bf(at, v);
        return pvg_spv_bitcast(b, half, pvg_spv_value(b, SpvOpFConvert, pvg_spv_like(b, f, pvg_at_float(at, 16)), PVG_SPV(v)));
    }
    uint32_t t = pvg_spv_like(b, f, pvg_spv_int(b, 32)), bits = pvg_spv_bitcast(b, t, v), inexact;
    uint32_t magnitude = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(bits, pvg_spv_splat(b, t, 0x7FFFFFFF)));
    uint32_t sign = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(bits, pvg_spv_splat(b, t, 31)));
    uint32_t r = to_bf ? cut_to_bfloat(b, magnitude, &inexact) : cut_to_half(b, magnitude, &inexact);
    if (mode != TO_ZERO) { /* One more unit where the mode points away from zero. */
        uint32_t away = pvg_spv_value(b, mode == UPWARD ? SpvOpIEqual : SpvOpINotEqual, bt, PVG_SPV(sign, pvg_spv_null(b, t)));
        away = pvg_spv_value(b, SpvOpLogicalAnd, bt, PVG_SPV(away, inexact));
        uint32_t one = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(away, pvg_spv_splat(b, t, 1), pvg_spv_null(b, t)));
        r = pvg_spv_value(b, SpvOpIAdd, t, PVG_SPV(r, one));
    }
    uint32_t infinity = pvg_spv_splat(b, t, 0x7F800000), top = pvg_spv_splat(b, t, to_bf ? 0x7F80 : 0x7C00);
    uint32_t nan = pvg_spv_value(b, SpvOpUGreaterThan, bt, PVG_SPV(magnitude, infinity));
    r = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(pvg_spv_value(b, SpvOpIEqual, bt, PVG_SPV(magnitude, infinity)), top, r));
    r = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(nan, pvg_spv_splat(b, t, to_bf ? 0x7FC0 : 0x7E00), r));
    sign = pvg_spv_value(b, SpvOpShiftLeftLogical, t, PVG_SPV(sign, pvg_spv_splat(b, t, 15)));
    return pvg_spv_resize(b, pvg_spv_value(b, SpvOpBitwiseOr, t, PVG_SPV(r, sign)), 16);
}

/** Integer to 32-bit float, cut off after 24 digits; `*inexact` = digits were lost. The sign is put on by the caller. */
static uint32_t cut_integer(struct pvg_at *at, uint32_t magnitude, uint32_t *inexact)
{
    struct pvg_spv *b = &at->b;
    uint32_t t = pvg_spv_type_of(b, magnitude), word = pvg_spv_like(b, t, pvg_spv_int(b, 32));
    uint32_t bt = pvg_spv_like(b, t, pvg_spv_bool(b));
    bool wide = pvg_spv_width(b, t) == 64;
    uint32_t top = magnitude, extra = 0;
    if (wide) {
        uint32_t high = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(magnitude, pvg_spv_splat(b, t, 32)));
        uint32_t any = pvg_spv_value(b, SpvOpINotEqual, bt, PVG_SPV(high, pvg_spv_null(b, t)));
        top = pvg_spv_resize(b, pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(any, high, magnitude)), 32);
        extra = pvg_spv_value(b, SpvOpSelect, word, PVG_SPV(any, pvg_spv_splat(b, word, 32), pvg_spv_null(b, word)));
    }
    uint32_t msb = pvg_spv_ext(b, GLSLstd450FindUMsb, word, PVG_SPV(top));
    if (wide)
        msb = pvg_spv_value(b, SpvOpIAdd, word, PVG_SPV(msb, extra));
    uint32_t drop = pvg_spv_value(b, SpvOpISub, word, PVG_SPV(msb, pvg_spv_splat(b, word, 23)));
    drop = pvg_spv_ext(b, GLSLstd450SMax, word, PVG_SPV(drop, pvg_spv_null(b, word)));
    drop = pvg_spv_resize(b, drop, pvg_spv_width(b, t));
    uint32_t kept = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(magnitude, drop));
    kept = pvg_spv_value(b, SpvOpShiftLeftLogical, t, PVG_SPV(kept, drop));
    *inexact = pvg_spv_value(b, SpvOpINotEqual, bt, PVG_SPV(kept, magnitude));
    return pvg_spv_value(b, SpvOpConvertUToF, pvg_spv_like(b, t, pvg_spv_float(b, 32)), PVG_SPV(kept));
}

/** Integer to a 32-bit float in a mode; with `sticky` lost digits set the last bit instead, for another rounding to follow. */
static uint32_t integer_directed(struct pvg_at *at, uint32_t v, bool src_signed, enum mode mode, bool sticky)
{
    struct pvg_spv *b = &at->b;
    if (pvg_spv_width(b, pvg_spv_type_of(b, v)) < 32)
        v = src_signed ? pvg_spv_sresize(b, v, 32) : pvg_spv_resize(b, v, 32);
    uint32_t t = pvg_spv_type_of(b, v), bt = pvg_spv_like(b, t, pvg_spv_bool(b)), word = pvg_spv_like(b, t, pvg_spv_int(b, 32));
    uint32_t zero = pvg_spv_null(b, t), negative = pvg_spv_null(b, bt), inexact;
    if (src_signed) {
        negative = pvg_spv_value(b, SpvOpSLessThan, bt, PVG_SPV(v, zero));
        v = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(negative, pvg_spv_value(b, SpvOpISub, t, PVG_SPV(zero, v)), v));
    }
    uint32_t f = cut_integer(at, v, &inexact), bits = pvg_spv_bitcast(b, word, f), one = pvg_spv_splat(b, word, 1);
    uint32_t grow = mode == TO_ZERO    ? 0
                    : mode == UPWARD   ? pvg_spv_value(b, SpvOpLogicalNot, bt, PVG_SPV(negative))
                    : mode == DOWNWARD ? negative
                                       : 0;
    if (sticky)
        bits = pvg_spv_value(b, SpvOpBitwiseOr, word,
                             PVG_SPV(bits, pvg_spv_value(b, SpvOpSelect, word, PVG_SPV(inexact, one, pvg_spv_null(b, word)))));
    else if (grow) {
        uint32_t step = pvg_spv_value(b, SpvOpLogicalAnd, bt, PVG_SPV(inexact, grow));
        bits = pvg_spv_value(b, SpvOpIAdd, word,
                             PVG_SPV(bits, pvg_spv_value(b, SpvOpSelect, word, PVG_SPV(step, one, pvg_spv_null(b, word)))));
    }
    uint32_t sign =
        pvg_spv_value(b, SpvOpSelect, word, PVG_SPV(negative, pvg_spv_splat(b, word, 0x80000000u), pvg_spv_null(b, word)));
    return pvg_spv_bitcast(b, pvg_spv_type_of(b, f), pvg_spv_value(b, SpvOpBitwiseOr, word, PVG_SPV(bits, sign)));
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
    enum mode mode = mode_of(c->rest);
    bool integer = sk != 'f' && pvg_spv_width(b, pvg_spv_type_of(b, v)) > 1;
    if (dk == 'f' && integer && (mode != NEAREST || (to_bf && pvg_spv_width(b, pvg_spv_type_of(b, v)) >= 32))) {
        /* To the formats of 16 bits in two steps, of which only the second may round. */
        bool narrow = to_bf || pvg_spv_width(b, c->rtype) == 16;
        v = integer_directed(at, v, sk == 's', mode, narrow);
        *id = narrow ? pvg_spv_bitcast(b, c->rtype, narrow_float(at, v, to_bf, mode)) : v;
    } else if (dk == 'f' && sk == 'f' && mode != NEAREST && pvg_spv_width(b, c->rtype) == 16 &&
               pvg_spv_width(b, pvg_spv_type_of(b, v)) == 32) {
        *id = pvg_spv_bitcast(b, c->rtype, narrow_float(at, v, to_bf, mode));
    } else if (dk == 'f') {
        uint32_t to = to_bf ? pvg_spv_like(b, c->rtype, pvg_spv_float(b, 32)) : c->rtype;
        v = to_float(at, v, to, sk == 's');
        *id = to_bf ? pvg_at_float_to_bf(at, v) : v;
    } else if (sk == 'f') {
        bool is_number = pvg_at_promises(LLVMGetOperand(c->inst, 0)) & LLVMFastMathNoNaNs;
        *id = pvg_at_float_to_int(at, round_first(at, c->rest, v), c->rtype, dk == 's', is_number);
    } else {
        *id = int_to_int(at, v, c->rtype, sk == 's', dk == 's', strstr(c->rest, ".sat") != NULL);
    }
    return true;
}
