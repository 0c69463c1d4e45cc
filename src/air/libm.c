/* SPDX-License-Identifier: MIT */
/* Roots, exponential functions, logarithms, powers, remainder; see libm.h. */
#include "air/libm.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- Numbers and operations ------------------------------------------------------------------------------------------------ */

uint32_t pvg_lm_k(struct pvg_lm *l, double v)
{
    return pvg_spv_splat(l->b, l->f, pvg_spv_float_bits(32, v));
}

uint32_t pvg_lm_ku(struct pvg_lm *l, uint32_t v)
{
    return pvg_spv_splat(l->b, l->u, v);
}

static uint32_t exact(struct pvg_lm *l, SpvOp op, uint32_t x, uint32_t y)
{
    uint32_t id = pvg_spv_value(l->b, op, l->f, PVG_SPV(x, y));
    pvg_spv_decorate(l->b, id, SpvDecorationNoContraction, NULL, 0);
    return id;
}

uint32_t pvg_lm_add(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return exact(l, SpvOpFAdd, x, y);
}

uint32_t pvg_lm_sub(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return exact(l, SpvOpFSub, x, y);
}

uint32_t pvg_lm_mul(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return exact(l, SpvOpFMul, x, y);
}

uint32_t pvg_lm_div(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return exact(l, SpvOpFDiv, x, y);
}

static uint32_t ext1(struct pvg_lm *l, enum GLSLstd450 inst, uint32_t x)
{
    return pvg_spv_ext(l->b, inst, l->f, PVG_SPV(x));
}

uint32_t pvg_lm_abs(struct pvg_lm *l, uint32_t x)
{
    return ext1(l, GLSLstd450FAbs, x);
}

uint32_t pvg_lm_rint(struct pvg_lm *l, uint32_t x)
{
    return ext1(l, GLSLstd450RoundEven, x);
}

uint32_t pvg_lm_select(struct pvg_lm *l, uint32_t cond, uint32_t x, uint32_t y)
{
    return pvg_spv_value(l->b, SpvOpSelect, pvg_spv_type_of(l->b, x), PVG_SPV(cond, x, y));
}

uint32_t pvg_lm_compare(struct pvg_lm *l, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(l->b, op, l->bo, PVG_SPV(x, y));
}

uint32_t pvg_lm_is_nan(struct pvg_lm *l, uint32_t x)
{
    return pvg_spv_value(l->b, SpvOpIsNan, l->bo, PVG_SPV(x));
}

uint32_t pvg_lm_int(struct pvg_lm *l, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(l->b, op, l->u, PVG_SPV(x, y));
}

uint32_t pvg_lm_bits(struct pvg_lm *l, uint32_t x)
{
    return pvg_spv_bitcast(l->b, l->u, x);
}

uint32_t pvg_lm_float(struct pvg_lm *l, uint32_t bits)
{
    return pvg_spv_bitcast(l->b, l->f, bits);
}

static uint32_t masked(struct pvg_lm *l, uint32_t x, uint32_t mask)
{
    return pvg_lm_float(l, pvg_lm_int(l, SpvOpBitwiseAnd, pvg_lm_bits(l, x), pvg_lm_ku(l, mask)));
}

uint32_t pvg_lm_copysign(struct pvg_lm *l, uint32_t magnitude, uint32_t sign)
{
    uint32_t m = pvg_lm_int(l, SpvOpBitwiseAnd, pvg_lm_bits(l, magnitude), pvg_lm_ku(l, 0x7FFFFFFF));
    uint32_t s = pvg_lm_int(l, SpvOpBitwiseAnd, pvg_lm_bits(l, sign), pvg_lm_ku(l, 0x80000000));
    return pvg_lm_float(l, pvg_lm_int(l, SpvOpBitwiseOr, m, s));
}

uint32_t pvg_lm_poly(struct pvg_lm *l, uint32_t x, const double *c, unsigned n)
{
    uint32_t r = pvg_lm_k(l, c[n - 1]);
    for (unsigned i = n - 1; i-- > 0;)
        r = pvg_lm_add(l, pvg_lm_mul(l, r, x), pvg_lm_k(l, c[i]));
    return r;
}

static uint32_t k(struct pvg_lm *l, double v)
{
    return pvg_lm_k(l, v);
}

static uint32_t add(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return pvg_lm_add(l, x, y);
}

static uint32_t sub(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return pvg_lm_sub(l, x, y);
}

static uint32_t mul(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return pvg_lm_mul(l, x, y);
}

static uint32_t choose(struct pvg_lm *l, uint32_t cond, uint32_t x, uint32_t y)
{
    return pvg_lm_select(l, cond, x, y);
}

static uint32_t below(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return pvg_lm_compare(l, SpvOpFOrdLessThan, x, y);
}

static uint32_t same(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    return pvg_lm_compare(l, SpvOpFOrdEqual, x, y);
}

/** An unevaluated sum of two numbers, the second below half a unit of the first. */
struct pair {
    uint32_t hi, lo;
};

/** x + y and its rounding error. */
static struct pair two_sum(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    uint32_t s = add(l, x, y), part = sub(l, s, x);
    uint32_t lo = add(l, sub(l, x, sub(l, s, part)), sub(l, y, part));
    return (struct pair){s, lo};
}

