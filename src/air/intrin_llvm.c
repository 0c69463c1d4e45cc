/* SPDX-License-Identifier: MIT */
/* Intrinsics of LLVM itself (spec 07 section 5.19). */
#include "air/libm.h"

#include <stdio.h>
#include <string.h>

static bool dropped(const char *op)
{
    static const char *const names[] = {"lifetime.",  "assume",        "dbg.",      "experimental.noalias.scope.decl",
                                        "va_start",   "va_end",        "donothing", "sideeffect",
                                        "invariant.", "trap",          "debugtrap", "ubsantrap",
                                        "prefetch.",  "var.annotation"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(op, names[i], strlen(names[i])))
            return true;
    return false;
}

static const struct {
    const char *op;
    enum GLSLstd450 inst;
    unsigned argc;
} direct[] = {
    {"fabs.", GLSLstd450FAbs, 1},
    {"floor.", GLSLstd450Floor, 1},
    {"ceil.", GLSLstd450Ceil, 1},
    {"trunc.", GLSLstd450Trunc, 1},
    {"rint.", GLSLstd450RoundEven, 1},
    {"roundeven.", GLSLstd450RoundEven, 1},
    {"nearbyint.", GLSLstd450RoundEven, 1},
    {"sqrt.", GLSLstd450Sqrt, 1},
    {"sin.", GLSLstd450Sin, 1},
    {"cos.", GLSLstd450Cos, 1},
    {"exp.", GLSLstd450Exp, 1},
    {"exp2.", GLSLstd450Exp2, 1},
    {"log.", GLSLstd450Log, 1},
    {"log2.", GLSLstd450Log2, 1},
    {"minnum.", GLSLstd450NMin, 2},
    {"maxnum.", GLSLstd450NMax, 2},
    {"fma.", GLSLstd450Fma, 3},
};

/** Functions that AIR has as well; `air` NULL: under the same name. */
static const struct {
    const char *op, *air;
} shared[] = {
    {"copysign.", NULL}, {"minimum.", NULL}, {"maximum.", NULL}, {"round.", NULL}, {"log10.", NULL},        {"exp10.", NULL},
    {"tan.", NULL},      {"asin.", NULL},    {"acos.", NULL},    {"atan.", NULL},  {"sinh.", NULL},         {"cosh.", NULL},
    {"tanh.", NULL},     {"ldexp.", NULL},   {"pow.", NULL},     {"atan2.", NULL}, {"minimumnum.", "fmin"}, {"maximumnum.", "fmax"},
};

static bool as_air(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        size_t n = strlen(shared[i].op);
        if (strncmp(op, shared[i].op, n))
            continue;
        struct pvg_at_call named = *c;
        if (shared[i].air)
            snprintf(named.op, sizeof named.op, "%s", shared[i].air);
        else
            snprintf(named.op, sizeof named.op, "%.*s", (int)n - 1, op);
        return pvg_at_intrin_math(at, &named, id);
    }
    return false;
}

/** Power of a whole number: that of the same number with a fraction of zero. */
static bool whole_power(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    if (strncmp(op, "powi.", 5) || c->argc != 2)
        return false;
    bool bf = pvg_at_is_bfloat(c->type);
    uint32_t x = pvg_at_arg(at, c, 0), f32 = pvg_spv_float(b, 32), wide = pvg_spv_like(b, c->rtype, f32);
    uint32_t n = pvg_spv_value(b, SpvOpConvertSToF, f32, PVG_SPV(pvg_at_arg(at, c, 1)));
    x = bf ? pvg_at_bf_to_float(at, x) : pvg_at_fit(at, x, wide);
    if (pvg_spv_components(b, wide) > 1)
        n = pvg_spv_replicate(b, wide, n);
    uint32_t v = pvg_at_libm(at, "pow", (uint32_t[]){x, n}, 2);
    *id = bf ? pvg_at_float_to_bf(at, v) : pvg_at_fit(at, v, c->rtype);
    return true;
}

