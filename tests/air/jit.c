/* SPDX-License-Identifier: MIT */
#include "tests/air/jit.h"

#include "air/entry.h"
#include "air/module.h"
#include "util/log.h"

#include <errno.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/** Alignment that operands and results have at least; wider vectors are stored with it too. */
enum { SLOT_ALIGN = 16 };

struct entry {
    char *name;
    LLVMValueRef fn;
    jit_function *code;
    struct jit_type result;
    struct jit_type *params;
    uint32_t param_count;
};

struct jit {
    struct pvg_air_module mod;
    LLVMExecutionEngineRef engine; /**< Owns the module once it exists. */
    LLVMTargetDataRef layout;
    struct entry *entries;
    size_t entry_count;
    struct external {
        LLVMValueRef fn;
        jit_external *code;
        struct jit_call *call;
    } *externals;
    size_t external_count;
    uint32_t threadgroup_size;
    const char *odd_shared; /**< A use of a threadgroup variable that is not understood. */
    const struct jit_options *options;
    struct pvg_error *err;
};

static LLVMTypeRef ptr_type(struct jit *j)
{
    return LLVMPointerTypeInContext(j->mod.context, 0);
}

static LLVMTypeRef int_type(struct jit *j, unsigned bits)
{
    return LLVMIntTypeInContext(j->mod.context, bits);
}

