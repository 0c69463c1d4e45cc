/* SPDX-License-Identifier: MIT */
/* Floating-point functions (spec 07 section 5.2). */
#include "air/translate.h"

#include <math.h>
#include <string.h>

/** Operations that are one extended instruction on float or half. */
static const struct {
    const char *op;
    enum GLSLstd450 inst;
    unsigned argc;
} direct[] = {
    {"fabs", GLSLstd450FAbs, 1},         {"floor", GLSLstd450Floor, 1},    {"ceil", GLSLstd450Ceil, 1},
    {"trunc", GLSLstd450Trunc, 1},       {"rint", GLSLstd450RoundEven, 1}, {"sqrt", GLSLstd450Sqrt, 1},
    {"rsqrt", GLSLstd450InverseSqrt, 1}, {"sin", GLSLstd450Sin, 1},        {"cos", GLSLstd450Cos, 1},
    {"tan", GLSLstd450Tan, 1},           {"asin", GLSLstd450Asin, 1},      {"acos", GLSLstd450Acos, 1},
    {"atan", GLSLstd450Atan, 1},         {"sinh", GLSLstd450Sinh, 1},      {"cosh", GLSLstd450Cosh, 1},
    {"tanh", GLSLstd450Tanh, 1},         {"asinh", GLSLstd450Asinh, 1},    {"acosh", GLSLstd450Acosh, 1},
    {"atanh", GLSLstd450Atanh, 1},       {"atan2", GLSLstd450Atan2, 2},    {"exp", GLSLstd450Exp, 1},
    {"exp2", GLSLstd450Exp2, 1},         {"log", GLSLstd450Log, 1},        {"log2", GLSLstd450Log2, 1},
    {"fmin", GLSLstd450NMin, 2},         {"fmax", GLSLstd450NMax, 2},      {"clamp", GLSLstd450NClamp, 3},
    {"mix", GLSLstd450FMix, 3},          {"fma", GLSLstd450Fma, 3},
};

struct math {
    struct pvg_at *at;
    struct pvg_spv *b;
    uint32_t type;  /**< Type of the computation: float or half, scalar or vector. */
    uint32_t btype; /**< Booleans of the same shape. */
    uint32_t a[4];
};

static uint32_t number(struct math *m, double v)
{
    return pvg_spv_splat(m->b, m->type, pvg_spv_float_bits(pvg_spv_width(m->b, m->type), v));
}

static uint32_t op1(struct math *m, SpvOp op, uint32_t x)
{
    return pvg_spv_value(m->b, op, m->type, PVG_SPV(x));
}

static uint32_t op2(struct math *m, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, op, m->type, PVG_SPV(x, y));
}

static uint32_t compare(struct math *m, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, op, m->btype, PVG_SPV(x, y));
}

static uint32_t choose(struct math *m, uint32_t cond, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, SpvOpSelect, m->type, PVG_SPV(cond, x, y));
}

static uint32_t ext1(struct math *m, enum GLSLstd450 inst, uint32_t x)
{
    return pvg_spv_ext(m->b, inst, m->type, PVG_SPV(x));
}

static uint32_t ext2(struct math *m, enum GLSLstd450 inst, uint32_t x, uint32_t y)
{
    return pvg_spv_ext(m->b, inst, m->type, PVG_SPV(x, y));
}

/** Integer type of the same shape and width. */
static uint32_t bits_type(struct math *m)
{
    return pvg_spv_like(m->b, m->type, pvg_at_int(m->at, pvg_spv_width(m->b, m->type)));
}

static uint32_t copysign_of(struct math *m, uint32_t magnitude, uint32_t sign)
{
    struct pvg_spv *b = m->b;
    uint32_t t = bits_type(m);
    uint64_t top = (uint64_t)1 << (pvg_spv_width(b, m->type) - 1);
    uint32_t x = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(pvg_spv_bitcast(b, t, magnitude), pvg_spv_splat(b, t, top - 1)));
    uint32_t s = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(pvg_spv_bitcast(b, t, sign), pvg_spv_splat(b, t, top)));
    return pvg_spv_bitcast(b, m->type, pvg_spv_value(b, SpvOpBitwiseOr, t, PVG_SPV(x, s)));
}

