/* SPDX-License-Identifier: MIT */
/* Trigonometric functions and their inverses; see libm.h. */
#include "air/libm.h"

#include <math.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint32_t k(struct pvg_lm *l, double v)
{
    return pvg_lm_k(l, v);
}

static uint32_t choose(struct pvg_lm *l, uint32_t cond, uint32_t x, uint32_t y)
{
    return pvg_lm_select(l, cond, x, y);
}

static uint32_t or_nan(struct pvg_lm *l, uint32_t x, uint32_t r)
{
    return choose(l, pvg_lm_is_nan(l, x), x, r);
}

/* ---- Argument reduction ---------------------------------------------------------------------------------------------------- */

/** |x| = quadrant * pi / 2 + r with |r| <= pi / 4. */
struct angle {
    uint32_t quadrant, r;
};

/** Bits of 2 / pi after the binary point. */
static const uint32_t two_over_pi[7] = {0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB};

static uint32_t is_word(struct pvg_lm *l, uint32_t index, uint32_t n)
{
    return pvg_spv_value(l->b, SpvOpIEqual, l->bo, PVG_SPV(index, pvg_lm_ku(l, n)));
}

/** 32 bits of 2 / pi from bit offset 32 * (index + place) + shift on. */
static uint32_t window(struct pvg_lm *l, uint32_t index, uint32_t shift, unsigned place)
{
    uint32_t pick[2];
    for (unsigned half = 0; half < 2; half++) {
        pick[half] = pvg_lm_ku(l, two_over_pi[place + half]);
        for (unsigned i = 1; i < 4; i++)
            pick[half] =
                choose(l, is_word(l, index, i), pvg_lm_ku(l, place + half + i < 7 ? two_over_pi[place + half + i] : 0), pick[half]);
    }
    uint32_t up = pvg_lm_int(l, SpvOpShiftLeftLogical, pick[0], shift);
    /* A shift by 32 - shift, which must not be 32, in two steps. */
    uint32_t down = pvg_lm_int(l, SpvOpShiftRightLogical, pick[1], pvg_lm_ku(l, 1));
    down = pvg_lm_int(l, SpvOpShiftRightLogical, down, pvg_lm_int(l, SpvOpBitwiseXor, shift, pvg_lm_ku(l, 31)));
    return pvg_lm_int(l, SpvOpBitwiseOr, up, down);
}

/**
 * Payne and Hanek: the significand (24 bits) times those 96 bits of 2 / pi that matter at the number's exponent. What lies above
 * counts whole turns. Of the product's lowest 96 bits the upper two are the quadrant.
 */
static struct angle reduce_large(struct pvg_lm *l, uint32_t magnitude)
{
    struct pvg_spv *b = l->b;
    uint32_t wide = pvg_spv_like(b, l->f, pvg_spv_int(b, 64));
    uint32_t bits = pvg_lm_bits(l, magnitude), exponent = pvg_lm_int(l, SpvOpShiftRightLogical, bits, pvg_lm_ku(l, 23));
    uint32_t m = pvg_lm_int(l, SpvOpBitwiseAnd, bits, pvg_lm_ku(l, 0x7FFFFF));
    m = pvg_spv_resize(b, pvg_lm_int(l, SpvOpBitwiseOr, m, pvg_lm_ku(l, 0x800000)), 64);
    /* x = m * 2^(exponent - 150): from exponent 152 on the window moves, below it the product moves. */
    uint32_t first = pvg_lm_ku(l, 152);
    uint32_t moved = pvg_lm_int(l, SpvOpISub, pvg_spv_ext(b, GLSLstd450UMax, l->u, PVG_SPV(exponent, first)), first);
    uint32_t back = pvg_lm_int(l, SpvOpISub, first, pvg_spv_ext(b, GLSLstd450UMin, l->u, PVG_SPV(exponent, first)));
    back = pvg_spv_ext(b, GLSLstd450UMin, l->u, PVG_SPV(back, pvg_lm_ku(l, 31)));
    uint32_t index = pvg_lm_int(l, SpvOpShiftRightLogical, moved, pvg_lm_ku(l, 5));
    uint32_t shift = pvg_lm_int(l, SpvOpBitwiseAnd, moved, pvg_lm_ku(l, 31));