/** One of the four kinds of numbers that have a sign: which of both signs are asked for is in `mask`. */
static uint32_t of_kind(struct pvg_spv *b, uint32_t is, uint32_t negative, bool below, bool above)
{
    uint32_t type = pvg_spv_type_of(b, is);
    if (below && above)
        return is;
    if (above)
        negative = pvg_spv_value(b, SpvOpLogicalNot, type, PVG_SPV(negative));
    return pvg_spv_value(b, SpvOpLogicalAnd, type, PVG_SPV(is, negative));
}

/** llvm.is.fpclass, on bit patterns: neither NaN nor denormal numbers have to survive. */
static bool float_class(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    uint64_t mask;
    if (strncmp(op, "is.fpclass.", 11) || c->argc != 2 || !pvg_at_const_int(LLVMGetOperand(c->inst, 1), &mask))
        return false;
    LLVMTypeKind kind = LLVMGetTypeKind(pvg_at_element(pvg_at_arg_type(c, 0)));
    uint32_t x = pvg_at_arg(at, c, 0);
    unsigned width = pvg_spv_width(b, pvg_spv_type_of(b, x));
    uint64_t infinity = width == 64                ? UINT64_C(0x7FF0000000000000)
                        : width == 32              ? 0x7F800000
                        : kind == LLVMHalfTypeKind ? 0x7C00
                                                   : 0x7F80;
    uint64_t normal = infinity & -infinity, top = UINT64_C(1) << (width - 1), quiet = infinity | normal >> 1;
    uint32_t t = pvg_spv_like(b, pvg_spv_type_of(b, x), pvg_at_int(at, width)), r = 0;
    x = pvg_spv_bitcast(b, t, x);
    uint32_t size = pvg_spv_value(b, SpvOpBitwiseAnd, t, PVG_SPV(x, pvg_spv_splat(b, t, top - 1)));
    uint32_t negative = pvg_spv_value(b, SpvOpINotEqual, c->rtype, PVG_SPV(size, x));
    /* Ranges of the pattern without sign: first one, number of them; bits of LLVM's mask with and without sign. */
    const struct {
        uint64_t first, count;
        unsigned below, above;
    } kinds[] = {{infinity + 1, quiet - infinity - 1, 0, 0}, {quiet, top - quiet, 1, 1}, {infinity, 1, 2, 9},
                 {normal, infinity - normal, 3, 8},          {1, normal - 1, 4, 7},      {0, 1, 5, 6}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool below = mask >> kinds[i].below & 1, above = mask >> kinds[i].above & 1;
        if (!below && !above)
            continue;
        uint32_t place = pvg_spv_value(b, SpvOpISub, t, PVG_SPV(size, pvg_spv_splat(b, t, kinds[i].first)));
        uint32_t is = pvg_spv_value(b, SpvOpULessThan, c->rtype, PVG_SPV(place, pvg_spv_splat(b, t, kinds[i].count)));
        is = of_kind(b, is, negative, below, above);
        r = r ? pvg_spv_value(b, SpvOpLogicalOr, c->rtype, PVG_SPV(r, is)) : is;
    }
    *id = r ? r : pvg_spv_splat(b, c->rtype, 0);
    return true;
}

/** a * b + c, where fusing is allowed but not required. */
static uint32_t multiply_add(struct pvg_at *at, uint32_t type, const uint32_t *a)
{
    uint32_t p = pvg_spv_value(&at->b, SpvOpFMul, type, PVG_SPV(a[0], a[1]));
    return pvg_spv_value(&at->b, SpvOpFAdd, type, PVG_SPV(p, a[2]));
}

