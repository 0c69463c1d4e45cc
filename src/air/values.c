/* SPDX-License-Identifier: MIT */
/* LLVM values as SPIR-V ids: operands, constants, results, and variables for values that the structured blocks cut off. */
#include "air/import.h"

#include <errno.h>

struct pvg_at_value *pvg_at_value(struct pvg_at *at, LLVMValueRef v)
{
    void **place = pvg_ptrmap_at(&at->arena, &at->values, v);
    if (!*place)
        *place = pvg_arena_alloc(&at->arena, sizeof(struct pvg_at_value));
    return *place;
}

bool pvg_at_const_int(LLVMValueRef v, uint64_t *out)
{
    if (!LLVMIsAConstantInt(v) || LLVMGetIntTypeWidth(LLVMTypeOf(v)) > 64)
        return false;
    *out = LLVMGetIntTypeWidth(LLVMTypeOf(v)) == 1 ? LLVMConstIntGetZExtValue(v) : (uint64_t)LLVMConstIntGetSExtValue(v);
    return true;
}

static uint32_t constant_parts(struct pvg_at *at, LLVMValueRef v, uint32_t type, unsigned n)
{
    uint32_t *parts = pvg_arena_array(&at->arena, n + 1, sizeof *parts);
    for (unsigned i = 0; i < n; i++) {
        LLVMValueRef e = LLVMGetAggregateElement(v, i);
        if (!e)
            pvg_at_refuse(at, "constant aggregate of an unknown form");
        parts[i] = pvg_at_use(at, e);
    }
    return pvg_spv_construct(&at->b, type, parts, n);
}

/** Constant expressions of pointers, integers made of them, and vectors that LLVM's passes leave in the form of others. */
static uint32_t constant_expression(struct pvg_at *at, LLVMValueRef v)
{
    LLVMValueRef op = LLVMGetOperand(v, 0);
    uint32_t id;
    if (pvg_at_is_static_sampler(at, v))
        return pvg_at_static_sampler(at, v);
    switch (LLVMGetConstOpcode(v)) {
    case LLVMGetElementPtr:
        return pvg_at_gep(at, v);
    case LLVMAddrSpaceCast:
        if (LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind)
            return pvg_at_use(at, op);
        break;
    default:
        id = pvg_at_operation(at, v, LLVMGetConstOpcode(v));
        if (id)
            return id;
        break;
    }
    pvg_at_refuse(at, "constant expression with opcode %d", (int)LLVMGetConstOpcode(v));
}

uint32_t pvg_at_constant(struct pvg_at *at, LLVMValueRef v)
{
    struct pvg_spv *b = &at->b;
    LLVMTypeRef type = LLVMTypeOf(v);
    if (LLVMIsAGlobalVariable(v)) {
        if (pvg_at_is_static_sampler(at, v))
            return pvg_at_static_sampler(at, v);
        return pvg_at_object_pointer(at, v);
    }
    uint32_t t = pvg_at_value_type(at, v);
    /* Undefined values become zeros, so that results are the same everywhere (spec 07 section 6.5). */
    if (LLVMIsUndef(v) || LLVMIsPoison(v) || LLVMIsAConstantAggregateZero(v) || LLVMIsAConstantPointerNull(v))
        return pvg_spv_null(b, t);
    if (LLVMIsAConstantInt(v))
        return pvg_spv_const(b, t, LLVMConstIntGetZExtValue(v));
    if (LLVMIsAConstantFP(v)) {
        LLVMBool lossy;
        double d = LLVMConstRealGetDouble(v, &lossy);
        if (pvg_at_is_bfloat(type))
            return pvg_spv_const(b, t, pvg_spv_float_bits(32, d) >> 16);
        return pvg_spv_const(b, t, pvg_spv_float_bits(pvg_spv_width(b, t), d));
    }
    if (LLVMIsAConstantExpr(v))
        return constant_expression(at, v);
    switch (LLVMGetTypeKind(type)) {
    case LLVMVectorTypeKind:
        return constant_parts(at, v, t, pvg_at_lanes(at, type));
    case LLVMStructTypeKind:
        return constant_parts(at, v, t, LLVMCountStructElementTypes(type));
    case LLVMArrayTypeKind:
        return constant_parts(at, v, t, (unsigned)LLVMGetArrayLength2(type));
    default:
        pvg_at_refuse(at, "constant of an unknown form");
    }
}

