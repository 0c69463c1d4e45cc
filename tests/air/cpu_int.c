/* SPDX-License-Identifier: MIT */
/** @file Integer functions and conversions (spec 07 sections 5.3 and 5.4). */
#include "tests/air/cpu_internal.h"

#include <math.h>
#include <string.h>

typedef __int128 wide;

static wide lane(const struct cpu_site *s, void *const *args, unsigned arg, unsigned i)
{
    const struct jit_type *t = &s->args[arg];
    unsigned at = i < t->lanes ? i : 0;
    return s->is_signed ? (wide)cpu_get_signed(args[arg], t, at) : (wide)cpu_get_bits(args[arg], t, at);
}

static wide low(const struct cpu_site *s)
{
    return s->is_signed ? -((wide)1 << (s->result.bits - 1)) : 0;
}

static wide high(const struct cpu_site *s)
{
    return s->is_signed ? ((wide)1 << (s->result.bits - 1)) - 1 : ((wide)1 << s->result.bits) - 1;
}

static wide limit(wide v, wide from, wide to)
{
    return v < from ? from : v > to ? to : v;
}

static wide smaller(wide a, wide b)
{
    return a < b ? a : b;
}

static wide larger(wide a, wide b)
{
    return a > b ? a : b;
}

enum {
    ABS,
    ABS_DIFF,
    MIN,
    MAX,
    MIN3,
    MAX3,
    MEDIAN3,
    CLAMP,
    ADD_SAT,
    SUB_SAT,
    MUL_HI,
    MAD_HI,
    MAD_SAT,
    MUL24,
    MAD24,
    HADD,
    RHADD,
    CLZ,
    CTZ,
    POPCOUNT,
    REVERSE,
    ROTATE,
    EXTRACT,
    INSERT,
    BSWAP,
};

static const struct {
    const char *op;
    int which;
    int args;
} ops[] = {
    {"abs", ABS, 1},
    {"abs_diff", ABS_DIFF, 2},
    {"min", MIN, 2},
    {"max", MAX, 2},
    {"min3", MIN3, 3},
    {"max3", MAX3, 3},
    {"median3", MEDIAN3, 3},
    {"clamp", CLAMP, 3},
    {"add_sat", ADD_SAT, 2},
    {"sub_sat", SUB_SAT, 2},
    {"mul_hi", MUL_HI, 2},
    {"mad_hi", MAD_HI, 3},
    {"mad_sat", MAD_SAT, 3},
    {"mul24", MUL24, 2},
    {"mad24", MAD24, 3},
    {"hadd", HADD, 2},
    {"rhadd", RHADD, 2},
    {"clz", CLZ, 1},
    {"ctz", CTZ, 1},
    {"popcount", POPCOUNT, 1},
    {"reverse_bits", REVERSE, 1},
    {"rotate", ROTATE, 2},
    {"extract_bits", EXTRACT, 3},
    {"insert_bits", INSERT, 4},
    {"bswap", BSWAP, 1},
};

/** Operations on bit patterns of `bits` width. */
static uint64_t bitwise(int which, uint64_t v, uint64_t n, unsigned bits)
{
    uint64_t mask = bits < 64 ? (1ull << bits) - 1 : UINT64_MAX, out = 0;
    switch (which) {
    case CLZ:
        return v ? (uint64_t)__builtin_clzll(v) - (64 - bits) : bits;
    case CTZ:
        return v ? (uint64_t)__builtin_ctzll(v) : bits;
    case POPCOUNT:
        return (uint64_t)__builtin_popcountll(v);
    case ROTATE:
        n %= bits;
        return n ? (v << n | v >> (bits - n)) & mask : v;
    case BSWAP:
        return __builtin_bswap64(v) >> (64 - bits);
    default:
        for (unsigned i = 0; i < bits; i++)
            out |= (v >> i & 1) << (bits - 1 - i);
        return out;
    }
}

static wide arithmetic(const struct cpu_site *s, wide a, wide b, wide c)
{
    unsigned bits = s->result.bits;
    switch (s->variant) {
    case ABS:
        return s->is_signed && a < 0 ? -a : a;
    case ABS_DIFF:
        return a > b ? a - b : b - a;
    case MIN:
        return smaller(a, b);
    case MAX:
        return larger(a, b);
    case MIN3:
        return smaller(smaller(a, b), c);
    case MAX3:
        return larger(larger(a, b), c);
    case MEDIAN3:
        return larger(smaller(a, b), smaller(larger(a, b), c));
    case CLAMP:
        return smaller(larger(a, b), c);
    case ADD_SAT:
        return limit(a + b, low(s), high(s));
    case SUB_SAT:
        return limit(a - b, low(s), high(s));
    case MUL_HI:
        return a * b >> bits;
    case MAD_HI:
        return (a * b >> bits) + c;
    case MAD_SAT:
        return limit(a * b + c, low(s), high(s));
    case HADD:
        return (a + b) >> 1;
    case RHADD:
        return (a + b + 1) >> 1;
    default:
        return a * b + c;
    }
}

/** The low 24 bits, extended as the operation says. */
static wide only24(const struct cpu_site *s, wide v)
{
    v &= 0xFFFFFF;
    return s->is_signed && v >> 23 ? v - 0x1000000 : v;
}