/** x * y and its rounding error: products of the operands' 12-bit halves are exact. */
static struct pair two_product(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    uint32_t xh = masked(l, x, 0xFFFFF000), yh = masked(l, y, 0xFFFFF000), xl = sub(l, x, xh), yl = sub(l, y, yh);
    uint32_t p = mul(l, x, y);
    uint32_t e = sub(l, mul(l, xh, yh), p);
    e = add(l, add(l, e, mul(l, xh, yl)), mul(l, xl, yh));
    return (struct pair){p, add(l, e, mul(l, xl, yl))};
}

/* ---- Roots ----------------------------------------------------------------------------------------------------------------- */

/** Factor that brings very large and very small numbers to where residues are exact, and the factor that takes the root back. */
static struct pair root_scale(struct pvg_lm *l, uint32_t x, double large, double small)
{
    uint32_t big = pvg_lm_compare(l, SpvOpFOrdGreaterThan, x, k(l, 0x1p60)), tiny = below(l, x, k(l, 0x1p-60));
    struct pair p;
    p.hi = choose(l, big, k(l, 0x1p-64), choose(l, tiny, k(l, 0x1p64), k(l, 1)));
    p.lo = choose(l, big, k(l, large), choose(l, tiny, k(l, small), k(l, 1)));
    return p;
}

/** v - r * r. */
static uint32_t residue_of(struct pvg_lm *l, uint32_t v, uint32_t r)
{
    struct pair square = two_product(l, r, r);
    return sub(l, sub(l, v, square.hi), square.lo);
}

static uint32_t next_bits(struct pvg_lm *l, uint32_t x, uint32_t step)
{
    return pvg_lm_float(l, pvg_lm_int(l, SpvOpIAdd, pvg_lm_bits(l, x), pvg_lm_ku(l, step)));
}

/**
 * The device's root plus half the residue over the root is at most one unit off. Of the number below the root and the one above,
 * the latter is nearer if v exceeds the square of the middle between them: low^2 + low * unit + unit^2 / 4.
 */
uint32_t pvg_lm_sqrt(struct pvg_lm *l, uint32_t x)
{
    struct pair scale = root_scale(l, x, 0x1p32, 0x1p-32);
    uint32_t v = mul(l, x, scale.hi), r = ext1(l, GLSLstd450Sqrt, v);
    r = add(l, r, pvg_lm_div(l, mul(l, residue_of(l, v, r), k(l, 0.5)), r));
    uint32_t low = choose(l, below(l, residue_of(l, v, r), k(l, 0)), next_bits(l, r, UINT32_MAX), r);
    uint32_t high = next_bits(l, low, 1), middle = mul(l, low, sub(l, high, low));
    uint32_t up = pvg_lm_compare(l, SpvOpFOrdGreaterThan, residue_of(l, v, low), middle);
    uint32_t fixed = mul(l, choose(l, up, high, low), scale.lo);
    /* Zero, infinity, NaN and negative numbers are what the instruction makes of them. */
    uint32_t plain = pvg_spv_value(l->b, SpvOpLogicalAnd, l->bo,
                                   PVG_SPV(pvg_lm_compare(l, SpvOpFOrdGreaterThan, v, k(l, 0)), below(l, x, k(l, INFINITY))));
    uint32_t bad = below(l, x, k(l, 0));
    uint32_t other = choose(l, same(l, x, k(l, 0)), x, choose(l, bad, k(l, NAN), x));
    return choose(l, plain, fixed, other);
}

static uint32_t body_sqrt(struct pvg_lm *l)
{
    return pvg_lm_sqrt(l, l->a[0]);
}

static uint32_t body_rsqrt(struct pvg_lm *l)
{
    uint32_t x = l->a[0];
    struct pair scale = root_scale(l, x, 0x1p-32, 0x1p32);
    uint32_t v = mul(l, x, scale.hi), r = ext1(l, GLSLstd450InverseSqrt, v);
    struct pair square = two_product(l, r, r), product = two_product(l, v, square.hi);
    uint32_t residue = sub(l, sub(l, sub(l, k(l, 1), product.hi), product.lo), mul(l, v, square.lo));
    uint32_t series = mul(l, residue, add(l, k(l, 0.5), mul(l, residue, k(l, 0.375))));
    uint32_t fixed = mul(l, add(l, r, mul(l, r, series)), scale.lo);
    uint32_t zero = same(l, v, k(l, 0)), infinite = same(l, x, k(l, INFINITY));
    uint32_t r0 = choose(l, zero, pvg_lm_copysign(l, k(l, INFINITY), x), choose(l, infinite, k(l, 0), k(l, NAN)));
    uint32_t plain = pvg_spv_value(l->b, SpvOpLogicalAnd, l->bo,
                                   PVG_SPV(pvg_lm_compare(l, SpvOpFOrdGreaterThan, v, k(l, 0)), below(l, x, k(l, INFINITY))));
    return choose(l, plain, fixed, r0);
}

/* ---- Exponential functions ------------------------------------------------------------------------------------------------- */

