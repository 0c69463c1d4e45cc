/* SPDX-License-Identifier: MIT */
/* Conversions (all bit by bit) and packing. */
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Conversions ----------------------------------------------------------------------------------------------------------- */

enum { TO_SIGNED = 1, FROM_SIGNED = 2, SATURATE = 4, ROUND_EVEN = 8, ROUND_UP = 16, ROUND_DOWN = 32, ROUND_ZERO = 64 };

static void to_integer(const struct micro_case *c, long double v, struct micro_num *r)
{
    unsigned w = micro_bits(c->result);
    if (w == 1) {
        *r = micro_decode(c->result, v != 0);
        return;
    }
    long double low = c->parameter & TO_SIGNED ? -ldexpl(1, (int)w - 1) : 0;
    long double high = c->parameter & TO_SIGNED ? ldexpl(1, (int)w - 1) - 1 : ldexpl(1, (int)w) - 1;
    v = isnan(v)                    ? 0
        : c->parameter & ROUND_EVEN ? rintl(v)
        : c->parameter & ROUND_UP   ? ceill(v)
        : c->parameter & ROUND_DOWN ? floorl(v)
                                    : truncl(v);
    v = v < low ? low : v > high ? high : v;
    uint64_t bits = v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
    *r = micro_decode(c->result, bits);
}

/** Directed rounding to a float format, from the nearest number. */
static uint64_t rounded(const struct micro_case *c, long double v)
{
    uint64_t bits = micro_encode(c->result, v), top = (uint64_t)1 << (micro_bits(c->result) - 1);
    long double n = micro_decode(c->result, bits).f;
    bool up = c->parameter & ROUND_UP, down = c->parameter & ROUND_DOWN, zero = c->parameter & ROUND_ZERO;
    bool too_high = n > v && (down || (zero && v > 0)), too_low = n < v && (up || (zero && v < 0));
    if (!too_high && !too_low)
        return bits;
    if (!(bits & ~top)) /* From zero to the smallest number of the other side. */
        return too_low ? 1 : top | 1;
    return bits + (too_high == (n > 0) ? (uint64_t)-1 : 1);
}

static void ref_convert(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    bool from_float = micro_is_float(c->arg[0]);
    long double v = from_float ? a->f : c->parameter & FROM_SIGNED ? (long double)a->s : (long double)a->bits;
    if (micro_is_float(c->result)) {
        *r = micro_decode(c->result, rounded(c, v));
        return;
    }
    if (from_float || c->parameter & SATURATE) {
        to_integer(c, v, r);
        return;
    }
    uint64_t bits = c->parameter & FROM_SIGNED ? (uint64_t)a->s : a->bits;
    *r = micro_decode(c->result, micro_bits(c->result) == 1 ? bits != 0 : bits);
}

static void add_convert(enum micro_type to, char dk, enum micro_type from, char sk, unsigned lanes, const char *suffix)
{
    char name[96];
    snprintf(name, sizeof name, "air.convert.%c.%s.%c.%s%s", dk, micro_suffix(to, lanes), sk, micro_suffix(from, lanes), suffix);
    struct micro_case *c = micro_add(name);
    c->result = to;
    c->arg[0] = from;
    c->result_lanes = c->arg_lanes[0] = (uint8_t)lanes;
    c->argc = 1;
    c->lane = ref_convert;
    c->parameter = (dk == 's' ? TO_SIGNED : 0) | (sk == 's' ? FROM_SIGNED : 0) | (strstr(suffix, ".sat") ? SATURATE : 0) |
                   (strstr(suffix, ".rte") ? ROUND_EVEN : 0) | (strstr(suffix, ".rtp") ? ROUND_UP : 0) |
                   (strstr(suffix, ".rtn") ? ROUND_DOWN : 0) | (strstr(suffix, ".rtz") ? ROUND_ZERO : 0);
    micro_call(c, name, "");
}

static const enum micro_type ints[] = {M_I8, M_I16, M_I32, M_I64}, reals[] = {M_F32, M_F16, M_BF16};

static void conversions_of_floats(void)
{
    static const char signs[2] = {'u', 's'};
    static const char *const modes[] = {".rte", ".rtz", ".rtp", ".rtn"};
    for (int f = 0; f < 3; f++) {
        for (int i = 0; i < 4; i++) {
            for (int s = 0; s < 2; s++) {
                add_convert(ints[i], signs[s], reals[f], 'f', 1 + (unsigned)(i + s + f) % 4, "");
                add_convert(reals[f], 'f', ints[i], signs[s], 1 + (unsigned)(i + s + f + 1) % 4, "");
            }
        }
        add_convert(M_I1, 'u', reals[f], 'f', 1, "");
        add_convert(reals[f], 'f', M_I1, 'u', 2, "");
        for (int g = 0; g < 3; g++)
            if (f != g)
                add_convert(reals[f], 'f', reals[g], 'f', 1 + (unsigned)(f + g) % 4, "");
    }
    for (int m = 0; m < 4; m++) {
        add_convert(M_I32, 's', M_F32, 'f', 1, modes[m]);
        add_convert(M_I32, 'u', M_F32, 'f', 4, modes[m]);
        add_convert(M_I8, 's', M_F16, 'f', 2, modes[m]);
        add_convert(M_I16, 'u', M_F32, 'f', 3, modes[m]);
        add_convert(M_F16, 'f', M_F32, 'f', 1, modes[m]);
        add_convert(M_F16, 'f', M_F32, 'f', 4, modes[m]);
        add_convert(M_F32, 'f', M_I32, 's', 1, modes[m]);
        add_convert(M_F32, 'f', M_I32, 'u', 4, modes[m]);
        add_convert(M_F32, 'f', M_I64, 'u', 1, modes[m]);
        add_convert(M_F16, 'f', M_I32, 's', 1, modes[m]);
        add_convert(M_BF16, 'f', M_F32, 'f', 1, modes[m]);
    }
    add_convert(M_I8, 'u', M_F32, 'f', 4, ".sat");
    add_convert(M_I8, 'u', M_F32, 'f', 4, ".rte.sat");
    add_convert(M_I16, 's', M_F16, 'f', 1, ".sat");
}

