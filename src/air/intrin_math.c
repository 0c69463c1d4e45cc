/* SPDX-License-Identifier: MIT */
/* Floating-point functions (spec 07 section 5.2). */
#include "air/libm.h"

#include <math.h>
#include <string.h>

/** Operations that are one extended instruction on float or half, exact or accurate enough for every use. */
static const struct {
    const char *op;
    enum GLSLstd450 inst;
    unsigned argc;
} direct[] = {
    {"fabs", GLSLstd450FAbs, 1},   {"floor", GLSLstd450Floor, 1},    {"ceil", GLSLstd450Ceil, 1},
    {"trunc", GLSLstd450Trunc, 1}, {"rint", GLSLstd450RoundEven, 1}, {"fmin", GLSLstd450NMin, 2},
    {"fmax", GLSLstd450NMax, 2},   {"clamp", GLSLstd450NClamp, 3},   {"mix", GLSLstd450FMix, 3},
};

/**
 * Functions whose device instruction has the accuracy of Metal's fast form: precise forms are taken from libm.c. Half numbers are
 * computed in 32 bits, where the fast form is accurate enough unless it has an absolute error bound.
 */
static const struct {
    const char *op;
    enum GLSLstd450 inst;
    unsigned argc;
    const char *half; /**< Function of libm.c for half numbers, NULL = the instruction. */
} fast[] = {
    {"sqrt", GLSLstd450Sqrt, 1, NULL},     {"rsqrt", GLSLstd450InverseSqrt, 1, NULL}, {"sin", GLSLstd450Sin, 1, "half_sin"},
    {"cos", GLSLstd450Cos, 1, "half_cos"}, {"tan", GLSLstd450Tan, 1, "half_tan"},     {"exp", GLSLstd450Exp, 1, NULL},
    {"exp2", GLSLstd450Exp2, 1, NULL},     {"log", GLSLstd450Log, 1, NULL},           {"log2", GLSLstd450Log2, 1, NULL},
};

struct math {
    struct pvg_at *at;
    struct pvg_spv *b;
    uint32_t type;  /**< Type of the computation: float or half, scalar or vector. */
    uint32_t btype; /**< Booleans of the same shape. */
    uint32_t a[4];
    bool from_half, from_bfloat; /**< The operands were narrower than the computation. */
    LLVMFastMathFlags promises;  /**< About the first operand. */
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
    return copysign_of(m, op2(m, SpvOpFAdd, whole, step), x);
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

/** x - y * trunc(x / y), what Metal's fast form promises; the quotient's rounding can be off by one, that is corrected. */
static uint32_t fast_remainder(struct math *m, uint32_t x, uint32_t y)
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
    /* NaN gives 0, zeros keep their sign; the promises of fast arithmetic leave that open. */
    uint32_t s = ext1(m, GLSLstd450FSign, x);
    if (!(m->promises & LLVMFastMathNoSignedZeros))
        s = choose(m, compare(m, SpvOpFOrdEqual, x, number(m, 0)), x, s);
    if (m->promises & LLVMFastMathNoNaNs)
        return s;
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
    if (!strcmp(op, "log10"))
        return op2(m, SpvOpFMul, ext1(m, GLSLstd450Log2, x), number(m, 0.30102999566398120));
    if (!strcmp(op, "sinpi"))
        return ext1(m, GLSLstd450Sin, times_pi(m, reduce_half_turns(m, x)));
    if (!strcmp(op, "cospi"))
        return ext1(m, GLSLstd450Cos, times_pi(m, reduce_half_turns(m, x)));
    return 0;
}

static uint32_t binary(struct math *m, const char *op)
{
    uint32_t x = m->a[0], y = m->a[1];
    if (!strcmp(op, "pow"))
        return pvg_at_libm(m->at, "fast_pow", m->a, 2);
    if (!strcmp(op, "powr"))
        return ext2(m, GLSLstd450Pow, x, y);
    if (!strcmp(op, "fmod"))
        return fast_remainder(m, x, y);
    if (!strcmp(op, "copysign"))
        return copysign_of(m, x, y);
    if (!strcmp(op, "fdim"))
        return choose(m, compare(m, SpvOpFOrdLessThanEqual, x, y), number(m, 0), op2(m, SpvOpFSub, x, y));
    if (!strcmp(op, "nextafter"))
        return next_after(m, x, y);
    if (!strcmp(op, "minimum") || !strcmp(op, "maximum"))
        return strict_extreme(m, op[1] == 'a', x, y);
    return 0;
}