static bool floating(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    bool muladd = !strncmp(op, "fmuladd.", 8);
    size_t k = 0, n = sizeof direct / sizeof *direct;
    while (!muladd && k < n && strncmp(op, direct[k].op, strlen(direct[k].op)))
        k++;
    if (!muladd && k == n)
        return false;
    unsigned argc = muladd ? 3 : direct[k].argc;
    bool bf = pvg_at_is_bfloat(c->type);
    uint32_t type = bf ? pvg_spv_like(b, c->rtype, pvg_spv_float(b, 32)) : c->rtype, a[3];
    for (unsigned i = 0; i < argc; i++) {
        a[i] = pvg_at_arg(at, c, i);
        if (bf)
            a[i] = pvg_at_bf_to_float(at, a[i]);
    }
    *id = muladd ? multiply_add(at, type, a) : pvg_spv_ext(b, direct[k].inst, type, a, argc);
    if (bf)
        *id = pvg_at_float_to_bf(at, *id);
    return true;
}

static uint32_t extreme_of(struct pvg_at *at, SpvOp less, bool max, uint32_t x, uint32_t y)
{
    struct pvg_spv *b = &at->b;
    uint32_t cond = pvg_spv_value(b, less, pvg_spv_bool(b), PVG_SPV(x, y));
    return pvg_spv_value(b, SpvOpSelect, pvg_spv_type_of(b, x), PVG_SPV(cond, max ? y : x, max ? x : y));
}

/** A NaN wins. */
static uint32_t strict_extreme(struct pvg_spv *b, enum GLSLstd450 inst, uint32_t x, uint32_t y)
{
    uint32_t type = pvg_spv_type_of(b, x), r = pvg_spv_ext(b, inst, type, PVG_SPV(x, y));
    const uint32_t operands[2] = {x, y};
    for (unsigned i = 0; i < 2; i++) {
        uint32_t nan = pvg_spv_value(b, SpvOpIsNan, pvg_spv_bool(b), PVG_SPV(operands[i]));
        r = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(nan, operands[i], r));
    }
    return r;
}

/** Reductions to the least or greatest lane, and those of floats, the first operand of whose sums is where they start. */
static bool ordered_reduction(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    bool sum = !strncmp(op, "fadd.", 5), product = !strncmp(op, "fmul.", 5);
    bool fmin = !strncmp(op, "fmin.", 5), fmax = !strncmp(op, "fmax.", 5);
    bool max = !strncmp(op + 1, "max.", 4), min = !strncmp(op + 1, "min.", 4);
    bool strict = !strncmp(op, "fminimum.", 9) || !strncmp(op, "fmaximum.", 9);
    if (pvg_spv_width(b, c->rtype) == 1)
        return false;
    if (!sum && !product && !max && !min && !strict)
        return false;
    bool bf = pvg_at_is_bfloat(c->type), with_start = sum || product;
    uint32_t v = pvg_at_arg(at, c, with_start ? 1 : 0), r = with_start ? pvg_at_arg(at, c, 0) : 0;
    if (bf) {
        v = pvg_at_bf_to_float(at, v);
        r = r ? pvg_at_bf_to_float(at, r) : 0;
    }
    uint32_t type = pvg_spv_scalar(b, pvg_spv_type_of(b, v));
    for (unsigned i = 0; i < pvg_spv_components(b, pvg_spv_type_of(b, v)); i++) {
        uint32_t lane = pvg_spv_extract(b, v, i);
        if (!r)
            r = lane;
        else if (with_start)
            r = pvg_spv_value(b, sum ? SpvOpFAdd : SpvOpFMul, type, PVG_SPV(r, lane));
        else if (fmin || fmax)
            r = pvg_spv_ext(b, fmin ? GLSLstd450NMin : GLSLstd450NMax, type, PVG_SPV(r, lane));
        else if (strict)
            r = strict_extreme(b, op[2] == 'i' ? GLSLstd450NMin : GLSLstd450NMax, r, lane);
        else
            r = extreme_of(at, op[0] == 's' ? SpvOpSLessThan : SpvOpULessThan, max, r, lane);
    }
    *id = bf ? pvg_at_float_to_bf(at, r) : r;
    return true;
}

