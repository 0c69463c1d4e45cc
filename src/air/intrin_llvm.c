/* SPDX-License-Identifier: MIT */
/* Intrinsics of LLVM itself (spec 07 section 5.19). */
#include "air/translate.h"

#include <string.h>

static bool dropped(const char *op)
{
    static const char *const names[] = {"lifetime.", "assume", "dbg.",      "experimental.noalias.scope.decl",
                                        "va_start",  "va_end", "donothing", "sideeffect",
                                        "invariant."};
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
    {"pow.", GLSLstd450Pow, 2},
};

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

/** Reductions to the least or greatest lane, and those of floats, the first operand of whose sums is where they start. */
static bool ordered_reduction(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    bool sum = !strncmp(op, "fadd.", 5), product = !strncmp(op, "fmul.", 5);
    bool fmin = !strncmp(op, "fmin.", 5), fmax = !strncmp(op, "fmax.", 5);
    bool max = !strncmp(op + 1, "max.", 4), min = !strncmp(op + 1, "min.", 4);
    if (!sum && !product && !max && !min)
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
    } bool_ops[] = {{"and.", SpvOpLogicalAnd}, {"or.", SpvOpLogicalOr}, {"xor.", SpvOpLogicalNotEqual}};
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
    if (!strncmp(op, "trap", 4))
        return false;
    return floating(at, c, op, id) || pvg_at_llvm_int(at, c, op, id) || reduction(at, c, op, id);
}