static uint32_t dot(struct math *m, const struct pvg_at_call *c)
{
    (void)c;
    if (pvg_spv_components(m->b, m->type) == 1)
        return op2(m, SpvOpFMul, m->a[0], m->a[1]);
    return pvg_spv_value(m->b, SpvOpDot, pvg_spv_scalar(m->b, m->type), PVG_SPV(m->a[0], m->a[1]));
}

/* ---- Numbers and exponents ------------------------------------------------------------------------------------------------- */

static uint32_t int_op(struct math *m, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, op, bits_type(m), PVG_SPV(x, y));
}

static uint32_t int_number(struct math *m, uint32_t v)
{
    return pvg_spv_splat(m->b, bits_type(m), v);
}

/** x * 2^n in 32 bits. No exponent of a factor is out of range, however far n is. */
static uint32_t load_exponent(struct math *m, uint32_t x, uint32_t n)
{
    struct pvg_spv *b = m->b;
    uint32_t t = bits_type(m);
    for (int i = 0; i < 3; i++) {
        uint32_t part = pvg_spv_ext(b, GLSLstd450SClamp, t, PVG_SPV(n, int_number(m, (uint32_t)-126), int_number(m, 127)));
        uint32_t factor = int_op(m, SpvOpShiftLeftLogical, int_op(m, SpvOpIAdd, part, int_number(m, 127)), int_number(m, 23));
        x = op2(m, SpvOpFMul, x, pvg_spv_bitcast(b, m->type, factor));
        n = int_op(m, SpvOpISub, n, part);
    }
    return x;
}

/** Significand in [1/2, 1) and exponent of a 32-bit number; zero, infinity and NaN are their own significand. */
static uint32_t split_number(struct math *m, uint32_t x, uint32_t *exponent, uint32_t *special)
{
    struct pvg_spv *b = m->b;
    uint32_t ax = ext1(m, GLSLstd450FAbs, x), t = bits_type(m);
    uint32_t tiny = compare(m, SpvOpFOrdLessThan, ax, number(m, 0x1p-126));
    uint32_t v = choose(m, tiny, op2(m, SpvOpFMul, x, number(m, 0x1p24)), x), bits = pvg_spv_bitcast(b, t, v);
    uint32_t field = int_op(m, SpvOpBitwiseAnd, int_op(m, SpvOpShiftRightLogical, bits, int_number(m, 23)), int_number(m, 255));
    uint32_t bias = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(tiny, int_number(m, 150), int_number(m, 126)));
    uint32_t zero = compare(m, SpvOpFOrdEqual, v, number(m, 0));
    uint32_t large = pvg_spv_value(b, SpvOpLogicalNot, m->btype, PVG_SPV(compare(m, SpvOpFOrdLessThan, ax, number(m, INFINITY))));
    *special = pvg_spv_value(b, SpvOpLogicalOr, m->btype, PVG_SPV(zero, large));
    *exponent = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(*special, int_number(m, 0), int_op(m, SpvOpISub, field, bias)));
    uint32_t significand =
        int_op(m, SpvOpBitwiseOr, int_op(m, SpvOpBitwiseAnd, bits, int_number(m, 0x807FFFFF)), int_number(m, 0x3F000000));
    return choose(m, *special, x, pvg_spv_bitcast(b, m->type, significand));
}

/** Store a second result: an id of the computation's type as a value of the result's type. */
static void store_second(struct math *m, const struct pvg_at_call *c, uint32_t id)
{
    LLVMTypeRef element = pvg_at_element(c->type);
    uint32_t v = pvg_at_is_bfloat(c->type) ? pvg_at_float_to_bf(m->at, id) : pvg_at_fit(m->at, id, c->rtype);
    pvg_at_store_id(m->at, LLVMGetOperand(c->inst, 1), c->type, v, LLVMABIAlignmentOfType(m->at->layout, element), false);
}

static uint32_t sine_or_cosine(struct math *m, const struct pvg_at_call *c, bool cosine)
{
    if (c->fast)
        return ext1(m, cosine ? GLSLstd450Cos : GLSLstd450Sin, m->a[0]);
    const char *half = cosine ? "half_cos" : "half_sin";
    return pvg_at_libm(m->at, m->from_half ? half : half + 5, m->a, 1);
}

