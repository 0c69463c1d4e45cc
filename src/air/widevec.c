/* SPDX-License-Identifier: MIT */
/*
 * Vectors of more than four lanes, which SPIR-V for Vulkan lacks: calls are split into calls on four lanes, everything else into
 * scalars (spec 07 sections 5.1 and 6.5). The 64 lanes of simdgroup matrices stay: of them a thread owns two.
 */
#include "air/widevec.h"

#include "air/oddint.h"

#include <stdio.h>
#include <string.h>

enum { MATRIX = 64, PIECE = 4 };

static unsigned lanes(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetVectorSize(type) : 1;
}

static void count_type(struct pvg_at_census *c, LLVMTypeRef type)
{
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (kind == LLVMVectorTypeKind) {
        unsigned n = LLVMGetVectorSize(type);
        c->matrix |= n == MATRIX;
        c->wide |= n > PIECE && n != MATRIX;
        c->odd_vector |= pvg_at_is_odd(type);
    }
    c->odd |= (kind == LLVMVectorTypeKind || kind == LLVMIntegerTypeKind) && pvg_at_is_odd(type);
}

struct pvg_at_census pvg_at_take_census(LLVMValueRef fn)
{
    struct pvg_at_census c = {false, false, false, false};
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
            count_type(&c, LLVMTypeOf(i));
            if (LLVMIsAStoreInst(i)) /* Of a constant, possibly. */
                count_type(&c, LLVMTypeOf(LLVMGetOperand(i, 0)));
            c.odd |= pvg_at_is_mask_cast(i);
        }
    }
    return c;
}

/** Is the call one operation per lane on vectors of n lanes? */
static bool by_lane(LLVMValueRef call, const char *name, unsigned n)
{
    if ((strncmp(name, "air.", 4) && strncmp(name, "llvm.", 5)) || strstr(name, "_matrix_") || n <= PIECE || n % PIECE || n > 16)
        return false;
    for (unsigned k = 0; k < LLVMGetNumArgOperands(call); k++) {
        LLVMTypeRef type = LLVMTypeOf(LLVMGetOperand(call, k));
        if (LLVMGetTypeKind(type) == LLVMPointerTypeKind || (lanes(type) != n && lanes(type) != 1))
            return false;
    }
    return true;
}

/** The callee's name with ".v8" or ".v16" as ".v4". */
static void narrow_name(char *out, size_t cap, const char *name, unsigned n)
{
    char from[8];
    size_t length = (size_t)snprintf(from, sizeof from, ".v%u", n), used = 0;
    while (*name && used + 4 < cap) {
        if (strncmp(name, from, length)) {
            out[used++] = *name++;
            continue;
        }
        memcpy(out + used, ".v4", 3);
        used += 3;
        name += length;
    }
    out[used] = 0;
}

/** Lanes `first` to `first + count - 1` of the vectors a and b in a row. */
static LLVMValueRef pick(LLVMBuilderRef builder, LLVMValueRef a, LLVMValueRef b, unsigned first, unsigned count)
{
    LLVMTypeRef i32 = LLVMInt32TypeInContext(LLVMGetTypeContext(LLVMTypeOf(a)));
    LLVMValueRef mask[MATRIX];
    for (unsigned i = 0; i < count; i++)
        mask[i] = LLVMConstInt(i32, first + i, 0);
    return LLVMBuildShuffleVector(builder, a, b, LLVMConstVector(mask, count), "");
}

static LLVMValueRef call_piece(struct pvg_at *at, LLVMBuilderRef builder, LLVMValueRef call, const char *name, unsigned piece)
{
    LLVMValueRef args[8];
    LLVMTypeRef types[8], result = LLVMVectorType(LLVMGetElementType(LLVMTypeOf(call)), PIECE);
    unsigned n = LLVMGetNumArgOperands(call);
    for (unsigned k = 0; k < n; k++) {
        args[k] = LLVMGetOperand(call, k);
        if (lanes(LLVMTypeOf(args[k])) > 1)
            args[k] = pick(builder, args[k], LLVMGetPoison(LLVMTypeOf(args[k])), piece * PIECE, PIECE);
        types[k] = LLVMTypeOf(args[k]);
    }
    LLVMTypeRef type = LLVMFunctionType(result, types, n, 0);
    LLVMValueRef fn = LLVMGetNamedFunction(at->mod.module, name);
    if (!fn)
        fn = LLVMAddFunction(at->mod.module, name, type);
    return LLVMBuildCall2(builder, type, fn, args, n, "");
}

static void split_call(struct pvg_at *at, LLVMBuilderRef builder, LLVMValueRef call, const char *name, unsigned n)
{
    char narrow[160];
    LLVMValueRef pieces[4];
    narrow_name(narrow, sizeof narrow, name, n);
    LLVMPositionBuilderBefore(builder, call);
    for (unsigned i = 0; i < n / PIECE; i++)
        pieces[i] = call_piece(at, builder, call, narrow, i);
    for (unsigned width = PIECE; width < n; width *= 2)
        for (unsigned i = 0; i < n / width / 2; i++)
            pieces[i] = pick(builder, pieces[2 * i], pieces[2 * i + 1], 0, 2 * width);
    LLVMReplaceAllUsesWith(call, pieces[0]);
    LLVMInstructionEraseFromParent(call);
}