    uint32_t n32 = pvg_spv_splat(b, wide, 32), carry = 0, word[4];
    for (unsigned i = 0; i < 3; i++) {
        uint32_t w = pvg_spv_resize(b, window(l, index, shift, 2 - i), 64);
        uint32_t p = pvg_spv_value(b, SpvOpIMul, wide, PVG_SPV(m, w));
        if (carry)
            p = pvg_spv_value(b, SpvOpIAdd, wide, PVG_SPV(p, carry));
        word[i] = pvg_spv_resize(b, p, 32);
        carry = pvg_spv_value(b, SpvOpShiftRightLogical, wide, PVG_SPV(p, n32));
    }
    word[3] = pvg_spv_resize(b, carry, 32);
    /* Right by `back` bits: the two upper words of the 96. */
    uint32_t upper[2];
    for (unsigned i = 0; i < 2; i++) {
        uint32_t low = pvg_spv_resize(b, word[i + 1], 64), high = pvg_spv_resize(b, word[i + 2], 64);
        high = pvg_spv_value(b, SpvOpShiftLeftLogical, wide, PVG_SPV(high, n32));
        uint32_t both = pvg_spv_value(b, SpvOpBitwiseOr, wide, PVG_SPV(low, high));
        upper[i] = pvg_spv_value(b, SpvOpShiftRightLogical, wide, PVG_SPV(both, pvg_spv_resize(b, back, 64)));
        upper[i] = pvg_spv_value(b, SpvOpBitwiseAnd, wide, PVG_SPV(upper[i], pvg_spv_splat(b, wide, 0xFFFFFFFF)));
    }
    uint32_t fixed = pvg_spv_value(b, SpvOpBitwiseOr, wide,
                                   PVG_SPV(pvg_spv_value(b, SpvOpShiftLeftLogical, wide, PVG_SPV(upper[1], n32)), upper[0]));
    /* As a signed number after the quadrant the fraction is in [-1/2, 1/2) of a quadrant, if that one is rounded. */
    uint32_t fraction = pvg_spv_value(b, SpvOpShiftLeftLogical, wide, PVG_SPV(fixed, pvg_spv_splat(b, wide, 2)));
    uint32_t near = pvg_spv_value(b, SpvOpIAdd, wide, PVG_SPV(fixed, pvg_spv_splat(b, wide, (uint64_t)1 << 61)));
    uint32_t q = pvg_spv_value(b, SpvOpShiftRightLogical, wide, PVG_SPV(near, pvg_spv_splat(b, wide, 62)));
    uint32_t r = pvg_spv_value(b, SpvOpConvertSToF, l->f, PVG_SPV(fraction));
    return (struct angle){pvg_spv_resize(b, q, 32), pvg_lm_mul(l, r, k(l, ldexp(M_PI_2, -64)))};
}

static struct angle reduce(struct pvg_lm *l, uint32_t magnitude)
{
    struct angle a = reduce_large(l, magnitude);
    uint32_t small = pvg_lm_compare(l, SpvOpFOrdLessThan, magnitude, k(l, 0.785398));
    a.r = choose(l, small, magnitude, a.r);
    a.quadrant = choose(l, small, pvg_lm_ku(l, 0), a.quadrant);
    return a;
}

/** Numbers up to 65504 (half): the quotient has 16 bits, so the products with constants of 8 bits are exact. */
static struct angle reduce_half(struct pvg_lm *l, uint32_t magnitude)
{
    static const double parts[] = {0x1.92p+0, 0x1.fap-12, 0x1.54p-20, 0x1.10b46p-30};
    uint32_t n = pvg_lm_rint(l, pvg_lm_mul(l, magnitude, k(l, M_2_PI))), r = magnitude;
    for (unsigned i = 0; i < COUNT(parts); i++)
        r = pvg_lm_sub(l, r, pvg_lm_mul(l, n, k(l, parts[i])));
    return (struct angle){pvg_spv_value(l->b, SpvOpConvertFToU, l->u, PVG_SPV(n)), r};
}