static bool starts(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

static const char *name_of(LLVMValueRef v)
{
    size_t n;
    return LLVMGetValueName2(v, &n);
}

/* ---- Types ----------------------------------------------------------------------------------------------------------------- */

static bool is_bool_vector(LLVMTypeRef t)
{
    return LLVMGetTypeKind(t) == LLVMVectorTypeKind && LLVMGetTypeKind(LLVMGetElementType(t)) == LLVMIntegerTypeKind &&
           LLVMGetIntTypeWidth(LLVMGetElementType(t)) == 1;
}

static bool is_bool(LLVMTypeRef t)
{
    return LLVMGetTypeKind(t) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(t) == 1;
}

/** Type that memory holds: booleans are bytes. */
static LLVMTypeRef memory_type(struct jit *j, LLVMTypeRef t)
{
    if (is_bool(t))
        return int_type(j, 8);
    return is_bool_vector(t) ? LLVMVectorType(int_type(j, 8), LLVMGetVectorSize(t)) : t;
}

static void describe_scalar(struct jit *j, LLVMTypeRef t, struct jit_type *out)
{
    switch (LLVMGetTypeKind(t)) {
    case LLVMIntegerTypeKind:
        out->kind = JIT_INT;
        out->bits = (uint16_t)LLVMGetIntTypeWidth(t);
        break;
    case LLVMHalfTypeKind:
        out->kind = JIT_FLOAT;
        out->bits = 16;
        break;
    case LLVMBFloatTypeKind:
        out->kind = JIT_BFLOAT;
        out->bits = 16;
        break;
    case LLVMFloatTypeKind:
        out->kind = JIT_FLOAT;
        out->bits = 32;
        break;
    case LLVMDoubleTypeKind:
        out->kind = JIT_FLOAT;
        out->bits = 64;
        break;
    case LLVMPointerTypeKind:
        out->kind = JIT_POINTER;
        out->bits = 64;
        out->space = (uint16_t)LLVMGetPointerAddressSpace(t);
        break;
    default:
        out->kind = JIT_AGGREGATE;
        break;
    }
    out->lane_size = (uint32_t)LLVMABISizeOfType(j->layout, t);
}

static struct jit_type describe(struct jit *j, LLVMTypeRef t)
{
    struct jit_type out = {.lanes = 1};
    LLVMTypeKind kind = LLVMGetTypeKind(t);
    if (kind == LLVMVoidTypeKind || kind == LLVMMetadataTypeKind)
        return (struct jit_type){.kind = JIT_VOID};
    if (kind == LLVMVectorTypeKind) {
        out.lanes = (uint16_t)LLVMGetVectorSize(t);
        t = LLVMGetElementType(t);
    }
    describe_scalar(j, t, &out);
    out.size = out.lanes * out.lane_size;
    return out;
}

/** Load a value in its memory form. */
static LLVMValueRef load_slot(struct jit *j, LLVMBuilderRef b, LLVMTypeRef t, LLVMValueRef address)
{
    LLVMTypeRef m = memory_type(j, t);
    LLVMValueRef v = LLVMBuildLoad2(b, m, address, "");
    LLVMSetAlignment(v, LLVMABIAlignmentOfType(j->layout, m) < SLOT_ALIGN ? LLVMABIAlignmentOfType(j->layout, m) : SLOT_ALIGN);
    return m == t ? v : LLVMBuildTrunc(b, v, t, "");
}

static void store_slot(struct jit *j, LLVMBuilderRef b, LLVMValueRef v, LLVMValueRef address)
{
    LLVMTypeRef t = LLVMTypeOf(v), m = memory_type(j, t);
    LLVMValueRef s = LLVMBuildStore(b, m == t ? v : LLVMBuildZExt(b, v, m, ""), address);
    LLVMSetAlignment(s, LLVMABIAlignmentOfType(j->layout, m) < SLOT_ALIGN ? LLVMABIAlignmentOfType(j->layout, m) : SLOT_ALIGN);
}

/* ---- Defined meaning of what LLVM leaves open
 * ------------------------------------------------------------------------------------ */

static LLVMValueRef splat(struct jit *j, LLVMTypeRef t, uint64_t v)
{
    (void)j;
    if (LLVMGetTypeKind(t) != LLVMVectorTypeKind)
        return LLVMConstInt(t, v, 0);
    LLVMValueRef lanes[64];
    unsigned n = LLVMGetVectorSize(t) < 64 ? LLVMGetVectorSize(t) : 64;
    for (unsigned i = 0; i < n; i++)
        lanes[i] = LLVMConstInt(LLVMGetElementType(t), v, 0);
    return LLVMConstVector(lanes, n);
}

static unsigned int_width(LLVMTypeRef t)
{
    return LLVMGetIntTypeWidth(LLVMGetTypeKind(t) == LLVMVectorTypeKind ? LLVMGetElementType(t) : t);
}

static void define_shift(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst)
{
    LLVMTypeRef t = LLVMTypeOf(inst);
    unsigned width = int_width(t);
    if (width & (width - 1))
        return;
    LLVMSetOperand(inst, 1, LLVMBuildAnd(b, LLVMGetOperand(inst, 1), splat(j, t, width - 1), ""));
}

static void define_division(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst, bool is_signed)
{
    LLVMTypeRef t = LLVMTypeOf(inst);
    LLVMValueRef x = LLVMGetOperand(inst, 0), y = LLVMGetOperand(inst, 1);
    LLVMValueRef bad = LLVMBuildICmp(b, LLVMIntEQ, y, splat(j, t, 0), "");
    if (is_signed) {
        LLVMValueRef least = LLVMBuildICmp(b, LLVMIntEQ, x, splat(j, t, (uint64_t)1 << (int_width(t) - 1)), "");
        LLVMValueRef minus = LLVMBuildICmp(b, LLVMIntEQ, y, splat(j, t, UINT64_MAX), "");
        bad = LLVMBuildOr(b, bad, LLVMBuildAnd(b, least, minus, ""), "");
    }
    LLVMSetOperand(inst, 1, LLVMBuildSelect(b, bad, splat(j, t, 1), y, ""));
}

static void define_index(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst, unsigned operand)
{
    LLVMValueRef i = LLVMGetOperand(inst, operand);
    LLVMTypeRef t = LLVMTypeOf(i);
    unsigned n = LLVMGetVectorSize(LLVMTypeOf(LLVMGetOperand(inst, 0)));
    if (int_width(t) < 32)
        i = LLVMBuildZExt(b, i, t = int_type(j, 32), "");
    LLVMValueRef inside = LLVMBuildICmp(b, LLVMIntULT, i, LLVMConstInt(t, n, 0), "");
    LLVMSetOperand(inst, operand, LLVMBuildSelect(b, inside, i, LLVMConstInt(t, n - 1, 0), ""));
}

static LLVMValueRef saturating_conversion(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst, bool is_signed)
{
    const char *name = is_signed ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
    LLVMValueRef x = LLVMGetOperand(inst, 0);
    LLVMTypeRef types[2] = {LLVMTypeOf(inst), LLVMTypeOf(x)};
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef fn = LLVMGetIntrinsicDeclaration(j->mod.module, id, types, 2);
    return LLVMBuildCall2(b, LLVMIntrinsicGetType(j->mod.context, id, types, 2), fn, &x, 1, "");
}

/**
 * Integer to half by way of float, which is exact where halves are finite: LLVM's own expansion for vectors multiplies an infinity
 * by zero.
 */
static LLVMValueRef half_from_integer(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst, LLVMOpcode op)
{
    LLVMTypeRef t = LLVMTypeOf(inst), f = LLVMFloatTypeInContext(j->mod.context);
    if (LLVMGetTypeKind(t) == LLVMVectorTypeKind)
        f = LLVMVectorType(f, LLVMGetVectorSize(t));
    return LLVMBuildFPTrunc(b, LLVMBuildCast(b, op, LLVMGetOperand(inst, 0), f, ""), t, "");
}

static bool is_half(LLVMTypeRef t)
{
    return LLVMGetTypeKind(LLVMGetTypeKind(t) == LLVMVectorTypeKind ? LLVMGetElementType(t) : t) == LLVMHalfTypeKind;
}

static void drop_flags(LLVMValueRef inst, LLVMOpcode op)
{
    if (LLVMCanValueUseFastMathFlags(inst))
        LLVMSetFastMathFlags(inst, LLVMFastMathNone);
    switch (op) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMShl:
        LLVMSetNSW(inst, 0);
        LLVMSetNUW(inst, 0);
        break;
    case LLVMLShr:
    case LLVMAShr:
    case LLVMUDiv:
    case LLVMSDiv:
        LLVMSetExact(inst, 0);
        break;
    case LLVMGetElementPtr:
        LLVMSetIsInBounds(inst, 0);
        break;
    case LLVMOr:
        LLVMSetIsDisjoint(inst, 0);
        break;
    case LLVMZExt:
        LLVMSetNNeg(inst, 0);
        break;
    default:
        break;
    }
}