/** Functions with a second result through a pointer, and those of exponents. */
static bool with_integers_or_pointers(struct math *m, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_at *at = m->at;
    struct pvg_spv *b = m->b;
    uint32_t x = m->a[0];
    if (!strcmp(c->op, "ldexp") && c->argc == 2) {
        uint32_t n = pvg_spv_sresize(b, pvg_at_arg(at, c, 1), 32);
        if (pvg_spv_components(b, pvg_spv_type_of(b, n)) != pvg_spv_components(b, m->type))
            n = pvg_spv_replicate(b, bits_type(m), n);
        *id = load_exponent(m, x, n);
        return true;
    }
    if (!strcmp(c->op, "sincos") && c->argc == 2) {
        store_second(m, c, sine_or_cosine(m, c, true));
        *id = sine_or_cosine(m, c, false);
        return true;
    }
    if (!strcmp(c->op, "modf") && c->argc == 2) {
        uint32_t whole = ext1(m, GLSLstd450Trunc, x);
        store_second(m, c, whole);
        uint32_t infinite = compare(m, SpvOpFOrdEqual, ext1(m, GLSLstd450FAbs, x), number(m, INFINITY));
        *id = copysign_of(m, choose(m, infinite, number(m, 0), op2(m, SpvOpFSub, x, whole)), x);
        return true;
    }
    bool frexp = !strcmp(c->op, "frexp") && c->argc == 2, ilogb = !strcmp(c->op, "ilogb") && c->argc == 1;
    if (!frexp && !ilogb)
        return false;
    uint32_t exponent, special, significand = split_number(m, x, &exponent, &special), t = bits_type(m);
    if (ilogb) {
        uint32_t zero = compare(m, SpvOpFOrdEqual, x, number(m, 0));
        uint32_t edge = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(zero, int_number(m, 0x80000000), int_number(m, 0x7FFFFFFF)));
        *id = pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(special, edge, int_op(m, SpvOpISub, exponent, int_number(m, 1))));
        return true;
    }
    LLVMTypeRef i32 = LLVMInt32TypeInContext(at->mod.context);
    unsigned n = pvg_at_lanes(at, c->type);
    pvg_at_store_id(at, LLVMGetOperand(c->inst, 1), n > 1 ? LLVMVectorType(i32, n) : i32, exponent, 4, false);
    *id = significand;
    return true;
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
    if (c->argc != 1)
        return false;
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

/** Inverse functions over pi, in the names with "pi" at the end. */
static uint32_t over_pi(struct math *m, const char *op, unsigned argc)
{
    static const char *const names[] = {"asin", "acos", "atan", "atan2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(op, names[i], n) || strcmp(op + n, "pi"))
            continue;
        uint32_t v = pvg_at_libm(m->at, names[i], m->a, argc);
        return v ? op2(m, SpvOpFMul, v, number(m, M_1_PI)) : 0;
    }
    return 0;
}

/** One rounding where the device promises none: in code, unless its instruction is fused. */
static uint32_t fused(struct math *m)
{
    struct pvg_at *at = m->at;
    bool wide = pvg_spv_width(m->b, m->type) == 32 && !m->from_half;
    if (!(at->opt->available & PVG_AIR_NEED_FUSED_FMA)) {
        if (m->from_half)
            return pvg_at_libm(at, "half_fma", m->a, 3);
        if (wide && at->opt->available & PVG_AIR_NEED_FLOAT64)
            return pvg_at_libm(at, "fma", m->a, 3);
    }
    return pvg_spv_ext(m->b, GLSLstd450Fma, m->type, m->a, 3);
}