static uint32_t power_of_two(struct pvg_lm *l, uint32_t n)
{
    uint32_t biased = pvg_lm_int(l, SpvOpIAdd, n, pvg_lm_ku(l, 127));
    return pvg_lm_float(l, pvg_lm_int(l, SpvOpShiftLeftLogical, biased, pvg_lm_ku(l, 23)));
}

/** v * 2^n for whole n in [-252, 252] as float, in two steps so that either factor exists. */
static uint32_t scale(struct pvg_lm *l, uint32_t v, uint32_t n)
{
    uint32_t i = pvg_spv_value(l->b, SpvOpConvertFToS, l->u, PVG_SPV(n));
    uint32_t half = pvg_lm_int(l, SpvOpShiftRightArithmetic, i, pvg_lm_ku(l, 1));
    v = mul(l, v, power_of_two(l, half));
    return mul(l, v, power_of_two(l, pvg_lm_int(l, SpvOpISub, i, half)));
}

/** e^r * 2^n for |r| <= ln(2) / 2. */
static uint32_t exp_core(struct pvg_lm *l, uint32_t r, uint32_t n)
{
    static const double c[] = {0.5000000013, 0.1666666672, 0.04166646491, 0.008333298471, 0.001393365033, 0.0001989928412};
    uint32_t q = mul(l, mul(l, r, r), pvg_lm_poly(l, r, c, COUNT(c)));
    return scale(l, add(l, add(l, q, r), k(l, 1)), n);
}

/** The leading 15 bits of a constant: products with exponents are exact. */
static double leading(double v)
{
    int e;
    double m = frexp(v, &e);
    return ldexp(floor(ldexp(m, 15)), e - 15);
}

static uint32_t limited(struct pvg_lm *l, uint32_t x, double lo, double hi)
{
    return pvg_spv_ext(l->b, GLSLstd450NClamp, l->f, PVG_SPV(x, k(l, lo), k(l, hi)));
}

static uint32_t or_nan(struct pvg_lm *l, uint32_t x, uint32_t r)
{
    return choose(l, pvg_lm_is_nan(l, x), x, r);
}

/** base^x = 2^n * e^(...), n = the nearest whole number to x * log2(base); unit = log of 2 to the base, ln = ln(base). */
static uint32_t exponential(struct pvg_lm *l, uint32_t x, double lo, double hi, double unit, double ln, uint32_t less)
{
    uint32_t v = limited(l, x, lo, hi), n = pvg_lm_rint(l, mul(l, v, k(l, 1 / unit)));
    uint32_t r = sub(l, sub(l, v, mul(l, n, k(l, leading(unit)))), mul(l, n, k(l, unit - leading(unit))));
    if (ln != 1)
        r = mul(l, r, k(l, ln));
    return or_nan(l, x, exp_core(l, r, less ? sub(l, n, less) : n));
}

static uint32_t body_exp(struct pvg_lm *l)
{
    return exponential(l, l->a[0], -110, 100, M_LN2, 1, 0);
}

static uint32_t body_exp2(struct pvg_lm *l)
{
    return exponential(l, l->a[0], -160, 140, 1, M_LN2, 0);
}

static uint32_t body_exp10(struct pvg_lm *l)
{
    return exponential(l, l->a[0], -48, 42, 0.30102999566398119521, M_LN10, 0);
}

/** e^x / 2, for hyperbolic functions: no overflow before theirs. */
static uint32_t half_exp(struct pvg_lm *l, uint32_t x)
{
    return exponential(l, x, -110, 100, M_LN2, 1, k(l, 1));
}

/* ---- Logarithms ------------------------------------------------------------------------------------------------------------ */

/** x = 2^n * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); ln(1 + f) = f - t. */
struct log_parts {
    uint32_t n, f, t;
    uint32_t square; /**< f * f / 2. */
    uint32_t rest;   /**< t = square - rest. */
};

static struct log_parts log_core(struct pvg_lm *l, uint32_t x)
{
    static const double c[] = {2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9};
    struct log_parts p;
    uint32_t tiny = below(l, x, k(l, 0x1p-126));
    x = choose(l, tiny, mul(l, x, k(l, 0x1p24)), x);
    uint32_t bits = pvg_lm_bits(l, x);
    uint32_t e =
        pvg_lm_int(l, SpvOpShiftRightArithmetic, pvg_lm_int(l, SpvOpISub, bits, pvg_lm_ku(l, 0x3F3504F3)), pvg_lm_ku(l, 23));
    uint32_t m = pvg_lm_float(l, pvg_lm_int(l, SpvOpISub, bits, pvg_lm_int(l, SpvOpShiftLeftLogical, e, pvg_lm_ku(l, 23))));
    p.n = pvg_spv_value(l->b, SpvOpConvertSToF, l->f, PVG_SPV(e));
    p.n = choose(l, tiny, sub(l, p.n, k(l, 24)), p.n);
    p.f = sub(l, m, k(l, 1));
    uint32_t s = pvg_lm_div(l, p.f, add(l, p.f, k(l, 2))), z = mul(l, s, s);
    p.square = mul(l, mul(l, p.f, p.f), k(l, 0.5));
    p.rest = mul(l, s, add(l, p.square, mul(l, z, pvg_lm_poly(l, z, c, COUNT(c)))));
    p.t = sub(l, p.square, p.rest);
    return p;
}