/** Constant without undefined parts. */
static LLVMValueRef defined_constant(LLVMValueRef v, unsigned depth)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    LLVMTypeKind kind = LLVMGetTypeKind(t);
    if (LLVMIsUndef(v) || LLVMIsPoison(v))
        return kind == LLVMMetadataTypeKind || kind == LLVMTokenTypeKind || kind == LLVMLabelTypeKind ? v : LLVMConstNull(t);
    if (!LLVMIsAConstantVector(v) && !LLVMIsAConstantStruct(v) && !LLVMIsAConstantArray(v))
        return v;
    unsigned n = kind == LLVMVectorTypeKind  ? LLVMGetVectorSize(t)
                 : kind == LLVMArrayTypeKind ? (unsigned)LLVMGetArrayLength2(t)
                                             : LLVMCountStructElementTypes(t);
    if (depth > 8 || !n || n > 65536)
        return v;
    LLVMValueRef *parts = calloc(n, sizeof(LLVMValueRef));
    for (unsigned i = 0; i < n; i++)
        parts[i] = defined_constant(LLVMGetAggregateElement(v, i), depth + 1);
    LLVMValueRef r;
    if (kind == LLVMVectorTypeKind)
        r = LLVMConstVector(parts, n);
    else if (kind == LLVMArrayTypeKind)
        r = LLVMConstArray2(LLVMGetElementType(t), parts, n);
    else if (LLVMGetStructName(t))
        r = LLVMConstNamedStruct(t, parts, n);
    else
        r = LLVMConstStructInContext(LLVMGetTypeContext(t), parts, n, LLVMIsPackedStruct(t));
    free(parts);
    return r;
}

static void define_instruction(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(inst);
    LLVMPositionBuilderBefore(b, inst);
    drop_flags(inst, op);
    if (op == LLVMLoad)
        LLVMSetMetadata(inst, LLVMGetMDKindIDInContext(j->mod.context, "range", 5), NULL);
    for (unsigned i = 0; op != LLVMCall && i < (unsigned)LLVMGetNumOperands(inst); i++)
        if (LLVMIsConstant(LLVMGetOperand(inst, i)))
            LLVMSetOperand(inst, i, defined_constant(LLVMGetOperand(inst, i), 0));
    switch (op) {
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr:
        define_shift(j, b, inst);
        break;
    case LLVMUDiv:
    case LLVMURem:
        define_division(j, b, inst, false);
        break;
    case LLVMSDiv:
    case LLVMSRem:
        define_division(j, b, inst, true);
        break;
    case LLVMExtractElement:
        define_index(j, b, inst, 1);
        break;
    case LLVMInsertElement:
        define_index(j, b, inst, 2);
        break;
    case LLVMFPToSI:
    case LLVMFPToUI:
        LLVMReplaceAllUsesWith(inst, saturating_conversion(j, b, inst, op == LLVMFPToSI));
        break;
    case LLVMSIToFP:
    case LLVMUIToFP:
        if (is_half(LLVMTypeOf(inst)))
            LLVMReplaceAllUsesWith(inst, half_from_integer(j, b, inst, op));
        break;
    default:
        break;
    }
}

/* ---- Threadgroup variables
 * ------------------------------------------------------------------------------------------------------- */

/** Threadgroup variables of the module with their offsets; not in the module any more once the functions are rewritten. */
struct shared {
    LLVMValueRef global;
    uint64_t offset;
};

static bool mentions_shared(LLVMValueRef v, unsigned depth)
{
    if (LLVMIsAGlobalVariable(v))
        return LLVMGetPointerAddressSpace(LLVMTypeOf(v)) == 3;
    if (!LLVMIsAConstantExpr(v) || depth > 16)
        return false;
    for (unsigned i = 0; i < (unsigned)LLVMGetNumOperands(v); i++)
        if (mentions_shared(LLVMGetOperand(v, i), depth + 1))
            return true;
    return false;
}

/** Instructions that compute a constant expression over threadgroup variables. */
static LLVMValueRef materialise(struct jit *j, LLVMBuilderRef b, const struct shared *list, LLVMValueRef base, LLVMValueRef v)
{
    if (!mentions_shared(v, 0))
        return v;
    if (LLVMIsAGlobalVariable(v)) {
        while (list->global != v)
            list++;
        LLVMValueRef offset = LLVMConstInt(int_type(j, 64), list->offset, 0);
        return LLVMBuildGEP2(b, int_type(j, 8), base, &offset, 1, "");
    }
    LLVMValueRef args[16];
    unsigned n = (unsigned)LLVMGetNumOperands(v);
    for (unsigned i = 0; i < n && i < 16; i++)
        args[i] = materialise(j, b, list, base, LLVMGetOperand(v, i));
    switch (LLVMGetConstOpcode(v)) {
    case LLVMGetElementPtr:
        return LLVMBuildGEP2(b, LLVMGetGEPSourceElementType(v), args[0], args + 1, (n < 16 ? n : 16) - 1, "");
    case LLVMBitCast:
    case LLVMAddrSpaceCast:
    case LLVMPtrToInt:
        return LLVMBuildCast(b, LLVMGetConstOpcode(v), args[0], LLVMTypeOf(v), "");
    case LLVMAdd:
    case LLVMSub:
        return LLVMBuildBinOp(b, LLVMGetConstOpcode(v), args[0], args[1], "");
    default:
        j->odd_shared = name_of(v);
        return v;
    }
}