/** pi * x: x modulo 2 and the distance from the nearest half are exact. */
static struct angle reduce_turns(struct pvg_lm *l, uint32_t magnitude)
{
    uint32_t turns = pvg_lm_rint(l, pvg_lm_mul(l, magnitude, k(l, 0.5)));
    uint32_t x = pvg_lm_sub(l, magnitude, pvg_lm_mul(l, turns, k(l, 2)));
    uint32_t t = pvg_lm_add(l, x, x), n = pvg_lm_rint(l, t);
    uint32_t q = pvg_spv_value(l->b, SpvOpConvertFToS, l->u, PVG_SPV(n));
    return (struct angle){q, pvg_lm_mul(l, pvg_lm_sub(l, t, n), k(l, M_PI_2))};
}

/* ---- Sine, cosine, tangent ------------------------------------------------------------------------------------------------- */

static uint32_t sin_core(struct pvg_lm *l, uint32_t r)
{
    static const double c[] = {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880};
    uint32_t z = pvg_lm_mul(l, r, r);
    return pvg_lm_add(l, r, pvg_lm_mul(l, pvg_lm_mul(l, r, z), pvg_lm_poly(l, z, c, COUNT(c))));
}

static uint32_t cos_core(struct pvg_lm *l, uint32_t r)
{
    static const double c[] = {1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800};
    uint32_t z = pvg_lm_mul(l, r, r), half = pvg_lm_mul(l, z, k(l, 0.5));
    /* 1 - z / 2 with its rounding error brought back. */
    uint32_t head = pvg_lm_sub(l, k(l, 1), half), low = pvg_lm_sub(l, pvg_lm_sub(l, k(l, 1), head), half);
    uint32_t rest = pvg_lm_mul(l, pvg_lm_mul(l, z, z), pvg_lm_poly(l, z, c, COUNT(c)));
    return pvg_lm_add(l, head, pvg_lm_add(l, rest, low));
}

static uint32_t bit_set(struct pvg_lm *l, uint32_t v, uint32_t bit)
{
    uint32_t masked = pvg_lm_int(l, SpvOpBitwiseAnd, v, pvg_lm_ku(l, bit));
    return pvg_spv_value(l->b, SpvOpINotEqual, l->bo, PVG_SPV(masked, pvg_lm_ku(l, 0)));
}

/** Infinite and NaN arguments have no sine. */
static uint32_t finite_only(struct pvg_lm *l, uint32_t magnitude, uint32_t v)
{
    return choose(l, pvg_lm_compare(l, SpvOpFOrdLessThan, magnitude, k(l, INFINITY)), v, k(l, NAN));
}

static uint32_t negate_if(struct pvg_lm *l, uint32_t v, uint32_t bit_one)
{
    uint32_t sign = pvg_lm_int(l, SpvOpShiftLeftLogical, bit_one, pvg_lm_ku(l, 31));
    return pvg_lm_float(l, pvg_lm_int(l, SpvOpBitwiseXor, pvg_lm_bits(l, v), sign));
}

static uint32_t second_bit(struct pvg_lm *l, uint32_t q)
{
    return pvg_lm_int(l, SpvOpShiftRightLogical, q, pvg_lm_ku(l, 1));
}

static uint32_t sine(struct pvg_lm *l, struct angle a, uint32_t x, uint32_t magnitude)
{
    uint32_t v = choose(l, bit_set(l, a.quadrant, 1), cos_core(l, a.r), sin_core(l, a.r));
    uint32_t sign = pvg_lm_int(l, SpvOpShiftRightLogical, pvg_lm_bits(l, x), pvg_lm_ku(l, 31));
    sign = pvg_lm_int(l, SpvOpBitwiseXor, sign, second_bit(l, a.quadrant));
    return finite_only(l, magnitude, negate_if(l, v, sign));
}

static uint32_t cosine(struct pvg_lm *l, struct angle a, uint32_t magnitude)
{
    uint32_t v = choose(l, bit_set(l, a.quadrant, 1), sin_core(l, a.r), cos_core(l, a.r));
    uint32_t next = pvg_lm_int(l, SpvOpIAdd, a.quadrant, pvg_lm_ku(l, 1));
    return finite_only(l, magnitude, negate_if(l, v, second_bit(l, next)));
}