/** Functions of real numbers: the device's instruction where it is accurate enough, else libm.c. */
static uint32_t real_function(struct math *m, const struct pvg_at_call *c)
{
    bool narrow = m->from_half || m->from_bfloat, relaxed = c->fast || narrow;
    if (!strcmp(c->op, "fma") && c->argc == 3)
        return fused(m);
    for (size_t i = 0; i < sizeof fast / sizeof *fast; i++) {
        if (strcmp(c->op, fast[i].op) || c->argc != fast[i].argc)
            continue;
        if (m->from_half && fast[i].half)
            return pvg_at_libm(m->at, fast[i].half, m->a, 1);
        if (!relaxed || (m->from_bfloat && fast[i].half))
            return pvg_at_libm(m->at, c->op, m->a, 1);
        return ext1(m, fast[i].inst, m->a[0]);
    }
    bool instruction = !strcmp(c->op, "pow") || !strcmp(c->op, "powr") || !strcmp(c->op, "log10");
    instruction |= c->fast && (!strcmp(c->op, "sinpi") || !strcmp(c->op, "cospi") || !strcmp(c->op, "fmod"));
    uint32_t v = relaxed && instruction ? 0 : pvg_at_libm(m->at, c->op, m->a, c->argc);
    return v ? v : over_pi(m, c->op, c->argc);
}

/** Functions that are computed on half numbers as they are. */
static bool exact_in_half(const char *op)
{
    static const char *const names[] = {"fabs",      "floor", "ceil",     "trunc",   "rint",    "round",    "fract",
                                        "saturate",  "sign",  "fmin",     "fmax",    "clamp",   "mix",      "dot",
                                        "fmin3",     "fmax3", "fmedian3", "minimum", "maximum", "copysign", "fdim",
                                        "nextafter", "modf",  "dfdx",     "dfdy",    "fwidth"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(op, names[i]))
            return true;
    return false;
}

static bool collect(struct math *m, struct pvg_at *at, const struct pvg_at_call *c)
{
    if (!c->argc || c->argc > 4)
        return false;
    LLVMTypeKind kind = LLVMGetTypeKind(pvg_at_element(pvg_at_arg_type(c, 0)));
    if (kind != LLVMFloatTypeKind && kind != LLVMHalfTypeKind && kind != LLVMBFloatTypeKind)
        return false;
    *m = (struct math){
        .at = at, .b = &at->b, .from_bfloat = kind == LLVMBFloatTypeKind, .promises = pvg_at_promises(LLVMGetOperand(c->inst, 0))};
    m->from_half = kind == LLVMHalfTypeKind && !exact_in_half(c->op) &&
                   (strcmp(c->op, "fma") || !(at->opt->available & PVG_AIR_NEED_FUSED_FMA));
    uint32_t given = pvg_at_type(at, pvg_at_arg_type(c, 0));
    bool wide = m->from_bfloat || m->from_half;
    m->type = wide ? pvg_spv_like(m->b, given, pvg_spv_float(m->b, 32)) : given;
    m->btype = pvg_spv_like(m->b, m->type, pvg_spv_bool(m->b));
    for (unsigned i = 0; i < c->argc; i++) {
        if (LLVMTypeOf(LLVMGetOperand(c->inst, i)) != pvg_at_arg_type(c, 0))
            continue;
        uint32_t v = pvg_at_arg(at, c, i);
        m->a[i] = m->from_bfloat ? pvg_at_bf_to_float(at, v) : pvg_at_fit(at, v, m->type);
    }
    return true;
}

static uint32_t with_floats_only(struct math *m, const struct pvg_at_call *c)
{
    uint32_t id = 0;
    for (unsigned i = 0; i < c->argc; i++)
        if (!m->a[i])
            return 0;
    if (derivative(m, c, &id) || direct_op(m, c, &id))
        return id;
    if (!strcmp(c->op, "dot") && c->argc == 2)
        return dot(m, c);
    if (c->argc == 3 && (!strcmp(c->op, "fmin3") || !strcmp(c->op, "fmax3") || !strcmp(c->op, "fmedian3")))
        return three_way(m, c->op);
    id = real_function(m, c);
    if (!id && c->argc == 1)
        id = unary(m, c->op);
    if (!id && c->argc == 2)
        id = binary(m, c->op);
    return id;
}

bool pvg_at_intrin_math(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct math m;
    if (!collect(&m, at, c))
        return false;
    uint32_t v = 0;
    if (!with_integers_or_pointers(&m, c, &v))
        v = with_floats_only(&m, c);
    if (!v)
        return false;
    if (LLVMGetTypeKind(pvg_at_element(c->type)) == LLVMIntegerTypeKind)
        *id = v;
    else
        *id = m.from_bfloat ? pvg_at_float_to_bf(at, v) : pvg_at_fit(at, v, c->rtype);
    return true;
}