/** One step of a reduction of numbers or of vectors. NULL: an operation that is not known. */
static LLVMValueRef combine(struct pvg_at *at, LLVMBuilderRef builder, const char *op, LLVMValueRef x, LLVMValueRef y)
{
    static const struct {
        const char *name;
        LLVMOpcode op;
    } plain[] = {{"add.", LLVMAdd}, {"mul.", LLVMMul},   {"and.", LLVMAnd},  {"or.", LLVMOr},
                 {"xor.", LLVMXor}, {"fadd.", LLVMFAdd}, {"fmul.", LLVMFMul}};
    static const char *const extremes[][2] = {{"smin.", "llvm.smin"},        {"smax.", "llvm.smax"},       {"umin.", "llvm.umin"},
                                              {"umax.", "llvm.umax"},        {"fmin.", "llvm.minnum"},     {"fmax.", "llvm.maxnum"},
                                              {"fminimum.", "llvm.minimum"}, {"fmaximum.", "llvm.maximum"}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!strncmp(op, plain[i].name, strlen(plain[i].name)))
            return LLVMBuildBinOp(builder, plain[i].op, x, y, "");
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        if (strncmp(op, extremes[i][0], strlen(extremes[i][0])))
            continue;
        LLVMTypeRef type = LLVMTypeOf(x);
        unsigned id = LLVMLookupIntrinsicID(extremes[i][1], strlen(extremes[i][1]));
        LLVMValueRef fn = LLVMGetIntrinsicDeclaration(at->mod.module, id, &type, 1), args[2] = {x, y};
        return LLVMBuildCall2(builder, LLVMIntrinsicGetType(at->mod.context, id, &type, 1), fn, args, 2, "");
    }
    return NULL;
}

/** The same with the permissions that the reduction has. */
static LLVMValueRef step(struct pvg_at *at, LLVMBuilderRef builder, LLVMValueRef call, const char *op, LLVMValueRef x,
                         LLVMValueRef y)
{
    LLVMValueRef r = combine(at, builder, op, x, y);
    if (r && LLVMIsAInstruction(r) && LLVMCanValueUseFastMathFlags(r) && LLVMCanValueUseFastMathFlags(call))
        LLVMSetFastMathFlags(r, LLVMGetFastMathFlags(call));
    return r;
}

/** llvm.vector.reduce.*: in halves where the order is free, else lane by lane. */
static void split_reduction(struct pvg_at *at, LLVMBuilderRef builder, LLVMValueRef call, const char *name)
{
    LLVMTypeRef i32 = LLVMInt32TypeInContext(at->mod.context);
    const char *op = name + 19;
    bool ordered = !strncmp(op, "fadd.", 5) || !strncmp(op, "fmul.", 5);
    LLVMValueRef v = LLVMGetOperand(call, ordered ? 1 : 0), r = ordered ? LLVMGetOperand(call, 0) : NULL;
    unsigned n = lanes(LLVMTypeOf(v));
    if (n <= PIECE || n >= MATRIX)
        return;
    LLVMPositionBuilderBefore(builder, call);
    for (; !ordered && n % 2 == 0; n /= 2) {
        LLVMValueRef none = LLVMGetPoison(LLVMTypeOf(v)), low = pick(builder, v, none, 0, n / 2);
        v = step(at, builder, call, op, low, pick(builder, v, none, n / 2, n / 2));
        if (!v)
            return;
    }
    for (unsigned i = 0; i < n; i++) {
        LLVMValueRef lane = LLVMBuildExtractElement(builder, v, LLVMConstInt(i32, i, 0), "");
        r = r ? step(at, builder, call, op, r, lane) : lane;
        if (!r)
            return;
    }
    LLVMReplaceAllUsesWith(call, r);
    LLVMInstructionEraseFromParent(call);
}

static unsigned element_bytes(LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMHalfTypeKind:
    case LLVMBFloatTypeKind:
        return 2;
    case LLVMFloatTypeKind:
        return 4;
    case LLVMDoubleTypeKind:
        return 8;
    case LLVMIntegerTypeKind:
        return LLVMGetIntTypeWidth(type) / 8;
    default:
        return 0;
    }
}