static uint32_t tangent(struct pvg_lm *l, struct angle a, uint32_t x, uint32_t magnitude)
{
    uint32_t s = sin_core(l, a.r), c = cos_core(l, a.r), odd = bit_set(l, a.quadrant, 1);
    uint32_t v = pvg_lm_div(l, choose(l, odd, c, s), choose(l, odd, s, c));
    uint32_t sign = pvg_lm_int(l, SpvOpShiftRightLogical, pvg_lm_bits(l, x), pvg_lm_ku(l, 31));
    sign = pvg_lm_int(l, SpvOpBitwiseXor, sign, a.quadrant);
    return finite_only(l, magnitude, negate_if(l, v, sign));
}

#define TRIGONOMETRIC(name, reduction)                                                                                             \
    static uint32_t body_sin##name(struct pvg_lm *l)                                                                               \
    {                                                                                                                              \
        uint32_t x = pvg_lm_abs(l, l->a[0]);                                                                                       \
        return sine(l, reduction(l, x), l->a[0], x);                                                                               \
    }                                                                                                                              \
    static uint32_t body_cos##name(struct pvg_lm *l)                                                                               \
    {                                                                                                                              \
        uint32_t x = pvg_lm_abs(l, l->a[0]);                                                                                       \
        return cosine(l, reduction(l, x), x);                                                                                      \
    }                                                                                                                              \
    static uint32_t body_tan##name(struct pvg_lm *l)                                                                               \
    {                                                                                                                              \
        uint32_t x = pvg_lm_abs(l, l->a[0]);                                                                                       \
        return tangent(l, reduction(l, x), l->a[0], x);                                                                            \
    }

TRIGONOMETRIC(, reduce)
TRIGONOMETRIC(_half, reduce_half)
TRIGONOMETRIC(pi, reduce_turns)

/* ---- Inverse functions ----------------------------------------------------------------------------------------------------- */

#define PI_2_HIGH 0x1.921fb6p+0
#define PI_HIGH   0x1.921fb6p+1

/** For |x| <= 1: asin of |x| or of the square root of (1 - |x|) / 2, whichever argument is at most 1/2. */
struct asin_parts {
    uint32_t upper; /**< The latter was taken. */
    uint32_t p;
};

static struct asin_parts asin_core(struct pvg_lm *l, uint32_t x)
{
    static const double c[] = {0.1666666632, 0.07500098763, 0.04459803222, 0.03111615649, 0.01707785916, 0.03380574862};
    struct asin_parts a;
    a.upper = pvg_lm_compare(l, SpvOpFOrdGreaterThan, x, k(l, 0.5));
    uint32_t z = choose(l, a.upper, pvg_lm_mul(l, pvg_lm_sub(l, k(l, 1), x), k(l, 0.5)), pvg_lm_mul(l, x, x));
    uint32_t s = choose(l, a.upper, pvg_lm_sqrt(l, z), x);
    a.p = pvg_lm_add(l, s, pvg_lm_mul(l, pvg_lm_mul(l, s, z), pvg_lm_poly(l, z, c, COUNT(c))));
    return a;
}

static uint32_t outside_is_nan(struct pvg_lm *l, uint32_t magnitude, uint32_t r)
{
    return choose(l, pvg_lm_compare(l, SpvOpFOrdLessThanEqual, magnitude, k(l, 1)), r, k(l, NAN));
}

static uint32_t body_asin(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]);
    struct asin_parts a = asin_core(l, x);
    uint32_t twice = pvg_lm_sub(l, pvg_lm_add(l, a.p, a.p), k(l, M_PI_2 - PI_2_HIGH));
    uint32_t r = choose(l, a.upper, pvg_lm_sub(l, k(l, PI_2_HIGH), twice), a.p);
    return outside_is_nan(l, x, pvg_lm_copysign(l, r, l->a[0]));
}

static uint32_t body_acos(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]);
    struct asin_parts a = asin_core(l, x);
    uint32_t negative = pvg_lm_compare(l, SpvOpFOrdLessThan, l->a[0], k(l, 0)), twice = pvg_lm_add(l, a.p, a.p);
    uint32_t far = pvg_lm_sub(l, k(l, PI_HIGH), pvg_lm_sub(l, twice, k(l, M_PI - PI_HIGH)));
    uint32_t signed_p = pvg_lm_copysign(l, a.p, l->a[0]);
    uint32_t middle = pvg_lm_sub(l, k(l, PI_2_HIGH), pvg_lm_sub(l, signed_p, k(l, M_PI_2 - PI_2_HIGH)));
    return outside_is_nan(l, x, choose(l, a.upper, choose(l, negative, far, twice), middle));
}

