/* SPDX-License-Identifier: MIT */
/* LLVM passes before the translation: everything inlined into the entry point, memory promoted to values where possible. */
#include "air/oddint.h"
#include "air/widevec.h"

#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include <errno.h>
#include <string.h>

static void remove_attribute(LLVMValueRef fn, const char *name)
{
    LLVMRemoveEnumAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                                   LLVMGetEnumAttributeKindForName(name, strlen(name)));
}

/** Operations of a group of threads are never merged or moved, even where the module does not say so. */
static void mark_convergent(struct pvg_at *at, LLVMValueRef f)
{
    static const char *const names[] = {"air.simd", "air.quad", "air.wg.", "air.dfd", "air.fwidth"};
    size_t n;
    const char *name = LLVMGetValueName2(f, &n);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(name, names[i], strlen(names[i])))
            LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                                    LLVMCreateEnumAttribute(at->mod.context, LLVMGetEnumAttributeKindForName("convergent", 10), 0));
}

/** Other functions become internal and always inlined; other entry points then disappear. */
static void mark_functions(struct pvg_at *at)
{
    LLVMAttributeRef always = LLVMCreateEnumAttribute(at->mod.context, LLVMGetEnumAttributeKindForName("alwaysinline", 12), 0);
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f)) {
            mark_convergent(at, f);
            continue;
        }
        remove_attribute(f, "noinline");
        remove_attribute(f, "optnone");
        if (f == at->fn) {
            LLVMSetLinkage(f, LLVMExternalLinkage);
            continue;
        }
        LLVMSetLinkage(f, LLVMInternalLinkage);
        LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, always);
    }
}

static bool logs(LLVMValueRef f)
{
    size_t n;
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
            if (LLVMIsACallInst(i) && LLVMIsAFunction(LLVMGetCalledValue(i)) &&
                !strncmp(LLVMGetValueName2(LLVMGetCalledValue(i), &n), "air.os_log", 10))
                return true;
    return false;
}

/** Nobody reads the log (spec 07 section 5.17). Its helpers take any number of arguments and so cannot be inlined: their calls go.
 */
static void drop_logging(struct pvg_at *at)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f)) {
        LLVMTypeRef type = LLVMGlobalGetValueType(f);
        if (LLVMIsDeclaration(f) || !LLVMIsFunctionVarArg(type) || LLVMGetTypeKind(LLVMGetReturnType(type)) != LLVMVoidTypeKind ||
            !logs(f))
            continue;
        LLVMUseRef next;
        for (LLVMUseRef use = LLVMGetFirstUse(f); use; use = next) {
            LLVMValueRef call = LLVMGetUser(use);
            next = LLVMGetNextUse(use);
            if (LLVMIsACallInst(call) && LLVMGetCalledValue(call) == f)
                LLVMInstructionEraseFromParent(call);
        }
    }
}

/** Lists that keep dead functions and globals alive. */
static void delete_list(struct pvg_at *at, const char *name)
{
    LLVMValueRef g = LLVMGetNamedGlobal(at->mod.module, name);
    if (g && !LLVMGetFirstUse(g))
        LLVMDeleteGlobal(g);
}

static void run(struct pvg_at *at, const char *passes)
{
    int rc = pvg_air_module_verify(&at->mod, at->err);
    if (rc)
        longjmp(at->arena.bail, rc);
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopVectorization(options, 0);
    LLVMPassBuilderOptionsSetSLPVectorization(options, 0);
    LLVMErrorRef e = LLVMRunPasses(at->mod.module, passes, NULL, options);
    LLVMDisposePassBuilderOptions(options);
    if (!e)
        return;
    char *message = LLVMGetErrorMessage(e);
    char text[256];
    strncpy(text, message, sizeof text - 1);
    text[sizeof text - 1] = 0;
    LLVMDisposeErrorMessage(message);
    pvg_at_fail(at, EINVAL, "LLVM passes: %s", text);
}

/**
 * Code as the compiler writes it with optimisation: one function without local memory that could become values, with at most one
 * return and nothing that function constants decide. The passes would find nothing in it that the shortening of the SPIR-V does
 * not find as well.
 */
