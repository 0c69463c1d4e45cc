/* SPDX-License-Identifier: MIT */
/* LLVM's own intrinsics and types that Metal's compiler rarely leaves in a module, but LLVM's passes do make. */
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const enum micro_type widths[] = {M_I8, M_I16, M_I32, M_I64};

static struct micro_case *start(const char *name, enum micro_type result, enum micro_type arg, unsigned lanes, unsigned argc)
{
    struct micro_case *c = micro_add(name);
    c->result = result;
    c->result_lanes = (uint8_t)lanes;
    c->argc = (uint8_t)argc;
    for (unsigned i = 0; i < argc; i++) {
        c->arg[i] = arg;
        c->arg_lanes[i] = (uint8_t)lanes;
    }
    return c;
}

/* ---- Overflow -------------------------------------------------------------------------------------------------------------- */

enum { SIGNED = 8 };

/** All bits of the result are inverted where it is not that of unlimited numbers. */
static void ref_overflow(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->result), op = c->parameter & 3;
    __int128 x = c->parameter & SIGNED ? a[0].s : (__int128)a[0].bits, y = c->parameter & SIGNED ? a[1].s : (__int128)a[1].bits;
    if (op == 2 && !(c->parameter & SIGNED)) { /* The product of two numbers of 64 bits needs all of 128. */
        unsigned __int128 p = (unsigned __int128)a[0].bits * a[1].bits;
        r->bits = (p >> w ? ~(uint64_t)p : (uint64_t)p) & micro_mask(w);
        return;
    }
    __int128 v = op == 0 ? x + y : op == 1 ? x - y : x * y;
    __int128 low = c->parameter & SIGNED ? -((__int128)1 << (w - 1)) : 0;
    __int128 high = ((__int128)1 << (c->parameter & SIGNED ? w - 1 : w)) - 1;
    r->bits = (v < low || v > high ? ~(uint64_t)v : (uint64_t)v) & micro_mask(w);
}

static void overflows(void)
{
    static const char *const names[] = {"add", "sub", "mul"};
    for (unsigned k = 0; k < 24; k++) {
        unsigned op = k % 3, sign = k / 3 % 2, lanes = k / 6 == 2 ? 3 : 1;
        enum micro_type t = widths[k / 6];
        const char *type = micro_llvm(t, lanes), *bits = micro_llvm(M_I1, lanes);
        char name[96];
        snprintf(name, sizeof name, "llvm.%c%s.with.overflow.%s", sign ? 's' : 'u', names[op], micro_suffix(t, lanes));
        struct micro_case *c = start(name, t, t, lanes, 2);
        c->lane = ref_overflow;
        c->parameter = op | (sign ? SIGNED : 0);
        snprintf(c->declare, sizeof c->declare, "declare { %s, %s } @%s(%s, %s)", type, bits, name, type, type);
        snprintf(c->body, sizeof c->body,
                 "%%p$U = call { %s, %s } @%s(%s $0, %s $1)\n  %%v$U = extractvalue { %s, %s } %%p$U, 0\n"
                 "  %%o$U = extractvalue { %s, %s } %%p$U, 1\n  %%m$U = sext %s %%o$U to %s\n  $R = xor %s %%v$U, %%m$U",
                 type, bits, name, type, type, type, bits, type, bits, bits, type, type);
    }
}

static void ref_shift_sat(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->result);
    r->open = a[1].bits >= w;
    if (r->open)
        return;
    __int128 v = (c->parameter & SIGNED ? (__int128)a[0].s : (__int128)a[0].bits) << a[1].bits;
    __int128 low = c->parameter & SIGNED ? -((__int128)1 << (w - 1)) : 0;
    __int128 high = ((__int128)1 << (c->parameter & SIGNED ? w - 1 : w)) - 1;
    r->bits = (uint64_t)(v < low ? low : v > high ? high : v) & micro_mask(w);
}

static void ref_three_way(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    bool less = c->parameter ? a[0].s < a[1].s : a[0].bits < a[1].bits;
    r->bits = less ? 0xFFFFFFFF : a[0].bits != a[1].bits;
}