/** Reduction of a vector to a scalar, lane by lane. */
static bool reduction(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    static const struct {
        const char *name;
        SpvOp op;
    } ops[] = {
        {"add.", SpvOpIAdd}, {"mul.", SpvOpIMul}, {"and.", SpvOpBitwiseAnd}, {"or.", SpvOpBitwiseOr}, {"xor.", SpvOpBitwiseXor}};
    static const struct {
        const char *name;
        SpvOp op;
    } bool_ops[] = {{"and.", SpvOpLogicalAnd},      {"or.", SpvOpLogicalOr},    {"xor.", SpvOpLogicalNotEqual},
                    {"add.", SpvOpLogicalNotEqual}, {"mul.", SpvOpLogicalAnd},  {"umax.", SpvOpLogicalOr},
                    {"umin.", SpvOpLogicalAnd},     {"smax.", SpvOpLogicalAnd}, {"smin.", SpvOpLogicalOr}};
    if (strncmp(op, "vector.reduce.", 14))
        return false;
    op += 14;
    if (ordered_reduction(at, c, op, id))
        return true;
    SpvOp use = SpvOpNop;
    bool is_bool = pvg_spv_width(&at->b, c->rtype) == 1;
    for (size_t i = 0; !is_bool && i < sizeof ops / sizeof *ops; i++)
        if (!strncmp(op, ops[i].name, strlen(ops[i].name)))
            use = ops[i].op;
    for (size_t i = 0; is_bool && i < sizeof bool_ops / sizeof *bool_ops; i++)
        if (!strncmp(op, bool_ops[i].name, strlen(bool_ops[i].name)))
            use = bool_ops[i].op;
    if (use == SpvOpNop)
        return false;
    uint32_t v = pvg_at_arg(at, c, 0);
    unsigned n = pvg_spv_components(&at->b, pvg_spv_type_of(&at->b, v));
    uint32_t r = n == 1 ? v : pvg_spv_extract(&at->b, v, 0);
    for (unsigned i = 1; i < n; i++)
        r = pvg_spv_value(&at->b, use, c->rtype, PVG_SPV(r, pvg_spv_extract(&at->b, v, i)));
    *id = r;
    return true;
}

bool pvg_at_intrin_llvm(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    const char *op = c->name + 5;
    if (dropped(op))
        return true;
    if (!strncmp(op, "memset.", 7)) {
        pvg_at_memset(at, c->inst);
        return true;
    }
    if (!strncmp(op, "memcpy.", 7) || !strncmp(op, "memmove.", 8)) {
        pvg_at_memcpy(at, c->inst, op[3] == 'm');
        return true;
    }
    if (!strncmp(op, "expect.", 7)) {
        *id = pvg_at_arg(at, c, 0);
        return true;
    }
    if (!strncmp(op, "fptosi.sat.", 11) || !strncmp(op, "fptoui.sat.", 11)) {
        uint32_t x = pvg_at_arg(at, c, 0);
        if (pvg_at_is_bfloat(LLVMTypeOf(LLVMGetOperand(c->inst, 0))))
            x = pvg_at_bf_to_float(at, x);
        *id = pvg_at_float_to_int(at, x, c->rtype, op[4] == 's', pvg_at_promises(LLVMGetOperand(c->inst, 0)) & LLVMFastMathNoNaNs);
        return true;
    }
    if (!strncmp(op, "canonicalize.", 13) || !strncmp(op, "arithmetic.fence.", 17) || !strncmp(op, "ssa.copy.", 9)) {
        *id = pvg_at_arg(at, c, 0);
        return true;
    }
    if (!strncmp(op, "is.constant.", 12)) {
        *id = pvg_spv_false(&at->b);
        return true;
    }
    if (!strncmp(op, "objectsize.", 11)) { /* Not known: the most, or if asked the least. */
        uint64_t least = 0;
        pvg_at_const_int(LLVMGetOperand(c->inst, 1), &least);
        *id = pvg_spv_const(&at->b, c->rtype, least & 1 ? 0 : UINT64_MAX);
        return true;
    }
    return floating(at, c, op, id) || as_air(at, c, op, id) || whole_power(at, c, op, id) || float_class(at, c, op, id) ||
           pvg_at_llvm_int(at, c, op, id) || reduction(at, c, op, id);
}