static bool is_plain(struct pvg_at *at)
{
    unsigned returns = 0;
    if (at->entry->constant_count)
        return false;
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f))
        if (f != at->fn && !LLVMIsDeclaration(f))
            return false;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(at->fn); b; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
            if (LLVMGetInstructionOpcode(i) == LLVMAlloca && !pvg_air_stays_memory(i))
                return false;
        LLVMValueRef t = LLVMGetBasicBlockTerminator(b);
        LLVMOpcode op = LLVMGetInstructionOpcode(t);
        returns += op == LLVMRet;
        if (op != LLVMRet && op != LLVMSwitch && (op != LLVMBr || (LLVMIsConditional(t) && LLVMIsConstant(LLVMGetCondition(t)))))
            return false;
    }
    return returns == 1;
}

static LLVMValueRef splat(LLVMTypeRef t, uint64_t v)
{
    if (LLVMGetTypeKind(t) != LLVMVectorTypeKind)
        return LLVMConstInt(t, v, 0);
    LLVMValueRef lanes[16];
    unsigned n = LLVMGetVectorSize(t);
    for (unsigned i = 0; i < n; i++)
        lanes[i] = LLVMConstInt(LLVMGetElementType(t), v, 0);
    return LLVMConstVector(lanes, n);
}

/** Shift amounts modulo the width, where they are not so visibly. */
static void define_shift(LLVMBuilderRef b, LLVMValueRef inst)
{
    LLVMTypeRef t = LLVMTypeOf(inst);
    bool vector = LLVMGetTypeKind(t) == LLVMVectorTypeKind;
    unsigned width = LLVMGetIntTypeWidth(vector ? LLVMGetElementType(t) : t);
    LLVMValueRef n = LLVMGetOperand(inst, 1);
    if (width & (width - 1) || (vector && LLVMGetVectorSize(t) > 16))
        return;
    if (LLVMIsAConstantInt(n) && width <= 64 && LLVMConstIntGetZExtValue(n) < width)
        return;
    LLVMPositionBuilderBefore(b, inst);
    LLVMSetOperand(inst, 1, LLVMBuildAnd(b, n, splat(t, width - 1), ""));
}

static LLVMValueRef unsigned_divisor(struct pvg_at *at, LLVMBuilderRef b, LLVMTypeRef t, LLVMValueRef y)
{
    unsigned id = LLVMLookupIntrinsicID("llvm.umax", 9);
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(at->mod.module, id, &t, 1);
    return LLVMBuildCall2(b, LLVMIntrinsicGetType(at->mod.context, id, &t, 1), f, (LLVMValueRef[]){y, splat(t, 1)}, 2, "");
}

static LLVMValueRef signed_divisor(struct pvg_at *at, LLVMBuilderRef b, LLVMTypeRef t, LLVMValueRef x, LLVMValueRef y,
                                   unsigned width)
{
    LLVMValueRef least = LLVMBuildICmp(b, LLVMIntEQ, x, splat(t, UINT64_C(1) << (width - 1)), "");
    LLVMValueRef minus = LLVMBuildICmp(b, LLVMIntEQ, y, splat(t, UINT64_MAX >> (64 - width)), "");
    /* Of all divisors only 0 is less than 1 without sign. */
    return LLVMBuildSelect(b, LLVMBuildAnd(b, least, minus, ""), splat(t, 1), unsigned_divisor(at, b, t, y), "");
}

/**
 * Divisor 1 where there is no quotient: a divisor of 0, and of -1 for the smallest number. Marks the division, so that it is not
 * tested again; a mark that the guest's code came with goes away.
 */
static void define_division(struct pvg_at *at, LLVMBuilderRef b, LLVMValueRef inst, bool is_signed)
{
    LLVMTypeRef t = LLVMTypeOf(inst);
    bool vector = LLVMGetTypeKind(t) == LLVMVectorTypeKind;
    unsigned width = LLVMGetIntTypeWidth(vector ? LLVMGetElementType(t) : t);
    LLVMValueRef x = LLVMGetOperand(inst, 0), y = LLVMGetOperand(inst, 1);
    LLVMSetMetadata(inst, at->defined_kind, NULL);
    if (width == 1 || width > 64 || width & (width - 1) || (vector && LLVMGetVectorSize(t) > 16))
        return;
    LLVMPositionBuilderBefore(b, inst);
    LLVMSetOperand(inst, 1, is_signed ? signed_divisor(at, b, t, x, y, width) : unsigned_divisor(at, b, t, y));
    LLVMSetMetadata(inst, at->defined_kind, LLVMMDNodeInContext(at->mod.context, NULL, 0));
}