/** Half away from zero. The difference x - trunc(x) is exact, so the tie test is, too. */
static uint32_t round_away(struct math *m, uint32_t x)
{
    uint32_t whole = ext1(m, GLSLstd450Trunc, x);
    uint32_t rest = ext1(m, GLSLstd450FAbs, op2(m, SpvOpFSub, x, whole));
    uint32_t up = compare(m, SpvOpFOrdGreaterThanEqual, rest, number(m, 0.5));
    uint32_t step = choose(m, up, copysign_of(m, number(m, 1), x), number(m, 0));
    return op2(m, SpvOpFAdd, whole, step);
}

/** x mod 2 in [-1, 1], for functions of pi * x. */
static uint32_t reduce_half_turns(struct math *m, uint32_t x)
{
    uint32_t turns = ext1(m, GLSLstd450RoundEven, op2(m, SpvOpFMul, x, number(m, 0.5)));
    return op2(m, SpvOpFSub, x, op2(m, SpvOpFMul, turns, number(m, 2)));
}

static uint32_t times_pi(struct math *m, uint32_t x)
{
    return op2(m, SpvOpFMul, x, number(m, M_PI));
}

/** C pow: a negative base is allowed with integral exponents, anything to the power of 0 is 1. */
static uint32_t power(struct math *m, uint32_t x, uint32_t y)
{
    struct pvg_spv *b = m->b;
    uint32_t ax = ext1(m, GLSLstd450FAbs, x), zero = number(m, 0), one = number(m, 1);
    uint32_t r = ext2(m, GLSLstd450Pow, ax, y);
    /* 0^y: Pow leaves y <= 0 open. */
    uint32_t base_zero = compare(m, SpvOpFOrdEqual, ax, zero);
    uint32_t at_zero = choose(m, compare(m, SpvOpFOrdLessThan, y, zero), number(m, INFINITY), zero);
    r = choose(m, base_zero, at_zero, r);
    uint32_t whole = compare(m, SpvOpFOrdEqual, ext1(m, GLSLstd450Trunc, y), y);
    uint32_t half = op2(m, SpvOpFMul, y, number(m, 0.5));
    uint32_t even = compare(m, SpvOpFOrdEqual, ext1(m, GLSLstd450Trunc, half), half);
    uint32_t odd =
        pvg_spv_value(b, SpvOpLogicalAnd, m->btype, PVG_SPV(whole, pvg_spv_value(b, SpvOpLogicalNot, m->btype, PVG_SPV(even))));
    uint32_t negative = compare(m, SpvOpFOrdLessThan, x, zero);
    uint32_t minus = choose(m, odd, op1(m, SpvOpFNegate, r), r);
    uint32_t signed_result = choose(m, whole, minus, number(m, NAN));
    r = choose(m, negative, signed_result, r);
    return choose(m, compare(m, SpvOpFOrdEqual, y, zero), one, r);
}

/** C fmod: sign of x, magnitude below |y|. The quotient's rounding can be off by one y; that is corrected. */
static uint32_t remainder_c(struct math *m, uint32_t x, uint32_t y)
{
    uint32_t ax = ext1(m, GLSLstd450FAbs, x), ay = ext1(m, GLSLstd450FAbs, y);
    uint32_t q = ext1(m, GLSLstd450Trunc, op2(m, SpvOpFDiv, ax, ay));
    uint32_t r = pvg_spv_ext(m->b, GLSLstd450Fma, m->type, PVG_SPV(op1(m, SpvOpFNegate, q), ay, ax));
    r = choose(m, compare(m, SpvOpFOrdLessThan, r, number(m, 0)), op2(m, SpvOpFAdd, r, ay), r);
    r = choose(m, compare(m, SpvOpFOrdGreaterThanEqual, r, ay), op2(m, SpvOpFSub, r, ay), r);
    return copysign_of(m, r, x);
}

