/* SPDX-License-Identifier: MIT */
/*
 * Core instructions whose results Metal defines where SPIR-V does not (shifts, division, casts), LLVM's own intrinsics, and atomic
 * operations on a cell per thread.
 */
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* ---- Integer arithmetic ---------------------------------------------------------------------------------------------------- */

enum binary { ADD, SUB, MUL, AND, OR, XOR, SHL, LSHR, ASHR, UDIV, UREM, SDIV, SREM };

static void ref_binary(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->result), n = (unsigned)(a[1].bits & (w - 1));
    uint64_t x = a[0].bits, y = a[1].bits, v = 0;
    bool overflow = a[1].s == -1 && x == (uint64_t)1 << (w - 1);
    switch ((enum binary)c->parameter) {
    case ADD:
        v = x + y;
        break;
    case SUB:
        v = x - y;
        break;
    case MUL:
        v = x * y;
        break;
    case AND:
        v = x & y;
        break;
    case OR:
        v = x | y;
        break;
    case XOR:
        v = x ^ y;
        break;
    case SHL: /* Metal masks the amount. */
        v = x << n;
        break;
    case LSHR:
        v = x >> n;
        break;
    case ASHR:
        v = (uint64_t)(a[0].s >> n);
        break;
    /* Division by zero gives anything, but goes on. */
    case UDIV:
        r->open = !y;
        v = y ? x / y : 0;
        break;
    case UREM:
        r->open = !y;
        v = y ? x % y : 0;
        break;
    case SDIV:
        r->open = !y || overflow;
        v = r->open ? 0 : (uint64_t)(a[0].s / a[1].s);
        break;
    case SREM:
        r->open = !y || overflow;
        v = r->open ? 0 : (uint64_t)(a[0].s % a[1].s);
        break;
    }
    r->bits = v & micro_mask(w);
}

static void integer_arithmetic(void)
{
    static const char *const names[] = {"add",  "sub",  "mul",  "and",  "or",   "xor", "shl",
                                        "lshr", "ashr", "udiv", "urem", "sdiv", "srem"};
    static const enum micro_type types[] = {M_I8, M_I16, M_I32, M_I64};
    for (unsigned op = 0; op < 13; op++) {
        for (unsigned t = 0; t < 4; t++) {
            unsigned lanes = (op + t) % 2 ? 1 : 2 + (op + t) / 2 % 3;
            char name[64];
            snprintf(name, sizeof name, "%s %s", names[op], micro_llvm(types[t], lanes));
            struct micro_case *c = start(name, types[t], types[t], lanes, 2);
            snprintf(c->body, sizeof c->body, "$R = %s $T $0, $1", names[op]);
            c->lane = ref_binary;
            c->parameter = op;
        }
    }
}

static void ref_turn(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->result), up = c->parameter;
    r->bits = (a[0].bits << up | a[0].bits >> (w - up)) & micro_mask(w);
}

/** The shape of byte swaps and rotations in source code, which drivers' compilers look for. */
static void turns(void)
{
    static const enum micro_type types[] = {M_I16, M_I32, M_I64};
    for (unsigned t = 0; t < 3; t++) {
        for (unsigned lanes = 1; lanes <= 4; lanes += 3) {
            unsigned w = micro_bits(types[t]);
            for (unsigned up = 4; up < w; up *= 2) {
                char name[64], text[2][64];
                for (unsigned i = 0; i < 2; i++) {
                    unsigned n = i ? w - up : up, e = micro_bits(types[t]);
                    if (lanes == 1)
                        snprintf(text[i], sizeof text[i], "%u", n);
                    else
                        snprintf(text[i], sizeof text[i], "<i%u %u, i%u %u, i%u %u, i%u %u>", e, n, e, n, e, n, e, n);
                }
                snprintf(name, sizeof name, "shifts and or %s %u", micro_llvm(types[t], lanes), up);
                struct micro_case *c = start(name, types[t], types[t], lanes, 1);
                snprintf(c->body, sizeof c->body, "%%up$U = shl $T $0, %s\n%%down$U = lshr $T $0, %s\n$R = or $T %%up$U, %%down$U",
                         text[0], text[1]);
                c->lane = ref_turn;
                c->parameter = up;
            }
        }
    }
}