static uint64_t field(const struct cpu_site *s, void *const *args, unsigned i)
{
    uint64_t v = cpu_get_bits(args[0], &s->args[0], i);
    unsigned bits = s->result.bits, first = s->variant == EXTRACT ? 1 : 2;
    uint64_t offset = (uint64_t)lane(s, args, first, i), count = (uint64_t)lane(s, args, first + 1, i);
    if (!count || offset >= bits)
        return s->variant == EXTRACT ? 0 : v;
    if (offset + count > bits)
        count = bits - offset;
    uint64_t mask = count < 64 ? (1ull << count) - 1 : UINT64_MAX;
    if (s->variant == INSERT)
        return (v & ~(mask << offset)) | (cpu_get_bits(args[1], &s->args[1], i) & mask) << offset;
    v = v >> offset & mask;
    return s->is_signed && v >> (count - 1) & 1 ? v | ~mask : v;
}

static void run_int(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)t;
    for (unsigned i = 0; i < s->result.lanes; i++) {
        uint64_t bits = cpu_get_bits(args[0], &s->args[0], i);
        wide a = lane(s, args, 0, i), b = s->argc > 1 ? lane(s, args, 1, i) : 0, c = s->argc > 2 ? lane(s, args, 2, i) : 0;
        uint64_t v;
        if (s->variant >= CLZ && s->variant <= ROTATE)
            v = bitwise(s->variant, bits, s->variant == ROTATE ? cpu_get_bits(args[1], &s->args[1], i) : 0, s->result.bits);
        else if (s->variant == BSWAP)
            v = bitwise(BSWAP, bits, 0, s->result.bits);
        else if (s->variant == EXTRACT || s->variant == INSERT)
            v = field(s, args, i);
        else if (s->variant == MUL24 || s->variant == MAD24)
            v = (uint64_t)(only24(s, a) * only24(s, b) + (s->variant == MAD24 ? c : 0));
        else
            v = (uint64_t)arithmetic(s, a, b, c);
        cpu_put_bits(result, &s->result, i, v);
    }
}

enum { ALL, ANY };

static void run_reduce(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    bool all = true, any = false;
    (void)t;
    for (unsigned i = 0; i < s->args[0].lanes; i++) {
        bool v = cpu_get_bits(args[0], &s->args[0], i);
        all &= v;
        any |= v;
    }
    cpu_put_bits(result, &s->result, 0, s->variant == ALL ? all : any);
}

bool cpu_bind_int(struct cpu_site *s)
{
    if (!strcmp(s->op, "all") || !strcmp(s->op, "any")) {
        s->variant = !strcmp(s->op, "all") ? ALL : ANY;
        s->fn = run_reduce;
        return true;
    }
    for (size_t i = 0; s->result.kind == JIT_INT && i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].op, s->op) != 0 || s->argc < (uint32_t)ops[i].args)
            continue;
        s->variant = ops[i].which;
        s->fn = run_int;
        return true;
    }
    return false;
}

/* ---- Conversions ---------------------------------------------------------------------------------------------------------- */

static double rounded(double v, char mode)
{
    return mode == 'e' ? nearbyint(v) : mode == 'p' ? ceil(v) : mode == 'n' ? floor(v) : trunc(v);
}

/** To an integer of the result's width: saturating, NaN is 0. */
static uint64_t from_float(const struct cpu_site *s, double v)
{
    unsigned bits = s->result.bits;
    double from = s->is_signed ? -ldexp(1, (int)bits - 1) : 0, to = ldexp(1, (int)(s->is_signed ? bits - 1 : bits));
    if (isnan(v))
        return 0;
    v = rounded(v, s->rounding);
    if (v <= from)
        return s->is_signed ? 1ull << (bits - 1) : 0;
    if (v >= to)
        return s->is_signed ? (1ull << (bits - 1)) - 1 : UINT64_MAX;
    return s->is_signed ? (uint64_t)(int64_t)v : (uint64_t)v;
}

static double integer_value(const struct cpu_site *s, const void *at, unsigned i)
{
    bool is_signed = s->variant && s->args[0].bits > 1;
    return is_signed ? (double)cpu_get_signed(at, &s->args[0], i) : (double)cpu_get_bits(at, &s->args[0], i);
}

/** `variant`: the source is signed; `is_signed`: the destination is. */
static void run_convert(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    bool to_float = s->result.kind == JIT_FLOAT || s->result.kind == JIT_BFLOAT;
    bool from_fp = s->args[0].kind == JIT_FLOAT || s->args[0].kind == JIT_BFLOAT;
    (void)t;
    for (unsigned i = 0; i < s->result.lanes; i++) {
        if (to_float) {
            cpu_put(result, &s->result, i, from_fp ? cpu_get(args[0], &s->args[0], i) : integer_value(s, args[0], i));
            continue;
        }
        uint64_t v;
        if (s->result.bits == 1)
            v = from_fp ? cpu_get(args[0], &s->args[0], i) != 0 : cpu_get_bits(args[0], &s->args[0], i) != 0;
        else if (from_fp)
            v = from_float(s, cpu_get(args[0], &s->args[0], i));
        else {
            wide w = s->variant && s->args[0].bits > 1 ? (wide)cpu_get_signed(args[0], &s->args[0], i)
                                                       : (wide)cpu_get_bits(args[0], &s->args[0], i);
            v = (uint64_t)(s->saturate ? limit(w, low(s), high(s)) : w);
        }
        cpu_put_bits(result, &s->result, i, v);
    }
}

bool cpu_bind_convert(struct cpu_site *s)
{
    char to, from;
    if (strncmp(s->name, "air.convert.", 12) != 0)
        return false;
    to = s->name[12];
    const char *dot = strchr(s->name + 14, '.');
    if (!dot)
        return false;
    from = dot[1];
    s->is_signed = to == 's';
    s->variant = from == 's';
    s->fn = run_convert;
    return true;
}