static void conversions_of_integers(void)
{
    static const char signs[2] = {'u', 's'};
    for (int to = 0; to < 4; to++) {
        for (int from = 0; from < 4; from++) {
            for (int k = 0; k < 4; k++) {
                unsigned lanes = 1 + (unsigned)(to + from + k) % 4;
                if (to != from)
                    add_convert(ints[to], signs[k & 1], ints[from], signs[k >> 1], lanes, "");
                add_convert(ints[to], signs[k & 1], ints[from], signs[k >> 1], 1 + lanes % 4, ".sat");
            }
        }
        add_convert(ints[to], 'u', M_I1, 'u', 1, "");
        add_convert(M_I1, 'u', ints[to], 'u', 1 + (unsigned)to, "");
    }
}

/* ---- Packing --------------------------------------------------------------------------------------------------------------- */

enum kind { UNORM, SNORM, SMALL_FLOATS, SHARED };

static const struct format {
    const char *name;
    enum micro_type word;
    unsigned lanes, bits[4];
    enum kind kind;
    bool srgb, reversed;
} formats[] = {
    {"unorm4x8", M_I32, 4, {8, 8, 8, 8}, UNORM, false, false},
    {"snorm4x8", M_I32, 4, {8, 8, 8, 8}, SNORM, false, false},
    {"unorm4x8.srgb", M_I32, 4, {8, 8, 8, 8}, UNORM, true, false},
    {"unorm2x16", M_I32, 2, {16, 16}, UNORM, false, false},
    {"snorm2x16", M_I32, 2, {16, 16}, SNORM, false, false},
    {"unorm2x8", M_I16, 2, {8, 8}, UNORM, false, false},
    {"snorm2x8", M_I16, 2, {8, 8}, SNORM, false, false},
    {"unorm1x8", M_I8, 1, {8}, UNORM, false, false},
    {"snorm1x8", M_I8, 1, {8}, SNORM, false, false},
    {"unorm1x16", M_I16, 1, {16}, UNORM, false, false},
    {"snorm1x16", M_I16, 1, {16}, SNORM, false, false},
    {"unorm4x16", M_I64, 4, {16, 16, 16, 16}, UNORM, false, false},
    {"snorm4x16", M_I64, 4, {16, 16, 16, 16}, SNORM, false, false},
    {"unorm.rgb10a2", M_I32, 4, {10, 10, 10, 2}, UNORM, false, false},
    {"snorm.rgb10a2", M_I32, 4, {10, 10, 10, 2}, SNORM, false, false},
    {"unorm.rg11b10f", M_I32, 3, {11, 11, 10}, SMALL_FLOATS, false, false},
    {"unorm.rgb9e5", M_I32, 3, {9, 9, 9}, SHARED, false, false},
    {"unorm.rgb565", M_I16, 3, {5, 6, 5}, UNORM, false, true},
};

static unsigned place(const struct format *f, unsigned lane)
{
    unsigned n = 0;
    for (unsigned i = 0; i < f->lanes; i++)
        if (f->reversed ? i > lane : i < lane)
            n += f->bits[i];
    return n;
}

static long double encode_srgb(long double x)
{
    return x <= 0.0031308L ? x * 12.92L : 1.055L * powl(x, 1 / 2.4L) - 0.055L;
}

static long double decode_srgb(long double x)
{
    return x <= 0.04045L ? x / 12.92L : powl((x + 0.055L) / 1.055L, 2.4L);
}

/** Value of an unsigned float of 5 exponent bits. */
static long double small_float(uint64_t bits, unsigned width)
{
    return micro_decode(M_F16, bits << (15 - width)).f;
}

static long double field_value(const struct format *f, unsigned lane, uint64_t word)
{
    unsigned n = f->bits[lane];
    uint64_t field = word >> place(f, lane) & micro_mask(n);
    if (f->kind == SMALL_FLOATS)
        return small_float(field, n);
    if (f->kind == SHARED)
        return ldexpl((long double)field, (int)(word >> 27) - 24);
    if (f->kind == SNORM) {
        int64_t s = (int64_t)(field << (64 - n)) >> (64 - n);
        long double v = (long double)s / (long double)micro_mask(n - 1);
        return v < -1 ? -1 : v;
    }
    long double v = (long double)field / (long double)micro_mask(n);
    return f->srgb && lane < 3 ? decode_srgb(v) : v;
}