/* ---- Comparisons ----------------------------------------------------------------------------------------------------------- */

static void ref_fcmp(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    /* Bits of the predicate: equal, greater, less, unordered. */
    bool nan = isnan(a[0].f) || isnan(a[1].f);
    unsigned is = nan ? 8 : a[0].f == a[1].f ? 1 : a[0].f > a[1].f ? 2 : 4;
    r->bits = (c->parameter & is) != 0;
}

static void ref_icmp(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    bool s = c->parameter & 8;
    bool less = s ? a[0].s < a[1].s : a[0].bits < a[1].bits;
    unsigned is = a[0].bits == a[1].bits ? 1 : less ? 4 : 2;
    r->bits = (c->parameter & is) != 0;
}

static void comparisons(void)
{
    static const char *const f[16] = {NULL,  "oeq", "ogt", "oge", "olt", "ole", "one", "ord",
                                      "uno", "ueq", "ugt", "uge", "ult", "ule", "une", NULL};
    static const struct {
        const char *name;
        unsigned bits;
    } i[] = {{"eq", 1},  {"ne", 6},      {"ugt", 2},     {"uge", 3},     {"ult", 4},
             {"ule", 5}, {"sgt", 2 | 8}, {"sge", 3 | 8}, {"slt", 4 | 8}, {"sle", 5 | 8}};
    static const enum micro_type types[] = {M_I8, M_I16, M_I32, M_I64}, reals[] = {M_F32, M_F16};
    char name[64];
    for (unsigned p = 1; p < 15; p++) {
        for (unsigned t = 0; t < 2; t++) {
            unsigned lanes = 1 + (p + t) % 4;
            snprintf(name, sizeof name, "fcmp %s %s", f[p], micro_llvm(reals[t], lanes));
            struct micro_case *c = start(name, M_I1, reals[t], lanes, 2);
            snprintf(c->body, sizeof c->body, "$R = fcmp %s $A $0, $1", f[p]);
            c->lane = ref_fcmp;
            c->parameter = p;
        }
    }
    for (unsigned p = 0; p < 10; p++) {
        for (unsigned t = 0; t < 4; t++) {
            unsigned lanes = 1 + (p + t) % 4;
            snprintf(name, sizeof name, "icmp %s %s", i[p].name, micro_llvm(types[t], lanes));
            struct micro_case *c = start(name, M_I1, types[t], lanes, 2);
            snprintf(c->body, sizeof c->body, "$R = icmp %s $A $0, $1", i[p].name);
            c->lane = ref_icmp;
            c->parameter = i[p].bits;
        }
    }
}

/* ---- Casts and floats ------------------------------------------------------------------------------------------------------ */

enum cast { TRUNC, ZEXT, SEXT, FPTOSI, FPTOUI, SITOFP, UITOFP, FPEXT, FPTRUNC };

static void ref_cast(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->result);
    bool boolean = c->arg[0] == M_I1;
    switch ((enum cast)c->parameter) {
    case TRUNC:
    case ZEXT:
        r->bits = a->bits & micro_mask(w);
        return;
    case SEXT:
        r->bits = (boolean ? (a->bits ? UINT64_MAX : 0) : (uint64_t)a->s) & micro_mask(w);
        return;
    case FPTOSI: /* Out of range is poison in LLVM. */
        r->open = !(fabsl(a->f) < ldexpl(1, (int)w - 1) - 1);
        r->bits = r->open ? 0 : (uint64_t)(int64_t)a->f & micro_mask(w);
        return;
    case FPTOUI:
        r->open = !(a->f > -1 && a->f < ldexpl(1, (int)w));
        r->bits = r->open || a->f < 0 ? 0 : (uint64_t)a->f;
        return;
    case SITOFP:
        r->f = boolean ? -(long double)a->bits : (long double)a->s;
        break;
    case UITOFP:
        r->f = (long double)a->bits;
        break;
    default:
        r->f = a->f;
    }
    *r = micro_decode(c->result, micro_encode(c->result, r->f));
}