uint32_t pvg_at_use(struct pvg_at *at, LLVMValueRef v)
{
    LLVMValueKind kind = LLVMGetValueKind(v);
    if (kind == LLVMFunctionValueKind)
        pvg_at_refuse(at, "pointer to a function");
    if (kind == LLVMArgumentValueKind)
        return pvg_at_param(at, v);
    if (kind != LLVMInstructionValueKind && LLVMIsConstant(v))
        return pvg_at_constant(at, v);
    struct pvg_at_value *r = pvg_at_value(at, v);
    if (r->var)
        return pvg_spv_value(&at->b, SpvOpLoad, r->type, PVG_SPV(r->var));
    if (!r->id)
        pvg_at_fail(at, EINVAL, "operand is used before its definition");
    return r->id;
}

uint32_t pvg_at_use_as(struct pvg_at *at, LLVMValueRef v, uint32_t type)
{
    bool null = LLVMIsAConstantPointerNull(v) != NULL;
    if (null && pvg_spv_width(&at->b, type) == 32)
        return pvg_spv_const(&at->b, type, PVG_AT_LOCAL_NULL);
    if (null || LLVMIsUndef(v) || LLVMIsPoison(v))
        return pvg_spv_null(&at->b, type);
    return pvg_at_use(at, v);
}

void pvg_at_define(struct pvg_at *at, LLVMValueRef v, uint32_t id)
{
    struct pvg_at_value *r = pvg_at_value(at, v);
    r->id = id;
    if (r->var)
        pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(r->var, id));
    pvg_at_import_defined(at, v, id);
}

uint32_t pvg_at_operand(struct pvg_at *at, LLVMValueRef inst, unsigned i)
{
    return pvg_at_use(at, LLVMGetOperand(inst, i));
}

static uint32_t node_of(struct pvg_at *at, LLVMBasicBlockRef block)
{
    return (uint32_t)(uintptr_t)pvg_ptrmap_get(&at->blocks, block) - 1;
}

/** Is the block of a use, for phis the end of the predecessor, dominated by the label that defines the value? */
static bool use_is_dominated(struct pvg_at *at, LLVMValueRef def, uint32_t def_label, LLVMValueRef user, LLVMBasicBlockRef home)
{
    const struct pvg_cfg_plan *p = at->plan;
    if (LLVMGetInstructionOpcode(user) != LLVMPHI) {
        LLVMBasicBlockRef block = LLVMGetInstructionParent(user);
        if (block == home)
            return true;
        uint32_t n = node_of(at, block);
        return p->node_label[n] == PVG_CFG_NONE || pvg_cfg_dominates(p, def_label, p->node_label[n]);
    }
    for (unsigned i = 0; i < LLVMCountIncoming(user); i++) {
        if (LLVMGetIncomingValue(user, i) != def)
            continue;
        uint32_t n = node_of(at, LLVMGetIncomingBlock(user, i));
        /* The copy happens on the edge, in a block that the predecessor's block dominates. */
        if (p->node_label[n] != PVG_CFG_NONE && !pvg_cfg_dominates(p, def_label, p->node_label[n]))
            return false;
    }
    return true;
}

static void plan_value(struct pvg_at *at, LLVMValueRef inst, uint32_t node)
{
    LLVMUseRef use = LLVMGetFirstUse(inst);
    bool cut = false;
    for (LLVMUseRef u = use; u && !cut; u = LLVMGetNextUse(u))
        cut = !use_is_dominated(at, inst, at->plan->node_label[node], LLVMGetUser(u), at->block_of[node]);
    bool phi = use && LLVMGetInstructionOpcode(inst) == LLVMPHI;
    if (!cut && !phi)
        return;
    struct pvg_at_value *r = pvg_at_value(at, inst);
    r->type = pvg_at_value_type(at, inst);
    if (cut)
        r->var = pvg_spv_variable(&at->b, SpvStorageClassFunction, r->type, 0);
    if (phi)
        r->phi = pvg_spv_variable(&at->b, SpvStorageClassFunction, r->type, 0);
}

void pvg_at_plan_values(struct pvg_at *at)
{
    for (uint32_t n = 0; n < at->block_count; n++) {
        if (at->plan->node_label[n] == PVG_CFG_NONE)
            continue;
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[n]); i; i = LLVMGetNextInstruction(i)) {
            at->current = i;
            plan_value(at, i, n);
        }
    }
    at->current = NULL;
}