static void comparisons_and_shifts(void)
{
    for (unsigned k = 0; k < 8; k++) {
        unsigned sign = k & 1, lanes = k / 2 == 1 ? 4 : 1;
        enum micro_type t = widths[k / 2];
        char name[96];
        snprintf(name, sizeof name, "llvm.%cshl.sat.%s", sign ? 's' : 'u', micro_suffix(t, lanes));
        struct micro_case *c = start(name, t, t, lanes, 2);
        c->domain[1] = MD_BITS8 + (k / 2);
        c->lane = ref_shift_sat;
        c->parameter = sign ? SIGNED : 0;
        micro_call(c, name, "");
        snprintf(name, sizeof name, "llvm.%ccmp.%s.%s", sign ? 's' : 'u', micro_suffix(M_I32, lanes), micro_suffix(t, lanes));
        c = start(name, M_I32, t, lanes, 2);
        c->lane = ref_three_way;
        c->parameter = sign;
        micro_call(c, name, "");
    }
}

/* ---- Floats ---------------------------------------------------------------------------------------------------------------- */

static void ref_class(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->arg[0]), mantissa = w == 32 ? 23 : c->arg[0] == M_F16 ? 10 : 7;
    uint64_t fraction = a->bits & micro_mask(mantissa), e = a->bits >> mantissa & micro_mask(w - 1 - mantissa);
    bool negative = a->bits >> (w - 1);
    unsigned kind;
    if (e == micro_mask(w - 1 - mantissa))
        kind = fraction ? fraction >> (mantissa - 1) : negative ? 2 : 9;
    else if (e)
        kind = negative ? 3 : 8;
    else
        kind = fraction ? (negative ? 4 : 7) : negative ? 5 : 6;
    r->bits = c->parameter >> kind & 1;
}

static void float_classes(void)
{
    static const enum micro_type types[] = {M_F32, M_F16, M_BF16};
    static const unsigned masks[] = {3, 504, 144, 1, 2, 0x60, 0x240, 0x88, 0x104, 0};
    for (unsigned k = 0; k < 30; k++) {
        enum micro_type t = types[k % 3];
        char name[64], callee[64], tail[16];
        unsigned lanes = 1 + k % 4;
        snprintf(name, sizeof name, "llvm.is.fpclass.%s %u", micro_suffix(t, lanes), masks[k / 3]);
        snprintf(callee, sizeof callee, "llvm.is.fpclass.%s", micro_suffix(t, lanes));
        snprintf(tail, sizeof tail, "i32 %u", masks[k / 3]);
        struct micro_case *c = start(name, M_I1, t, lanes, 1);
        c->lane = ref_class;
        c->parameter = masks[k / 3];
        micro_call(c, callee, tail);
    }
}

static void ref_copysign(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    uint64_t top = UINT64_C(1) << (micro_bits(c->result) - 1);
    r->bits = (a[0].bits & (top - 1)) | (a[1].bits & top);
    *r = micro_decode(c->result, r->bits);
}

static long double wave(long double x, long double n)
{
    return powl(x, n);
}

static void ref_powi(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    (void)c;
    r->f = wave(a[0].f, (long double)a[1].s);
}

static void floats(void)
{
    static const enum micro_type types[] = {M_F32, M_F16, M_BF16};
    for (unsigned k = 0; k < 6; k++) {
        char name[64];
        unsigned lanes = k < 3 ? 1 : 3;
        snprintf(name, sizeof name, "llvm.copysign.%s", micro_suffix(types[k % 3], lanes));
        struct micro_case *c = start(name, types[k % 3], types[k % 3], lanes, 2);
        c->lane = ref_copysign;
        micro_call(c, name, "");
    }
    struct micro_case *c = start("llvm.powi.f32.i32", M_F32, M_F32, 1, 2);
    c->arg[1] = M_I32;
    c->domain[0] = MD_SMALL;
    c->domain[1] = MD_WHOLE;
    c->lane = ref_powi;
    c->bound.ulp = 16;
    micro_call(c, "llvm.powi.f32.i32", "");
}

/** Sums of floats have an order; whole numbers come out the same in any. */
static void ref_sum(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    r->f = 0;
    for (unsigned l = 0; l < c->arg_lanes[0]; l++)
        r->f += a[0][l].f;
}

static void ref_least(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    *r = a[0][0];
    for (unsigned l = 1; l < c->arg_lanes[0]; l++)
        if (a[0][l].s < r->s)
            *r = a[0][l];
    r->bits &= micro_mask(micro_bits(c->result));
}