static void casts(void)
{
    static const struct {
        const char *name;
        enum cast cast;
        enum micro_type to, from;
    } rows[] = {
        {"trunc", TRUNC, M_I8, M_I32},      {"trunc", TRUNC, M_I16, M_I64},      {"trunc", TRUNC, M_I32, M_I64},
        {"trunc", TRUNC, M_I1, M_I32},      {"zext", ZEXT, M_I32, M_I8},         {"zext", ZEXT, M_I64, M_I16},
        {"zext", ZEXT, M_I64, M_I32},       {"zext", ZEXT, M_I32, M_I1},         {"sext", SEXT, M_I32, M_I8},
        {"sext", SEXT, M_I64, M_I32},       {"sext", SEXT, M_I16, M_I8},         {"sext", SEXT, M_I32, M_I1},
        {"fptosi", FPTOSI, M_I32, M_F32},   {"fptosi", FPTOSI, M_I16, M_F16},    {"fptoui", FPTOUI, M_I32, M_F32},
        {"fptoui", FPTOUI, M_I8, M_F32},    {"sitofp", SITOFP, M_F32, M_I32},    {"sitofp", SITOFP, M_F16, M_I16},
        {"uitofp", UITOFP, M_F32, M_I32},   {"uitofp", UITOFP, M_F32, M_I8},     {"fpext", FPEXT, M_F32, M_F16},
        {"fptrunc", FPTRUNC, M_F16, M_F32}, {"fptrunc", FPTRUNC, M_BF16, M_F32}, {"fpext", FPEXT, M_F32, M_BF16},
        {"sitofp", SITOFP, M_F32, M_I64},   {"fptosi", FPTOSI, M_I64, M_F32},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned lanes = 1; lanes <= 4; lanes += 1 + (unsigned)i % 3) {
            char name[64], to[32];
            snprintf(to, sizeof to, "%s", micro_llvm(rows[i].to, lanes));
            snprintf(name, sizeof name, "%s %s to %s", rows[i].name, micro_llvm(rows[i].from, lanes), to);
            struct micro_case *c = start(name, rows[i].to, rows[i].from, lanes, 1);
            snprintf(c->body, sizeof c->body, "$R = %s $A $0 to $T", rows[i].name);
            c->lane = ref_cast;
            c->parameter = rows[i].cast;
            c->domain[0] = micro_is_float(rows[i].from) && !micro_is_float(rows[i].to) ? MD_MEDIUM : MD_ANY;
        }
    }
}

static void ref_float(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    switch (c->parameter) {
    case 0:
        r->f = a[0].f + a[1].f;
        break;
    case 1:
        r->f = a[0].f - a[1].f;
        break;
    case 2:
        r->f = a[0].f * a[1].f;
        break;
    case 3:
        r->f = a[0].f / a[1].f;
        break;
    default: {
        /* Multiply-add, fused or not. */
        long double p = a[0].f * a[1].f, size = fabsl(p) + fabsl(a[2].f);
        r->f = p + a[2].f;
        long double largest = micro_decode(c->result, micro_encode(c->result, INFINITY) - 1).f;
        r->open = size > largest && isfinite(a[0].f) && isfinite(a[1].f);
        r->slack = isfinite(size) ? 1.5 * (double)micro_ulp(c->result, size) : 0;
    }
    }
}

/**
 * Metal: 2.5 units for divisors from 2^-126 to 2^126, which is what Vulkan promises too. Larger ones may be multiplied by a
 * reciprocal that was flushed. Of bfloat the result of the 32-bit operation is rounded again.
 */