/** Results for zero, negative numbers, infinity and NaN. */
static uint32_t log_edges(struct pvg_lm *l, uint32_t x, uint32_t r)
{
    r = choose(l, same(l, x, k(l, INFINITY)), x, r);
    r = choose(l, same(l, x, k(l, 0)), k(l, -INFINITY), r);
    r = choose(l, below(l, x, k(l, 0)), k(l, NAN), r);
    return or_nan(l, x, r);
}

/** n * ln(2) + ln(1 + f) + extra. */
static uint32_t log_sum(struct pvg_lm *l, const struct log_parts *p, uint32_t extra)
{
    double hi = leading(M_LN2);
    uint32_t low = mul(l, p->n, k(l, M_LN2 - hi));
    if (extra)
        low = add(l, low, extra);
    return sub(l, mul(l, p->n, k(l, hi)), sub(l, sub(l, p->t, low), p->f));
}

static uint32_t body_log(struct pvg_lm *l)
{
    struct log_parts p = log_core(l, l->a[0]);
    return log_edges(l, l->a[0], log_sum(l, &p, 0));
}

static uint32_t body_log2(struct pvg_lm *l)
{
    struct log_parts p = log_core(l, l->a[0]);
    return log_edges(l, l->a[0], add(l, p.n, mul(l, sub(l, p.f, p.t), k(l, M_LOG2E))));
}

static uint32_t body_log10(struct pvg_lm *l)
{
    struct log_parts p = log_core(l, l->a[0]);
    double unit = 0.30102999566398119521, hi = leading(unit);
    uint32_t low = add(l, mul(l, p.n, k(l, unit - hi)), mul(l, sub(l, p.f, p.t), k(l, M_LOG10E)));
    return log_edges(l, l->a[0], add(l, mul(l, p.n, k(l, hi)), low));
}

/** ln(1 + v), v > -1: the logarithm of the rounded sum and the sum's error over it; `doubled` adds ln(2). */
static uint32_t log_of_sum(struct pvg_lm *l, uint32_t v, uint32_t doubled)
{
    uint32_t one = k(l, 1), y = add(l, v, one);
    uint32_t large = pvg_lm_compare(l, SpvOpFOrdGreaterThanEqual, v, one);
    uint32_t error = choose(l, large, sub(l, one, sub(l, y, v)), sub(l, v, sub(l, y, one)));
    struct log_parts p = log_core(l, y);
    if (doubled)
        p.n = add(l, p.n, choose(l, doubled, one, k(l, 0)));
    return log_sum(l, &p, pvg_lm_div(l, error, y));
}

/* ---- Powers ---------------------------------------------------------------------------------------------------------------- */

/** log2(x) of a positive number as a pair with about 30 bits. */
static struct pair log2_pair(struct pvg_lm *l, uint32_t x)
{
    struct log_parts p = log_core(l, x);
    /* ln(1 + f) = f - f^2 / 2 + rest, the square in two parts. */
    uint32_t fh = masked(l, p.f, 0xFFFFF000), fl = sub(l, p.f, fh), half = k(l, 0.5);
    uint32_t sh = mul(l, mul(l, fh, fh), half), sl = mul(l, fl, add(l, fh, mul(l, fl, half)));
    uint32_t hi = sub(l, p.f, sh), lo = sub(l, sub(l, sub(l, p.f, hi), sh), sub(l, sl, p.rest));
    /* Times log2(e), whose upper part has 12 bits. */
    double ch = ldexp(floor(ldexp(M_LOG2E, 11)), -11);
    uint32_t hh = masked(l, hi, 0xFFFFF000), hl = sub(l, hi, hh);
    uint32_t product = mul(l, hh, k(l, ch));
    uint32_t rest = add(l, mul(l, hi, k(l, M_LOG2E - ch)), add(l, mul(l, hl, k(l, ch)), mul(l, lo, k(l, M_LOG2E))));
    struct pair sum = two_sum(l, p.n, product);
    return two_sum(l, sum.hi, add(l, sum.lo, rest));
}

/** |x|^y without the special cases. */
static uint32_t pow_core(struct pvg_lm *l, uint32_t x, uint32_t y)
{
    struct pair g = log2_pair(l, x);
    struct pair e = two_product(l, y, g.hi);
    uint32_t lo = add(l, e.lo, mul(l, y, g.lo)), hi = limited(l, e.hi, -250, 250);
    uint32_t inside = same(l, hi, e.hi);
    lo = choose(l, inside, lo, k(l, 0));
    uint32_t n = pvg_lm_rint(l, hi), r = mul(l, add(l, sub(l, hi, n), lo), k(l, M_LN2));
    return exp_core(l, r, n);
}