static void ref_unpack(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    const struct format *f = &formats[c->parameter];
    for (unsigned i = 0; i < f->lanes; i++)
        r[i].f = field_value(f, i, a[0][0].bits);
}

/**
 * Packing is checked by what it does to the value: every field must be the nearest one, or where two are about equally near, one of
 * them. The result has one lane; what is compared are the fields, so the reference returns the actual field if it is acceptable.
 */
static uint64_t nearest_field(const struct format *f, unsigned lane, long double x, uint64_t actual, long double shared_unit)
{
    unsigned n = f->bits[lane];
    long double v = isnan(x) ? 0 : x, scaled;
    uint64_t field = actual >> place(f, lane) & micro_mask(n);
    if (f->kind == UNORM || f->kind == SNORM) {
        long double low = f->kind == SNORM ? -1 : 0, top = (long double)micro_mask(f->kind == SNORM ? n - 1 : n);
        v = v < low ? low : v > 1 ? 1 : v;
        if (f->srgb && lane < 3)
            v = encode_srgb(v);
        scaled = v * top;
        long double got = f->kind == SNORM ? (long double)((int64_t)(field << (64 - n)) >> (64 - n)) : (long double)field;
        /* A product of 32-bit floats is rounded before it is rounded to an integer; sRGB goes through powers. */
        long double slack = (f->srgb && lane < 3 ? 0.01L : 0) + fabsl(scaled) * 0x1p-22L;
        if (fabsl(got - scaled) <= 0.5L + slack)
            return field;
        return (uint64_t)(int64_t)rintl(scaled) & micro_mask(n);
    }
    v = v < 0 ? 0 : v;
    if (f->kind == SHARED) {
        v = v > 65408 ? 65408 : v;
        return fabsl((long double)field * shared_unit - v) <= shared_unit / 2 ? field : (uint64_t)rintl(v / shared_unit);
    }
    unsigned mantissa = n - 5;
    uint64_t infinity = (uint64_t)31 << mantissa;
    if (isinf(v))
        return infinity;
    long double got = small_float(field, n), below = field ? small_float(field - 1, n) : 0;
    long double above = field + 1 < infinity ? small_float(field + 1, n) : ldexpl(1, 16);
    if (field == infinity)
        return v >= small_float(infinity - 1, n) ? field : infinity - 1;
    bool near = field < infinity && v <= (got + above) / 2 && v >= (got + below) / 2;
    return near ? field : field ^ 1;
}

static void ref_pack(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    const struct format *f = &formats[c->parameter & 0xFFFF];
    uint64_t actual = r->bits, word = 0;
    long double unit = 0;
    if (f->kind == SHARED) {
        /* The smallest exponent that holds the largest component. */
        long double most = 0;
        for (unsigned i = 0; i < 3; i++)
            most = fmaxl(most, isnan(a[0][i].f) ? 0 : fminl(a[0][i].f, 65408));
        int e = 0;
        while (e < 31 && rintl(ldexpl(most, 24 - e)) > 511)
            e++;
        unit = ldexpl(1, e - 24);
        word = (uint64_t)e << 27;
    }
    for (unsigned i = 0; i < f->lanes; i++)
        word |= nearest_field(f, i, a[0][i].f, actual, unit) << place(f, i);
    *r = micro_decode(c->result, word);
}

static void add_packing(unsigned index, enum micro_type t)
{
    const struct format *f = &formats[index];
    char name[96];
    snprintf(name, sizeof name, "air.pack.%s.%s", f->name, micro_suffix(t, f->lanes));
    struct micro_case *c = micro_add(name);
    c->result = f->word;
    c->arg[0] = t;
    c->result_lanes = 1;
    c->arg_lanes[0] = (uint8_t)f->lanes;
    c->argc = 1;
    c->parameter = index;
    c->domain[0] = f->kind == SMALL_FLOATS || f->kind == SHARED ? MD_ANY : MD_UNIT;
    c->whole = ref_pack;
    c->sees_result = true;
    micro_call(c, name, "");

    snprintf(name, sizeof name, "air.unpack.%s.%s", f->name, micro_suffix(t, f->lanes));
    c = micro_add(name);
    c->result = t;
    c->arg[0] = f->word;
    c->result_lanes = (uint8_t)f->lanes;
    c->arg_lanes[0] = 1;
    c->argc = 1;
    c->parameter = index;
    c->whole = ref_unpack;
    c->any_zero_sign = true;
    c->bound.ulp = f->kind == SMALL_FLOATS || f->kind == SHARED ? 0 : 2;
    if (f->srgb)
        c->bound.absolute = t == M_F16 ? 0x1p-11 : 0x1p-18;
    micro_call(c, name, "");
}

void micro_conversions(void)
{
    conversions_of_floats();
    conversions_of_integers();
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++) {
        add_packing(i, M_F32);
        add_packing(i, M_F16);
    }
}