static struct micro_bound division_bound(const struct micro_case *c, const struct micro_num *a, long double expected)
{
    (void)expected;
    bool large = c->result != M_F16 && isfinite(a[1].f) && fabsl(a[1].f) > ldexpl(1, 126);
    return (struct micro_bound){.ulp = large ? -1 : 2.5};
}

static void float_arithmetic(void)
{
    static const char *const names[] = {"fadd", "fsub", "fmul", "fdiv"};
    static const enum micro_type types[] = {M_F32, M_F16, M_BF16};
    for (unsigned op = 0; op < 5; op++) {
        for (unsigned t = 0; t < 3; t++) {
            for (unsigned lanes = 1; lanes <= 4; lanes += 3) {
                char name[64];
                snprintf(name, sizeof name, "%s %s", op < 4 ? names[op] : "llvm.fmuladd", micro_llvm(types[t], lanes));
                if (op == 4)
                    snprintf(name, sizeof name, "llvm.fmuladd.%s", micro_suffix(types[t], lanes));
                struct micro_case *c = start(name, types[t], types[t], lanes, op < 4 ? 2 : 3);
                for (unsigned i = 0; i < c->argc; i++)
                    c->domain[i] = op == 4 ? MD_SMALL : MD_ANY;
                if (op < 4)
                    snprintf(c->body, sizeof c->body, "$R = %s $T $0, $1", names[op]);
                else
                    micro_call(c, name, "");
                c->lane = ref_float;
                c->parameter = op;
                c->bound_fn = op == 3 ? division_bound : NULL;
                c->bound.ulp = types[t] == M_BF16 ? 0.51 : 0;
                c->any_zero_sign = op == 4;
            }
        }
    }
}

/* ---- LLVM's reductions ----------------------------------------------------------------------------------------------------- */

static void ref_vector_reduce(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    struct micro_num v = a[0][0];
    for (unsigned i = 1; i < c->arg_lanes[0]; i++) {
        struct micro_num n = a[0][i];
        switch (c->parameter) {
        case 0:
            v.bits += n.bits;
            break;
        case 1:
            v.bits *= n.bits;
            break;
        case 2:
            v.bits &= n.bits;
            break;
        case 3:
            v.bits |= n.bits;
            break;
        case 4:
            v.bits ^= n.bits;
            break;
        case 5:
            v = n.s < v.s ? n : v;
            break;
        case 6:
            v = n.s > v.s ? n : v;
            break;
        case 7:
            v = n.bits < v.bits ? n : v;
            break;
        default:
            v = n.bits > v.bits ? n : v;
        }
    }
    r->bits = v.bits & micro_mask(micro_bits(c->result));
}

static void vector_reductions(void)
{
    static const char *const names[] = {"add", "mul", "and", "or", "xor", "smin", "smax", "umin", "umax"};
    for (unsigned op = 0; op < 9; op++) {
        for (unsigned lanes = 2; lanes <= 4; lanes++) {
            char name[64];
            enum micro_type t = lanes == 3 ? M_I16 : M_I32;
            snprintf(name, sizeof name, "llvm.vector.reduce.%s.%s", names[op], micro_suffix(t, lanes));
            struct micro_case *c = start(name, t, t, lanes, 1);
            c->result_lanes = 1;
            c->whole = ref_vector_reduce;
            c->parameter = op;
            micro_call(c, name, "");
        }
    }
}

/* ---- Lanes ----------------------------------------------------------------------------------------------------------------- */

static void ref_extract(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    uint64_t i = a[1][0].bits;
    r->open = i >= c->arg_lanes[0];
    if (!r->open)
        *r = a[0][i];
}

static void ref_insert(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    uint64_t i = a[2][0].bits;
    for (unsigned l = 0; l < c->result_lanes; l++) {
        r[l] = l == i ? a[1][0] : a[0][l];
        r[l].open = i >= c->result_lanes;
    }
}

static void ref_larger(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    (void)c;
    *r = a[0].s > a[1].s ? a[0] : a[1];
}