/** Results of infinite and zero operands; x is not negative. */
static uint32_t pow_edges(struct pvg_lm *l, uint32_t x, uint32_t y, uint32_t r)
{
    uint32_t zero = k(l, 0), one = k(l, 1), inf = k(l, INFINITY), up = pvg_lm_compare(l, SpvOpFOrdGreaterThan, y, zero);
    uint32_t grows = choose(l, up, inf, zero), shrinks = choose(l, up, zero, inf);
    uint32_t infinite = same(l, pvg_lm_abs(l, y), inf);
    uint32_t by_base = choose(l, pvg_lm_compare(l, SpvOpFOrdGreaterThan, x, one), grows, shrinks);
    r = choose(l, infinite, by_base, r);
    r = choose(l, same(l, x, inf), grows, r);
    r = choose(l, same(l, x, zero), shrinks, r);
    return choose(l, same(l, x, one), one, r);
}

static uint32_t logical(struct pvg_lm *l, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(l->b, op, l->bo, PVG_SPV(x, y));
}

/** Sign of the base, and the rule that anything to the power of 0 is 1. */
static uint32_t pow_signs(struct pvg_lm *l, uint32_t x, uint32_t y, uint32_t r)
{
    uint32_t zero = k(l, 0), half = mul(l, y, k(l, 0.5));
    uint32_t whole = same(l, ext1(l, GLSLstd450Trunc, y), y);
    uint32_t odd = logical(l, SpvOpLogicalAnd, whole, pvg_lm_compare(l, SpvOpFOrdNotEqual, ext1(l, GLSLstd450Trunc, half), half));
    r = choose(l, odd, pvg_lm_copysign(l, r, x), r);
    uint32_t negative = logical(l, SpvOpLogicalAnd, below(l, x, zero), pvg_lm_compare(l, SpvOpFOrdGreaterThan, x, k(l, -INFINITY)));
    uint32_t fraction = pvg_spv_value(l->b, SpvOpLogicalNot, l->bo, PVG_SPV(whole));
    r = choose(l, logical(l, SpvOpLogicalAnd, negative, fraction), k(l, NAN), r);
    r = choose(l, pvg_lm_is_nan(l, y), y, or_nan(l, x, r));
    uint32_t trivial = logical(l, SpvOpLogicalOr, same(l, y, zero), same(l, x, k(l, 1)));
    return choose(l, trivial, k(l, 1), r);
}

static uint32_t body_pow(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), y = l->a[1];
    return pow_signs(l, l->a[0], y, pow_edges(l, x, y, pow_core(l, x, y)));
}

/** x < 0, 0^0 and the like are undefined. */
static uint32_t body_powr(struct pvg_lm *l)
{
    uint32_t x = l->a[0], y = l->a[1];
    uint32_t r = pow_edges(l, x, y, pow_core(l, x, y));
    uint32_t bad = logical(l, SpvOpLogicalOr, below(l, x, k(l, 0)), pvg_lm_is_nan(l, y));
    r = choose(l, bad, k(l, NAN), r);
    r = choose(l, same(l, y, k(l, 0)), k(l, 1), r);
    return or_nan(l, x, r);
}

/** Around the device's own exp2 and log2, for fast_pow: the base's sign and the edges only. */
static uint32_t body_fast_pow(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), y = l->a[1];
    uint32_t r = pvg_spv_ext(l->b, GLSLstd450Exp2, l->f, PVG_SPV(mul(l, y, ext1(l, GLSLstd450Log2, x))));
    uint32_t up = pvg_lm_compare(l, SpvOpFOrdGreaterThan, y, k(l, 0));
    r = choose(l, same(l, x, k(l, 0)), choose(l, up, k(l, 0), k(l, INFINITY)), r);
    return pow_signs(l, l->a[0], y, r);
}

/* ---- Hyperbolic functions -------------------------------------------------------------------------------------------------- */

static uint32_t sinh_small(struct pvg_lm *l, uint32_t x)
{
    static const double c[] = {1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880, 1.0 / 39916800};
    uint32_t z = mul(l, x, x);
    return add(l, x, mul(l, mul(l, x, z), pvg_lm_poly(l, z, c, COUNT(c))));
}

static uint32_t body_sinh(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), e = half_exp(l, x);
    uint32_t large = sub(l, e, pvg_lm_div(l, k(l, 0.25), e));
    uint32_t r = choose(l, below(l, x, k(l, 1)), sinh_small(l, x), large);
    return or_nan(l, x, pvg_lm_copysign(l, r, l->a[0]));
}

static uint32_t body_cosh(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), e = half_exp(l, x);
    return or_nan(l, x, add(l, e, pvg_lm_div(l, k(l, 0.25), e)));
}

static uint32_t body_tanh(struct pvg_lm *l)
{
    static const double c[] = {1, 1.0 / 2, 1.0 / 24, 1.0 / 720, 1.0 / 40320, 1.0 / 3628800};
    uint32_t x = pvg_lm_abs(l, l->a[0]), z = mul(l, x, x);
    uint32_t small = pvg_lm_div(l, sinh_small(l, x), pvg_lm_poly(l, z, c, COUNT(c)));
    /* 1 - 2 / (e^2x + 1); from 10 on that is 1. */
    uint32_t twice = pvg_spv_ext(l->b, GLSLstd450NMin, l->f, PVG_SPV(add(l, x, x), k(l, 20)));
    uint32_t e = half_exp(l, twice);
    uint32_t large = sub(l, k(l, 1), pvg_lm_div(l, k(l, 1), add(l, e, k(l, 0.5))));
    uint32_t r = choose(l, below(l, x, k(l, 1)), small, large);
    return or_nan(l, x, pvg_lm_copysign(l, r, l->a[0]));
}