static void replace_shared(struct jit *j, LLVMBuilderRef b, const struct shared *list, LLVMValueRef fn)
{
    LLVMValueRef first = LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(fn));
    LLVMPositionBuilderBefore(b, first);
    LLVMValueRef base = LLVMBuildLoad2(b, LLVMPointerTypeInContext(j->mod.context, 3), LLVMGetParam(fn, 0), "threadgroup");
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(fn); bb; bb = LLVMGetNextBasicBlock(bb)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
            bool phi = LLVMIsAPHINode(i) != NULL;
            for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(i); k++) {
                LLVMValueRef o = LLVMGetOperand(i, k);
                if (!LLVMIsConstant(o) || !mentions_shared(o, 0))
                    continue;
                LLVMPositionBuilderBefore(b, phi ? LLVMGetBasicBlockTerminator(LLVMGetIncomingBlock(i, k)) : i);
                LLVMValueRef v = materialise(j, b, list, base, o);
                /* All entries of a phi for one predecessor must be the same value. */
                for (unsigned m = k; phi && m < LLVMCountIncoming(i); m++)
                    if (LLVMGetIncomingBlock(i, m) == LLVMGetIncomingBlock(i, k))
                        LLVMSetOperand(i, m, v);
                LLVMSetOperand(i, k, v);
            }
        }
    }
}

static struct shared *lay_out_shared(struct jit *j, size_t *count)
{
    size_t n = 0;
    uint64_t end = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(j->mod.module); g; g = LLVMGetNextGlobal(g))
        n += LLVMGetPointerAddressSpace(LLVMTypeOf(g)) == 3;
    struct shared *list = calloc(n + 1, sizeof *list);
    n = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(j->mod.module); g; g = LLVMGetNextGlobal(g)) {
        if (LLVMGetPointerAddressSpace(LLVMTypeOf(g)) != 3)
            continue;
        list[n++] = (struct shared){g, end};
        end = (end + LLVMABISizeOfType(j->layout, LLVMGlobalGetValueType(g)) + SLOT_ALIGN - 1) & ~(uint64_t)(SLOT_ALIGN - 1);
    }
    j->threadgroup_size = (uint32_t)end;
    *count = n;
    return list;
}

/* ---- Calls of external functions
 * ---------------------------------------------------------------------------------------------------- */

static struct external *find_external(struct jit *j, LLVMValueRef fn)
{
    for (size_t i = 0; i < j->external_count; i++)
        if (j->externals[i].fn == fn)
            return &j->externals[i];
    struct jit_call *call = calloc(1, sizeof *call);
    LLVMTypeRef type = LLVMGlobalGetValueType(fn), params[JIT_MAX_ARGS];
    call->name = strdup(name_of(fn));
    call->argc = LLVMCountParamTypes(type);
    call->result = describe(j, LLVMGetReturnType(type));
    jit_external *code = NULL;
    if (call->argc <= JIT_MAX_ARGS && !LLVMIsFunctionVarArg(type)) {
        LLVMGetParamTypes(type, params);
        for (uint32_t i = 0; i < call->argc; i++)
            call->args[i] = describe(j, params[i]);
        code = j->options->resolve ? j->options->resolve(j->options->resolve_arg, call) : NULL;
    }
    if (!code) {
        pvg_error_set(j->err, "no implementation of %s", call->name);
        free((char *)call->name);
        free(call);
        return NULL;
    }
    j->externals = realloc(j->externals, (j->external_count + 1) * sizeof *j->externals);
    j->externals[j->external_count] = (struct external){fn, code, call};
    return &j->externals[j->external_count++];
}

static LLVMValueRef address_constant(struct jit *j, const void *p)
{
    return LLVMConstIntToPtr(LLVMConstInt(int_type(j, 64), (uint64_t)(uintptr_t)p, 0), ptr_type(j));
}

/** Stack room of one function that all its external calls share: each call is over before the next one starts. */
struct slots {
    LLVMValueRef result, args[JIT_MAX_ARGS], list;
};

static LLVMValueRef make_slot(struct jit *j, LLVMBuilderRef b, uint64_t size)
{
    LLVMValueRef v = LLVMBuildAlloca(b, LLVMArrayType2(int_type(j, 8), size ? size : 1), "");
    LLVMSetAlignment(v, SLOT_ALIGN);
    return v;
}

static bool is_external_call(LLVMValueRef inst)
{
    if (!LLVMIsACallInst(inst))
        return false;
    LLVMValueRef f = LLVMGetCalledValue(inst);
    return LLVMIsAFunction(f) && LLVMIsDeclaration(f) && !starts(name_of(f), "llvm.");
}