static void reductions(void)
{
    for (unsigned lanes = 2; lanes <= 16; lanes += lanes < 4 ? 1 : 3) {
        char name[64];
        snprintf(name, sizeof name, "llvm.vector.reduce.fadd.%s", micro_suffix(M_F32, lanes));
        struct micro_case *c = start(name, M_F32, M_F32, lanes, 1);
        c->result_lanes = 1;
        c->domain[0] = MD_WHOLE;
        c->whole = ref_sum;
        c->any_nonfinite = true;
        c->any_zero_sign = true;
        c->bound.absolute = 1e-4;
        snprintf(c->declare, sizeof c->declare, "declare float @%s(float, %s)", name, micro_llvm(M_F32, lanes));
        snprintf(c->body, sizeof c->body, "$R = call fast float @%s(float 0.0, $A $0)", name);
        if (lanes < 5)
            continue;
        snprintf(name, sizeof name, "llvm.vector.reduce.smin.%s", micro_suffix(M_I32, lanes));
        c = start(name, M_I32, M_I32, lanes, 1);
        c->result_lanes = 1;
        c->whole = ref_least;
        micro_call(c, name, "");
    }
}

/* ---- Odd widths ------------------------------------------------------------------------------------------------------------ */

enum {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_XOR,
    OP_SHL,
    OP_LSHR,
    OP_ASHR,
    OP_ULT,
    OP_SLE,
    OP_NE,
    OP_SMAX,
    OP_FIXED,
    OP_UDIV,
    OP_SREM,
    OP_COUNT
};

typedef unsigned __int128 u128;

static u128 sign_extended(u128 v, unsigned w)
{
    return (u128)((__int128)(v << (128 - w)) >> (128 - w));
}

/** The operands sign-extended or cut to the width, the operation, and bits 0 to 63 of the result xor its upper ones. */
static void ref_odd(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = c->parameter & 0xFF, op = c->parameter >> 8;
    u128 mask = w == 128 ? ~(u128)0 : ((u128)1 << w) - 1;
    u128 x = (u128)(__int128)a[0].s & mask, y = (u128)(__int128)a[1].s & mask, v = 0;
    __int128 sx = (__int128)sign_extended(x, w), sy = (__int128)sign_extended(y, w);
    unsigned n = (unsigned)(y & 15);
    switch (op) {
    case OP_ADD:
        v = x + y;
        break;
    case OP_SUB:
        v = x - y;
        break;
    case OP_MUL:
        v = x * y;
        break;
    case OP_XOR:
        v = x ^ y;
        break;
    case OP_SHL:
        v = x << n;
        break;
    case OP_LSHR:
        v = x >> n;
        break;
    case OP_ASHR:
        v = (u128)(sx >> n);
        break;
    case OP_ULT:
        v = x < y ? x : y;
        break;
    case OP_SLE:
        v = sx <= sy ? y : x;
        break;
    case OP_NE:
        v = x != y ? x : mask;
        break;
    case OP_SMAX:
        v = sx > sy ? x : y;
        break;
    case OP_UDIV:
        r->open = !y;
        v = y ? x / y : 0;
        break;
    case OP_SREM:
        r->open = !y || sy == -1;
        v = r->open ? 0 : (u128)(sx % sy);
        break;
    default:
        v = (x << 13 | x >> (w - 13)) - (y >> 7);
    }
    v &= mask;
    r->bits = (uint64_t)v ^ (uint64_t)((__int128)sign_extended(v, w) >> (w - 9));
}