/** Past 2^20 the inverse hyperbolic sine and cosine are ln(2x). */
static uint32_t is_huge(struct pvg_lm *l, uint32_t x)
{
    return pvg_lm_compare(l, SpvOpFOrdGreaterThan, x, k(l, 0x1p20));
}

static uint32_t body_asinh(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), one = k(l, 1), huge = is_huge(l, x), z = mul(l, x, x);
    uint32_t v = add(l, x, pvg_lm_div(l, z, add(l, one, ext1(l, GLSLstd450Sqrt, add(l, z, one)))));
    uint32_t r = log_of_sum(l, choose(l, huge, x, v), huge);
    r = choose(l, same(l, x, k(l, INFINITY)), x, r);
    return or_nan(l, x, pvg_lm_copysign(l, r, l->a[0]));
}

static uint32_t body_acosh(struct pvg_lm *l)
{
    uint32_t x = l->a[0], one = k(l, 1), huge = is_huge(l, x), t = sub(l, x, one);
    uint32_t v = add(l, t, ext1(l, GLSLstd450Sqrt, add(l, add(l, t, t), mul(l, t, t))));
    uint32_t r = log_of_sum(l, choose(l, huge, x, v), huge);
    r = choose(l, same(l, x, k(l, INFINITY)), x, r);
    return choose(l, pvg_lm_compare(l, SpvOpFUnordLessThan, x, one), k(l, NAN), r);
}

static uint32_t body_atanh(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), one = k(l, 1);
    uint32_t v = pvg_lm_div(l, add(l, x, x), sub(l, one, x));
    uint32_t r = mul(l, log_of_sum(l, v, 0), k(l, 0.5));
    r = choose(l, same(l, x, one), k(l, INFINITY), r);
    r = choose(l, pvg_lm_compare(l, SpvOpFUnordGreaterThan, x, one), k(l, NAN), r);
    return pvg_lm_copysign(l, r, l->a[0]);
}

/* ---- Remainder ------------------------------------------------------------------------------------------------------------- */

/** Exponent field, 1 for denormal numbers, of the magnitude's bits. */
static uint32_t exponent_field(struct pvg_lm *l, uint32_t bits)
{
    return pvg_spv_ext(l->b, GLSLstd450UMax, l->u,
                       PVG_SPV(pvg_lm_int(l, SpvOpShiftRightLogical, bits, pvg_lm_ku(l, 23)), pvg_lm_ku(l, 1)));
}

static uint32_t significand_of(struct pvg_lm *l, uint32_t bits)
{
    uint32_t m = pvg_lm_int(l, SpvOpBitwiseAnd, bits, pvg_lm_ku(l, 0x7FFFFF));
    uint32_t normal = pvg_spv_value(l->b, SpvOpUGreaterThan, l->bo, PVG_SPV(bits, pvg_lm_ku(l, 0x7FFFFF)));
    return choose(l, normal, pvg_lm_int(l, SpvOpBitwiseOr, m, pvg_lm_ku(l, 0x800000)), m);
}

