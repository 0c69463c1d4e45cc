/* SPDX-License-Identifier: MIT */
/* Integer functions, all bit by bit. References compute in 128 bits where that matters. */
#include "tests/air/micro.h"

#include <stdio.h>
#include <string.h>

typedef __int128 wide;
typedef unsigned __int128 uwide;

enum { SIGNED = 1 };

static unsigned width(const struct micro_case *c)
{
    return micro_bits(c->arg[0]);
}

static bool is_signed(const struct micro_case *c)
{
    return c->parameter & SIGNED;
}

static wide value(const struct micro_case *c, const struct micro_num *a)
{
    return is_signed(c) ? (wide)a->s : (wide)a->bits;
}

static void set(const struct micro_case *c, struct micro_num *r, wide v)
{
    *r = micro_decode(c->result, (uint64_t)v);
}

static wide lowest(const struct micro_case *c)
{
    return is_signed(c) ? -((wide)1 << (width(c) - 1)) : 0;
}

static wide highest(const struct micro_case *c)
{
    return ((wide)1 << (width(c) - is_signed(c))) - 1;
}

static wide limit(const struct micro_case *c, wide v)
{
    return v < lowest(c) ? lowest(c) : v > highest(c) ? highest(c) : v;
}

static wide smaller(wide a, wide b)
{
    return a < b ? a : b;
}

static wide larger(wide a, wide b)
{
    return a > b ? a : b;
}

#define REFERENCE(name, expression)                                                                                                \
    static void ref_##name(const struct micro_case *c, const struct micro_num *arg, struct micro_num *r)                           \
    {                                                                                                                              \
        wide a = value(c, &arg[0]), b = c->argc > 1 ? value(c, &arg[1]) : 0, d = c->argc > 2 ? value(c, &arg[2]) : 0;              \
        unsigned w = width(c);                                                                                                     \
        (void)a, (void)b, (void)d, (void)w;                                                                                        \
        set(c, r, (expression));                                                                                                   \
    }

REFERENCE(abs, a < 0 ? -a : a)
REFERENCE(abs_diff, a > b ? a - b : b - a)
REFERENCE(min, smaller(a, b))
REFERENCE(max, larger(a, b))
REFERENCE(min3, smaller(smaller(a, b), d))
REFERENCE(max3, larger(larger(a, b), d))
REFERENCE(median3, larger(smaller(a, b), smaller(larger(a, b), d)))
REFERENCE(clamp, smaller(larger(a, b), d))
REFERENCE(add_sat, limit(c, a + b))
REFERENCE(sub_sat, limit(c, a - b))
REFERENCE(hadd, (a + b) >> 1)
REFERENCE(rhadd, (a + b + 1) >> 1)

static wide high_half(const struct micro_case *c, wide a, wide b)
{
    if (!is_signed(c))
        return (wide)((uwide)a * (uwide)b >> width(c));
    return (a * b) >> width(c);
}

REFERENCE(mul_hi, high_half(c, a, b))
REFERENCE(mad_hi, high_half(c, a, b) + d)

/** Saturating a * b + d: of unsigned 64-bit numbers the product needs all 128 bits, the sum one more. */
static wide saturating(const struct micro_case *c, wide a, wide b, wide d)
{
    if (is_signed(c))
        return limit(c, a * b + d);
    uwide p = (uwide)a * (uwide)b;
    return p > (uwide)highest(c) ? highest(c) : limit(c, (wide)p + d);
}

REFERENCE(mad_sat, saturating(c, a, b, d))

static wide low24(const struct micro_case *c, wide a)
{
    uint32_t v = (uint32_t)a & 0xFFFFFF;
    return is_signed(c) ? (wide)((int32_t)(v << 8) >> 8) : (wide)v;
}

REFERENCE(mul24, low24(c, a) * low24(c, b))
REFERENCE(mad24, low24(c, a) * low24(c, b) + d)

static wide leading_zeros(uint64_t v, unsigned w)
{
    unsigned n = 0;
    while (n < w && !(v >> (w - 1 - n) & 1))
        n++;
    return n;
}