static void ref_halves(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    for (unsigned l = 0; l < c->result_lanes; l++)
        r[l] = a[l & 1][(l * 3 + 1) % c->arg_lanes[0]];
}

/** Vectors of 8 and 16 lanes, which are taken apart. */
static void wide_vectors(void)
{
    static const enum micro_type types[] = {M_I32, M_I16, M_I8};
    static const char *const names[] = {"add", "mul", "xor"};
    char name[64];
    for (unsigned lanes = 8; lanes <= 16; lanes *= 2) {
        for (unsigned t = 0; t < 3; t++) {
            snprintf(name, sizeof name, "%s %s", names[t], micro_llvm(types[t], lanes));
            struct micro_case *c = start(name, types[t], types[t], lanes, 2);
            snprintf(c->body, sizeof c->body, "$R = %s $T $0, $1", names[t]);
            c->lane = ref_binary;
            c->parameter = t == 0 ? ADD : t == 1 ? MUL : XOR;

            snprintf(name, sizeof name, "llvm.vector.reduce.umax.%s", micro_suffix(types[t], lanes));
            c = start(name, types[t], types[t], lanes, 1);
            c->result_lanes = 1;
            c->whole = ref_vector_reduce;
            c->parameter = 8;
            micro_call(c, name, "");

            snprintf(name, sizeof name, "zext %s", micro_llvm(types[t], lanes));
            c = start(name, t == 0 ? M_I64 : M_I32, types[t], lanes, 1);
            if (t == 0)
                c->result_lanes = c->arg_lanes[0] = 8;
            snprintf(c->body, sizeof c->body, "$R = zext $A $0 to $T");
            c->lane = ref_cast;
            c->parameter = ZEXT;
        }
        snprintf(name, sizeof name, "shufflevector %s", micro_llvm(M_F32, lanes));
        struct micro_case *c = start(name, M_F32, M_F32, lanes, 2);
        size_t n = (size_t)snprintf(c->body, sizeof c->body, "$R = shufflevector $A $0, $A $1, <%u x i32> <", lanes);
        for (unsigned l = 0; l < lanes; l++)
            n +=
                (size_t)snprintf(c->body + n, sizeof c->body - n, "%si32 %u", l ? ", " : "", (l & 1) * lanes + (l * 3 + 1) % lanes);
        snprintf(c->body + n, sizeof c->body - n, ">");
        c->whole = ref_halves;
        snprintf(name, sizeof name, "fadd %s", micro_llvm(M_F32, lanes));
        c = start(name, M_F32, M_F32, lanes, 2);
        snprintf(c->body, sizeof c->body, "$R = fadd $T $0, $1");
        c->lane = ref_float;
        snprintf(name, sizeof name, "air.max.s.%s", micro_suffix(M_I32, lanes));
        c = start(name, M_I32, M_I32, lanes, 2);
        c->lane = ref_larger;
        micro_call(c, name, "");
        snprintf(name, sizeof name, "air.convert.f.%s.f.%s", micro_suffix(M_F32, lanes), micro_suffix(M_F16, lanes));
        c = start(name, M_F32, M_F16, lanes, 1);
        c->lane = ref_cast;
        c->parameter = FPEXT;
        micro_call(c, name, "");
    }
}

static void lanes_by_index(void)
{
    static const enum micro_type types[] = {M_F32, M_I8, M_F16, M_I32};
    for (unsigned t = 0; t < 4; t++) {
        for (unsigned lanes = 2; lanes <= 4; lanes++) {
            char name[64];
            snprintf(name, sizeof name, "extractelement %s", micro_llvm(types[t], lanes));
            struct micro_case *c = start(name, types[t], types[t], lanes, 2);
            c->result_lanes = 1;
            c->arg[1] = M_I32;
            c->arg_lanes[1] = 1;
            c->domain[1] = MD_BITS8;
            snprintf(c->body, sizeof c->body, "$R = extractelement $A $0, i32 $1");
            c->whole = ref_extract;
            snprintf(name, sizeof name, "insertelement %s", micro_llvm(types[t], lanes));
            c = start(name, types[t], types[t], lanes, 3);
            c->arg_lanes[1] = c->arg_lanes[2] = 1;
            c->arg[2] = M_I32;
            c->domain[2] = MD_BITS8;
            snprintf(c->body, sizeof c->body, "$R = insertelement $A $0, %s $1, i32 $2", micro_llvm(types[t], 1));
            c->whole = ref_insert;
        }
    }
}