static bool make_slots(struct jit *j, LLVMBuilderRef b, LLVMValueRef fn, struct slots *s)
{
    uint64_t result = 0, args[JIT_MAX_ARGS] = {0};
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(fn); bb; bb = LLVMGetNextBasicBlock(bb)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
            if (!is_external_call(i))
                continue;
            const struct external *x = find_external(j, LLVMGetCalledValue(i));
            if (!x)
                return false;
            LLVMTypeRef t = LLVMTypeOf(i);
            if (LLVMGetTypeKind(t) != LLVMVoidTypeKind && LLVMABISizeOfType(j->layout, memory_type(j, t)) > result)
                result = LLVMABISizeOfType(j->layout, memory_type(j, t));
            for (uint32_t k = 0; k < x->call->argc; k++) {
                t = LLVMTypeOf(LLVMGetOperand(i, k));
                uint64_t n = x->call->args[k].kind == JIT_VOID ? 0 : LLVMABISizeOfType(j->layout, memory_type(j, t));
                if (n > args[k])
                    args[k] = n;
            }
        }
    }
    LLVMPositionBuilderBefore(b, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(fn)));
    s->result = make_slot(j, b, result);
    s->list = LLVMBuildAlloca(b, LLVMArrayType2(ptr_type(j), JIT_MAX_ARGS), "");
    for (uint32_t k = 0; k < JIT_MAX_ARGS; k++) {
        s->args[k] = make_slot(j, b, args[k]);
        LLVMValueRef at = LLVMConstInt(int_type(j, 32), k, 0);
        LLVMBuildStore(b, s->args[k], LLVMBuildGEP2(b, ptr_type(j), s->list, &at, 1, ""));
        if (!args[k])
            break;
    }
    return true;
}

static LLVMTypeRef uniform_type(struct jit *j, unsigned pointers)
{
    LLVMTypeRef params[4] = {ptr_type(j), ptr_type(j), ptr_type(j), ptr_type(j)};
    return LLVMFunctionType(LLVMVoidTypeInContext(j->mod.context), params, pointers, 0);
}

static void rewrite_call(struct jit *j, LLVMBuilderRef b, LLVMValueRef inst, const struct slots *s, LLVMValueRef context)
{
    const struct external *x = find_external(j, LLVMGetCalledValue(inst));
    LLVMTypeRef t = LLVMTypeOf(inst);
    bool has_result = LLVMGetTypeKind(t) != LLVMVoidTypeKind;
    LLVMPositionBuilderBefore(b, inst);
    for (uint32_t k = 0; k < x->call->argc; k++)
        if (x->call->args[k].kind != JIT_VOID)
            store_slot(j, b, defined_constant(LLVMGetOperand(inst, k), 0), s->args[k]);
    if (has_result)
        store_slot(j, b, LLVMConstNull(t), s->result);
    LLVMValueRef args[4] = {context, address_constant(j, x->call), has_result ? s->result : LLVMConstNull(ptr_type(j)), s->list};
    LLVMBuildCall2(b, uniform_type(j, 4), address_constant(j, (const void *)(uintptr_t)x->code), args, 4, "");
    if (has_result)
        LLVMReplaceAllUsesWith(inst, load_slot(j, b, t, s->result));
}

static bool rewrite_calls(struct jit *j, LLVMBuilderRef b, LLVMValueRef fn)
{
    struct slots s = {0};
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(fn); bb; bb = LLVMGetNextBasicBlock(bb)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
            next = LLVMGetNextInstruction(i);
            if (LLVMIsACallInst(i) && !LLVMIsAFunction(LLVMGetCalledValue(i))) {
                pvg_error_set(j->err, "indirect call");
                return false;
            }
            if (!is_external_call(i))
                continue;
            if (!s.result && !make_slots(j, b, fn, &s))
                return false;
            rewrite_call(j, b, i, &s, LLVMGetParam(fn, 0));
            LLVMInstructionEraseFromParent(i);
        }
    }
    return true;
}

/* ---- Entry points
 * --------------------------------------------------------------------------------------------------------------------- */

/** Move the body into a function `void (context, result, args)` of the same name. */
static LLVMValueRef make_uniform(struct jit *j, LLVMBuilderRef b, LLVMValueRef old)
{
    size_t n;
    char *name = strdup(LLVMGetValueName2(old, &n));
    LLVMSetValueName2(old, "", 0);
    LLVMValueRef fn = LLVMAddFunction(j->mod.module, name, uniform_type(j, 3));
    free(name);
    for (LLVMBasicBlockRef bb; (bb = LLVMGetFirstBasicBlock(old));) {
        LLVMRemoveBasicBlockFromParent(bb);
        LLVMAppendExistingBasicBlock(fn, bb);
    }
    LLVMPositionBuilderBefore(b, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(fn)));
    for (unsigned i = 0; i < LLVMCountParams(old); i++) {
        LLVMValueRef p = LLVMGetParam(old, i), at = LLVMConstInt(int_type(j, 32), i, 0);
        LLVMValueRef slot = LLVMBuildGEP2(b, ptr_type(j), LLVMGetParam(fn, 2), &at, 1, "");
        if (LLVMGetFirstUse(p))
            LLVMReplaceAllUsesWith(p, load_slot(j, b, LLVMTypeOf(p), LLVMBuildLoad2(b, ptr_type(j), slot, "")));
    }
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(fn); bb; bb = LLVMGetNextBasicBlock(bb)) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(bb);
        if (LLVMGetInstructionOpcode(end) != LLVMRet || !LLVMGetNumOperands(end))
            continue;
        LLVMPositionBuilderBefore(b, end);
        store_slot(j, b, defined_constant(LLVMGetOperand(end, 0), 0), LLVMGetParam(fn, 1));
        LLVMBuildRetVoid(b);
        LLVMInstructionEraseFromParent(end);
    }
    LLVMReplaceAllUsesWith(old, LLVMGetUndef(LLVMTypeOf(old)));
    LLVMDeleteFunction(old);
    return fn;
}