/** The next number after x in the direction of y, on bit patterns ordered like the numbers. */
static uint32_t next_after(struct math *m, uint32_t x, uint32_t y)
{
    struct pvg_spv *b = m->b;
    uint32_t t = bits_type(m), zero = number(m, 0);
    uint32_t bits = pvg_spv_bitcast(b, t, x), one = pvg_spv_splat(b, t, 1);
    uint32_t grow = pvg_spv_value(b, SpvOpLogicalEqual, m->btype,
                                  PVG_SPV(compare(m, SpvOpFOrdLessThan, x, y), compare(m, SpvOpFOrdGreaterThan, x, zero)));
    uint32_t up = pvg_spv_value(b, SpvOpIAdd, t, PVG_SPV(bits, one)), down = pvg_spv_value(b, SpvOpISub, t, PVG_SPV(bits, one));
    uint32_t r = pvg_spv_bitcast(b, m->type, pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(grow, up, down)));
    uint32_t least = copysign_of(m, pvg_spv_bitcast(b, m->type, one), y);
    r = choose(m, compare(m, SpvOpFOrdEqual, x, zero), least, r);
    r = choose(m, compare(m, SpvOpFOrdEqual, x, y), y, r);
    uint32_t nan = pvg_spv_value(
        b, SpvOpLogicalOr, m->btype,
        PVG_SPV(pvg_spv_value(b, SpvOpIsNan, m->btype, PVG_SPV(x)), pvg_spv_value(b, SpvOpIsNan, m->btype, PVG_SPV(y))));
    return choose(m, nan, op2(m, SpvOpFAdd, x, y), r);
}

static uint32_t min_or_max(struct math *m, bool max, uint32_t x, uint32_t y)
{
    return ext2(m, max ? GLSLstd450NMax : GLSLstd450NMin, x, y);
}

/** Minimum or maximum that yields NaN when an operand is NaN. */
static uint32_t strict_extreme(struct math *m, bool max, uint32_t x, uint32_t y)
{
    uint32_t r = min_or_max(m, max, x, y);
    r = choose(m, pvg_spv_value(m->b, SpvOpIsNan, m->btype, PVG_SPV(x)), x, r);
    return choose(m, pvg_spv_value(m->b, SpvOpIsNan, m->btype, PVG_SPV(y)), y, r);
}

static uint32_t three_way(struct math *m, const char *op)
{
    const uint32_t *a = m->a;
    if (!strcmp(op, "fmin3"))
        return min_or_max(m, false, min_or_max(m, false, a[0], a[1]), a[2]);
    if (!strcmp(op, "fmax3"))
        return min_or_max(m, true, min_or_max(m, true, a[0], a[1]), a[2]);
    uint32_t low = min_or_max(m, false, a[0], a[1]), high = min_or_max(m, true, a[0], a[1]);
    return min_or_max(m, true, low, min_or_max(m, false, high, a[2]));
}

static uint32_t sign_of(struct math *m, uint32_t x)
{
    uint32_t s = ext1(m, GLSLstd450FSign, x);
    return choose(m, pvg_spv_value(m->b, SpvOpIsNan, m->btype, PVG_SPV(x)), number(m, 0), s);
}

static uint32_t fraction(struct math *m, uint32_t x)
{
    /* Below 1 even where x - floor(x) rounds up to it. */
    unsigned w = pvg_spv_width(m->b, m->type);
    uint32_t top = pvg_spv_splat(m->b, m->type, w == 16 ? 0x3BFF : 0x3F7FFFFF);
    return ext2(m, GLSLstd450FMin, ext1(m, GLSLstd450Fract, x), top);
}