/* ---- Constants that LLVM leaves as expressions ------------------------------------------------------------------------------ */

static void ref_constant(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    r->bits = a->bits ^ c->parameter;
}

static void constant_expressions(void)
{
#define HALVES "<2 x i16> bitcast (<1 x i32> <i32 305419896> to <2 x i16>)"
    static const struct {
        const char *text;
        uint32_t value;
    } rows[] = {
        {"bitcast (<2 x i16> <i16 1024, i16 512> to i32)", 512u << 16 | 1024},
        {"extractelement (<2 x i32> bitcast (<1 x i64> <i64 -7> to <2 x i32>), i64 0)", 0xFFFFFFF9},
        {"bitcast (<4 x i8> bitcast (<2 x half> <half 0xH3C00, half 0xHC500> to <4 x i8>) to i32)", 0xC5003C00},
        {"bitcast (<2 x i16> insertelement (" HALVES ", i16 7, i32 1) to i32)", 0x00075678},
        {"bitcast (<2 x i16> shufflevector (" HALVES ", <2 x i16> poison, <2 x i32> <i32 1, i32 0>) to i32)", 0x56781234},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        snprintf(name, sizeof name, "constant expression %zu", i);
        struct micro_case *c = start(name, M_I32, M_I32, 1, 1);
        snprintf(c->body, sizeof c->body, "$R = xor i32 $0, %s", rows[i].text);
        c->lane = ref_constant;
        c->parameter = rows[i].value;
    }
#undef HALVES
}

/* ---- Selects that look like conversions of the condition -------------------------------------------------------------------- */

static void ref_select(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    r->bits = a->bits & 1 ? c->parameter >> 32 : c->parameter & UINT32_MAX;
}