static void define_body(struct jit *j, LLVMBuilderRef b, LLVMValueRef fn)
{
    for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(fn); bb; bb = LLVMGetNextBasicBlock(bb)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(bb), next; i; i = next) {
            next = LLVMGetNextInstruction(i);
            define_instruction(j, b, i);
            LLVMOpcode op = LLVMGetInstructionOpcode(i);
            if (op == LLVMFPToSI || op == LLVMFPToUI)
                LLVMInstructionEraseFromParent(i);
        }
    }
}

static void add_entry(struct jit *j, LLVMValueRef fn)
{
    for (size_t i = 0; i < j->entry_count; i++)
        if (j->entries[i].fn == fn)
            return;
    struct entry e = {.name = strdup(name_of(fn)), .fn = fn, .param_count = LLVMCountParams(fn)};
    e.result = describe(j, LLVMGetReturnType(LLVMGlobalGetValueType(fn)));
    e.params = calloc(e.param_count + 1, sizeof *e.params);
    for (uint32_t i = 0; i < e.param_count; i++)
        e.params[i] = describe(j, LLVMTypeOf(LLVMGetParam(fn, i)));
    j->entries = realloc(j->entries, (j->entry_count + 1) * sizeof *j->entries);
    j->entries[j->entry_count++] = e;
}

static int find_entries(struct jit *j)
{
    const struct jit_options *o = j->options;
    if (o->entry) {
        struct pvg_air_entry *e = NULL;
        int rc = pvg_air_entry_parse(j->mod.module, o->entry, o->constants, o->constant_count, &e, j->err);
        if (rc)
            return rc;
        pvg_air_entry_free(e);
        LLVMValueRef fn = LLVMGetNamedFunction(j->mod.module, o->entry);
        if (!fn || LLVMIsDeclaration(fn)) {
            pvg_error_set(j->err, "no function %s", o->entry);
            return -ENOENT;
        }
        add_entry(j, fn);
        return 0;
    }
    enum pvg_air_stage stage;
    LLVMValueRef fn;
    for (size_t i = 0; i < pvg_air_entry_count(j->mod.module); i++)
        if (pvg_air_entry_at(j->mod.module, i, &stage, &fn) && !LLVMIsDeclaration(fn))
            add_entry(j, fn);
    bool named = j->entry_count;
    for (fn = LLVMGetFirstFunction(j->mod.module); fn && !named; fn = LLVMGetNextFunction(fn))
        if (!LLVMIsDeclaration(fn) && LLVMGetLinkage(fn) != LLVMInternalLinkage)
            add_entry(j, fn);
    return 0;
}

/** Arguments of a call of a function of the module. */
static void define_arguments(LLVMValueRef call)
{
    LLVMValueRef f = LLVMGetCalledValue(call);
    if (!LLVMIsAFunction(f) || LLVMIsDeclaration(f))
        return;
    for (unsigned i = 0; i < LLVMGetNumArgOperands(call); i++)
        if (LLVMIsConstant(LLVMGetOperand(call, i)))
            LLVMSetOperand(call, i, defined_constant(LLVMGetOperand(call, i), 0));
}

/**
 * All functions, before any is inlined: the inliner simplifies what it copies, and where known bits say that a shift amount is out
 * of range it leaves poison, so that an address that depends on it is null.
 */
static void define_functions(struct jit *j)
{
    LLVMBuilderRef b = LLVMCreateBuilderInContext(j->mod.context);
    for (LLVMValueRef f = LLVMGetFirstFunction(j->mod.module); f; f = LLVMGetNextFunction(f)) {
        define_body(j, b, f);
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i))
                if (LLVMIsACallInst(i))
                    define_arguments(i);
    }
    LLVMDisposeBuilder(b);
}

/** Everything but the entries becomes internal and inlined. */
static void mark_functions(struct jit *j)
{
    LLVMAttributeIndex at = (LLVMAttributeIndex)LLVMAttributeFunctionIndex;
    LLVMAttributeRef always = LLVMCreateEnumAttribute(j->mod.context, LLVMGetEnumAttributeKindForName("alwaysinline", 12), 0);
    for (LLVMValueRef f = LLVMGetFirstFunction(j->mod.module); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f))
            continue;
        bool entry = false;
        for (size_t i = 0; i < j->entry_count; i++)
            entry |= j->entries[i].fn == f;
        LLVMRemoveEnumAttributeAtIndex(f, at, LLVMGetEnumAttributeKindForName("noinline", 8));
        LLVMRemoveEnumAttributeAtIndex(f, at, LLVMGetEnumAttributeKindForName("optnone", 7));
        LLVMSetLinkage(f, entry ? LLVMExternalLinkage : LLVMInternalLinkage);
        if (!entry)
            LLVMAddAttributeAtIndex(f, at, always);
    }
}