static wide trailing_zeros(uint64_t v, unsigned w)
{
    unsigned n = 0;
    while (n < w && !(v >> n & 1))
        n++;
    return n;
}

static wide reversed(uint64_t v, unsigned w, unsigned step)
{
    uint64_t r = 0, mask = ((uint64_t)1 << step) - 1;
    for (unsigned i = 0; i < w; i += step)
        r |= (v >> i & mask) << (w - step - i);
    return (wide)r;
}

static wide rotated(uint64_t v, unsigned w, unsigned n)
{
    n %= w;
    return (wide)(n ? (v << n | v >> (w - n)) & micro_mask(w) : v);
}

/** Funnel shifts of LLVM. */
static wide funnel(uint64_t hi, uint64_t lo, unsigned w, unsigned n, bool right)
{
    uwide both = (uwide)hi << w | lo;
    n %= w;
    return (wide)(uint64_t)(right ? both >> n : both >> (w - n));
}

REFERENCE(clz, leading_zeros(arg[0].bits, w))
REFERENCE(ctz, trailing_zeros(arg[0].bits, w))
REFERENCE(popcount, __builtin_popcountll(arg[0].bits))
REFERENCE(reverse_bits, reversed(arg[0].bits, w, 1))
REFERENCE(bswap, reversed(arg[0].bits, w, 8))
REFERENCE(rotate, rotated(arg[0].bits, w, (unsigned)(arg[1].bits % w)))
REFERENCE(fshl, funnel(arg[0].bits, arg[1].bits, w, (unsigned)(arg[2].bits % w), false))
REFERENCE(fshr, funnel(arg[0].bits, arg[1].bits, w, (unsigned)(arg[2].bits % w), true))

/** Offset and length past the width are undefined; a length of 0 gives 0. */
static void ref_extract(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = width(c), offset = (unsigned)a[1].bits, bits = (unsigned)a[2].bits;
    uint64_t v = 0;
    if (offset + bits > w) {
        r->open = true;
        return;
    }
    if (bits) {
        v = a[0].bits >> offset & micro_mask(bits);
        if (is_signed(c) && v >> (bits - 1) & 1)
            v |= ~micro_mask(bits);
    }
    set(c, r, (wide)v);
}

static void ref_insert(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = width(c), offset = (unsigned)a[2].bits, bits = (unsigned)a[3].bits;
    if (offset + bits > w) {
        r->open = true;
        return;
    }
    uint64_t mask = bits ? micro_mask(bits) << offset : 0;
    if (offset == w)
        mask = 0;
    set(c, r, (wide)((a[0].bits & ~mask) | (mask ? a[1].bits << offset & mask : 0)));
}

static const struct row {
    const char *op;
    unsigned argc;
    bool signs;    /**< Has ".s" and ".u" forms. */
    unsigned only; /**< Exists for this width only; 0 = all. */
    micro_lane lane;
} rows[] = {
    {"abs", 1, true, 0, ref_abs},
    {"abs_diff", 2, true, 0, ref_abs_diff},
    {"min", 2, true, 0, ref_min},
    {"max", 2, true, 0, ref_max},
    {"min3", 3, true, 0, ref_min3},
    {"max3", 3, true, 0, ref_max3},
    {"median3", 3, true, 0, ref_median3},
    {"clamp", 3, true, 0, ref_clamp},
    {"add_sat", 2, true, 0, ref_add_sat},
    {"sub_sat", 2, true, 0, ref_sub_sat},
    {"hadd", 2, true, 0, ref_hadd},
    {"rhadd", 2, true, 0, ref_rhadd},
    {"mul_hi", 2, true, 0, ref_mul_hi},
    {"mad_hi", 3, true, 0, ref_mad_hi},
    {"mad_sat", 3, true, 0, ref_mad_sat},
    {"mul24", 2, true, 32, ref_mul24},
    {"mad24", 3, true, 32, ref_mad24},
    {"clz", 1, false, 0, ref_clz},
    {"ctz", 1, false, 0, ref_ctz},
    {"popcount", 1, false, 0, ref_popcount},
    {"reverse_bits", 1, false, 0, ref_reverse_bits},
    {"rotate", 2, false, 0, ref_rotate},
    {"bswap", 1, false, 0, ref_bswap},
    {"extract_bits", 3, true, 0, ref_extract},
    {"insert_bits", 4, true, 0, ref_insert},
};