/** One-operand functions without an instruction of their own. */
static uint32_t unary(struct math *m, const char *op)
{
    uint32_t x = m->a[0];
    if (!strcmp(op, "round"))
        return round_away(m, x);
    if (!strcmp(op, "fract"))
        return fraction(m, x);
    if (!strcmp(op, "saturate"))
        return pvg_spv_ext(m->b, GLSLstd450NClamp, m->type, PVG_SPV(x, number(m, 0), number(m, 1)));
    if (!strcmp(op, "sign"))
        return sign_of(m, x);
    if (!strcmp(op, "exp10"))
        return ext1(m, GLSLstd450Exp2, op2(m, SpvOpFMul, x, number(m, 3.3219280948873623)));
    if (!strcmp(op, "log10"))
        return op2(m, SpvOpFMul, ext1(m, GLSLstd450Log2, x), number(m, 0.30102999566398120));
    if (!strcmp(op, "sinpi"))
        return ext1(m, GLSLstd450Sin, times_pi(m, reduce_half_turns(m, x)));
    if (!strcmp(op, "cospi"))
        return ext1(m, GLSLstd450Cos, times_pi(m, reduce_half_turns(m, x)));
    if (!strcmp(op, "tanpi"))
        return ext1(m, GLSLstd450Tan, times_pi(m, reduce_half_turns(m, x)));
    if (!strcmp(op, "asinpi"))
        return op2(m, SpvOpFMul, ext1(m, GLSLstd450Asin, x), number(m, M_1_PI));
    if (!strcmp(op, "acospi"))
        return op2(m, SpvOpFMul, ext1(m, GLSLstd450Acos, x), number(m, M_1_PI));
    if (!strcmp(op, "atanpi"))
        return op2(m, SpvOpFMul, ext1(m, GLSLstd450Atan, x), number(m, M_1_PI));
    return 0;
}

static uint32_t binary(struct math *m, const char *op)
{
    uint32_t x = m->a[0], y = m->a[1];
    if (!strcmp(op, "pow"))
        return power(m, x, y);
    if (!strcmp(op, "powr"))
        return ext2(m, GLSLstd450Pow, x, y);
    if (!strcmp(op, "fmod"))
        return remainder_c(m, x, y);
    if (!strcmp(op, "copysign"))
        return copysign_of(m, x, y);
    if (!strcmp(op, "fdim"))
        return choose(m, compare(m, SpvOpFOrdGreaterThan, x, y), op2(m, SpvOpFSub, x, y), number(m, 0));
    if (!strcmp(op, "nextafter"))
        return next_after(m, x, y);
    if (!strcmp(op, "minimum") || !strcmp(op, "maximum"))
        return strict_extreme(m, op[1] == 'a', x, y);
    if (!strcmp(op, "atan2pi"))
        return op2(m, SpvOpFMul, ext2(m, GLSLstd450Atan2, x, y), number(m, M_1_PI));
    return 0;
}

static uint32_t dot(struct math *m, const struct pvg_at_call *c)
{
    if (pvg_spv_components(m->b, m->type) == 1)
        return op2(m, SpvOpFMul, m->a[0], m->a[1]);
    return pvg_spv_value(m->b, SpvOpDot, c->rtype, PVG_SPV(m->a[0], m->a[1]));
}

/** Functions with a second result through a pointer, and ldexp. */
static bool with_integers_or_pointers(struct math *m, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_at *at = m->at;
    struct pvg_spv *b = m->b;
    uint32_t x = m->a[0];
    if (!strcmp(c->op, "ldexp")) {
        uint32_t n = pvg_spv_sresize(b, pvg_at_arg(at, c, 1), 32);
        *id = ext2(m, GLSLstd450Ldexp, x, n);
        return true;
    }
    if (!strcmp(c->op, "sincos")) {
        pvg_at_store_id(at, LLVMGetOperand(c->inst, 1), c->type, ext1(m, GLSLstd450Cos, x), 4, false);
        *id = ext1(m, GLSLstd450Sin, x);
        return true;
    }
    if (!strcmp(c->op, "modf")) {
        uint32_t whole = ext1(m, GLSLstd450Trunc, x);
        pvg_at_store_id(at, LLVMGetOperand(c->inst, 1), c->type, whole, 4, false);
        *id = copysign_of(m, op2(m, SpvOpFSub, x, whole), x);
        return true;
    }
    if (!strcmp(c->op, "frexp") || !strcmp(c->op, "ilogb")) {
        uint32_t ints = pvg_spv_like(b, m->type, pvg_spv_int(b, 32));
        uint32_t pair = pvg_spv_struct(b, (const uint32_t[]){m->type, ints}, 2);
        uint32_t v = pvg_spv_ext(b, GLSLstd450FrexpStruct, pair, PVG_SPV(x));
        uint32_t exponent = pvg_spv_extract(b, v, 1);
        if (c->op[0] == 'i') {
            *id = pvg_spv_value(b, SpvOpISub, ints, PVG_SPV(exponent, pvg_spv_splat(b, ints, 1)));
            return true;
        }
        LLVMTypeRef t = LLVMInt32TypeInContext(at->mod.context);
        unsigned n = pvg_at_lanes(at, c->type);
        pvg_at_store_id(at, LLVMGetOperand(c->inst, 1), n > 1 ? LLVMVectorType(t, n) : t, exponent, 4, false);
        *id = pvg_spv_extract(b, v, 0);
        return true;
    }
    return false;
}