static void drop_global(struct jit *j, const char *name)
{
    LLVMValueRef g = LLVMGetNamedGlobal(j->mod.module, name);
    if (g && !LLVMGetFirstUse(g))
        LLVMDeleteGlobal(g);
}

static int inline_helpers(struct jit *j)
{
    mark_functions(j);
    define_functions(j);
    drop_global(j, "llvm.compiler.used");
    drop_global(j, "llvm.used");
    drop_global(j, "llvm.global_ctors");
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMErrorRef e = LLVMRunPasses(j->mod.module, "always-inline,globaldce", NULL, o);
    LLVMDisposePassBuilderOptions(o);
    if (!e)
        return 0;
    char *message = LLVMGetErrorMessage(e);
    pvg_error_set(j->err, "LLVM passes: %s", message);
    LLVMDisposeErrorMessage(message);
    return -EINVAL;
}

/** Globals keep their contents; what is undefined in them is zero. */
static void prepare_globals(struct jit *j)
{
    for (LLVMValueRef g = LLVMGetFirstGlobal(j->mod.module); g; g = LLVMGetNextGlobal(g)) {
        LLVMValueRef init = LLVMGetInitializer(g);
        LLVMSetSection(g, "");
        if (init)
            LLVMSetInitializer(g, defined_constant(init, 0));
        else if (LLVMGetPointerAddressSpace(LLVMTypeOf(g)) != 3)
            LLVMSetInitializer(g, LLVMConstNull(LLVMGlobalGetValueType(g)));
        LLVMSetLinkage(g, LLVMInternalLinkage);
        LLVMSetExternallyInitialized(g, 0);
    }
}

static int rewrite(struct jit *j)
{
    int rc = find_entries(j);
    if (!rc)
        rc = inline_helpers(j);
    if (rc)
        return rc;
    size_t shared_count;
    struct shared *shared = lay_out_shared(j, &shared_count);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(j->mod.context);
    prepare_globals(j);
    for (size_t i = 0; !rc && i < j->entry_count; i++) {
        struct entry *e = &j->entries[i];
        e->fn = make_uniform(j, b, e->fn);
        if (!rewrite_calls(j, b, e->fn))
            rc = -ENOENT;
        else if (shared_count)
            replace_shared(j, b, shared, e->fn);
    }
    LLVMDisposeBuilder(b);
    if (!rc && j->odd_shared) {
        pvg_error_set(j->err, "unusual use of threadgroup variable %s", j->odd_shared);
        rc = -ENOTSUP;
    }
    free(shared);
    for (LLVMValueRef f = LLVMGetFirstFunction(j->mod.module), next; !rc && f; f = next) {
        next = LLVMGetNextFunction(f);
        if (LLVMIsDeclaration(f) && !LLVMGetFirstUse(f))
            LLVMDeleteFunction(f);
    }
    return rc;
}

/* ---- Code
 * ----------------------------------------------------------------------------------------------------------------------------- */

static LLVMTargetRef host_target;
static char *host_layout, *host_triple;
static const char *host_features = "";

/** Runtime function that code with bfloat calls and that compilers of the host's age lack: rounds to nearest even. */
static _Float16 round_to_bfloat(float v)
{
    uint32_t bits;
    uint16_t high;
    _Float16 out;
    memcpy(&bits, &v, 4);
    high = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    if ((bits & 0x7FFFFFFF) > 0x7F800000)
        high = (uint16_t)(bits >> 16 | 0x40);
    memcpy(&out, &high, 2); /* Returned in the register that a bfloat is returned in. */
    return out;
}

static void find_host(void)
{
    char *message = NULL;
    LLVMLinkInMCJIT();
    LLVMInitializeNativeTarget();
    LLVMInitializeNativeAsmPrinter();
    LLVMAddSymbol("__truncsfbf2", (void *)(uintptr_t)round_to_bfloat);
    host_triple = LLVMGetDefaultTargetTriple();
    if (LLVMGetTargetFromTriple(host_triple, &host_target, &message)) {
        LLVMDisposeMessage(message);
        host_target = NULL;
        return;
    }
    LLVMTargetMachineRef tm =
        LLVMCreateTargetMachine(host_target, host_triple, "", "", LLVMCodeGenLevelLess, LLVMRelocDefault, LLVMCodeModelJITDefault);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(tm);
    host_layout = LLVMCopyStringRepOfTargetData(layout);
    LLVMDisposeTargetData(layout);
    LLVMDisposeTargetMachine(tm);
    char *features = LLVMGetHostCPUFeatures();
    /* Half conversions in one instruction instead of a library call. With AVX alone, LLVM's combiner goes round for ever over some
     * vectors of eight lanes (seed 50000091). */
    if (strstr(features, "+f16c") && strstr(features, "+avx2"))
        host_features = "+avx,+avx2,+f16c";
    LLVMDisposeMessage(features);
}