/** Conversions to integers that saturate; LLVM takes it that no number is outside of the range, infinity not even of a half. */
static void define_conversion(struct pvg_at *at, LLVMBuilderRef b, LLVMValueRef inst, bool is_signed)
{
    const char *name = is_signed ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
    LLVMTypeRef t = LLVMTypeOf(inst);
    LLVMTypeRef types[2] = {t, LLVMTypeOf(LLVMGetOperand(inst, 0))};
    unsigned width = LLVMGetIntTypeWidth(LLVMGetTypeKind(t) == LLVMVectorTypeKind ? LLVMGetElementType(t) : t);
    if (width < 8 || width > 64 || width & (width - 1))
        return;
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(at->mod.module, id, types, 2), x = LLVMGetOperand(inst, 0);
    LLVMPositionBuilderBefore(b, inst);
    LLVMReplaceAllUsesWith(inst, LLVMBuildCall2(b, LLVMIntrinsicGetType(at->mod.context, id, types, 2), f, &x, 1, ""));
    LLVMInstructionEraseFromParent(inst);
}

/**
 * What LLVM calls undefined and the translation does not: the passes, the inliner among them, would leave poison where known bits
 * say that a shift amount or a conversion is out of range or a divisor is zero, and it would spread to branches, addresses and
 * other lanes.
 */
static void define_operations(struct pvg_at *at)
{
    LLVMBuilderRef b = LLVMCreateBuilderInContext(at->mod.context);
    at->defined_kind = LLVMGetMDKindIDInContext(at->mod.context, "pvg.defined", 11);
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f)) {
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb)) {
            LLVMValueRef next;
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = next) {
                LLVMOpcode op = LLVMGetInstructionOpcode(i);
                next = LLVMGetNextInstruction(i);
                if (op == LLVMShl || op == LLVMLShr || op == LLVMAShr)
                    define_shift(b, i);
                else if (op == LLVMUDiv || op == LLVMURem || op == LLVMSDiv || op == LLVMSRem)
                    define_division(at, b, i, op == LLVMSDiv || op == LLVMSRem);
                else if (op == LLVMFPToSI || op == LLVMFPToUI)
                    define_conversion(at, b, i, op == LLVMFPToSI);
                else
                    pvg_at_clamp_lane(i);
            }
        }
    }
    LLVMDisposeBuilder(b);
}

/** Functions besides the entry point: nothing else can be inlined. */
static bool has_other_bodies(struct pvg_at *at)
{
    unsigned bodies = 0;
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f))
        bodies += !LLVMIsDeclaration(f);
    return bodies > 1;
}

#define PASSES "sroa,early-cse,simplifycfg,sroa,adce,mergereturn"

static void simplify(struct pvg_at *at)
{
    bool calls = has_other_bodies(at);
    drop_logging(at);
    mark_functions(at);
    define_operations(at);
    delete_list(at, "llvm.compiler.used");
    delete_list(at, "llvm.used");
    delete_list(at, "llvm.global_ctors");
    run(at, calls ? "always-inline,globaldce,function(" PASSES ")" : "function(" PASSES ")");
}

void pvg_at_prepare(struct pvg_at *at)
{
    if (!is_plain(at))
        simplify(at);
    struct pvg_at_census c = pvg_at_take_census(at->fn);
    bool wide = pvg_at_split_wide_calls(at, &c);
    if (c.odd_vector && !c.matrix)
        run(at, "function(scalarizer)");
    if (c.odd)
        pvg_at_widen_odd(at);
    /* The lanes of masks are known as such only now. */
    if (wide)
        run(at, "function(scalarizer,adce)");
    else if (c.odd)
        run(at, "function(adce)");
}