static struct micro_case *start(const char *name, enum micro_type t, unsigned lanes, unsigned argc)
{
    struct micro_case *c = micro_add(name);
    c->result = t;
    c->result_lanes = (uint8_t)lanes;
    c->argc = (uint8_t)argc;
    for (unsigned i = 0; i < argc; i++) {
        c->arg[i] = t;
        c->arg_lanes[i] = (uint8_t)lanes;
    }
    return c;
}

static void add_row(const struct row *r, bool sign, enum micro_type t, unsigned lanes)
{
    char name[96];
    if ((r->only && micro_bits(t) != r->only) || (!strcmp(r->op, "bswap") && t == M_I8))
        return;
    snprintf(name, sizeof name, "air.%s.%s%s", r->op, !r->signs ? "" : sign ? "s." : "u.", micro_suffix(t, lanes));
    struct micro_case *c = start(name, t, lanes, r->argc);
    c->lane = r->lane;
    c->parameter = sign ? SIGNED : 0;
    bool zeros = !strcmp(r->op, "clz") || !strcmp(r->op, "ctz");
    /* Positions of bit fields are 32-bit scalars of their own. */
    for (unsigned i = r->argc - 2; strstr(r->op, "_bits") && r->argc > 2 && i < r->argc; i++) {
        c->arg[i] = M_I32;
        c->arg_lanes[i] = 1;
        c->domain[i] = MD_BITS8 + (t - M_I8);
    }
    micro_call(c, c->name, zeros ? "i1 false" : "");
}

static const struct {
    const char *op;
    unsigned argc;
    bool sign;
    const char *tail;
    micro_lane lane;
} llvm_rows[] = {
    {"smin", 2, true, "", ref_min},          {"smax", 2, true, "", ref_max},
    {"umin", 2, false, "", ref_min},         {"umax", 2, false, "", ref_max},
    {"abs", 1, true, "i1 false", ref_abs},   {"ctpop", 1, false, "", ref_popcount},
    {"ctlz", 1, false, "i1 false", ref_clz}, {"cttz", 1, false, "i1 false", ref_ctz},
    {"bswap", 1, false, "", ref_bswap},      {"bitreverse", 1, false, "", ref_reverse_bits},
    {"uadd.sat", 2, false, "", ref_add_sat}, {"sadd.sat", 2, true, "", ref_add_sat},
    {"usub.sat", 2, false, "", ref_sub_sat}, {"ssub.sat", 2, true, "", ref_sub_sat},
    {"fshl", 3, false, "", ref_fshl},        {"fshr", 3, false, "", ref_fshr},
};

void micro_integers(void)
{
    static const enum micro_type types[] = {M_I8, M_I16, M_I32, M_I64};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int k = 0; k < 4; k++) {
            for (int sign = 0; sign <= rows[i].signs; sign++) {
                add_row(&rows[i], sign, types[k], 1);
                add_row(&rows[i], sign, types[k], 2 + (unsigned)((i + (unsigned)k) % 3));
            }
        }
    }
    for (size_t i = 0; i < sizeof llvm_rows / sizeof *llvm_rows; i++) {
        for (int k = 0; k < 4; k++) {
            char name[96];
            unsigned lanes = k == 2 ? 4 : 1;
            if (!strcmp(llvm_rows[i].op, "bswap") && !k)
                continue;
            snprintf(name, sizeof name, "llvm.%s.%s", llvm_rows[i].op, micro_suffix(types[k], lanes));
            struct micro_case *c = start(name, types[k], lanes, llvm_rows[i].argc);
            c->lane = llvm_rows[i].lane;
            c->parameter = llvm_rows[i].sign ? SIGNED : 0;
            micro_call(c, c->name, llvm_rows[i].tail);
        }
    }
}