/** AIR's layout rules must hold on the host: the vector sizes are the ones that could differ. */
static bool same_layout(struct jit *j, LLVMTargetDataRef host)
{
    static const unsigned bits[] = {8, 16, 32, 64}, lanes[] = {2, 3, 4};
    for (unsigned i = 0; i < 4; i++) {
        LLVMTypeRef e = int_type(j, bits[i]);
        if (LLVMABIAlignmentOfType(j->layout, e) != LLVMABIAlignmentOfType(host, e))
            return false;
        for (unsigned k = 0; k < 3; k++) {
            LLVMTypeRef v = LLVMVectorType(e, lanes[k]);
            if (LLVMABISizeOfType(j->layout, v) != LLVMABISizeOfType(host, v) ||
                LLVMABIAlignmentOfType(j->layout, v) != LLVMABIAlignmentOfType(host, v))
                return false;
        }
    }
    return true;
}

static int retarget(struct jit *j)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_host);
    if (!host_target) {
        pvg_error_set(j->err, "LLVM has no code generator for this host");
        return -ENOTSUP;
    }
    LLVMTargetDataRef host = LLVMCreateTargetData(host_layout);
    bool same = same_layout(j, host);
    LLVMDisposeTargetData(host);
    if (!same) {
        pvg_error_set(j->err, "memory layout of the host differs from AIR's");
        return -ENOTSUP;
    }
    LLVMSetTarget(j->mod.module, host_triple);
    LLVMSetDataLayout(j->mod.module, host_layout);
    return 0;
}

static int compile(struct jit *j)
{
    struct LLVMMCJITCompilerOptions o;
    char *message = NULL;
    for (size_t i = 0; i < j->entry_count; i++)
        if (*host_features)
            LLVMAddTargetDependentFunctionAttr(j->entries[i].fn, "target-features", host_features);
    if (LLVMVerifyModule(j->mod.module, LLVMReturnStatusAction, &message)) {
        pvg_error_set(j->err, "rewritten module is invalid: %s", message);
        LLVMDisposeMessage(message);
        return -EINVAL;
    }
    LLVMDisposeMessage(message);
    LLVMInitializeMCJITCompilerOptions(&o, sizeof o);
    o.OptLevel = 0; /* Quick to compile; it runs for a few threads only. */
    o.EnableFastISel = 1;
    message = NULL;
    if (LLVMCreateMCJITCompilerForModule(&j->engine, j->mod.module, &o, sizeof o, &message)) {
        pvg_error_set(j->err, "no JIT: %s", message);
        LLVMDisposeMessage(message);
        j->engine = NULL;
        return -ENOTSUP;
    }
    for (size_t i = 0; i < j->entry_count; i++) {
        struct entry *e = &j->entries[i];
        e->code = (jit_function *)(uintptr_t)LLVMGetFunctionAddress(j->engine, e->name);
    }
    return 0;
}

int jit_open(const void *data, size_t size, const struct jit_options *options, struct jit **out, struct pvg_error *err)
{
    static const struct jit_options none;
    struct jit *j = calloc(1, sizeof *j);
    struct pvg_air_span span;
    struct pvg_error unused;
    *out = NULL;
    if (!j)
        return -ENOMEM;
    j->options = options ? options : &none;
    j->err = err;
    bool bitcode = pvg_air_bitcode_span(data, size, &span, &unused);
    int rc = bitcode ? pvg_air_module_parse(data, size, &j->mod, err) : pvg_air_module_parse_text(data, size, &j->mod, err);
    if (!rc) {
        j->layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(j->mod.module));
        rc = retarget(j);
    }
    if (!rc)
        rc = rewrite(j);
    if (!rc)
        rc = compile(j);
    j->options = &none;
    j->err = NULL;
    if (rc) {
        jit_close(j);
        return rc;
    }
    *out = j;
    return 0;
}

void jit_close(struct jit *j)
{
    if (!j)
        return;
    if (j->engine) {
        LLVMDisposeExecutionEngine(j->engine);
        j->mod.module = NULL;
    }
    if (j->layout)
        LLVMDisposeTargetData(j->layout);
    pvg_air_module_free(&j->mod);
    for (size_t i = 0; i < j->entry_count; i++) {
        free(j->entries[i].name);
        free(j->entries[i].params);
    }
    for (size_t i = 0; i < j->external_count; i++) {
        free((char *)j->externals[i].call->name);
        free(j->externals[i].call);
    }
    free(j->entries);
    free(j->externals);
    free(j);
}

static const struct entry *find_entry(struct jit *j, const char *name)
{
    for (size_t i = 0; i < j->entry_count; i++)
        if (!strcmp(j->entries[i].name, name))
            return &j->entries[i];
    return NULL;
}

jit_function *jit_entry(struct jit *j, const char *name)
{
    const struct entry *e = find_entry(j, name);
    return e ? e->code : NULL;
}

bool jit_param(struct jit *j, const char *name, uint32_t i, struct jit_type *out)
{
    const struct entry *e = find_entry(j, name);
    if (!e || i >= e->param_count)
        return false;
    *out = e->params[i];
    return true;
}

bool jit_result(struct jit *j, const char *name, struct jit_type *out)
{
    const struct entry *e = find_entry(j, name);
    if (!e)
        return false;
    *out = e->result;
    return true;
}

uint32_t jit_threadgroup_size(const struct jit *j)
{
    return j->threadgroup_size;
}
