/* SPDX-License-Identifier: MIT */
/* Metal's integer functions by their definition, one lane at a time in 128-bit arithmetic (spec 07 section 5.3). */
#include "tests/air/diff_air.h"

#include <math.h>
#include <string.h>

typedef __int128 wide;

struct lane {
    unsigned bits;
    bool sign;
};

static uint64_t mask(unsigned bits)
{
    return bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static uint64_t get(const void *p, const struct jit_type *t, unsigned i)
{
    uint64_t v = 0;
    memcpy(&v, (const uint8_t *)p + (size_t)i * t->lane_size, t->lane_size);
    return v;
}

static void put(void *p, const struct jit_type *t, unsigned i, uint64_t v)
{
    memcpy((uint8_t *)p + (size_t)i * t->lane_size, &v, t->lane_size);
}

/** The number that a pattern stands for. */
static wide number(struct lane l, uint64_t v)
{
    v &= mask(l.bits);
    if (l.sign && v >> (l.bits - 1) & 1)
        return (wide)v - ((wide)1 << l.bits);
    return (wide)v;
}

static wide smallest(struct lane l)
{
    return l.sign ? -((wide)1 << (l.bits - 1)) : 0;
}

static wide largest(struct lane l)
{
    return l.sign ? ((wide)1 << (l.bits - 1)) - 1 : (wide)mask(l.bits);
}

static wide clamp(wide v, wide lo, wide hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static wide low24(struct lane l, wide v)
{
    uint32_t x = (uint32_t)v << 8;
    return l.sign ? (int32_t)x >> 8 : (wide)(x >> 8);
}

/** Product of two numbers of up to 64 bits; unsigned ones may need all 128. */
static wide product_high(struct lane l, wide a, wide b)
{
    if (l.sign || l.bits < 64)
        return (a * b) >> l.bits;
    return (wide)((unsigned __int128)a * (unsigned __int128)b >> 64);
}

static unsigned count_ones(uint64_t v)
{
    return (unsigned)__builtin_popcountll(v);
}

static uint64_t reverse(uint64_t v, unsigned bits)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < bits; i++)
        r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

static uint64_t rotate(uint64_t v, uint64_t n, unsigned bits)
{
    n %= bits;
    v &= mask(bits);
    return n ? v << n | v >> (bits - n) : v;
}

static uint64_t leading(uint64_t v, unsigned bits)
{
    v &= mask(bits);
    return v ? (unsigned)__builtin_clzll(v) - (64 - bits) : bits;
}

static uint64_t trailing(uint64_t v, unsigned bits)
{
    v &= mask(bits);
    return v ? (unsigned)__builtin_ctzll(v) : bits;
}

enum operation {
    MIN,
    MAX,
    ABS,
    ABS_DIFF,
    ADD_SAT,
    SUB_SAT,
    MUL_HI,
    HADD,
    RHADD,
    CLAMP,
    MIN3,
    MAX3,
    MEDIAN3,
    MAD_HI,
    MAD_SAT,
    MUL24,
    MAD24,
    POPCOUNT,
    REVERSE,
    ROTATE,
    CLZ,
    CTZ,
    OPERATIONS
};

static const char *const names[OPERATIONS] = {
    "min",  "max",     "abs",    "abs_diff", "add_sat", "sub_sat", "mul_hi",   "hadd",         "rhadd",  "clamp", "min3",
    "max3", "median3", "mad_hi", "mad_sat",  "mul24",   "mad24",   "popcount", "reverse_bits", "rotate", "clz",   "ctz"};

static uint64_t compute(enum operation op, struct lane l, const uint64_t *p)
{
    wide a = number(l, p[0]), b = number(l, p[1]), c = number(l, p[2]);
    switch (op) {
    case MIN:
        return (uint64_t)(a < b ? a : b);
    case MAX:
        return (uint64_t)(a > b ? a : b);
    case ABS:
        return (uint64_t)(a < 0 ? -a : a);
    case ABS_DIFF:
        return (uint64_t)(a < b ? b - a : a - b);
    case ADD_SAT:
        return (uint64_t)clamp(a + b, smallest(l), largest(l));
    case SUB_SAT:
        return (uint64_t)clamp(a - b, smallest(l), largest(l));
    case MUL_HI:
        return (uint64_t)product_high(l, a, b);
    case HADD:
        return (uint64_t)((a + b) >> 1);
    case RHADD:
        return (uint64_t)((a + b + 1) >> 1);
    case CLAMP:
        return (uint64_t)clamp(a, b, c);
    case MIN3:
        a = a < b ? a : b;
        return (uint64_t)(a < c ? a : c);
    case MAX3:
        a = a > b ? a : b;
        return (uint64_t)(a > c ? a : c);
    case MEDIAN3: {
        wide lo = a < b ? a : b, hi = a < b ? b : a;
        return (uint64_t)(c < lo ? lo : c > hi ? hi : c);
    }
    case MAD_HI:
        return (uint64_t)(product_high(l, a, b) + c);
    case MAD_SAT:
        return (uint64_t)clamp(a * b + c, smallest(l), largest(l));
    case MUL24:
        return (uint64_t)(low24(l, a) * low24(l, b));
    case MAD24:
        return (uint64_t)(low24(l, a) * low24(l, b) + c);
    case POPCOUNT:
        return count_ones(p[0] & mask(l.bits));
    case REVERSE:
        return reverse(p[0], l.bits);
    case ROTATE:
        return rotate(p[0], p[1] & mask(l.bits), l.bits);
    case CLZ:
        return leading(p[0], l.bits);
    case CTZ:
        return trailing(p[0], l.bits);
    default:
        return 0;
    }
}

static void integer(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    enum operation op = (enum operation)(uintptr_t)call->user;
    struct lane l = {call->result.bits, strstr(call->name, ".s.") != NULL};
    for (unsigned i = 0; i < call->result.lanes; i++) {
        uint64_t p[3] = {0};
        for (unsigned k = 0; k < call->argc && k < 3; k++)
            if (call->args[k].lanes == call->result.lanes && call->args[k].bits == call->result.bits)
                p[k] = get(args[k], &call->args[k], i);
        put(result, &call->result, i, compute(op, l, p) & mask(l.bits));
    }
}

/* ---- Floats
 * ------------------------------------------------------------------------------------------------------------------------- */

static float half_to_float(uint16_t h)
{
    unsigned e = h >> 10 & 31, m = h & 1023;
    float v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexpf((float)(1024 + m), (int)e - 25) : ldexpf((float)m, -24);
    return h & 0x8000 ? -v : v;
}

/** Only for values that a half can hold. */
static uint16_t exact_half(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    int e = (int)(bits >> 23 & 255) - 127 + 15;
    if (!(bits & 0x7FFFFFFF))
        return sign;
    if (e <= 0)
        return sign | (uint16_t)(((bits >> 13 & 1023) | 1024) >> (1 - e));
    return sign | (uint16_t)(e << 10) | (uint16_t)(bits >> 13 & 1023);
}

static double get_float(const void *p, const struct jit_type *t, unsigned i)
{
    if (t->bits == 16)
        return half_to_float((uint16_t)get(p, t, i));
    float f;
    memcpy(&f, (const uint8_t *)p + (size_t)i * 4, 4);
    return f;
}

static double float_function(const char *name, double a, double b)
{
    if (!strncmp(name, "air.fabs", 8))
        return fabs(a);
    if (!strncmp(name, "air.floor", 9))
        return floor(a);
    if (!strncmp(name, "air.ceil", 8))
        return ceil(a);
    if (!strncmp(name, "air.trunc", 9))
        return trunc(a);
    if (!strncmp(name, "air.rint", 8))
        return rint(a);
    if (!strncmp(name, "air.round", 9))
        return round(a);
    return !strncmp(name, "air.fmin", 8) ? fmin(a, b) : fmax(a, b);
}

static void floating(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    for (unsigned i = 0; i < call->result.lanes; i++) {
        double a = get_float(args[0], &call->args[0], i), b = call->argc > 1 ? get_float(args[1], &call->args[1], i) : a;
        float r = (float)float_function(call->name, a, b);
        uint32_t bits;
        memcpy(&bits, &r, 4);
        put(result, &call->result, i, call->result.bits == 16 ? exact_half(r) : bits);
    }
}

/** air.convert.<u|s>.<type>.f.<type>: toward zero, saturating, NaN is 0. */
static void to_integer(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    struct lane l = {call->result.bits, call->name[12] == 's'};
    for (unsigned i = 0; i < call->result.lanes; i++) {
        double v = get_float(args[0], &call->args[0], i);
        wide n = isnan(v) ? 0 : v >= 1e20 ? largest(l) : v <= -1e20 ? smallest(l) : clamp((wide)v, smallest(l), largest(l));
        put(result, &call->result, i, (uint64_t)n & mask(l.bits));
    }
}

/* ---- Others
 * ------------------------------------------------------------------------------------------------------------------------- */

static void all_any(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    bool all = !strncmp(call->name, "air.all", 7), v = all;
    for (unsigned i = 0; i < call->args[0].lanes; i++) {
        bool lane = get(args[0], &call->args[0], i) & 1;
        v = all ? v && lane : v || lane;
    }
    *(uint8_t *)result = v;
}

/** Memory that one thread alone uses: an atomic is a plain read and write. */
static void atomic(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    const char *op = strchr(call->name + strlen("air.atomic."), '.') + 1;
    uint32_t *p, old, v, *expected;
    memcpy(&p, args[0], sizeof p);
    old = *p;
    if (!strncmp(op, "cmpxchg", 7)) {
        memcpy(&expected, args[1], sizeof expected);
        memcpy(&v, args[2], 4);
        if (old == *expected)
            *p = v;
        *expected = old;
        memcpy(result, &old, 4);
        return;
    }
    memcpy(&v, args[1], 4);
    bool less = strstr(op, ".s.") ? (int32_t)v < (int32_t)old : v < old;
    if (!strncmp(op, "add", 3))
        *p = old + v;
    else if (!strncmp(op, "sub", 3))
        *p = old - v;
    else if (!strncmp(op, "and", 3))
        *p = old & v;
    else if (!strncmp(op, "or", 2))
        *p = old | v;
    else if (!strncmp(op, "xor", 3))
        *p = old ^ v;
    else if (!strncmp(op, "min", 3))
        *p = less ? v : old;
    else if (!strncmp(op, "max", 3))
        *p = less ? old : v;
    else
        *p = v;
    memcpy(result, &old, 4);
}

/** Threads share nothing, so they may run one after the other. */
static void barrier(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    (void)call;
    (void)result;
    (void)args;
}

jit_external *diff_resolve(void *arg, struct jit_call *call)
{
    (void)arg;
    const char *name = call->name;
    if (strncmp(name, "air.", 4))
        return NULL;
    if (!strcmp(name, "air.wg.barrier"))
        return barrier;
    if (!strncmp(name, "air.atomic.", 11))
        return atomic;
    if (!strncmp(name, "air.all.", 8) || !strncmp(name, "air.any.", 8))
        return all_any;
    if (!strncmp(name, "air.convert.", 12))
        return to_integer;
    if (call->result.kind == JIT_FLOAT)
        return floating;
    const char *op = name + 4;
    size_t n = strcspn(op, ".");
    for (unsigned i = 0; i < OPERATIONS; i++) {
        if (strlen(names[i]) != n || strncmp(names[i], op, n))
            continue;
        call->user = (void *)(uintptr_t)i;
        return integer;
    }
    return NULL;
}