static void selects_of_one_and_zero(void)
{
    static const uint32_t rows[][2] = {{0x80000000, 0x3F800000}, {0x3F800000, 0x80000000}, {0, 0xBF800000}, {0xBF800000, 0},
                                       {0, 0x3F800000},          {0x3F800000, 0},          {1, 0},          {0, UINT32_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned floats = 0; floats < 2; floats++) {
            char name[64];
            snprintf(name, sizeof name, "select %s %08x %08x", floats ? "float" : "int", rows[i][0], rows[i][1]);
            struct micro_case *c = start(name, M_I32, M_I32, 1, 1);
            const char *form = floats
                                   ? "%%c$U = trunc i32 $0 to i1\n"
                                     "%%f$U = select i1 %%c$U, float bitcast (i32 %d to float), float bitcast (i32 %d to float)\n"
                                     "$R = bitcast float %%f$U to i32"
                                   : "%%c$U = trunc i32 $0 to i1\n"
                                     "$R = select i1 %%c$U, i32 %d, i32 %d";
            snprintf(c->body, sizeof c->body, form, (int)rows[i][0], (int)rows[i][1]);
            c->lane = ref_select;
            c->parameter = (uint64_t)rows[i][0] << 32 | rows[i][1];
        }
}

/* ---- Pointers made of constants, coordinates of rate maps -------------------------------------------------------------------- */

static void ref_sentinel(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    r->bits = a->bits == UINT64_MAX ? c->parameter : a->bits;
}

static void constant_pointers(void)
{
    struct micro_case *c = start("pointer constants", M_I64, M_I64, 1, 1);
    snprintf(c->body, sizeof c->body,
             "%%p$U = inttoptr i64 $0 to ptr addrspace(1)\n"
             "%%c$U = icmp eq ptr addrspace(1) %%p$U, inttoptr (i64 -1 to ptr addrspace(1))\n"
             "%%s$U = select i1 %%c$U, ptr addrspace(1) inttoptr (i64 4096 to ptr addrspace(1)), ptr addrspace(1) %%p$U\n"
             "$R = ptrtoint ptr addrspace(1) %%s$U to i64");
    c->lane = ref_sentinel;
    c->parameter = 4096;
}

/** Without a rate map both coordinates are the same. */
static void rate_maps(void)
{
    static const char *const names[] = {"air.map_screen_to_physical_coordinates.v2i32.p2i8.i32",
                                        "air.map_physical_to_screen_coordinates.v2i32.p2i8.i32"};
    for (unsigned i = 0; i < 2; i++) {
        struct micro_case *c = start(names[i], M_I32, M_I32, 2, 1);
        c->lane = ref_constant;
        micro_call(c, names[i], "ptr null, i32 0");
    }
}

/* ---- Atomics --------------------------------------------------------------------------------------------------------------- */

enum atomic { A_ADD, A_SUB, A_AND, A_OR, A_XOR, A_MIN, A_MAX, A_XCHG, A_CMPXCHG };
enum { NEW_VALUE = 256, SIGNED = 512 };

/** Operands: value, initial contents, for compare-and-exchange the expected contents. Result: old or new contents. */
static void ref_atomic(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    struct micro_num value = a[0], old = a[1], now = value;
    bool s = c->parameter & SIGNED;
    uint64_t v = value.bits;
    switch ((enum atomic)(c->parameter & 255)) {
    case A_ADD:
        v = old.bits + value.bits;
        now.f = old.f + value.f;
        break;
    case A_SUB:
        v = old.bits - value.bits;
        now.f = old.f - value.f;
        break;
    case A_AND:
        v = old.bits & value.bits;
        break;
    case A_OR:
        v = old.bits | value.bits;
        break;
    case A_XOR:
        v = old.bits ^ value.bits;
        break;
    case A_MIN:
        v = (s ? old.s < value.s : old.bits < value.bits) ? old.bits : value.bits;
        break;
    case A_MAX:
        v = (s ? old.s > value.s : old.bits > value.bits) ? old.bits : value.bits;
        break;
    case A_XCHG:
        break;
    case A_CMPXCHG:
        v = old.bits == a[2].bits ? value.bits : old.bits;
        now = old.bits == a[2].bits ? value : old;
        break;
    }
    if (!(c->parameter & NEW_VALUE))
        *r = old;
    else if (micro_is_float(c->result))
        r->f = now.f;
    else
        r->bits = v & micro_mask(micro_bits(c->result));
}

static void add_atomic(const char *op, enum atomic kind, const char *sign, enum micro_type t, bool local, bool now)
{
    char name[96], callee[80], cell[160], pointer[32], scope[16];
    const char *type = micro_llvm(t, 1);
    snprintf(callee, sizeof callee, "air.atomic.%s.%s%s.%s", local ? "local" : "global", op, sign, micro_suffix(t, 1));
    snprintf(name, sizeof name, "%s (%s)", callee, now ? "new" : "old");
    bool exchange = kind == A_CMPXCHG;
    struct micro_case *c = start(name, t, t, 1, exchange ? 3 : 2);
    c->lane = ref_atomic;
    c->parameter = kind | (now ? NEW_VALUE : 0) | (*sign == '.' && sign[1] == 's' ? SIGNED : 0);
    for (unsigned i = 0; i < c->argc; i++)
        c->domain[i] = exchange ? MD_WHOLE : MD_ANY;
    snprintf(pointer, sizeof pointer, "ptr addrspace(%d)", local ? 3 : 1);
    snprintf(scope, sizeof scope, "i32 %d", local ? 1 : 2);
    if (local)
        snprintf(cell, sizeof cell,
                 "%%n$U = and i32 %%id, 31\n%%x$U = getelementptr [32 x %s], ptr addrspace(3) @cells_%s, i32 0, i32 %%n$U", type,
                 type);
    else
        snprintf(cell, sizeof cell, "%%x$U = getelementptr i8, ptr addrspace(1) %%w$U, i64 64");
    const char *load = now ? "$R = load" : "%l$U = load";
    if (exchange) {
        snprintf(c->declare, sizeof c->declare, "declare %s @%s(%s, ptr, %s, i32, i32, i32, i1)", type, callee, pointer, type);
        snprintf(c->body, sizeof c->body,
                 "%s\nstore %s $1, %s %%x$U, align 8\n%%e$U = alloca %s\nstore %s $2, ptr %%e$U\n"
                 "%%c$U = call %s @%s(%s %%x$U, ptr %%e$U, %s $0, i32 0, i32 0, %s, i1 true)\n%s %s, %s %s",
                 cell, type, pointer, type, type, type, callee, pointer, type, scope, load, type, now ? pointer : "ptr",
                 now ? "%x$U" : "%e$U");
        if (!now) { /* The expected value's place receives the old contents. */
            size_t n = strlen(c->body);
            snprintf(c->body + n, sizeof c->body - n, "\n$R = select i1 true, %s %%l$U, %s %%c$U", type, type);
        }
    } else {
        snprintf(c->declare, sizeof c->declare, "declare %s @%s(%s, %s, i32, i32, i1)", type, callee, pointer, type);
        snprintf(c->body, sizeof c->body,
                 "%s\nstore %s $1, %s %%x$U, align 8\n%s = call %s @%s(%s %%x$U, %s $0, i32 0, %s, i1 true)", cell, type, pointer,
                 now ? "%c$U" : "$R", type, callee, pointer, type, scope);
        if (now) {
            size_t n = strlen(c->body);
            snprintf(c->body + n, sizeof c->body - n, "\n$R = load %s, %s %%x$U, align 8", type, pointer);
        }
    }
    if (local)
        snprintf(c->globals, sizeof c->globals, "@cells_%s = internal addrspace(3) global [32 x %s] undef, align 8", type, type);
}

static void atomics(void)
{
    static const struct {
        const char *op;
        enum atomic kind;
    } rows[] = {{"add", A_ADD}, {"sub", A_SUB}, {"and", A_AND}, {"or", A_OR}, {"xor", A_XOR}, {"min", A_MIN}, {"max", A_MAX}};
    for (int local = 0; local < 2; local++) {
        for (int now = 0; now < 2; now++) {
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                add_atomic(rows[i].op, rows[i].kind, ".s", M_I32, local, now);
                add_atomic(rows[i].op, rows[i].kind, ".u", M_I32, local, now);
            }
            add_atomic("xchg", A_XCHG, "", M_I32, local, now);
            add_atomic("xchg", A_XCHG, "", M_F32, local, now);
            add_atomic("cmpxchg.weak", A_CMPXCHG, "", M_I32, local, now);
            add_atomic("add", A_ADD, "", M_F32, local, now);
            add_atomic("sub", A_SUB, "", M_F32, local, now);
        }
    }
    for (int now = 0; now < 2; now++) {
        add_atomic("min", A_MIN, ".u", M_I64, false, now);
        add_atomic("max", A_MAX, ".u", M_I64, false, now);
        add_atomic("add", A_ADD, ".u", M_I64, false, now);
        add_atomic("cmpxchg.weak", A_CMPXCHG, "", M_F32, false, now);
    }
}

void micro_instructions(void)
{
    integer_arithmetic();
    turns();
    comparisons();
    casts();
    float_arithmetic();
    vector_reductions();
    lanes_by_index();
    wide_vectors();
    constant_expressions();
    selects_of_one_and_zero();
    constant_pointers();
    rate_maps();
    atomics();
}