static void odd_case(unsigned w, unsigned op)
{
    static const char *const text[] = {"add", "sub", "mul", "xor", "shl", "lshr", "ashr"};
    char name[64], body[512];
    snprintf(name, sizeof name, "i%u operation %u", w, op);
    struct micro_case *c = start(name, M_I64, M_I64, 1, 2);
    c->parameter = w | op << 8;
    c->lane = ref_odd;
    if (op >= OP_SHL && op <= OP_ASHR)
        snprintf(body, sizeof body, "%%n$U = and i%u %%y$U, 15\n  %%v$U = %s i%u %%x$U, %%n$U", w, text[op], w);
    else if (op < OP_SHL)
        snprintf(body, sizeof body, "%%v$U = %s i%u %%x$U, %%y$U", text[op], w);
    else if (op == OP_UDIV || op == OP_SREM)
        snprintf(body, sizeof body, "%%v$U = %s i%u %%x$U, %%y$U", op == OP_UDIV ? "udiv" : "srem", w);
    else if (op == OP_ULT || op == OP_SLE)
        snprintf(body, sizeof body, "%%c$U = icmp %s i%u %%x$U, %%y$U\n  %%v$U = select i1 %%c$U, i%u %%%c$U, i%u %%%c$U",
                 op == OP_ULT ? "ult" : "sle", w, w, op == OP_ULT ? 'x' : 'y', w, op == OP_ULT ? 'y' : 'x');
    else if (op == OP_NE)
        snprintf(body, sizeof body, "%%c$U = icmp ne i%u %%x$U, %%y$U\n  %%v$U = select i1 %%c$U, i%u %%x$U, i%u -1", w, w, w);
    else if (op == OP_SMAX)
        snprintf(body, sizeof body, "%%v$U = call i%u @llvm.smax.i%u(i%u %%x$U, i%u %%y$U)", w, w, w, w);
    else
        snprintf(body, sizeof body,
                 "%%a$U = shl i%u %%x$U, 13\n  %%b$U = lshr i%u %%x$U, %u\n  %%c$U = or i%u %%a$U, %%b$U\n"
                 "  %%d$U = lshr i%u %%y$U, 7\n  %%v$U = sub i%u %%c$U, %%d$U",
                 w, w, w - 13, w, w, w);
    if (op == OP_SMAX)
        snprintf(c->declare, sizeof c->declare, "declare i%u @llvm.smax.i%u(i%u, i%u)", w, w, w, w);
    snprintf(c->body, sizeof c->body,
             "%%x$U = %s i64 $0 to i%u\n  %%y$U = %s i64 $1 to i%u\n  %s\n  %%l$U = %s i%u %%v$U to i64\n"
             "  %%h$U = ashr i%u %%v$U, %u\n  %%t$U = %s i%u %%h$U to i64\n  $R = xor i64 %%l$U, %%t$U",
             w < 64 ? "trunc" : "sext", w, w < 64 ? "trunc" : "sext", w, body, w < 64 ? "zext" : "trunc", w, w, w - 9,
             w < 64 ? "sext" : "trunc", w);
}

/** The bits of a vector as one number through memory, its halves swapped. */
static void ref_swapped(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    for (unsigned l = 0; l < c->result_lanes; l++)
        r[l] = a[0][(l + c->result_lanes - 1) % c->result_lanes];
}

static void ref_mask(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    r->bits = 0;
    for (unsigned l = 0; l < c->arg_lanes[0]; l++)
        r->bits |= (uint64_t)(a[0][l].s < a[1][l].s) << l;
}

static void odd_widths(void)
{
    static const unsigned widths_in_bits[] = {24, 33, 48, 40, 65, 96, 128, 17};
    for (size_t i = 0; i < sizeof widths_in_bits / sizeof *widths_in_bits; i++)
        for (unsigned op = 0; op < OP_COUNT; op++)
            if (widths_in_bits[i] < 64 || op < OP_UDIV)
                odd_case(widths_in_bits[i], op);
    static const struct {
        enum micro_type type;
        unsigned lanes, bits;
    } vectors[] = {{M_F32, 4, 128}, {M_I8, 3, 24}, {M_I16, 3, 48}, {M_F32, 3, 96}, {M_I64, 2, 128}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char name[64];
        unsigned w = vectors[i].bits, by = w / vectors[i].lanes;
        snprintf(name, sizeof name, "%s as i%u", micro_llvm(vectors[i].type, vectors[i].lanes), w);
        struct micro_case *c = start(name, vectors[i].type, vectors[i].type, vectors[i].lanes, 1);
        c->whole = ref_swapped;
        snprintf(c->body, sizeof c->body,
                 "%%x$U = bitcast $A $0 to i%u\n  %%s$U = alloca i%u\n"
                 "  store volatile i%u %%x$U, ptr %%s$U, align 8\n  %%y$U = load volatile i%u, ptr %%s$U, align 8\n"
                 "  %%a$U = shl i%u %%y$U, %u\n  %%b$U = lshr i%u %%y$U, %u\n"
                 "  %%v$U = or i%u %%a$U, %%b$U\n  $R = bitcast i%u %%v$U to $T",
                 w, w, w, w, w, by, w, w - by, w, w);
    }
    for (unsigned lanes = 2; lanes <= 8; lanes += lanes < 4 ? 1 : 4) {
        char name[64];
        snprintf(name, sizeof name, "mask of %u lanes", lanes);
        struct micro_case *c = start(name, M_I32, M_I32, lanes, 2);
        c->result_lanes = 1;
        c->whole = ref_mask;
        snprintf(c->body, sizeof c->body,
                 "%%c$U = icmp slt $A $0, $1\n  %%m$U = bitcast <%u x i1> %%c$U to i%u\n  $R = zext i%u %%m$U to i32", lanes, lanes,
                 lanes);
    }
}

void micro_llvm_intrinsics(void)
{
    odd_widths();
    overflows();
    comparisons_and_shifts();
    float_classes();
    floats();
    reductions();
}