/** Long division of the significands, eight bits of the quotient at a time; a loop, so scalars only. */
static uint32_t body_fmod(struct pvg_lm *l)
{
    struct pvg_spv *b = l->b;
    uint32_t sign_off = pvg_lm_ku(l, 0x7FFFFFFF), zero = pvg_lm_ku(l, 0);
    uint32_t bx = pvg_lm_int(l, SpvOpBitwiseAnd, pvg_lm_bits(l, l->a[0]), sign_off);
    uint32_t by = pvg_lm_int(l, SpvOpBitwiseAnd, pvg_lm_bits(l, l->a[1]), sign_off);
    uint32_t ex = exponent_field(l, bx), ey = exponent_field(l, by), mx = significand_of(l, bx), my = significand_of(l, by);
    uint32_t smaller = pvg_spv_value(b, SpvOpULessThan, l->bo, PVG_SPV(bx, by));
    uint32_t distance = choose(l, smaller, zero, pvg_lm_int(l, SpvOpISub, ex, ey));
    uint32_t divisor = pvg_spv_ext(b, GLSLstd450UMax, l->u, PVG_SPV(my, pvg_lm_ku(l, 1)));
    uint32_t first = pvg_lm_int(l, SpvOpUMod, mx, divisor);

    uint32_t from = l->at->at_label, head = pvg_spv_new_id(b), body = pvg_spv_new_id(b), next = pvg_spv_new_id(b);
    uint32_t end = pvg_spv_new_id(b), rest = pvg_spv_new_id(b), left = pvg_spv_new_id(b), r = pvg_spv_new_id(b),
             d = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(head));
    pvg_spv_value_as(b, SpvOpPhi, l->u, r, PVG_SPV(first, from, rest, next));
    pvg_spv_value_as(b, SpvOpPhi, l->u, d, PVG_SPV(distance, from, left, next));
    uint32_t more = pvg_spv_value(b, SpvOpUGreaterThan, l->bo, PVG_SPV(d, zero));
    pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(end, next, SpvLoopControlMaskNone));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(more, body, end));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(body));
    uint32_t step = pvg_spv_ext(b, GLSLstd450UMin, l->u, PVG_SPV(d, pvg_lm_ku(l, 8)));
    pvg_spv_value_as(b, SpvOpUMod, l->u, rest, PVG_SPV(pvg_lm_int(l, SpvOpShiftLeftLogical, r, step), divisor));
    pvg_spv_value_as(b, SpvOpISub, l->u, left, PVG_SPV(d, step));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(next));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(next));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(end));

    uint32_t whole = pvg_spv_value(b, SpvOpConvertUToF, l->f, PVG_SPV(r));
    uint32_t e = pvg_spv_value(b, SpvOpConvertUToF, l->f, PVG_SPV(ey));
    uint32_t v = scale(l, whole, sub(l, e, k(l, 150)));
    v = pvg_lm_copysign(l, choose(l, smaller, l->a[0], v), l->a[0]);
    uint32_t inf = pvg_lm_ku(l, 0x7F800000);
    uint32_t bad = logical(l, SpvOpLogicalOr, pvg_spv_value(b, SpvOpUGreaterThanEqual, l->bo, PVG_SPV(bx, inf)),
                           logical(l, SpvOpLogicalOr, pvg_spv_value(b, SpvOpIEqual, l->bo, PVG_SPV(by, zero)),
                                   pvg_spv_value(b, SpvOpUGreaterThan, l->bo, PVG_SPV(by, inf))));
    return choose(l, bad, k(l, NAN), v);
}

/* ---- Fused multiply-add where the device rounds twice ---------------------------------------------------------------------- */

/** Of half numbers in 32 bits: the product is exact, the sum is rounded to odd, so that the caller's rounding to half is the only
 * one. */
static uint32_t body_half_fma(struct pvg_lm *l)
{
    struct pair s = two_sum(l, mul(l, l->a[0], l->a[1]), l->a[2]);
    uint32_t bits = pvg_lm_bits(l, s.hi), error = pvg_lm_bits(l, s.lo);
    uint32_t inexact = pvg_lm_compare(l, SpvOpFOrdNotEqual, s.lo, k(l, 0));
    uint32_t finite = below(l, pvg_lm_abs(l, s.hi), k(l, INFINITY));
    uint32_t even =
        pvg_spv_value(l->b, SpvOpIEqual, l->bo, PVG_SPV(pvg_lm_int(l, SpvOpBitwiseAnd, bits, pvg_lm_ku(l, 1)), pvg_lm_ku(l, 0)));
    /* Away from zero when the error has the sum's sign. */
    uint32_t differs = pvg_lm_int(l, SpvOpShiftRightArithmetic, pvg_lm_int(l, SpvOpBitwiseXor, bits, error), pvg_lm_ku(l, 31));
    uint32_t odd = pvg_lm_int(l, SpvOpIAdd, bits, pvg_lm_int(l, SpvOpBitwiseOr, differs, pvg_lm_ku(l, 1)));
    uint32_t adjust = logical(l, SpvOpLogicalAnd, logical(l, SpvOpLogicalAnd, inexact, even), finite);
    return choose(l, adjust, pvg_lm_float(l, odd), s.hi);
}

/** The same in 64 bits for 32-bit numbers. */
static uint32_t body_fma(struct pvg_lm *l)
{
    struct pvg_lm w = *l;
    w.f = pvg_spv_like(l->b, l->f, pvg_at_float(l->at, 64));
    w.u = pvg_spv_like(l->b, l->f, pvg_spv_int(l->b, 64));
    struct pvg_spv *b = l->b;
    uint32_t x[3];
    for (int i = 0; i < 3; i++)
        x[i] = pvg_spv_value(b, SpvOpFConvert, w.f, PVG_SPV(l->a[i]));
    struct pair s = two_sum(&w, pvg_lm_mul(&w, x[0], x[1]), x[2]);
    uint32_t zero = pvg_spv_null(b, w.f), one = pvg_spv_splat(b, w.u, 1);
    uint32_t bits = pvg_spv_bitcast(b, w.u, s.hi), error = pvg_spv_bitcast(b, w.u, s.lo);
    uint32_t inexact = pvg_spv_value(b, SpvOpFOrdNotEqual, l->bo, PVG_SPV(s.lo, zero));
    uint32_t odd_bit = pvg_spv_value(b, SpvOpBitwiseAnd, w.u, PVG_SPV(bits, one));
    uint32_t even = pvg_spv_value(b, SpvOpIEqual, l->bo, PVG_SPV(odd_bit, pvg_spv_null(b, w.u)));
    uint32_t differs = pvg_spv_value(b, SpvOpBitwiseXor, w.u, PVG_SPV(bits, error));
    differs = pvg_spv_value(b, SpvOpShiftRightArithmetic, w.u, PVG_SPV(differs, pvg_spv_splat(b, w.u, 63)));
    uint32_t step = pvg_spv_value(b, SpvOpBitwiseOr, w.u, PVG_SPV(differs, one));
    uint32_t odd = pvg_spv_bitcast(b, w.f, pvg_spv_value(b, SpvOpIAdd, w.u, PVG_SPV(bits, step)));
    uint32_t r = pvg_spv_value(b, SpvOpSelect, w.f, PVG_SPV(logical(l, SpvOpLogicalAnd, inexact, even), odd, s.hi));
    return pvg_spv_value(b, SpvOpFConvert, l->f, PVG_SPV(r));
}