static bool derivative(struct math *m, const struct pvg_at_call *c, uint32_t *id)
{
    SpvOp op = !strcmp(c->op, "dfdx")     ? SpvOpDPdx
               : !strcmp(c->op, "dfdy")   ? SpvOpDPdy
               : !strcmp(c->op, "fwidth") ? SpvOpFwidth
                                          : SpvOpNop;
    if (op == SpvOpNop)
        return false;
    if (m->at->entry->stage != PVG_AIR_FRAGMENT)
        pvg_at_refuse(m->at, "%s outside of a fragment function", c->name);
    /* Derivatives exist for 32-bit floats only. */
    struct pvg_spv *b = m->b;
    uint32_t wide = pvg_spv_like(b, m->type, pvg_spv_float(b, 32));
    uint32_t v = pvg_spv_value(b, op, wide, PVG_SPV(pvg_at_fit(m->at, m->a[0], wide)));
    *id = pvg_at_fit(m->at, v, m->type);
    return true;
}

static bool direct_op(struct math *m, const struct pvg_at_call *c, uint32_t *id)
{
    for (size_t i = 0; i < sizeof direct / sizeof *direct; i++) {
        if (strcmp(c->op, direct[i].op))
            continue;
        if (direct[i].argc != c->argc)
            pvg_at_refuse(m->at, "%s with %u operands", c->name, c->argc);
        *id = pvg_spv_ext(m->b, direct[i].inst, m->type, m->a, c->argc);
        return true;
    }
    return false;
}

bool pvg_at_intrin_math(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    if (!c->argc || c->argc > 4)
        return false;
    LLVMTypeKind kind = LLVMGetTypeKind(pvg_at_element(pvg_at_arg_type(c, 0)));
    bool bf = kind == LLVMBFloatTypeKind;
    if (kind != LLVMFloatTypeKind && kind != LLVMHalfTypeKind && !bf)
        return false;
    struct math m = {.at = at, .b = &at->b};
    uint32_t given = pvg_at_type(at, pvg_at_arg_type(c, 0));
    m.type = bf ? pvg_spv_like(&at->b, given, pvg_spv_float(&at->b, 32)) : given;
    m.btype = pvg_spv_like(&at->b, m.type, pvg_spv_bool(&at->b));
    for (unsigned i = 0; i < c->argc; i++) {
        if (LLVMTypeOf(LLVMGetOperand(c->inst, i)) != pvg_at_arg_type(c, 0))
            continue;
        uint32_t v = pvg_at_arg(at, c, i);
        m.a[i] = bf ? pvg_at_bf_to_float(at, v) : v;
    }
    bool same = true;
    for (unsigned i = 1; i < c->argc; i++)
        same &= m.a[i] != 0;

    if (with_integers_or_pointers(&m, c, id))
        return true;
    if (!same)
        return false;
    if (derivative(&m, c, id))
        return true;
    if (!strcmp(c->op, "dot") && c->argc == 2) {
        *id = dot(&m, c);
        return true;
    }
    if (!direct_op(&m, c, id)) {
        if (c->argc == 1)
            *id = unary(&m, c->op);
        else if (c->argc == 2)
            *id = binary(&m, c->op);
        else if (c->argc == 3 && (!strcmp(c->op, "fmin3") || !strcmp(c->op, "fmax3") || !strcmp(c->op, "fmedian3")))
            *id = three_way(&m, c->op);
    }
    if (*id && bf)
        *id = pvg_at_float_to_bf(at, *id);
    return *id != 0;
}