/** For 0 <= t <= 1. */
static uint32_t atan_core(struct pvg_lm *l, uint32_t t)
{
    static const double c[] = {-0.3333333312, 0.199999547,    -0.1428414286, 0.1108965553,    -0.08938857298,
                               0.07051899484, -0.04929507121, 0.02663205043, -0.009317306535, 0.001526727855};
    uint32_t z = pvg_lm_mul(l, t, t);
    return pvg_lm_add(l, t, pvg_lm_mul(l, pvg_lm_mul(l, t, z), pvg_lm_poly(l, z, c, COUNT(c))));
}

static uint32_t from_right_angle(struct pvg_lm *l, uint32_t p)
{
    return pvg_lm_sub(l, k(l, PI_2_HIGH), pvg_lm_sub(l, p, k(l, M_PI_2 - PI_2_HIGH)));
}

static uint32_t body_atan(struct pvg_lm *l)
{
    uint32_t x = pvg_lm_abs(l, l->a[0]), large = pvg_lm_compare(l, SpvOpFOrdGreaterThan, x, k(l, 1));
    uint32_t p = atan_core(l, choose(l, large, pvg_lm_div(l, k(l, 1), x), x));
    uint32_t r = choose(l, large, from_right_angle(l, p), p);
    return or_nan(l, x, pvg_lm_copysign(l, r, l->a[0]));
}

static uint32_t body_atan2(struct pvg_lm *l)
{
    struct pvg_spv *b = l->b;
    uint32_t y = pvg_lm_abs(l, l->a[0]), x = pvg_lm_abs(l, l->a[1]);
    uint32_t steep = pvg_lm_compare(l, SpvOpFOrdGreaterThan, y, x);
    uint32_t most = choose(l, steep, y, x), least = choose(l, steep, x, y);
    /* Divisors near the ends of the range lose accuracy. */
    uint32_t huge = pvg_lm_compare(l, SpvOpFOrdGreaterThan, most, k(l, 0x1p90));
    uint32_t tiny = pvg_lm_compare(l, SpvOpFOrdLessThan, most, k(l, 0x1p-90));
    uint32_t factor = choose(l, huge, k(l, 0x1p-64), choose(l, tiny, k(l, 0x1p64), k(l, 1)));
    uint32_t t = pvg_lm_div(l, pvg_lm_mul(l, least, factor), pvg_lm_mul(l, most, factor));
    t = choose(l, pvg_lm_compare(l, SpvOpFOrdEqual, most, k(l, 0)), k(l, 0), t);
    t = choose(l, pvg_lm_compare(l, SpvOpFOrdEqual, least, k(l, INFINITY)), k(l, 1), t);
    uint32_t p = atan_core(l, t), r = choose(l, steep, from_right_angle(l, p), p);
    uint32_t sign = pvg_lm_int(l, SpvOpShiftRightLogical, pvg_lm_bits(l, l->a[1]), pvg_lm_ku(l, 31));
    uint32_t left = bit_set(l, sign, 1);
    r = choose(l, left, pvg_lm_sub(l, k(l, PI_HIGH), pvg_lm_sub(l, r, k(l, M_PI - PI_HIGH))), r);
    uint32_t nan = pvg_spv_value(b, SpvOpLogicalOr, l->bo, PVG_SPV(pvg_lm_is_nan(l, x), pvg_lm_is_nan(l, y)));
    return choose(l, nan, k(l, NAN), pvg_lm_copysign(l, r, l->a[0]));
}

const struct pvg_lm_function pvg_lm_trigonometric[] = {
    {"sin", 1, body_sin},           {"cos", 1, body_cos},           {"tan", 1, body_tan},     {"half_sin", 1, body_sin_half},
    {"half_cos", 1, body_cos_half}, {"half_tan", 1, body_tan_half}, {"sinpi", 1, body_sinpi}, {"cospi", 1, body_cospi},
    {"tanpi", 1, body_tanpi},       {"asin", 1, body_asin},         {"acos", 1, body_acos},   {"atan", 1, body_atan},
    {"atan2", 2, body_atan2},
};
const size_t pvg_lm_trigonometric_count = COUNT(pvg_lm_trigonometric);