/* ---- Functions ------------------------------------------------------------------------------------------------------------- */

static const struct pvg_lm_function functions[] = {
    {"sqrt", 1, body_sqrt},   {"rsqrt", 1, body_rsqrt}, {"exp", 1, body_exp},           {"exp2", 1, body_exp2},
    {"exp10", 1, body_exp10}, {"log", 1, body_log},     {"log2", 1, body_log2},         {"log10", 1, body_log10},
    {"pow", 2, body_pow},     {"powr", 2, body_powr},   {"fast_pow", 2, body_fast_pow}, {"sinh", 1, body_sinh},
    {"cosh", 1, body_cosh},   {"tanh", 1, body_tanh},   {"asinh", 1, body_asinh},       {"acosh", 1, body_acosh},
    {"atanh", 1, body_atanh}, {"fmod", 2, body_fmod},   {"fma", 3, body_fma},           {"half_fma", 3, body_half_fma},
};

static const struct pvg_lm_function *find(const char *name, unsigned argc)
{
    for (size_t i = 0; i < COUNT(functions); i++)
        if (functions[i].argc == argc && !strcmp(functions[i].name, name))
            return &functions[i];
    for (size_t i = 0; i < pvg_lm_trigonometric_count; i++)
        if (pvg_lm_trigonometric[i].argc == argc && !strcmp(pvg_lm_trigonometric[i].name, name))
            return &pvg_lm_trigonometric[i];
    return NULL;
}

static uint32_t emit(struct pvg_at *at, const struct pvg_lm_function *fn, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    struct pvg_lm l = {.at = at, .b = b, .f = type};
    l.u = pvg_spv_like(b, type, pvg_spv_int(b, 32));
    l.bo = pvg_spv_like(b, type, pvg_spv_bool(b));
    uint32_t signature[4] = {type, type, type, type};
    uint32_t fn_type = pvg_spv_unique(b, SpvOpTypeFunction, 0, signature, 1 + fn->argc);
    enum pvg_spv_section old = b->at;
    uint32_t old_label = at->at_label;
    b->at = PVG_SPV_FUNCTIONS;
    uint32_t id = pvg_spv_value(b, SpvOpFunction, type, PVG_SPV(SpvFunctionControlMaskNone, fn_type));
    for (unsigned i = 0; i < fn->argc; i++)
        l.a[i] = pvg_spv_value(b, SpvOpFunctionParameter, type, NULL, 0);
    at->at_label = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(at->at_label));
    pvg_spv_op(b, SpvOpReturnValue, PVG_SPV(fn->body(&l)));
    pvg_spv_op(b, SpvOpFunctionEnd, NULL, 0);
    b->at = old;
    at->at_label = old_label;
    if (at->opt->debug_names)
        pvg_spv_name(b, id, fn->name);
    return id;
}

static uint32_t function(struct pvg_at *at, const struct pvg_lm_function *fn, uint32_t type)
{
    for (uint32_t i = 0; i < at->helper_count; i++)
        if (at->helpers[i].fn == fn && at->helpers[i].type == type)
            return at->helpers[i].id;
    if (at->helper_count == sizeof at->helpers / sizeof *at->helpers)
        pvg_at_refuse(at, "more than %u mathematical functions", at->helper_count);
    uint32_t id = emit(at, fn, type), n = at->helper_count++;
    at->helpers[n].fn = fn;
    at->helpers[n].type = type;
    at->helpers[n].id = id;
    return id;
}

uint32_t pvg_at_libm(struct pvg_at *at, const char *name, const uint32_t *args, unsigned count)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_lm_function *fn = find(name, count);
    if (!fn)
        return 0;
    uint32_t type = pvg_spv_type_of(b, args[0]);
    unsigned lanes = pvg_spv_components(b, type);
    bool by_lane = fn->body == body_fmod && lanes > 1;
    uint32_t id = function(at, fn, by_lane ? pvg_spv_scalar(b, type) : type);
    if (!by_lane) {
        uint32_t words[4] = {id};
        memcpy(words + 1, args, count * sizeof *args);
        return pvg_spv_value(b, SpvOpFunctionCall, type, words, 1 + count);
    }
    uint32_t parts[4];
    for (unsigned i = 0; i < lanes; i++)
        parts[i] = pvg_spv_value(b, SpvOpFunctionCall, pvg_spv_scalar(b, type),
                                 PVG_SPV(id, pvg_spv_extract(b, args[0], i), pvg_spv_extract(b, args[1], i)));
    return pvg_spv_construct(b, type, parts, lanes);
}