/** Loads and stores of wide vectors, lane by lane: the scalarizer leaves memory alone. */
static void split_access(struct pvg_at *at, LLVMBuilderRef builder, LLVMValueRef access, LLVMTypeRef type)
{
    bool store = LLVMIsAStoreInst(access) != NULL;
    LLVMTypeRef element = LLVMGetElementType(type), i32 = LLVMInt32TypeInContext(at->mod.context);
    LLVMValueRef pointer = LLVMGetOperand(access, store ? 1 : 0), v = store ? LLVMGetOperand(access, 0) : LLVMGetPoison(type);
    unsigned align = LLVMGetAlignment(access), size = element_bytes(element);
    LLVMPositionBuilderBefore(builder, access);
    for (unsigned i = 0; i < lanes(type); i++) {
        LLVMValueRef index = LLVMConstInt(i32, i, 0), place = LLVMBuildGEP2(builder, element, pointer, &index, 1, "");
        unsigned offset = i * size, lane_align = align | offset;
        LLVMValueRef one = store ? LLVMBuildStore(builder, LLVMBuildExtractElement(builder, v, index, ""), place)
                                 : LLVMBuildLoad2(builder, element, place, "");
        LLVMSetAlignment(one, lane_align & -lane_align);
        LLVMSetVolatile(one, LLVMGetVolatile(access));
        if (!store)
            v = LLVMBuildInsertElement(builder, v, one, index, "");
    }
    if (!store)
        LLVMReplaceAllUsesWith(access, v);
    LLVMInstructionEraseFromParent(access);
}

static void split_accesses(struct pvg_at *at, LLVMBuilderRef builder, LLVMValueRef i)
{
    LLVMTypeRef type = LLVMIsALoadInst(i) ? LLVMTypeOf(i) : LLVMIsAStoreInst(i) ? LLVMTypeOf(LLVMGetOperand(i, 0)) : NULL;
    if (!type || lanes(type) <= PIECE)
        return;
    if (element_bytes(LLVMGetElementType(type))) /* Lanes of single bits share bytes. */
        split_access(at, builder, i, type);
}

void pvg_at_clamp_lane(LLVMValueRef i)
{
    unsigned operand = LLVMIsAExtractElementInst(i) ? 1 : LLVMIsAInsertElementInst(i) ? 2 : 0;
    if (!operand)
        return;
    LLVMValueRef index = LLVMGetOperand(i, operand);
    unsigned n = lanes(LLVMTypeOf(LLVMGetOperand(i, 0)));
    if (LLVMIsAConstantInt(index) && (LLVMGetIntTypeWidth(LLVMTypeOf(index)) > 64 || LLVMConstIntGetZExtValue(index) >= n))
        LLVMSetOperand(i, operand, LLVMConstInt(LLVMInt32TypeInContext(LLVMGetTypeContext(LLVMTypeOf(index))), n - 1, 0));
}

/** An index that only the running code knows ends at the last lane, too: to the scalarizer there is nothing behind that. */
static void clamp_variable_lane(LLVMBuilderRef builder, LLVMValueRef i)
{
    unsigned operand = LLVMIsAExtractElementInst(i) ? 1 : LLVMIsAInsertElementInst(i) ? 2 : 0;
    LLVMValueRef index = operand ? LLVMGetOperand(i, operand) : NULL;
    if (!index || LLVMIsAConstant(index))
        return;
    LLVMTypeRef type = LLVMTypeOf(index);
    unsigned n = lanes(LLVMTypeOf(LLVMGetOperand(i, 0))), width = LLVMGetIntTypeWidth(type);
    if (width < 7 && 1u << width <= n)
        return;
    LLVMValueRef mask = LLVMIsAInstruction(index) && LLVMGetInstructionOpcode(index) == LLVMAnd ? LLVMGetOperand(index, 1) : NULL;
    if (mask && width <= 64 && LLVMIsAConstantInt(mask) && LLVMConstIntGetZExtValue(mask) < n)
        return;
    LLVMPositionBuilderBefore(builder, i);
    LLVMValueRef last = LLVMConstInt(type, n - 1, 0), inside = LLVMBuildICmp(builder, LLVMIntULT, index, last, "");
    LLVMSetOperand(i, operand, LLVMBuildSelect(builder, inside, index, last, ""));
}

bool pvg_at_split_wide_calls(struct pvg_at *at, const struct pvg_at_census *c)
{
    if (!c->wide || c->matrix)
        return false;
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(at->mod.context);
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(at->fn); b; b = LLVMGetNextBasicBlock(b)) {
        LLVMValueRef next;
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = next) {
            next = LLVMGetNextInstruction(i);
            /* LLVM's scalarizer would look behind its list of lanes. */
            pvg_at_clamp_lane(i);
            clamp_variable_lane(builder, i);
            if (LLVMIsALoadInst(i) || LLVMIsAStoreInst(i)) {
                split_accesses(at, builder, i);
                continue;
            }
            if (!LLVMIsACallInst(i) || !LLVMIsAFunction(LLVMGetCalledValue(i)) || LLVMGetNumArgOperands(i) > 8)
                continue;
            size_t length;
            const char *name = LLVMGetValueName2(LLVMGetCalledValue(i), &length);
            unsigned n = lanes(LLVMTypeOf(i));
            if (by_lane(i, name, n) && (n == 8 || n == 16))
                split_call(at, builder, i, name, n);
            else if (!strncmp(name, "llvm.vector.reduce.", 19))
                split_reduction(at, builder, i, name);
        }
    }
    LLVMDisposeBuilder(builder);
    return true;
}
